#include "reference.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"

namespace dudao::client {
namespace {

// A record that is gone, or cannot be read, is forgotten.
template <typename Message>
void Keep(const sync::StoredRecord& stored, std::map<std::string, Message, std::less<>>& into) {
  Message message;
  if (stored.record.exists() && message.ParseFromString(stored.record.Materialise())) {
    into[stored.id.key] = std::move(message);
  } else {
    into.erase(stored.id.key);
  }
}

template <typename Message>
const Message* FindIn(const std::map<std::string, Message, std::less<>>& map,
                      std::string_view key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

absl::Status Reference::Refresh(std::string_view space, sync::Store* store) {
  if (space != space_) *this = Reference();
  space_ = std::string(space);
  if (store == nullptr) return absl::OkStatus();
  bool places = false;
  bool calendar = false;
  DUDAO_TRY(store->ScanTouched(revision_, [&](const sync::StoredRecord& stored) {
    Take(stored);
    places = places || stored.id.type == kPlaceType;
    calendar = calendar || stored.id.type == kHolidayYearType;
    revision_ = stored.revision;
    return true;
  }));
  Rebuild(places, calendar);
  return absl::OkStatus();
}

void Reference::Take(const sync::StoredRecord& stored) {
  switch (stored.id.type) {
    case kPlaceType:
      return Keep(stored, places_);
    case kPersonType:
      return Keep(stored, people_);
    case kTeamType:
      return Keep(stored, teams_);
    case kFormTemplateType:
      return Keep(stored, forms_);
    case kHolidayYearType:
      return Keep(stored, years_);
    default:
      return;
  }
}

void Reference::Rebuild(bool places, bool calendar) {
  if (places) {
    std::vector<records::v1::Place> all;
    for (const auto& [key, place] : places_) all.push_back(place);
    index_ = domain::PlaceIndex(std::move(all));
  }
  if (!calendar) return;
  calendar_ = domain::WorkingCalendar();
  // A year that makes no sense is left out: what depends on it is provisional then.
  for (const auto& [key, year] : years_) calendar_.LoadYear(year).IgnoreError();
}

const records::v1::Place* Reference::FindPlace(std::string_view code) const {
  return FindIn(places_, code);
}

const records::v1::Person* Reference::FindPerson(std::string_view person_id) const {
  return FindIn(people_, person_id);
}

const records::v1::Team* Reference::FindTeam(std::string_view team_id) const {
  return FindIn(teams_, team_id);
}

const records::v1::FormTemplate* Reference::FindForm(std::string_view code,
                                                     std::optional<uint32_t> version) const {
  const records::v1::FormTemplate* best = nullptr;
  for (const auto& [key, form] : forms_) {
    const bool wanted =
        form.form_code() == code && (version ? form.version() == *version : form.active());
    if (wanted && (best == nullptr || best->version() < form.version())) best = &form;
  }
  return best;
}

std::vector<const records::v1::Person*> Reference::PeopleOf(std::string_view team_id) const {
  std::vector<const records::v1::Person*> people;
  for (const auto& [key, person] : people_) {
    const bool left = person.has_active() && !person.active();
    if (!team_id.empty() && person.team_id() == team_id && !left) people.push_back(&person);
  }
  std::stable_partition(people.begin(), people.end(), [](const records::v1::Person* person) {
    return person->role() == records::v1::PERSON_ROLE_LEAD;
  });
  return people;
}

void Reference::FillUnit(std::string_view code, v1::UnitLine* out) const {
  out->set_code(std::string(code));
  out->set_name(std::string(code));
  const records::v1::Place* place = FindPlace(code);
  if (place == nullptr) return;
  out->set_name(place->display_name().empty() ? place->name() : place->display_name());
  out->set_unit_type(place->unit_type());
  out->set_weak_organisation(place->weak_organisation());
  out->set_thin_economy(place->thin_economy());
  const records::v1::Place* parent = FindPlace(place->parent_code());
  if (parent != nullptr && parent->level() == records::v1::PLACE_LEVEL_TOWNSHIP)
    out->set_parent_name(parent->display_name().empty() ? parent->name() : parent->display_name());
}

void Reference::FillPerson(std::string_view person_id, v1::PersonLine* out) const {
  out->set_person_id(std::string(person_id));
  out->set_name(std::string(person_id));
  const records::v1::Person* person = FindPerson(person_id);
  if (person == nullptr) return;
  if (!person->name().empty()) out->set_name(person->name());
  out->set_home_department(person->home_department());
  out->set_role(person->role());
}

}  // namespace dudao::client
