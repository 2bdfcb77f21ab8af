// Who wants to be told of changes as they happen: one stream a session, a bounded number in all.
//
// A stream hears of spaces that its person may read at that moment, and ends with its session.
// Being told is no use of a session: an open page alone does not keep it. Thread-safe. Deliver and
// Beat read tables under locks: they belong on a handler's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "call_auth.h"
#include "revisions.h"
#include "spaces.h"

namespace dudao::server {

class LiveStreams {
 public:
  // Called on any thread; must only pass the word on.
  class Stream {
   public:
    virtual ~Stream() = default;
    virtual void Tell(uint64_t revision) = 0;
    virtual void Beat() = 0;
    virtual void End() = 0;
  };
  struct Parts {
    CallAuth& auth;
    Spaces& spaces;
    Revisions& revisions;
    std::function<int64_t()> wall_ms;
  };
  LiveStreams(Parts parts, size_t streams_max)
      : parts_(std::move(parts)), streams_max_(streams_max) {}

  // Tells it where things stand. Ends an earlier stream of the session. False: there are too many.
  bool Join(const std::shared_ptr<Stream>& stream, const std::string& session);
  void Leave(const Stream& stream);
  // Tells those who may see what changed.
  void Deliver();
  // Ends those whose session has ended; the others get a sign of life.
  void Beat();
  void EndAll();
  // Lets go of all of them.
  void Clear();
  size_t count() const;

 private:
  struct Entry {
    std::shared_ptr<Stream> stream;
    uint64_t told = 0;
  };
  // Where things stand for whoever holds the session; 0 where it has ended.
  uint64_t RevisionOf(const std::string& session) const;
  std::map<std::string, Entry> Copy() const;

  const Parts parts_;
  const size_t streams_max_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> streams_ ABSL_GUARDED_BY(mutex_);  // by session
};

}  // namespace dudao::server
