// The weeks before the day: teams visit, leads submit, and the next morning the office decides.
#include <iterator>

#include "absl/strings/strip.h"
#include "dudao/domain/civil.h"
#include "fresh_server.h"
#include "import_files.h"
#include "scenario/county_day.h"
#include "scenario/office_morning.h"
#include "spaces.h"

namespace dudao::command {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;

// How many days before the day a team was out (on a weekend: the Monday after), and in how many
// units. Some teams more often than others: the month board has something to show.
struct Outing {
  size_t team;
  int days_before;
  int units;
};
constexpr Outing kOutings[] = {{0, 24, 1}, {2, 23, 2}, {1, 21, 1}, {0, 17, 1},
                               {2, 16, 1}, {3, 15, 2}, {1, 10, 2}, {0, 9, 1},
                               {2, 8, 1},  {0, 3, 1},  {1, 2, 1},  {3, 2, 1}};

// In the first days of the last full week before the day.
constexpr int kLeaderDaysBefore = 7;
constexpr char kLeaderVisitId[] = "sample-visit-001";  // 16 bytes

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

}  // namespace

absl::Status CountyDay::OfficeDay() {
  const auto reviewer = OpenOffice(plan_.reviewer_session);
  if (!reviewer.ok()) return reviewer.status();
  const auto findings = OpenFindingOffice(plan_.reviewer_session);
  if (!findings.ok()) return findings.status();
  return OfficeMorning(**reviewer, **findings, domain::LocalDay(midnight_ms_)).Work();
}

// The lead and another member visit, finish, submit and go online.
absl::Status CountyDay::FieldDay(Crew& crew, int units) {
  if (const absl::Status set = At(8, 40); !set.ok()) return set;
  const size_t colleague = 1 + crew.visits.size() % (crew.members.size() - 1);
  for (int unit = 0; unit < units; ++unit) {
    const auto key = Work(crew, 0).Visit(NextVillage(), crew.person(colleague));
    if (!key.ok()) return key.status();
    clock_.Shift(int64_t{150} * 60 * 1000);
    crew.visits.push_back(*key);
    if (const absl::Status done = FinishAndSubmit(crew, *key, crew.person(colleague)); !done.ok())
      return done;
  }
  if (const absl::Status set = At(18, 0); !set.ok()) return set;
  return SyncOne(crew.tablet(0));
}

absl::Status CountyDay::LeaderDay() {
  const auto reviewer = OpenOffice(plan_.reviewer_session);
  if (!reviewer.ok()) return reviewer.status();
  review::v1::RecordLeaderVisitRequest request;
  request.set_request_id(kLeaderVisitId);
  request.set_leader_id("p23");
  request.set_visit_date(domain::FormatDay(domain::LocalDay(midnight_ms_)));
  request.set_unit_code("140824102212");
  request.add_topics("农村党建");
  request.add_topics("集体经济");
  request.set_companions("县委组织部、县农业农村局");
  request.set_observations("召开党员座谈会，走访3户群众；班子战斗力不强，集体经济收入单一");
  request.set_instructions("县委组织部一周内拿出整顿方案，下月回访");
  request.add_problems()->set_problem("三会一课记录与会议照片时间不一致");
  request.add_problems()->set_problem("集体机动地发包合同已到期，未续签也未公示");
  return (*reviewer)->RecordLeaderVisit(request).status();
}

// Sessions end overnight.
absl::Status CountyDay::SignInAgain() {
  const auto password = ReadWholeFile(plan_.admin_password);
  if (!password.ok()) return password.status();
  const std::string trimmed(absl::StripAsciiWhitespace(*password));
  if (const auto done = SignInto(plan_.admin_session, plan_.server, kOfficeAdmin, trimmed);
      !done.ok())
    return done.status();
  auto admin = OpenOffice(plan_.admin_session);
  if (!admin.ok()) return admin.status();
  signed_in_again_ = *std::move(admin);
  return SignInto(plan_.reviewer_session, plan_.server, kOfficeReviewer, reviewer_password_)
      .status();
}

absl::Status CountyDay::ReturnToNow() {
  clock_ = CommandClock();
  if (const absl::Status now = clock_.Publish(plan_.clock_file); !now.ok()) return now;
  return SignInAgain();
}

absl::Status CountyDay::PastWeeks() {
  const int days = plan_.past_weeks * 7;
  if (days == 0) return absl::OkStatus();
  const int64_t the_day = midnight_ms_ + days * kDayMs;
  Progress progress(console_, Text::kDayPastWeeks, static_cast<uint64_t>(days));
  const Outing* next = std::begin(kOutings);
  for (; midnight_ms_ < the_day; midnight_ms_ += kDayMs) {
    progress.Advance();
    if (IsWeekend(domain::LocalDay(midnight_ms_))) continue;
    if (const absl::Status set = At(8, 30); !set.ok()) return set;
    if (const absl::Status again = SignInAgain(); !again.ok()) return again;
    if (const absl::Status decided = OfficeDay(); !decided.ok()) return decided;
    const auto days_before = static_cast<int>((the_day - midnight_ms_) / kDayMs);
    if (days_before == kLeaderDaysBefore) {
      if (const absl::Status done = LeaderDay(); !done.ok()) return done;
    }
    for (; next != std::end(kOutings) && next->days_before >= days_before; ++next) {
      Crew& crew = crews_[next->team % crews_.size()];
      if (const absl::Status out = FieldDay(crew, next->units); !out.ok()) return out;
    }
  }
  if (const absl::Status set = At(8, 0); !set.ok()) return set;
  if (const absl::Status again = SignInAgain(); !again.ok()) return again;
  for (Crew& crew : crews_) crew.visits.clear();  // the day begins with its own
  return SyncAll(2, Text::kDayMorningSync);
}

}  // namespace dudao::command
