#include "dudao/domain/authority.h"

#include <algorithm>
#include <array>
#include <set>

namespace dudao::domain {
namespace {

using records::v1::PersonRole;
using trust::v1::DeviceRule;
using trust::v1::PersonRule;
using trust::v1::SpaceRule;
using trust::v1::Verdict;

constexpr uint32_t kTabletIndexMax = 25;
constexpr int kRecoveredDepthMax = 4;  // a log lost more than once

std::string VerdictKey(std::string_view space, std::string_view replica, uint64_t seq,
                       std::string_view change_hash) {
  std::string key(space);
  key.push_back('\0');
  key.append(replica).append(std::to_string(seq)).push_back('\0');
  key.append(change_hash);
  return key;
}

}  // namespace

bool IsOffice(PersonRole role) {
  return role == records::v1::PERSON_ROLE_REVIEWER || role == records::v1::PERSON_ROLE_ADMIN;
}

bool ReadsAll(PersonRole role) { return IsOffice(role) || role == records::v1::PERSON_ROLE_LEADER; }

bool IsInspector(PersonRole role) {
  return role == records::v1::PERSON_ROLE_INSPECTOR || role == records::v1::PERSON_ROLE_LEAD;
}

void Authority::Apply(const trust::v1::ControlEntry& entry) {
  ApplyBody(entry, entry.position(), 0);
  position_ = std::max(position_, entry.position());
}

void Authority::ApplyBody(const trust::v1::ControlEntry& entry, uint64_t position, int depth) {
  trust::v1::ControlBody body;
  if (!body.ParseFromString(entry.body())) return;
  switch (body.what_case()) {
    case trust::v1::ControlBody::kSpace:
      spaces_[body.space().space()] = body.space();
      break;
    case trust::v1::ControlBody::kPerson:
      people_[body.person().person_id()].push_back({position, body.person()});
      break;
    case trust::v1::ControlBody::kDevice:
      devices_[body.device().device_id()].push_back({position, body.device()});
      break;
    case trust::v1::ControlBody::kVerdict: {
      const Verdict& verdict = body.verdict();
      verdicts_[VerdictKey(verdict.space(), verdict.replica(), verdict.seq(),
                           verdict.change_hash())] = {verdict, entry.actor()};
      break;
    }
    case trust::v1::ControlBody::kRecovered:
      if (depth < kRecoveredDepthMax) ApplyBody(body.recovered().entry(), position, depth + 1);
      break;
    case trust::v1::ControlBody::kServerKey:
    case trust::v1::ControlBody::WHAT_NOT_SET:
      break;
  }
}

const PersonRule* Authority::Person(std::string_view person_id) const {
  const auto it = people_.find(person_id);
  return it == people_.end() ? nullptr : &it->second.back().rule;
}

const PersonRule* Authority::PersonAt(std::string_view person_id, uint64_t position) const {
  const auto it = people_.find(person_id);
  if (it == people_.end()) return nullptr;
  const PersonRule* newest = nullptr;
  for (const auto& dated : it->second) {
    if (dated.position <= position) newest = &dated.rule;
  }
  return newest;
}

std::vector<PersonRule> Authority::People() const {
  std::vector<PersonRule> people;
  for (const auto& [id, rules] : people_) people.push_back(rules.back().rule);
  return people;
}

const DeviceRule* Authority::Device(std::string_view device_id) const {
  const auto it = devices_.find(device_id);
  return it == devices_.end() ? nullptr : &it->second.back().rule;
}

const DeviceRule* Authority::DeviceKey(std::string_view device_id, uint32_t key) const {
  const auto it = devices_.find(device_id);
  if (it == devices_.end()) return nullptr;
  const auto& rules = it->second;
  const auto found = std::find_if(rules.begin(), rules.end(), [key](const auto& dated) {
    return dated.rule.key() == key && !dated.rule.public_key().empty();
  });
  return found == rules.end() ? nullptr : &found->rule;
}

std::vector<DeviceRule> Authority::Devices() const {
  std::vector<DeviceRule> devices;
  for (const auto& [id, rules] : devices_) devices.push_back(rules.back().rule);
  return devices;
}

uint64_t Authority::DeviceSince(std::string_view device_id) const {
  const auto it = devices_.find(device_id);
  if (it == devices_.end()) return 0;
  const auto& rules = it->second;
  uint64_t since = rules.back().position;
  for (auto dated = rules.rbegin(); dated != rules.rend(); ++dated) {
    if (dated->rule.state() != rules.back().rule.state()) break;
    since = dated->position;
  }
  return since;
}

std::vector<std::string> Authority::ActiveDevicesOf(std::string_view person_id) const {
  std::vector<std::string> ids;
  for (const auto& [id, rules] : devices_) {
    const DeviceRule& rule = rules.back().rule;
    if (rule.state() == trust::v1::DEVICE_STATE_ACTIVE && rule.person_id() == person_id)
      ids.push_back(id);
  }
  return ids;
}

std::optional<uint32_t> Authority::FreeTabletIndex(std::string_view team_id) const {
  std::set<uint32_t> taken;
  for (const auto& [id, rules] : devices_) {
    const DeviceRule& rule = rules.back().rule;
    const PersonRule* person = Person(rule.person_id());
    if (rule.state() == trust::v1::DEVICE_STATE_ACTIVE && person != nullptr &&
        person->team_id() == team_id)
      taken.insert(rule.tablet_index());
  }
  for (uint32_t index = 0; index <= kTabletIndexMax; ++index) {
    if (!taken.contains(index)) return index;
  }
  return std::nullopt;
}

const SpaceRule* Authority::Space(std::string_view space) const {
  const auto it = spaces_.find(space);
  return it == spaces_.end() ? nullptr : &it->second;
}

std::vector<SpaceRule> Authority::Spaces() const {
  std::vector<SpaceRule> spaces;
  for (const auto& [name, rule] : spaces_) spaces.push_back(rule);
  return spaces;
}

std::vector<std::string> Authority::SpacesOf(const PersonRule& person) const {
  std::vector<std::string> names;
  for (const bool shared : {true, false}) {
    for (const auto& [name, rule] : spaces_) {
      const bool own = !rule.team_id().empty() && rule.team_id() == person.team_id();
      if (rule.shared() == shared && (shared || own) && MayRead(person, name))
        names.push_back(name);
    }
  }
  return names;
}

bool Authority::MayRead(const PersonRule& person, std::string_view space) const {
  const SpaceRule* rule = Space(space);
  if (rule == nullptr || !person.active()) return false;
  if (ReadsAll(person.role())) return true;
  if (!IsInspector(person.role())) return false;
  return rule->shared() || rule->team_id().empty() || rule->team_id() == person.team_id();
}

bool Authority::MayWrite(const PersonRule& person, std::string_view space) const {
  const SpaceRule* rule = Space(space);
  if (rule == nullptr || !person.active()) return false;
  if (IsOffice(person.role())) return true;
  if (!IsInspector(person.role()) || rule->shared()) return false;
  return rule->team_id().empty() || rule->team_id() == person.team_id();
}

Standing Authority::WriteStanding(std::string_view person_id, std::string_view space,
                                  uint64_t known_position) const {
  const PersonRule* now = Person(person_id);
  if (now != nullptr && MayWrite(*now, space)) return Standing::kAllowed;
  const PersonRule* then = PersonAt(person_id, known_position);
  return then != nullptr && MayWrite(*then, space) ? Standing::kEnded : Standing::kNever;
}

const Verdict* Authority::VerdictOn(std::string_view space, std::string_view replica, uint64_t seq,
                                    std::string_view change_hash) const {
  const auto it = verdicts_.find(VerdictKey(space, replica, seq, change_hash));
  return it == verdicts_.end() ? nullptr : &it->second.verdict;
}

std::string Authority::JudgeOf(const Verdict& verdict) const {
  const auto it = verdicts_.find(
      VerdictKey(verdict.space(), verdict.replica(), verdict.seq(), verdict.change_hash()));
  return it == verdicts_.end() ? std::string() : it->second.actor;
}

}  // namespace dudao::domain
