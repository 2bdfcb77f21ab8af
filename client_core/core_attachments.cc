// Attachments: the file first, then what the visit says of it.
#include "conflict_view.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "record_types.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

constexpr size_t kStagePieceMax = 1 << 20;
constexpr size_t kThumbnailBytesMax = 256 << 10;
constexpr size_t kReadBytesMax = 4 << 20;

absl::Status CheckName(const std::string& sha256) {
  if (IsBlobName(sha256)) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, kBlobHashInvalid);
}

}  // namespace

absl::StatusOr<v1::StageAttachmentResponse> Core::StageAttachment(
    const v1::StageAttachmentRequest& request) {
  if (request.data().empty() || request.data().size() > kStagePieceMax) {
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "data: 1 byte to 1 MiB");
  }
  v1::StageAttachmentResponse response;
  const bool first = request.staged_id().empty();
  response.set_staged_id(first ? FreshId() : request.staged_id());
  DUDAO_ASSIGN(const uint64_t size, blobs_.Stage(response.staged_id(), first, request.data()));
  response.set_byte_size(size);
  return response;
}

absl::StatusOr<std::vector<sync::Operation>> Core::EvidenceWrites(
    const Target& target, const records::v1::Evidence& evidence, const std::string& finding_id) {
  std::vector<sync::Operation> ops;
  const sync::Path at = sync::Path().Element(Visit::kEvidenceFieldNumber, evidence.id());
  ops.push_back(Presence(target.id, at, true));
  DUDAO_TRY(CompileMessage(target.id, at, evidence, Hand::kPerson, ops));
  if (finding_id.empty()) return ops;
  v1::FieldEdit edit;
  DUDAO_ASSIGN(const auto* finding, schema_.Compile(target.id.type, "findings"));
  const sync::Path path =
      sync::Path().Element(static_cast<uint32_t>(finding->field->number()), finding_id);
  edit.set_path(sync::PathText(target.id.type, path) + ".evidence_ids");
  edit.mutable_add()->mutable_value()->set_text(evidence.id());
  DUDAO_TRY(CompileEdit(schema_, target.id, edit, Hand::kPerson, ops));
  return ops;
}

absl::StatusOr<v1::AddAttachmentResponse> Core::AddAttachment(
    const v1::AddAttachmentRequest& request) {
  const bool into_visit = request.record().type_id() != 0;
  Target target;
  Save save;
  if (into_visit) {
    DUDAO_ASSIGN(target, Resolve(request.record()));
    if (target.id.type != kVisitType)
      return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown, "no evidence");
    DUDAO_TRY(ApplyBasis(request.basis(), target, save));
  } else {
    DUDAO_TRY(spaces_.Get(request.record().space()).status());
  }
  std::string staged;
  if (request.has_staged_id()) {
    DUDAO_ASSIGN(staged, blobs_.TakeStaged(request.staged_id()));
  }
  const std::string& bytes = request.has_staged_id() ? staged : request.data();
  if (bytes.empty())
    return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "no content");
  if (bytes.size() > kBlobBytesMax || request.thumbnail().size() > kThumbnailBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kBlobTooLarge);
  }
  records::v1::Evidence evidence = request.evidence();
  FillEvidence(bytes, request.thumbnail(), evidence);
  if (into_visit) {
    // Asked before the file is kept: a submitted visit takes no new evidence under a finding.
    DUDAO_ASSIGN(save.ops, EvidenceWrites(target, evidence, request.finding_id()));
    Save asked = save;
    DUDAO_TRY(CheckSave(target, asked));
  }
  const std::string& space = request.record().space();
  std::vector<NewBlob> blobs = {{bytes, evidence.media_type(), space, false}};
  if (!request.thumbnail().empty()) blobs.push_back({request.thumbnail(), "", space, true});
  DUDAO_TRY(blobs_.Add(blobs).status());
  if (request.has_staged_id()) DUDAO_TRY(blobs_.ForgetStaged(request.staged_id()));
  v1::AddAttachmentResponse response;
  response.set_sha256(evidence.sha256());
  response.set_thumbnail_sha256(evidence.thumbnail_sha256());
  if (!into_visit) return response;
  DUDAO_ASSIGN(const auto change, Commit(target, std::move(save)));
  response.set_evidence_id(evidence.id());
  if (change) FillDot(change->dot(), response.mutable_dot());
  return response;
}

void Core::FillEvidence(std::string_view bytes, std::string_view thumbnail,
                        records::v1::Evidence& evidence) {
  if (evidence.id().empty()) evidence.set_id(FreshId());
  evidence.set_sha256(sync::HashHex(sync::Sha256(bytes)));
  evidence.set_byte_size(static_cast<int64_t>(bytes.size()));
  if (!thumbnail.empty()) evidence.set_thumbnail_sha256(sync::HashHex(sync::Sha256(thumbnail)));
  if (!trust_.device_id().empty()) evidence.set_device_id(trust_.device_id());
  evidence.set_taken_by(trust_.person_id());
  if (!evidence.has_taken_at_ms()) evidence.set_taken_at_ms(WallMs());
}

absl::StatusOr<v1::GetAttachmentResponse> Core::GetAttachment(
    const v1::GetAttachmentRequest& request) {
  DUDAO_TRY(CheckName(request.sha256()));
  DUDAO_ASSIGN(const std::optional<BlobInfo> info, blobs_.Find(request.sha256()));
  if (!info) return Error(absl::StatusCode::kNotFound, kBlobNotHeld, request.sha256());
  v1::GetAttachmentResponse response;
  response.set_byte_size(info->byte_size);
  response.set_media_type(info->media_type);
  response.set_on_server(info->on_server);
  if (request.offset() >= info->byte_size) return response;
  const uint32_t wanted = request.length_max();
  const size_t count = wanted == 0 ? kReadBytesMax : std::min<size_t>(wanted, kReadBytesMax);
  DUDAO_ASSIGN(*response.mutable_data(), blobs_.Read(request.sha256(), request.offset(), count));
  return response;
}

absl::StatusOr<v1::RequestAttachmentResponse> Core::RequestAttachment(
    const v1::RequestAttachmentRequest& request) {
  DUDAO_TRY(CheckName(request.sha256()));
  DUDAO_TRY(spaces_.Get(request.space()).status());
  DUDAO_ASSIGN(const std::optional<BlobInfo> info, blobs_.Find(request.sha256()));
  v1::RequestAttachmentResponse response;
  response.set_held(info.has_value());
  if (!info) DUDAO_TRY(blobs_.QueueDownload(request.space(), request.sha256()));
  return response;
}

absl::StatusOr<v1::ListTransfersResponse> Core::ListTransfers(const v1::ListTransfersRequest&) {
  DUDAO_ASSIGN(const auto transfers, blobs_.Transfers());
  v1::ListTransfersResponse response;
  for (const TransferEntry& entry : transfers) {
    v1::Transfer* out = response.add_transfers();
    out->set_sha256(entry.sha256);
    out->set_space(entry.space);
    out->set_upload(entry.upload);
    out->set_thumbnail(entry.thumbnail);
    out->set_bytes_done(entry.bytes_done);
    out->set_byte_size(entry.byte_size);
    out->set_reason(entry.reason);
  }
  return response;
}

}  // namespace dudao::client
