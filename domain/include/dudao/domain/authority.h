// Who may do what, as the server's control log says it: people, devices, spaces, verdicts.
//
// Folds the bodies of control entries in order; server and tablets fold the same log and so judge
// alike. Does not: check signatures (sync/trust does) or know methods (the server does). A value;
// not synchronised. Nothing here fails: an entry that makes no sense is ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/records/v1/reference.pb.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::domain {

// The office: sees all spaces and writes decisions.
bool IsOffice(records::v1::PersonRole role);
// Reads all spaces.
bool ReadsAll(records::v1::PersonRole role);
// Works in the field.
bool IsInspector(records::v1::PersonRole role);

// What a person's word is worth in a space.
enum class Standing : uint8_t {
  kAllowed,
  kEnded,  // could write at the position that the author knew, cannot any more
  kNever,  // could not at that position either
};

class Authority {
 public:
  // `entry` in order of position; Recovered entries count as what they carry.
  void Apply(const trust::v1::ControlEntry& entry);

  uint64_t position() const { return position_; }

  // Newest rule; null for nobody.
  const trust::v1::PersonRule* Person(std::string_view person_id) const;
  // The rule that was newest at `position`.
  const trust::v1::PersonRule* PersonAt(std::string_view person_id, uint64_t position) const;
  std::vector<trust::v1::PersonRule> People() const;

  // Newest rule: its state is the device's state.
  const trust::v1::DeviceRule* Device(std::string_view device_id) const;
  // The rule that introduced this key of the device; also of retired and revoked devices, for what
  // they signed before.
  const trust::v1::DeviceRule* DeviceKey(std::string_view device_id, uint32_t key) const;
  std::vector<trust::v1::DeviceRule> Devices() const;
  // Position at which the device got its present state.
  uint64_t DeviceSince(std::string_view device_id) const;
  // The person's devices that are active.
  std::vector<std::string> ActiveDevicesOf(std::string_view person_id) const;
  // Lowest index, 0 to 25, that no active device of the team has; nothing where all are taken.
  std::optional<uint32_t> FreeTabletIndex(std::string_view team_id) const;

  const trust::v1::SpaceRule* Space(std::string_view space) const;
  std::vector<trust::v1::SpaceRule> Spaces() const;
  // Spaces that the person replicates: shared ones first, then the team's.
  std::vector<std::string> SpacesOf(const trust::v1::PersonRule& person) const;

  // A space that is neither shared nor a team's is common: everybody in the field writes.
  bool MayRead(const trust::v1::PersonRule& person, std::string_view space) const;
  bool MayWrite(const trust::v1::PersonRule& person, std::string_view space) const;
  // `known_position`: Change::control_position.
  Standing WriteStanding(std::string_view person_id, std::string_view space,
                         uint64_t known_position) const;

  // Newest verdict on a change; null where nobody decided.
  const trust::v1::Verdict* VerdictOn(std::string_view space, std::string_view replica,
                                      uint64_t seq, std::string_view change_hash) const;
  // Who decided it; empty where nobody did.
  std::string JudgeOf(const trust::v1::Verdict& verdict) const;

 private:
  template <typename Rule>
  struct Dated {
    uint64_t position = 0;
    Rule rule;
  };
  template <typename Rule>
  using Log = std::map<std::string, std::vector<Dated<Rule>>, std::less<>>;
  struct JudgedBy {
    trust::v1::Verdict verdict;
    std::string actor;
  };

  void ApplyBody(const trust::v1::ControlEntry& entry, uint64_t position, int depth);

  uint64_t position_ = 0;
  Log<trust::v1::PersonRule> people_;
  Log<trust::v1::DeviceRule> devices_;
  std::map<std::string, trust::v1::SpaceRule, std::less<>> spaces_;
  std::map<std::string, JudgedBy, std::less<>> verdicts_;
};

}  // namespace dudao::domain
