// Signatures: what is signed, the drawing, and a refusal.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/signing_text.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

constexpr size_t kImageKibMax = 256;
constexpr std::string_view kPngMark("\x89PNG\r\n\x1a\n", 8);

v1::FieldEdit SetMessage(const char* path, const google::protobuf::Message& message) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_message(message.SerializeAsString());
  return edit;
}

v1::FieldEdit Clear(const char* path) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_clear();
  return edit;
}

absl::Status CheckWho(v1::Signer who) {
  if (who == v1::SIGNER_UNIT || who == v1::SIGNER_LEAD) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "who");
}

absl::Status CheckDrawing(const v1::SignVisitRequest& request) {
  DUDAO_TRY(CheckWho(request.who()));
  if (request.name().empty()) {
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "VISIT_FIELD_REQUIRED",
                           {"signer_name"});
  }
  const bool png =
      request.image().rfind(kPngMark, 0) == 0 && request.image().size() > kPngMark.size();
  if (png && request.image().size() <= kImageKibMax << 10) return absl::OkStatus();
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "SIGNATURE_IMAGE_WRONG",
                         {absl::StrCat(kImageKibMax)});
}

// Different inspectors of the visit.
size_t Witnesses(const v1::RefuseSignatureRequest& request, const Visit& visit) {
  const auto& inspectors = visit.inspector_ids();
  std::set<std::string> witnesses;
  for (const std::string& id : request.witness_ids()) {
    if (std::find(inspectors.begin(), inspectors.end(), id) != inspectors.end())
      witnesses.insert(id);
  }
  return witnesses.size();
}

}  // namespace

std::string Core::TextToSign(const Visit& visit, v1::Signer who) {
  v1::UnitLine unit;
  reference_.FillUnit(visit.unit_code(), &unit);
  const bool lead = who == v1::SIGNER_LEAD;
  return domain::SigningText(visit, unit.name() == visit.unit_code() ? "" : unit.name(),
                             lead ? domain::Signer::kLead : domain::Signer::kUnit);
}

absl::StatusOr<v1::GetSigningTextResponse> Core::GetSigningText(
    const v1::GetSigningTextRequest& request) {
  DUDAO_TRY(CheckWho(request.who()));
  DUDAO_ASSIGN(const Subject subject, SubjectIn(request));
  DUDAO_TRY(UseReference(request.office_space()).status());
  v1::GetSigningTextResponse response;
  response.set_text(TextToSign(subject.visit, request.who()));
  response.set_sha256(sync::HashHex(sync::Sha256(response.text())));
  return response;
}

absl::StatusOr<v1::SignVisitResponse> Core::SignVisit(const v1::SignVisitRequest& request) {
  DUDAO_TRY(CheckDrawing(request));
  DUDAO_ASSIGN(const Subject subject, SubjectOf(request.form_id()));
  DUDAO_TRY(UseReference(request.office_space()).status());
  const std::string text_sha256 =
      sync::HashHex(sync::Sha256(TextToSign(subject.visit, request.who())));
  if (request.text_sha256() != text_sha256)
    return domain::Refusal(absl::StatusCode::kFailedPrecondition, "SIGNING_TEXT_CHANGED");
  v1::SignVisitResponse response;
  records::v1::Signature& signature = *response.mutable_signature();
  signature.set_signer_name(request.name());
  if (!request.role().empty()) signature.set_signer_role(request.role());
  signature.set_image_sha256(sync::HashHex(sync::Sha256(request.image())));
  signature.set_text_sha256(text_sha256);
  signature.set_signed_at_ms(WallMs());
  if (!trust_.device_id().empty()) signature.set_device_id(trust_.device_id());
  const bool unit = request.who() == v1::SIGNER_UNIT;
  Save save;
  DUDAO_TRY(CompileEdit(schema_, subject.target.id,
                        SetMessage(unit ? "unit_signature" : "lead_signature", signature),
                        Hand::kPerson, save.ops));
  if (unit && subject.visit.has_unit_refusal())
    DUDAO_TRY(
        CompileEdit(schema_, subject.target.id, Clear("unit_refusal"), Hand::kPerson, save.ops));
  // Asked before the drawing is kept: a submitted visit takes no signature any more.
  Save asked = save;
  DUDAO_TRY(CheckSave(subject.target, asked));
  DUDAO_TRY(blobs_.Add({{request.image(), "image/png", subject.target.space, false}}).status());
  DUDAO_TRY(Type(*subject.form, std::move(save)));
  return response;
}

absl::StatusOr<v1::RefuseSignatureResponse> Core::RefuseSignature(
    const v1::RefuseSignatureRequest& request) {
  DUDAO_ASSIGN(const Subject subject, SubjectOf(request.form_id()));
  if (request.reason().empty())
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "VISIT_REFUSAL_WITHOUT_REASON");
  if (Witnesses(request, subject.visit) < 2)
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "VISIT_REFUSAL_WITNESSES");
  v1::RefuseSignatureResponse response;
  records::v1::SignatureRefusal& refusal = *response.mutable_refusal();
  refusal.set_reason(request.reason());
  refusal.mutable_witness_ids()->CopyFrom(request.witness_ids());
  refusal.set_refused_at_ms(WallMs());
  google::protobuf::RepeatedPtrField<v1::FieldEdit> edits;
  *edits.Add() = SetMessage("unit_refusal", refusal);
  if (subject.visit.has_unit_signature()) *edits.Add() = Clear("unit_signature");
  DUDAO_TRY(Type(*subject.form, edits));
  return response;
}

}  // namespace dudao::client
