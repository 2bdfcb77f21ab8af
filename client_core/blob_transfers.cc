#include "blob_transfers.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "dudao/blob/v1/blob.pb.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

constexpr char kStatMethod[] = "/dudao.blob.v1.BlobService/StatBlob";
constexpr char kPutMethod[] = "/dudao.blob.v1.BlobService/PutChunk";
constexpr char kMissingMethod[] = "/dudao.blob.v1.BlobService/ListMissingBlobs";
constexpr char kGetMethod[] = "/dudao.blob.v1.BlobService/GetChunk";
constexpr size_t kPieceBytesMin = 8 << 10;
constexpr size_t kDoubtedMax = 500;  // 16 kB a question

template <typename Message>
absl::Status Parse(std::string_view bytes, Message& message) {
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
  return absl::InvalidArgumentError("the answer is not one of the blob service");
}

}  // namespace

absl::Status BlobTransfers::Load() {
  DUDAO_ASSIGN(const auto all, blobs_.Transfers());
  queue_.assign(all.begin(), all.end());
  loaded_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<BlobCall>> BlobTransfers::Next() {
  if (!doubts_asked_) {
    DUDAO_ASSIGN(doubted_, blobs_.NextDoubted(kDoubtedMax));
    if (!doubted_.sha256.empty()) {
      step_ = Step::kDoubt;
      return std::optional<BlobCall>(AskDoubted());
    }
    doubts_asked_ = true;
  }
  if (!loaded_) DUDAO_TRY(Load());
  if (queue_.empty()) return std::nullopt;
  if (!queue_.front().upload) {
    step_ = Step::kFetch;
    return std::optional<BlobCall>(Fetch());
  }
  if (step_ != Step::kSend) step_ = Step::kAsk;
  DUDAO_ASSIGN(BlobCall call, step_ == Step::kAsk ? Ask() : Send());
  return std::optional<BlobCall>(std::move(call));
}

BlobCall BlobTransfers::AskDoubted() const {
  blob::v1::ListMissingBlobsRequest request;
  request.set_space(doubted_.space);
  for (const std::string& sha256 : doubted_.sha256)
    request.add_sha256(absl::HexStringToBytes(sha256));
  return BlobCall{kMissingMethod, request.SerializeAsString()};
}

absl::Status BlobTransfers::TakeMissing(std::string_view response) {
  blob::v1::ListMissingBlobsResponse answer;
  DUDAO_TRY(Parse(response, answer));
  std::vector<std::string> missing;
  for (const std::string& sha256 : answer.sha256())
    missing.push_back(absl::BytesToHexString(sha256));
  return blobs_.Answered(doubted_, missing);
}

absl::StatusOr<BlobCall> BlobTransfers::Ask() const {
  blob::v1::StatBlobRequest request;
  request.set_space(queue_.front().space);
  request.set_sha256(absl::HexStringToBytes(queue_.front().sha256));
  return BlobCall{kStatMethod, request.SerializeAsString()};
}

absl::StatusOr<BlobCall> BlobTransfers::Send() {
  const TransferEntry& file = queue_.front();
  DUDAO_ASSIGN(const std::optional<BlobInfo> info, blobs_.Find(file.sha256));
  blob::v1::PutChunkRequest request;
  request.set_space(file.space);
  request.set_sha256(absl::HexStringToBytes(file.sha256));
  request.set_offset(file.bytes_done);
  request.set_total_bytes(file.byte_size);
  if (info) request.set_media_type(info->media_type);
  DUDAO_ASSIGN(*request.mutable_data(), blobs_.Read(file.sha256, file.bytes_done, piece_bytes_));
  return BlobCall{kPutMethod, request.SerializeAsString()};
}

BlobCall BlobTransfers::Fetch() {
  const TransferEntry& file = queue_.front();
  blob::v1::GetChunkRequest request;
  request.set_space(file.space);
  request.set_sha256(absl::HexStringToBytes(file.sha256));
  request.set_offset(file.bytes_done);
  request.set_max_bytes(static_cast<uint32_t>(piece_bytes_));
  return BlobCall{kGetMethod, request.SerializeAsString()};
}

void BlobTransfers::Receive(std::string_view response) {
  if (queue_.empty() && step_ != Step::kDoubt) return;
  if (const absl::Status status = Take(response); !status.ok()) GiveUp(ReasonOf(status));
}

absl::Status BlobTransfers::Take(std::string_view response) {
  if (step_ == Step::kDoubt) return TakeMissing(response);
  if (step_ == Step::kFetch) return TakePiece(response);
  if (step_ == Step::kAsk) {
    blob::v1::StatBlobResponse stat;
    DUDAO_TRY(Parse(response, stat));
    return TakeOffset(stat.offset(), stat.complete());
  }
  blob::v1::PutChunkResponse put;
  DUDAO_TRY(Parse(response, put));
  if (!put.complete() && put.offset() <= queue_.front().bytes_done) {
    return absl::AbortedError("the server takes none of the file");
  }
  piece_bytes_ = std::min(kBlobPieceBytes, piece_bytes_ * 2);
  return TakeOffset(put.offset(), put.complete());
}

absl::Status BlobTransfers::TakeOffset(uint64_t offset, bool complete) {
  TransferEntry& file = queue_.front();
  if (!complete && offset >= file.byte_size) {
    return absl::AbortedError("the server holds all bytes of the file and calls it incomplete");
  }
  const uint64_t done = complete ? file.byte_size : offset;
  DUDAO_TRY(blobs_.Uploaded(file, done));
  file.bytes_done = done;
  step_ = complete ? Step::kAsk : Step::kSend;
  if (complete) {
    queue_.pop_front();
    ++sent_;
  }
  return absl::OkStatus();
}

absl::Status BlobTransfers::TakePiece(std::string_view response) {
  blob::v1::GetChunkResponse piece;
  DUDAO_TRY(Parse(response, piece));
  TransferEntry& file = queue_.front();
  const bool fits = piece.data().size() <= kBlobPieceBytes &&
                    file.bytes_done + piece.data().size() <= piece.total_bytes();
  if (!fits || piece.data().empty())
    return absl::InvalidArgumentError("a piece that does not fit the file");
  DUDAO_TRY(blobs_.Downloaded(file, piece.data(), piece.total_bytes(), piece.media_type()));
  file.bytes_done += piece.data().size();
  file.byte_size = piece.total_bytes();
  piece_bytes_ = std::min(kBlobPieceBytes, piece_bytes_ * 2);
  if (file.bytes_done == file.byte_size) {
    queue_.pop_front();
    ++received_;
  }
  return absl::OkStatus();
}

void BlobTransfers::LinkFailed() {
  piece_bytes_ = std::max(kPieceBytesMin, piece_bytes_ / 2);
  // The last piece may have arrived though its answer did not.
  if (step_ == Step::kSend) step_ = Step::kAsk;
}

void BlobTransfers::GiveUp(std::string_view reason) {
  if (queue_.empty() && step_ != Step::kDoubt) return;
  if (first_reason_.empty()) first_reason_ = std::string(reason);
  if (step_ == Step::kDoubt) {
    // They stay doubted: the next sync asks.
    doubts_asked_ = true;
    step_ = Step::kAsk;
    ++failed_;
    return;
  }
  // Only a note for people; the file stays queued either way.
  (void)blobs_.Failed(queue_.front(), reason);
  queue_.pop_front();
  step_ = Step::kAsk;
  ++failed_;
}

void BlobTransfers::GiveUpAll(std::string_view reason) {
  if (first_reason_.empty()) first_reason_ = std::string(reason);
  failed_ += std::max<uint64_t>(queue_.size(), loaded_ ? 0 : 1);
  queue_.clear();
  loaded_ = true;
  doubts_asked_ = true;
}

void BlobTransfers::FillProgress(v1::SyncProgress& progress) const {
  progress.set_blobs_sent(sent_);
  progress.set_blobs_received(received_);
  progress.set_blobs_left(queue_.size());
  uint64_t bytes = 0;
  for (const TransferEntry& file : queue_)
    bytes += file.byte_size - std::min(file.byte_size, file.bytes_done);
  progress.set_blob_bytes_left(bytes);
}

}  // namespace dudao::client
