#include "upload_rules.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/personal.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/trust/statements.h"
#include "reason.h"

namespace dudao::server {
namespace {

using domain::Standing;
using records::v1::Visit;

constexpr size_t kIdentityBytesMin = 15;
constexpr size_t kIdentityFindingsMax = 100;

// States that only the office gives a visit.
bool IsOfficeState(const sync::Value& value) {
  switch (value.AsVarint().value_or(0)) {
    case records::v1::VISIT_STATE_CONFIRMED:
    case records::v1::VISIT_STATE_RETURNED:
    case records::v1::VISIT_STATE_MERGED:
    case records::v1::VISIT_STATE_DISMISSED:
      return true;
    default:
      return false;
  }
}

// A rectification is written by the office's server alone, whoever settles what.
bool IsRectification(const sync::Operation& op) {
  static const uint32_t type = sync::RecordTypeOf(*records::v1::Rectification::descriptor());
  return op.record.type == type;
}

// True for a write that is the office's alone: its decision, and the states that a decision leads
// to. Settling a conflict between what others wrote is not a decision.
bool IsOfficeWrite(const sync::Change& change, const sync::Operation& op) {
  static const uint32_t visit = sync::RecordTypeOf(*Visit::descriptor());
  if (op.record.type != visit || op.path.empty() || (change.flags & sync::kFlagResolves) != 0)
    return false;
  const auto field = static_cast<int>(op.path.Steps().front().field);
  return field == Visit::kReviewFieldNumber ||
         (field == Visit::kStateFieldNumber && IsOfficeState(op.value));
}

sync::Quarantined Aside(const sync::Change& change, const char* reason, std::string detail) {
  sync::Quarantined out;
  out.dot = change.dot();
  out.reason = reason;
  out.detail = std::move(detail);
  out.time = change.time;
  out.author = change.author;
  return out;
}

bool HoldsIdentityNumber(const sync::Operation& op) {
  if (op.value.type != sync::WireType::kBytes || op.value.bytes.size() < kIdentityBytesMin)
    return false;
  const auto* field = sync::FieldOf(op.record.type, op.path);
  if (field == nullptr) return false;
  if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING)
    return domain::HoldsIdentityNumber(op.value.bytes);
  if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) return false;
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  const std::unique_ptr<google::protobuf::Message> message(
      factory->GetPrototype(field->message_type())->New());
  static_cast<void>(message->ParseFromString(op.value.bytes));
  return !domain::FindIdentityNumbers(*message).empty();
}

}  // namespace

bool HoldsOfficeWrite(const sync::Change& change) {
  return std::any_of(change.ops.begin(), change.ops.end(), [&](const sync::Operation& op) {
    return op.kind == sync::MergeKind::kIssued || IsRectification(op) || IsOfficeWrite(change, op);
  });
}

absl::Status UploadRules::CheckReplica(std::string_view replica, std::string_view device_id) const {
  const auto refused = [](std::string_view why) {
    return Error(absl::StatusCode::kPermissionDenied, "REPLICA_FOREIGN", why);
  };
  if (space_.IsOwn(sync::ReplicaId::FromBytes(replica)))
    return refused("the replica is the server's");
  const std::string owner = heads_.OwnerOf(space_.name(), replica);
  if (!owner.empty() && owner != device_id) return refused("the replica is another device's");
  return absl::OkStatus();
}

bool UploadRules::IsHeld(const sync::HeadProof& proof) {
  const auto hash =
      space_.store().HashAt({sync::ReplicaId::FromBytes(proof.replica()), proof.seq()});
  return hash.ok() && *hash && sync::HashBytes(**hash) == proof.hash();
}

absl::Status UploadRules::CheckProof(const sync::HeadProof& proof) {
  if (proof.signer() == sync::kServerSigner)
    return heads_.CheckOwn(space_.name(), proof, IsHeld(proof));
  if (absl::Status status = CheckReplica(proof.replica(), proof.signer()); !status.ok())
    return status;
  const trust::v1::DeviceRule* key = authority_->DeviceKey(proof.signer(), proof.key());
  if (key == nullptr) return absl::UnauthenticatedError("the signer has no key of this number");
  if (proof.replica() == caller_ && authority_->Device(proof.signer())->key() != proof.key())
    return absl::UnauthenticatedError("the key was replaced");
  if (key->suite() != proof.suite())
    return absl::UnauthenticatedError("the key is of another suite");
  if (absl::Status status = sync::CheckProof(key->public_key(), space_.name(), proof); !status.ok())
    return status;
  const auto first = std::find_if(proved_.begin(), proved_.end(),
                                  [&](const auto& one) { return one.first == proof.replica(); });
  if (first != proved_.end() && first->second != proof.signer())
    return absl::UnauthenticatedError("two devices sign for one replica");
  if (first == proved_.end()) proved_.emplace_back(proof.replica(), proof.signer());
  return absl::OkStatus();
}

std::optional<sync::Quarantined> UploadRules::JudgeSigner(const sync::Change& change,
                                                          std::string_view signer) {
  const trust::v1::DeviceRule* device = authority_->Device(signer);
  if (device == nullptr) return Aside(change, sync::kNotPermitted, "signed by no known device");
  if (device->person_id() != change.author)
    return Aside(change, sync::kNotPermitted, "written in another's name");
  switch (device->state()) {
    case trust::v1::DEVICE_STATE_ACTIVE:
      return std::nullopt;
    case trust::v1::DEVICE_STATE_RETIRED:
      return Aside(change, sync::kPermissionEnded, "the device was handed over");
    case trust::v1::DEVICE_STATE_REVOKED:
      return Aside(change, kDeviceRevoked, "the device was revoked");
    default:
      return Aside(change, sync::kNotPermitted, "the device is allowed nothing");
  }
}

// What the server signed it has taken or written when that was allowed, so an end of permission
// since then takes nothing back. What an office that was replaced by a backup wrote is the
// office's.
std::optional<sync::Quarantined> UploadRules::JudgeAuthor(const sync::Change& change,
                                                          bool server_signed) {
  const trust::v1::PersonRule* author = authority_->Person(change.author);
  // A unit's answer is written by the server for its reporter, who may write in no space.
  const bool answer = server_signed && author != nullptr &&
                      author->role() == records::v1::PERSON_ROLE_REPORTER &&
                      std::all_of(change.ops.begin(), change.ops.end(), IsRectification);
  if (answer) return std::nullopt;
  switch (authority_->WriteStanding(change.author, space_.name(), change.control_position)) {
    case Standing::kAllowed:
      break;
    case Standing::kEnded:
      if (server_signed) return std::nullopt;
      return Aside(change, sync::kPermissionEnded, "the author may not write here any more");
    case Standing::kNever:
      return Aside(change, sync::kNotPermitted, "the author may not write in this space");
  }
  if (author != nullptr && domain::IsOffice(author->role()) && server_signed) return std::nullopt;
  for (const sync::Operation& op : change.ops) {
    if (op.kind == sync::MergeKind::kIssued)
      return Aside(change, sync::kIssuedByTablet, "only the server issues this field");
    if (!server_signed && IsRectification(op))
      return Aside(change, sync::kNotPermitted, "only the office decides on a finding");
    const bool office = author != nullptr && domain::IsOffice(author->role());
    if (!office && IsOfficeWrite(change, op))
      return Aside(change, sync::kNotPermitted, "only the office decides on a visit");
  }
  return std::nullopt;
}

std::optional<sync::Quarantined> UploadRules::Judge(const sync::Change& change,
                                                    std::string_view signer) {
  const bool server_signed = signer == sync::kServerSigner;
  // The server's own changes come back after it was restored from a backup; so do those that it
  // entered anew for somebody when they were released.
  const bool own =
      server_signed && (space_.IsOwn(change.replica) || (change.flags & sync::kFlagOnBehalf) != 0);
  if (own) return std::nullopt;
  LookForIdentityNumbers(change);
  if (!server_signed) {
    if (auto aside = JudgeSigner(change, signer)) return aside;
  }
  return JudgeAuthor(change, server_signed);
}

void UploadRules::LookForIdentityNumbers(const sync::Change& change) {
  for (const sync::Operation& op : change.ops) {
    if (identity_numbers_.size() >= kIdentityFindingsMax) return;
    if (!HoldsIdentityNumber(op)) continue;
    identity_numbers_.push_back(absl::StrCat(op.record.type, "/",
                                             absl::BytesToHexString(op.record.key), " ",
                                             sync::PathText(op.record.type, op.path)));
  }
}

}  // namespace dudao::server
