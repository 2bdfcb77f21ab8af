#include "privacy_desk.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr size_t kWordsBytesMax = 3000;
constexpr size_t kPurposeBytesMax = 300;

std::string SubjectOf(std::string_view space, uint32_t type_id, std::string_view key) {
  return absl::StrCat(std::string(space), "/", type_id, "/",
                      absl::BytesToHexString({key.data(), key.size()}));
}

}  // namespace

absl::Status CheckWords(std::string_view words, std::string_view what) {
  const bool empty = words.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (empty || words.size() > kWordsBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", what);
  if (domain::HoldsIdentityNumber({words.data(), words.size()}))
    return domain::Refusal(absl::StatusCode::kInvalidArgument, "TEXT_HOLDS_IDENTITY_NUMBER");
  return absl::OkStatus();
}

absl::StatusOr<review::v1::ShowPersonalDataResponse> PrivacyDesk::ShowPersonalData(
    const Call& call, const review::v1::ShowPersonalDataRequest& request) {
  DUDAO_TRY(CheckWords(request.purpose(), "purpose"));
  if (request.purpose().size() > kPurposeBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "purpose");
  if (request.key().empty() || request.key().size() > sync::kRecordKeyBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "key");
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  const std::unique_ptr<google::protobuf::Message> message =
      sync::NewRecordMessage(request.type_id());
  if (message == nullptr) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const auto stored, space->store().Load({request.type_id(), request.key()}));
    if (!stored) return Error(absl::StatusCode::kNotFound, "RECORD_UNKNOWN");
    static_cast<void>(message->ParseFromString(stored->record.Materialise()));
  }
  DUDAO_TRY(
      access_.Append(call.principal.person_id, kPersonalDataShown,
                     absl::StrCat(SubjectOf(request.space(), request.type_id(), request.key()), " ",
                                  domain::MaskText(Utf8(request.purpose())))));
  review::v1::ShowPersonalDataResponse response;
  for (const domain::PersonalValue& value : domain::PersonalValues(*message)) {
    review::v1::PersonalField& field = *response.add_fields();
    field.set_path(Utf8(value.path));
    field.set_text(Utf8(value.text));
  }
  return response;
}

absl::StatusOr<blob::v1::GetChunkResponse> PrivacyDesk::GetChunk(
    const Call& call, const blob::v1::GetChunkRequest& request) {
  const bool leader = ReadsAll(call.principal.role) && !IsOffice(call.principal.role);
  const bool office = IsOffice(call.principal.role) && !call.principal.is_device();
  if (leader || office) {
    DUDAO_ASSIGN(const FileUse use, projection_.UseOfFile(request.space(), request.sha256()));
    // A file that no record shows may be anything.
    if (leader && !use.referenced) return Error(absl::StatusCode::kNotFound, "BLOB_UNKNOWN");
    if (leader && use.personal) return Error(absl::StatusCode::kPermissionDenied, "BLOB_PERSONAL");
    const std::string subject =
        absl::StrCat(request.space(), "/file/", absl::BytesToHexString(request.sha256()));
    if (use.personal && request.offset() == 0) {
      DUDAO_TRY(access_.Append(call.principal.person_id, kPersonalFileShown, subject));
    } else if (request.offset() == 0 && !call.principal.is_device()) {
      access_.AppendView(call.principal.person_id, kFileShown, subject);
    }
  }
  return blobs_.Get(request);
}

}  // namespace dudao::server
