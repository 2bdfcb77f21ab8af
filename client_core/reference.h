// The office's reference data as the use cases need it: places, people, teams, forms, calendar.
//
// Read once from the office's space, then kept up by its revision, so that a list of a thousand
// visits does not read places. Not synchronised. Pointers are valid until the next Refresh. Errors:
// those of the storage; a space that is not here is empty.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "dudao/client/v1/work.pb.h"
#include "dudao/domain/place_index.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/holiday_year.pb.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/sync/store/store.h"

namespace dudao::client {

class Reference {
 public:
  // Takes over what changed in `space` since the last time; `store` may be null.
  absl::Status Refresh(std::string_view space, sync::Store* store);

  const records::v1::Place* FindPlace(std::string_view code) const;
  const records::v1::Person* FindPerson(std::string_view person_id) const;
  const records::v1::Team* FindTeam(std::string_view team_id) const;
  // This version, or the newest active one.
  const records::v1::FormTemplate* FindForm(std::string_view code,
                                            std::optional<uint32_t> version) const;
  // Active people of a team, its lead first, then by id.
  std::vector<const records::v1::Person*> PeopleOf(std::string_view team_id) const;
  const std::map<std::string, records::v1::Place, std::less<>>& places() const { return places_; }
  const domain::PlaceIndex& index() const { return index_; }
  const domain::WorkingCalendar& calendar() const { return calendar_; }

  // As lists show them; the code or id alone where they are not known.
  void FillUnit(std::string_view code, v1::UnitLine* out) const;
  void FillPerson(std::string_view person_id, v1::PersonLine* out) const;

 private:
  template <typename Message>
  using ByKey = std::map<std::string, Message, std::less<>>;

  void Take(const sync::StoredRecord& stored);
  void Rebuild(bool places, bool calendar);

  std::string space_;
  uint64_t revision_ = 0;
  ByKey<records::v1::Place> places_;
  ByKey<records::v1::Person> people_;
  ByKey<records::v1::Team> teams_;
  ByKey<records::v1::FormTemplate> forms_;
  ByKey<records::v1::HolidayYear> years_;
  domain::PlaceIndex index_{{}};
  domain::WorkingCalendar calendar_;
};

}  // namespace dudao::client
