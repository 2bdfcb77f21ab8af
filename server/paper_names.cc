#include "paper_names.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "people_records.h"

namespace dudao::server {
namespace {

using records::v1::FormTemplate;

constexpr double kHundred = 100;

std::string Letters(const std::string& check_code) {
  return check_code.substr(0, check_code.find_first_of("0123456789"));
}

std::string Find(const std::map<std::string, std::string>& names, const std::string& key,
                 const std::string& otherwise) {
  const auto found = names.find(key);
  return found != names.end() && !found->second.empty() ? found->second : otherwise;
}

std::string ExtraText(records::v1::ExtraKind kind, const records::v1::CheckExtra& extra) {
  const std::string hundredths =
      absl::StrFormat("%.2f", static_cast<double>(extra.number()) / kHundred);
  switch (kind) {
    case records::v1::EXTRA_KIND_COUNT:
      return absl::StrCat(extra.number());
    case records::v1::EXTRA_KIND_MONEY:
      return hundredths + "元";
    case records::v1::EXTRA_KIND_PERCENT:
      return absl::StrCat(extra.number(), "%");
    case records::v1::EXTRA_KIND_BOOL:
      return extra.number() != 0 ? "是" : "否";
    case records::v1::EXTRA_KIND_HUNDREDTHS:
      return hundredths;
    case records::v1::EXTRA_KIND_DATE:
      return ChineseDay(extra.text());
    default:
      return domain::MaskText(extra.text());
  }
}

absl::StatusOr<FormTemplate> LoadForm(Spaces& spaces) {
  FormTemplate form;
  DUDAO_ASSIGN(Space * space, spaces.Get(kOfficeSpace));
  absl::MutexLock lock(&space->mutex());
  DUDAO_TRY(space->store().Scan(
      sync::RecordTypeOf(*FormTemplate::descriptor()), "", [&](const sync::StoredRecord& stored) {
        FormTemplate one;
        const bool good =
            stored.record.exists() && one.ParseFromString(stored.record.Materialise());
        if (good && (form.form_code().empty() || one.active())) form = one;
        return true;
      }));
  return form;
}

}  // namespace

absl::StatusOr<PaperNames> PaperNames::Load(Spaces& spaces, Projection& projection, bool in_clear) {
  PaperNames names;
  names.in_clear_ = in_clear;
  DUDAO_ASSIGN(const auto people, LoadPeople(spaces));
  for (const auto& [id, person] : people)
    names.people_[id] = in_clear ? person.name() : domain::MaskName(person.name());
  DUDAO_ASSIGN(const auto teams, projection.Teams());
  for (const TeamRow& team : teams) names.teams_[team.team_id] = team.name;
  names.teams_[kLeadersTeam] = "领导调研";
  DUDAO_ASSIGN(names.places_, projection.PlaceNames());
  DUDAO_ASSIGN(const FormTemplate form, LoadForm(spaces));
  for (const auto& section : form.sections()) {
    names.sections_[section.code()] = section.title();
    // A task force works on one theme of the form, whose title is its own or stands one before.
    for (const auto& area : form.areas()) {
      if (area.label() == section.title() || area.position() + 1 == section.position())
        names.forces_[section.code()] = area.label();
    }
  }
  for (const auto& item : form.check_items()) {
    names.items_[item.code()] = item.label();
    names.extras_[item.code()] = item.extras();
  }
  return names;
}

std::string PaperNames::Person(const std::string& id) const { return Find(people_, id, id); }
std::string PaperNames::Written(const std::string& name) const {
  return in_clear_ ? name : domain::MaskName(name);
}
std::string PaperNames::Team(const std::string& id) const { return Find(teams_, id, id); }
std::string PaperNames::Unit(const std::string& code_or_name) const {
  return Find(places_, code_or_name, code_or_name);
}
std::string PaperNames::Section(const std::string& check_code) const {
  return Find(sections_, Letters(check_code), "");
}
std::string PaperNames::Force(const std::string& check_code) const {
  return Find(forces_, Letters(check_code), "");
}
std::string PaperNames::Item(const std::string& check_code) const {
  return Find(items_, check_code, check_code);
}

std::string PaperNames::Extras(const std::string& check_code,
                               const records::v1::Visit& visit) const {
  std::vector<std::string> entered;
  const auto asked = extras_.find(check_code);
  if (asked == extras_.end()) return "";
  for (const auto& input : asked->second.inputs()) {
    const std::string key = absl::StrCat(check_code, ".", input.name());
    for (const auto& extra : visit.check_extras()) {
      if (extra.key() == key && (extra.has_number() || !extra.text().empty()))
        entered.push_back(absl::StrCat(input.label(), "：", ExtraText(input.kind(), extra)));
    }
  }
  return absl::StrJoin(entered, "；");
}

std::string ChineseDay(const std::string& day) {
  const auto parsed = domain::ParseDay(day);
  if (!parsed) return day;
  return absl::StrCat(parsed->year(), "年", parsed->month(), "月", parsed->day(), "日");
}

}  // namespace dudao::server
