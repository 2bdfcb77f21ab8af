// The files of one sync, call by call.
//
// First the server is asked about files that it may have lost; those that it misses are queued
// again. For each queued upload it is asked how much it holds, then the rest is sent in pieces that
// grow and shrink with the link; downloads go on from the bytes that are held here. Not
// synchronised; borrows the blobs.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blobs.h"
#include "dudao/client/v1/sync.pb.h"

namespace dudao::client {

struct BlobCall {
  std::string method;
  std::string request;
};

class BlobTransfers {
 public:
  explicit BlobTransfers(Blobs& blobs) : blobs_(blobs) {}

  // The next call; nothing when all is done or given up. After a failed call it makes an equivalent
  // one.
  absl::StatusOr<std::optional<BlobCall>> Next();
  // The answer to the last call. A useless one gives the file up until the next sync.
  void Receive(std::string_view response);
  // The last call did not get through: pieces become smaller, and the server is asked again what it
  // holds.
  void LinkFailed();
  void GiveUp(std::string_view reason);
  void GiveUpAll(std::string_view reason);

  uint64_t failed() const { return failed_; }
  const std::string& first_reason() const { return first_reason_; }
  void FillProgress(v1::SyncProgress& progress) const;

 private:
  enum class Step { kAsk, kSend, kFetch, kDoubt };

  absl::Status Load();
  BlobCall AskDoubted() const;
  absl::Status TakeMissing(std::string_view response);
  absl::StatusOr<BlobCall> Ask() const;
  absl::StatusOr<BlobCall> Send();
  BlobCall Fetch();
  absl::Status Take(std::string_view response);
  absl::Status TakeOffset(uint64_t offset, bool complete);
  absl::Status TakePiece(std::string_view response);

  Blobs& blobs_;
  bool loaded_ = false;
  bool doubts_asked_ = false;  // or given up until the next sync
  Blobs::Doubted doubted_;     // what is asked about now
  std::deque<TransferEntry> queue_;
  Step step_ = Step::kAsk;
  size_t piece_bytes_ = 64 << 10;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t failed_ = 0;
  std::string first_reason_;
};

}  // namespace dudao::client
