#include "spaces.h"

#include "absl/strings/str_cat.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {

absl::StatusOr<std::unique_ptr<Spaces>> Spaces::Open(std::string folder, std::string token,
                                                     Registry& registry, ControlLog& control) {
  DUDAO_TRY(MakeFolder(folder));
  return std::unique_ptr<Spaces>(
      new Spaces(std::move(folder), std::move(token), registry, control));
}

absl::StatusOr<Space*> Spaces::Get(std::string_view name) {
  if (control_.Snapshot()->Space(name) == nullptr)
    return Error(absl::StatusCode::kNotFound, "SPACE_UNKNOWN");
  absl::MutexLock lock(&mutex_);
  const auto found = open_.find(name);
  if (found != open_.end()) return found->second.get();
  const std::string text(name);
  DUDAO_ASSIGN(auto space,
               Space::Open(absl::StrCat(folder_, "/", text, ".db"), text, token_, registry_));
  return (open_[text] = std::move(space)).get();
}

std::vector<trust::v1::SpaceRule> Spaces::All() const { return control_.Snapshot()->Spaces(); }

std::vector<std::string> Spaces::Readable(const Principal& principal) const {
  const auto authority = control_.Snapshot();
  std::vector<std::string> names;
  for (const auto& rule : authority->Spaces()) {
    if (MayRead(*authority, principal, rule.space())) names.push_back(rule.space());
  }
  return names;
}

absl::Status CheckSpaceRule(const trust::v1::SpaceRule& rule) {
  if (!IsSpaceName(rule.space())) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID",
                 "a space is named by 1 to 64 lower-case letters, digits and dashes");
  }
  if (rule.space() == kOfficeSpace && !rule.shared())
    return Error(absl::StatusCode::kFailedPrecondition, "SPACE_DIFFERS");
  return absl::OkStatus();
}

std::vector<trust::v1::ControlBody> SpaceChange(const domain::Authority& authority,
                                                const trust::v1::SpaceRule& rule) {
  const auto* known = authority.Space(rule.space());
  if (known != nullptr && known->team_id() == rule.team_id() && known->shared() == rule.shared())
    return {};
  trust::v1::ControlBody body;
  *body.mutable_space() = rule;
  return {body};
}

absl::StatusOr<bool> Spaces::Create(const trust::v1::SpaceRule& rule, std::string_view actor,
                                    int64_t wall_ms) {
  DUDAO_TRY(CheckSpaceRule(rule));
  bool created = false;
  DUDAO_TRY(control_
                .Decide(
                    [&](const domain::Authority& authority) {
                      created = authority.Space(rule.space()) == nullptr;
                      return SpaceChange(authority, rule);
                    },
                    actor, wall_ms)
                .status());
  return created;
}

absl::Status Spaces::CheckRead(std::string_view name, const Principal& principal) const {
  const auto authority = control_.Snapshot();
  if (MayRead(*authority, principal, name)) return absl::OkStatus();
  const bool learns =
      ReadsAll(principal.role) && principal.device_state != trust::v1::DEVICE_STATE_RETIRED;
  if (authority->Space(name) == nullptr && learns)
    return Error(absl::StatusCode::kNotFound, "SPACE_UNKNOWN");
  return Error(absl::StatusCode::kPermissionDenied, "SPACE_FORBIDDEN");
}

absl::Status Spaces::CheckWrite(std::string_view name, const Principal& principal) const {
  DUDAO_TRY(CheckRead(name, principal));
  if (MayWrite(*control_.Snapshot(), principal, name)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "SPACE_FORBIDDEN");
}

absl::StatusOr<bool> Spaces::CheckDeliver(std::string_view name, const Principal& principal,
                                          bool writes) const {
  const absl::Status now = writes ? CheckWrite(name, principal) : CheckRead(name, principal);
  if (now.ok()) return false;
  if (CouldWrite(*control_.Snapshot(), principal, name)) return true;
  return now;
}

}  // namespace dudao::server
