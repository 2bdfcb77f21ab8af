// Files held on this tablet and their way to and from the server.
//
// A file is named by its SHA-256 and kept in pieces of at most 256 KiB in the tablet's database.
// The queue of transfers is durable: thumbnails first, then in the order in which they were added.
// Bytes that the server confirmed are never sent again, unless the server came back from a backup:
// then each file that is held here and was sent or fetched in that space is asked for. Not
// synchronised; borrows the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/sync/store/database.h"

namespace dudao::client {

inline constexpr size_t kBlobPieceBytes = 256 << 10;
inline constexpr size_t kBlobBytesMax = 32 << 20;

struct BlobInfo {
  uint64_t byte_size = 0;
  std::string media_type;
  bool on_server = false;
};

struct TransferEntry {
  int64_t number = 0;
  std::string sha256;
  std::string space;
  bool upload = false;
  bool thumbnail = false;
  uint64_t bytes_done = 0;
  uint64_t byte_size = 0;  // 0 where not known yet
  std::string reason;      // of the last failure
};

// A file to keep and, unless `space` is empty, to send.
struct NewBlob {
  std::string_view bytes;
  std::string_view media_type;
  std::string_view space;
  bool thumbnail = false;
};

// 64 lower-case hex digits.
bool IsBlobName(std::string_view sha256);

class Blobs {
 public:
  explicit Blobs(sync::Database& db) : db_(db) {}

  // Forgets what was staged in an earlier run.
  absl::Status DropStaged();
  // Keeps files and queues them, all in one transaction; a file that is held already costs nothing.
  // Their names, in order.
  absl::StatusOr<std::vector<std::string>> Add(const std::vector<NewBlob>& blobs);

  // Takes the next piece of a file; total size so far. BLOB_TOO_LARGE, STAGED_NOT_FOUND (`first` is
  // false and nothing is there).
  absl::StatusOr<uint64_t> Stage(std::string_view staged_id, bool first, std::string_view piece);
  absl::StatusOr<std::string> TakeStaged(std::string_view staged_id);
  absl::Status ForgetStaged(std::string_view staged_id);

  absl::StatusOr<std::optional<BlobInfo>> Find(std::string_view sha256);
  // Up to `count` bytes from `offset`; fewer only at the end of the file.
  absl::StatusOr<std::string> Read(std::string_view sha256, uint64_t offset, size_t count);

  // Full-size files that were added here for a space, sent or not, held or freed.
  absl::StatusOr<std::vector<std::string>> Own(std::string_view space);
  // Files of a space, thumbnails included, that the server does not hold yet.
  absl::StatusOr<uint64_t> Unsent(std::string_view space);
  // Drops full-size files that were added here for a space and that the server holds.
  struct Freed {
    uint32_t files = 0;
    uint64_t bytes = 0;
  };
  absl::StatusOr<Freed> FreeDelivered(std::string_view space);

  absl::Status QueueDownload(std::string_view space, std::string_view sha256);
  absl::StatusOr<std::vector<TransferEntry>> Transfers();
  // Notes how far an upload has come on the server; removes it from the queue where that is all of
  // it.
  absl::Status Uploaded(const TransferEntry& transfer, uint64_t bytes_done);
  // Keeps a fetched piece; with the last one checks the hash and files it. DATA_LOSS where it is
  // another file: it starts again.
  absl::Status Downloaded(const TransferEntry& transfer, std::string_view piece, uint64_t byte_size,
                          std::string_view media_type);
  absl::Status Failed(const TransferEntry& transfer, std::string_view reason);

  // The server of a space came back from a backup: what it confirmed before proves nothing.
  absl::Status Doubt(std::string_view space);
  // Files held here that the server has to be asked about, of one space, at most `count`.
  struct Doubted {
    std::string space;
    std::vector<std::string> sha256;
  };
  absl::StatusOr<Doubted> NextDoubted(size_t count);
  // What the server answered: files of `missing` are queued again, the others are known to be
  // there.
  absl::Status Answered(const Doubted& asked, const std::vector<std::string>& missing);

 private:
  absl::Status Append(const std::string& blob, uint64_t position, std::string_view bytes);
  absl::StatusOr<std::string> ReadAll(const std::string& blob);
  absl::Status File(const std::string& sha256, std::string_view bytes, std::string_view media_type,
                    bool on_server);
  absl::Status Queue(std::string_view space, std::string_view sha256, bool upload, bool thumbnail,
                     uint64_t byte_size);
  absl::Status DropPieces(const std::string& blob);
  absl::Status NoteSpace(std::string_view space, std::string_view sha256, bool thumbnail);
  absl::Status QueueAgain(std::string_view space, const std::string& sha256);
  absl::Status NoteOwn(std::string_view space, std::string_view sha256);
  absl::Status DropTransfer(int64_t number);

  sync::Database& db_;
};

}  // namespace dudao::client
