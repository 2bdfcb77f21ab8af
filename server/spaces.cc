#include "spaces.h"

#include "absl/strings/str_cat.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {

absl::StatusOr<std::unique_ptr<Spaces>> Spaces::Open(std::string folder, std::string token,
                                                     Registry& registry) {
  DUDAO_TRY(MakeFolder(folder));
  std::unique_ptr<Spaces> spaces(new Spaces(std::move(folder), std::move(token), registry));
  DUDAO_ASSIGN(const auto known, registry.Spaces());
  for (const SpaceTraits& traits : known) {
    absl::MutexLock lock(&spaces->mutex_);
    spaces->spaces_[traits.name].traits = traits;
  }
  return spaces;
}

absl::StatusOr<Space*> Spaces::Get(std::string_view name) {
  absl::MutexLock lock(&mutex_);
  const auto found = spaces_.find(name);
  if (found == spaces_.end()) return Error(absl::StatusCode::kNotFound, "SPACE_UNKNOWN");
  Entry& entry = found->second;
  if (entry.space == nullptr) {
    const std::string path = absl::StrCat(folder_, "/", entry.traits.name, ".db");
    DUDAO_ASSIGN(entry.space, Space::Open(path, entry.traits.name, token_, registry_));
  }
  return entry.space.get();
}

std::optional<SpaceTraits> Spaces::Traits(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = spaces_.find(name);
  return found != spaces_.end() ? std::optional(found->second.traits) : std::nullopt;
}

std::vector<SpaceTraits> Spaces::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<SpaceTraits> all;
  for (const auto& [name, entry] : spaces_) all.push_back(entry.traits);
  return all;
}

std::vector<std::string> Spaces::Readable(const Principal& principal) const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, entry] : spaces_) {
    if (MayRead(entry.traits, principal)) names.push_back(name);
  }
  return names;
}

absl::StatusOr<bool> Spaces::Create(const SpaceTraits& traits) {
  if (!IsSpaceName(traits.name)) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID",
                 "a space is named by 1 to 64 lower-case letters, digits and dashes");
  }
  if (traits.name == kOfficeSpace && !traits.shared) {
    return Error(absl::StatusCode::kFailedPrecondition, "SPACE_DIFFERS");
  }
  absl::MutexLock lock(&mutex_);
  DUDAO_TRY(registry_.PutSpace(traits));
  const bool created = !spaces_.contains(traits.name);
  spaces_[traits.name].traits = traits;
  return created;
}

absl::Status Spaces::CheckRead(std::string_view name, const Principal& principal) const {
  const auto traits = Traits(name);
  if (traits && MayRead(*traits, principal)) return absl::OkStatus();
  if (!traits && ReadsAll(principal.role))
    return Error(absl::StatusCode::kNotFound, "SPACE_UNKNOWN");
  return Error(absl::StatusCode::kPermissionDenied, "SPACE_FORBIDDEN");
}

absl::Status Spaces::CheckWrite(std::string_view name, const Principal& principal) const {
  DUDAO_TRY(CheckRead(name, principal));
  const auto traits = Traits(name);
  if (traits && MayWrite(*traits, principal)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "SPACE_FORBIDDEN");
}

}  // namespace dudao::server
