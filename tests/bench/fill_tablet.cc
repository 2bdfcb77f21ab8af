// Fills an enrolled tablet with many visits, to measure how a tablet with much on it works:
// dudao_fill_tablet FILE COUNT. Nothing is sent; `dudao tablet --tablet FILE sync` does that.
//
// The visits lie in the years before today, over all villages; each has answers, a note, and every
// other one a finding. Everything is saved as the app saves it.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "command_clock.h"
#include "dudao/domain/civil.h"
#include "tablet.h"
#include "visit_form.h"

namespace {

using dudao::command::Tablet;
using dudao::command::VisitForm;
namespace v1 = dudao::client::v1;

constexpr int kVisitsADay = 12;
constexpr int kVillagesMax = 500;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "dudao_fill_tablet: " << status << '\n';
  std::exit(1);
}

template <typename Value>
Value Need(absl::StatusOr<Value> value) {
  Check(value.status());
  return *std::move(value);
}

std::vector<std::string> Villages(Tablet& tablet) {
  v1::PlanVisitsRequest request;
  request.set_office_space(tablet.profile().office_space);
  request.set_villages_only(true);
  request.set_limit(kVillagesMax);
  std::vector<std::string> codes;
  const auto plan = Need(tablet.core().PlanVisits(request));
  for (const auto& line : plan.places()) codes.push_back(line.unit().code());
  return codes;
}

std::vector<std::string> Content(int number) {
  std::vector<std::string> edits = {
      "note=第" + std::to_string(number) + "次督导：台账齐全，公示及时，群众反映良好",
      "check_items[A1].result=YES", "check_items[A2].result=YES",
      "check_items[B3].result=" + std::string(number % 2 == 0 ? "NO" : "YES")};
  if (number % 2 == 0) {
    const std::string finding = "findings[f" + std::to_string(number) + "].";
    edits.push_back(finding + "problem=公示栏第" + std::to_string(number) + "期未更新");
    edits.push_back(finding + "level=一般");
    edits.push_back(finding + "check_code=B3");
  }
  return edits;
}

void AddVisit(Tablet& tablet, const std::string& village, absl::CivilDay day, int number) {
  v1::NewVisitRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_office_space(tablet.profile().office_space);
  request.set_team_id(tablet.profile().team_id);
  request.set_unit_code(village);
  request.set_visit_date(dudao::domain::FormatDay(day));
  const auto made = Need(tablet.core().NewVisit(request));
  v1::CloseFormRequest close;
  close.set_form_id(made.form_id());
  Check(tablet.core().CloseForm(close).status());
  VisitForm form = Need(VisitForm::Open(tablet, made.record().key()));
  Check(form.Type(Content(number)));
  Check(form.Save().status());
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count <= 0) {
    std::cerr << "usage: dudao_fill_tablet FILE COUNT\n";
    return 2;
  }
  dudao::command::CommandClock clock;
  const auto profile = Need(dudao::command::LoadProfile(argv[1]));
  const auto tablet = Need(Tablet::Open(argv[1], profile, clock));
  const std::vector<std::string> villages = Villages(*tablet);
  const absl::CivilDay today = dudao::domain::LocalDay(clock.WallMs());
  for (int i = 0; i < count; ++i)
    AddVisit(*tablet, villages[static_cast<size_t>(i) % villages.size()],
             today - 1 - i / kVisitsADay, i);
  std::cout << count << " visits over " << villages.size() << " villages\n";
}
