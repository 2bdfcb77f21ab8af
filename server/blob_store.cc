#include "blob_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "blob_files.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kHashBytes = 32;
constexpr size_t kMediaTypeMax = 100;
constexpr int kNamesMax = 1000;

constexpr const char* kSteps[] = {R"sql(
CREATE TABLE blob(
  space TEXT NOT NULL, sha256 BLOB NOT NULL, total INTEGER NOT NULL, media_type TEXT NOT NULL, complete INTEGER NOT NULL,
  PRIMARY KEY(space, sha256)) WITHOUT ROWID;
)sql"};

absl::Status Bad(std::string_view reason, std::string_view detail = {}) {
  return Error(absl::StatusCode::kInvalidArgument, reason, detail);
}

absl::Status CheckHash(std::string_view sha256) {
  return sha256.size() == kHashBytes ? absl::OkStatus() : Bad("HASH_INVALID");
}

// 64 bits on the wire; larger than any file is no position.
absl::StatusOr<int64_t> Position(uint64_t value) {
  if (value > (uint64_t{1} << 60)) return Bad("BLOB_OFFSET");
  return static_cast<int64_t>(value);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlobStore>> BlobStore::Open(const std::string& folder,
                                                           int64_t bytes_max) {
  DUDAO_TRY(MakeFolder(folder));
  std::unique_ptr<BlobStore> store(new BlobStore(folder, bytes_max));
  absl::MutexLock lock(&store->mutex_);
  DUDAO_ASSIGN(store->db_, sync::Database::Open(folder + "/blobs.db"));
  DUDAO_TRY(store->db_->Migrate(kSteps));
  return store;
}

std::string BlobStore::PathOf(std::string_view sha256) const {
  const std::string hex = absl::BytesToHexString({sha256.data(), sha256.size()});
  return absl::StrCat(folder_, "/", hex.substr(0, 2), "/", hex.substr(2, 2), "/", hex);
}

std::string BlobStore::PartOf(std::string_view space, std::string_view sha256) const {
  return absl::StrCat(PathOf(sha256), ".", std::string(space), ".part");
}

absl::StatusOr<BlobStore::Known> BlobStore::Find(std::string_view space, std::string_view sha256) {
  DUDAO_ASSIGN(
      auto read,
      db_->Prepare("SELECT total, media_type, complete FROM blob WHERE space = ? AND sha256 = ?"));
  read.BindText(1, space).BindBlob(2, sha256);
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found) return Known{};
  return Known{read.Int(2) != 0, read.Int(0), std::string(read.Text(1))};
}

absl::StatusOr<blob::v1::StatBlobResponse> BlobStore::Stat(
    const blob::v1::StatBlobRequest& request) {
  DUDAO_TRY(CheckHash(request.sha256()));
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(const Known known, Find(request.space(), request.sha256()));
  blob::v1::StatBlobResponse response;
  response.set_complete(known.complete);
  const int64_t held =
      known.complete ? known.total : FileBytes(PartOf(request.space(), request.sha256()));
  response.set_offset(static_cast<uint64_t>(held));
  return response;
}

absl::Status BlobStore::Begin(const blob::v1::PutChunkRequest& request) {
  DUDAO_ASSIGN(auto put, db_->Prepare("INSERT OR REPLACE INTO blob(space, sha256, total, "
                                      "media_type, complete) VALUES(?, ?, ?, ?, 0)"));
  put.BindText(1, request.space())
      .BindBlob(2, request.sha256())
      .BindInt(3, static_cast<int64_t>(request.total_bytes()));
  put.BindText(4, request.media_type());
  DUDAO_TRY(put.Run());
  return MakeFolder(std::filesystem::path(PathOf(request.sha256())).parent_path());
}

absl::Status BlobStore::Append(const blob::v1::PutChunkRequest& request, int64_t held) {
  const auto offset = static_cast<int64_t>(request.offset());
  const auto skip = static_cast<size_t>(held - offset);
  if (skip >= request.data().size() && request.total_bytes() != 0) return absl::OkStatus();
  return AppendDurably(PartOf(request.space(), request.sha256()), held,
                       std::string_view(request.data()).substr(skip));
}

absl::StatusOr<blob::v1::PutChunkResponse> BlobStore::Put(
    const blob::v1::PutChunkRequest& request) {
  DUDAO_TRY(CheckHash(request.sha256()));
  DUDAO_ASSIGN(const int64_t offset, Position(request.offset()));
  DUDAO_ASSIGN(const int64_t total, Position(request.total_bytes()));
  const auto size = static_cast<int64_t>(request.data().size());
  if (size > kChunkBytesMax || total > bytes_max_ || request.media_type().size() > kMediaTypeMax)
    return Bad("BLOB_TOO_LARGE");
  if (offset + size > total) return Bad("BLOB_OFFSET", "past the end of the file");
  absl::MutexLock lock(&mutex_);
  blob::v1::PutChunkResponse response;
  DUDAO_ASSIGN(const Known known, Find(request.space(), request.sha256()));
  const std::string part = PartOf(request.space(), request.sha256());
  int64_t held = known.complete ? known.total : FileBytes(part);
  if (!known.complete) {
    if (held > 0 && known.total != total) return Bad("BLOB_SIZE_CHANGED");
    if (offset > held) return Bad("BLOB_OFFSET", absl::StrCat("held are ", held, " bytes"));
    if (held == 0) DUDAO_TRY(Begin(request));
    DUDAO_TRY(Append(request, held));
    held = std::max(held, offset + size);
    if (held == total) DUDAO_TRY(Finish(request.space(), request.sha256()));
  }
  response.set_offset(static_cast<uint64_t>(held));
  response.set_complete(known.complete || held == total);
  return response;
}

// What does not have the promised hash is thrown away: it is not the file that a record names.
absl::Status BlobStore::Finish(std::string_view space, std::string_view sha256) {
  const std::string part = PartOf(space, sha256);
  DUDAO_ASSIGN(const std::string hash, HashOfFile(part));
  if (hash != sha256) {
    std::remove(part.c_str());
    return Bad("BLOB_HASH_MISMATCH");
  }
  const std::string path = PathOf(sha256);
  if (std::rename(part.c_str(), path.c_str()) != 0) return FileError(errno, "blob");
  DUDAO_TRY(SyncFolder(std::filesystem::path(path).parent_path()));
  DUDAO_ASSIGN(auto done,
               db_->Prepare("UPDATE blob SET complete = 1 WHERE space = ? AND sha256 = ?"));
  done.BindText(1, space).BindBlob(2, sha256);
  return done.Run();
}

absl::StatusOr<blob::v1::GetChunkResponse> BlobStore::Get(
    const blob::v1::GetChunkRequest& request) {
  DUDAO_TRY(CheckHash(request.sha256()));
  DUDAO_ASSIGN(const int64_t offset, Position(request.offset()));
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(const Known known, Find(request.space(), request.sha256()));
  if (!known.complete) return Error(absl::StatusCode::kNotFound, "BLOB_UNKNOWN");
  blob::v1::GetChunkResponse response;
  response.set_total_bytes(static_cast<uint64_t>(known.total));
  response.set_media_type(known.media_type);
  int64_t wanted = request.max_bytes() == 0 ? kChunkBytesMax : request.max_bytes();
  wanted = std::min({wanted, int64_t{kChunkBytesMax}, std::max<int64_t>(0, known.total - offset)});
  DUDAO_ASSIGN(*response.mutable_data(),
               ReadPiece(PathOf(request.sha256()), offset, static_cast<size_t>(wanted)));
  return response;
}

absl::StatusOr<blob::v1::ListMissingBlobsResponse> BlobStore::Missing(
    const blob::v1::ListMissingBlobsRequest& request) {
  if (request.sha256_size() > kNamesMax) return Bad("REQUEST_INVALID", "at most 1000 hashes");
  absl::MutexLock lock(&mutex_);
  blob::v1::ListMissingBlobsResponse response;
  for (const std::string& sha256 : request.sha256()) {
    DUDAO_TRY(CheckHash(sha256));
    DUDAO_ASSIGN(const Known known, Find(request.space(), sha256));
    if (!known.complete) response.add_sha256(sha256);
  }
  return response;
}

absl::StatusOr<BlobStore::Totals> BlobStore::Count() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT count(*), coalesce(sum(total), 0) FROM "
                                       "(SELECT DISTINCT sha256, total FROM blob WHERE complete)"));
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found) return Totals{};
  return Totals{read.Int(0), read.Int(1), FileBytes(db_->path()) + FileBytes(db_->path() + "-wal")};
}

absl::Status BlobStore::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return db_->Checkpoint();
}

}  // namespace dudao::server
