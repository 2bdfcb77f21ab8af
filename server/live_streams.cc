#include "live_streams.h"

#include <utility>

namespace dudao::server {

uint64_t LiveStreams::RevisionOf(const std::string& session) const {
  const auto holder = parts_.auth.HolderOf(session, parts_.wall_ms());
  return holder ? parts_.revisions.Newest(parts_.spaces.Readable(*holder)) : 0;
}

std::map<std::string, LiveStreams::Entry> LiveStreams::Copy() const {
  absl::MutexLock lock(&mutex_);
  return streams_;
}

bool LiveStreams::Join(const std::shared_ptr<Stream>& stream, const std::string& session) {
  const uint64_t revision = RevisionOf(session);
  if (revision == 0) return false;
  std::shared_ptr<Stream> earlier;  // may be the last to hold it: let go of without the lock
  {
    absl::MutexLock lock(&mutex_);
    const auto found = streams_.find(session);
    if (found == streams_.end() && streams_.size() >= streams_max_) return false;
    if (found != streams_.end()) earlier = std::move(found->second.stream);
    streams_[session] = {stream, revision};
  }
  if (earlier != nullptr) earlier->End();
  stream->Tell(revision);
  return true;
}

void LiveStreams::Leave(const Stream& stream) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.stream.get() == &stream; });
}

void LiveStreams::Deliver() {
  for (const auto& [session, entry] : Copy()) {
    const uint64_t revision = RevisionOf(session);
    if (revision == 0) {
      entry.stream->End();
      continue;
    }
    if (revision <= entry.told) continue;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = streams_.find(session);
      if (found == streams_.end() || found->second.stream != entry.stream) continue;
      found->second.told = revision;
    }
    entry.stream->Tell(revision);
  }
}

void LiveStreams::Beat() {
  for (const auto& [session, entry] : Copy()) {
    if (RevisionOf(session) == 0) {
      entry.stream->End();
    } else {
      entry.stream->Beat();
    }
  }
}

void LiveStreams::EndAll() {
  for (const auto& [session, entry] : Copy()) entry.stream->End();
}

void LiveStreams::Clear() {
  std::map<std::string, Entry> streams;
  absl::MutexLock lock(&mutex_);
  streams.swap(streams_);
}

size_t LiveStreams::count() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

}  // namespace dudao::server
