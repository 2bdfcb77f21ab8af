// Tasks and look-backs, as the office writes them and a team's tablet shows them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "dudao/records/v1/holiday_year.pb.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/sync/schema/message_ops.h"
#include "visit_day.h"

namespace dudao::client {
namespace {

using records::v1::OfficeTask;
using records::v1::Rectification;

constexpr uint32_t kTask = 11;
constexpr uint32_t kHolidayYear = 6;
constexpr uint32_t kRectification = 12;

class Work : public testing::Test {
 protected:
  Work() : tablet(EnrolledTablet(office, "li")) {
    trust::v1::ControlBody body;
    body.mutable_space()->set_space(kSpace);
    body.mutable_space()->set_team_id("D2");
    office.Append(body);
    VisitDay::Prepare(*tablet);
  }

  // As the server writes it.
  void Write(uint32_t type, const std::string& key, const google::protobuf::Message& message,
             const std::string& space = kSpace) {
    sync::LocalEdit edit;
    edit.author = "zhao";
    edit.wall_ms = kMonday;
    edit.ops = Must(sync::MessageToOps({type, key}, message));
    Must(office.Space(space).Commit(edit));
  }

  void Sync() { ASSERT_TRUE(tablet->Sync(office).ok()); }

  OfficeTask Task(records::v1::OfficeTaskKind kind, const std::string& due = "") {
    OfficeTask task;
    task.set_kind(kind);
    task.set_team_id("D2");
    task.set_visit_temp_no("D2-0908-01");
    task.set_reason("请补充证据");
    task.set_created_at_ms(kMonday);
    task.set_state(records::v1::OFFICE_TASK_STATE_OPEN);
    if (!due.empty()) task.set_due_date(due);
    return task;
  }

  Rectification Issued(const std::string& finding_id, const std::string& due) {
    Rectification rectification;
    rectification.set_finding_id(finding_id);
    rectification.set_finding_temp_no("D2-0908-01-F1");
    rectification.set_visit_id("0a0b");
    rectification.set_unit_code(kVillage);
    rectification.set_state(records::v1::RECTIFICATION_STATE_ISSUED);
    rectification.set_problem("楼梯破损");
    rectification.set_issued_at_ms(kMonday - 13 * 24 * kHourMs);
    rectification.set_due_date(due);
    auto* source = rectification.add_sources();
    source->set_finding_id(finding_id);
    source->set_finder_id("wang");
    return rectification;
  }

  v1::ListLookBacksResponse LookBacks(const std::string& unit = "") {
    v1::ListLookBacksRequest request;
    request.set_unit_code(unit);
    return Must((*tablet)->ListLookBacks(request));
  }

  v1::NewVisitResponse NewVisit() {
    v1::NewVisitRequest request;
    request.set_space(kSpace);
    request.set_team_id("D2");
    request.set_unit_code(kVillage);
    return Must((*tablet)->NewVisit(request));
  }

  // "f-old" is looked at again, with a result.
  void Look(const v1::RecordRef& visit) {
    v1::EditRequest edit;
    *edit.mutable_record() = visit;
    edit.add_edits()->set_path("lookback_items[f-old].result");
    edit.mutable_edits(0)->mutable_set()->set_enum_number(records::v1::LOOKBACK_RESULT_DONE);
    Must((*tablet)->Edit(edit));
  }

  Office office;
  std::unique_ptr<Tablet> tablet;
};

TEST_F(Work, ListsOpenTasksOverdueOnesFirst) {
  Write(kTask, "t1", Task(records::v1::OFFICE_TASK_KIND_RETURNED_VISIT));
  Write(kTask, "t2", Task(records::v1::OFFICE_TASK_KIND_RETURNED_FINDING, "2026-09-30"));
  Write(kTask, "t3", Task(records::v1::OFFICE_TASK_KIND_SETTLE_CONFLICT, "2026-09-20"));
  OfficeTask cancelled = Task(records::v1::OFFICE_TASK_KIND_RETURNED_VISIT);
  cancelled.set_state(records::v1::OFFICE_TASK_STATE_CANCELLED);
  Write(kTask, "t4", cancelled);
  Sync();
  const auto listed = Must((*tablet)->ListTasks({}));
  ASSERT_EQ(listed.tasks_size(), 3);
  EXPECT_EQ(listed.open(), 3);
  EXPECT_EQ(listed.overdue(), 1);
  EXPECT_EQ(listed.tasks(0).record().key(), "t3");
  EXPECT_TRUE(listed.tasks(0).overdue());
  EXPECT_EQ(listed.tasks(1).record().key(), "t2");
  EXPECT_FALSE(listed.tasks(1).overdue());
  EXPECT_EQ(listed.tasks(2).text().zh(), "督导记录 D2-0908-01 被退回，请补充完整后重新提交");
  EXPECT_EQ(listed.tasks(2).text().en(),
            "Visit D2-0908-01 was returned: complete it and submit it again");
  v1::ListTasksRequest all;
  all.set_include_closed(true);
  EXPECT_EQ(Must((*tablet)->ListTasks(all)).tasks_size(), 4);
}

TEST_F(Work, NamesVisitFindingAndUnitOfATask) {
  const auto made = NewVisit();
  tablet->Set(made.record(), "findings[f1].problem", "楼梯破损");
  OfficeTask task = Task(records::v1::OFFICE_TASK_KIND_RETURNED_FINDING);
  task.set_visit_id(absl::BytesToHexString(made.record().key()));
  task.set_finding_id("f1");
  Write(kTask, "t1", task);
  Sync();
  const auto listed = Must((*tablet)->ListTasks({}));
  ASSERT_EQ(listed.tasks_size(), 1);
  EXPECT_EQ(listed.tasks(0).visit().key(), made.record().key());
  EXPECT_EQ(listed.tasks(0).unit().name(), "翟东村");
  EXPECT_EQ(listed.tasks(0).problem(), "楼梯破损");
}

TEST_F(Work, CompletesATaskOnceAndForAll) {
  Write(kTask, "t1", Task(records::v1::OFFICE_TASK_KIND_RETURNED_VISIT));
  OfficeTask cancelled = Task(records::v1::OFFICE_TASK_KIND_RETURNED_VISIT);
  cancelled.set_state(records::v1::OFFICE_TASK_STATE_CANCELLED);
  Write(kTask, "t2", cancelled);
  Sync();
  v1::CompleteTaskRequest request;
  *request.mutable_record() = Record(kTask, "t1");
  EXPECT_TRUE(Must((*tablet)->CompleteTask(request)).has_dot());
  EXPECT_FALSE(Must((*tablet)->CompleteTask(request)).has_dot());
  EXPECT_EQ(Must((*tablet)->ListTasks({})).open(), 0);
  Sync();
  const auto stored = Must(office.Space(kSpace).Load({kTask, "t1"}));
  OfficeTask done;
  ASSERT_TRUE(done.ParseFromString(stored->record.Materialise()));
  EXPECT_EQ(done.state(), records::v1::OFFICE_TASK_STATE_DONE);
  *request.mutable_record() = Record(kTask, "t2");
  EXPECT_EQ(ReasonOf((*tablet)->CompleteTask(request).status()), "TASK_CLOSED");
  *request.mutable_record() = Record(kTask, "nothing");
  EXPECT_EQ(ReasonOf((*tablet)->CompleteTask(request).status()), kRecordNotFound);
  *request.mutable_record() = Record(kVisit, "t1");
  EXPECT_EQ(ReasonOf((*tablet)->CompleteTask(request).status()), kTypeUnknown);
}

TEST_F(Work, ListsOpenFindingsWithTheirLightNow) {
  Write(kRectification, "f-green", Issued("f-green", "2026-12-01"));
  Write(kRectification, "f-red", Issued("f-red", "2026-09-20"));
  Rectification closed = Issued("f-closed", "2026-09-20");
  closed.set_state(records::v1::RECTIFICATION_STATE_CLOSED);
  Write(kRectification, "f-closed", closed);
  Sync();
  auto listed = LookBacks();
  ASSERT_EQ(listed.look_backs_size(), 2);
  EXPECT_EQ(listed.look_backs(0).finding_id(), "f-red");
  EXPECT_EQ(listed.look_backs(0).light(), v1::LIGHT_RED);
  EXPECT_EQ(listed.look_backs(0).state_text().zh(), "已下发");
  EXPECT_EQ(listed.look_backs(0).problem(), "楼梯破损");
  EXPECT_EQ(listed.look_backs(0).unit().name(), "翟东村");
  EXPECT_FALSE(listed.look_backs(0).asked_of_my_team());
  EXPECT_EQ(listed.look_backs(1).light(), v1::LIGHT_GREEN);
  EXPECT_EQ(LookBacks("140824103").look_backs_size(), 2);
  EXPECT_EQ(LookBacks("140824999").look_backs_size(), 0);
  EXPECT_EQ(Must((*tablet)->GetHome({})).open_findings(), 2);
  // Time passes without a sync.
  tablet->clock.Set(kMonday + 90 * 24 * kHourMs);
  EXPECT_EQ(LookBacks().look_backs(1).light(), v1::LIGHT_RED);
}

// 5 working days from Monday 28 September: due on Saturday 10 October, which is worked. In calendar
// time the light would turn yellow on the 8th, the first day after the holiday.
TEST_F(Work, ShowsTheLightInWorkingTimeOverAHoliday) {
  records::v1::HolidayYear year;
  year.set_year(2026);
  for (const int day : {1, 2, 3, 4, 5, 6, 7, 10}) {
    auto* entry = year.add_days();
    entry->set_date(absl::StrFormat("2026-10-%02d", day));
    entry->set_kind(day == 10 ? records::v1::HOLIDAY_KIND_WORK : records::v1::HOLIDAY_KIND_OFF);
  }
  Write(kHolidayYear, "2026", year, kOffice);
  Rectification issued = Issued("f", "2026-10-10");
  issued.set_issued_at_ms(kMonday + 7 * 24 * kHourMs);
  issued.mutable_limit()->set_unit(records::v1::LIMIT_UNIT_WORKING_DAY);
  issued.mutable_limit()->set_amount(5);
  Write(kRectification, "f", issued);
  ASSERT_TRUE(tablet->SyncAll(office).ok());
  const auto at = [&](int days, int hours) {
    tablet->clock.Set(kMonday + (days * 24 + hours) * kHourMs);
    return LookBacks().look_backs(0).light();
  };
  EXPECT_EQ(at(17, 6), v1::LIGHT_GREEN) << "8 October, 15:00";
  EXPECT_EQ(at(18, 9), v1::LIGHT_YELLOW) << "9 October, 18:00";
  EXPECT_EQ(at(20, 0), v1::LIGHT_RED) << "11 October";
}

TEST_F(Work, PutsWhatIsAskedOfTheTeamFirstAndKnowsTheFinder) {
  Rectification asked = Issued("f-asked", "2026-12-01");
  asked.set_look_back_team("D2");
  asked.set_state(records::v1::RECTIFICATION_STATE_PENDING_CHECK);
  Write(kRectification, "f-asked", asked);
  Rectification mine = Issued("f-mine", "2026-09-20");
  mine.mutable_sources(0)->set_finder_id("li");
  mine.set_look_back_team("D3");
  Write(kRectification, "f-mine", mine);
  Sync();
  const auto listed = LookBacks();
  ASSERT_EQ(listed.look_backs_size(), 2);
  EXPECT_EQ(listed.look_backs(0).finding_id(), "f-asked");
  EXPECT_TRUE(listed.look_backs(0).asked_of_my_team());
  EXPECT_TRUE(listed.look_backs(0).may_strike_off());
  EXPECT_THAT(listed.look_backs(0).finder_ids(), testing::ElementsAre("wang"));
  EXPECT_FALSE(listed.look_backs(1).asked_of_my_team());
  EXPECT_FALSE(listed.look_backs(1).may_strike_off());
  EXPECT_EQ(Must((*tablet)->GetHome({})).look_backs_asked(), 1);
}

TEST_F(Work, ShowsALookBackAtAnotherTeamsFindingFromItsTask) {
  OfficeTask task = Task(records::v1::OFFICE_TASK_KIND_LOOK_BACK, "2026-09-30");
  task.set_finding_id("f-theirs");
  task.set_unit_code(kVillage);
  Write(kTask, "t1", task);
  Sync();
  const auto listed = LookBacks();
  ASSERT_EQ(listed.look_backs_size(), 1);
  EXPECT_EQ(listed.look_backs(0).finding_id(), "f-theirs");
  EXPECT_TRUE(listed.look_backs(0).asked_of_my_team());
  EXPECT_EQ(listed.look_backs(0).task().key(), "t1");
  EXPECT_EQ(listed.look_backs(0).due_date(), "2026-09-30");
  EXPECT_EQ(listed.look_backs(0).unit().code(), kVillage);
}

TEST_F(Work, TakesALookBackForAnsweredOnceAVisitOfTheTeamHasItsResult) {
  OfficeTask task = Task(records::v1::OFFICE_TASK_KIND_LOOK_BACK, "2026-09-20");
  task.set_finding_id("f-old");
  task.set_unit_code(kVillage);
  Write(kTask, "t1", task);
  Rectification asked = Issued("f-old", "2026-12-01");
  asked.set_look_back_team("D2");
  Write(kRectification, "f-old", asked);
  Sync();
  const auto made = NewVisit();
  const auto told = [&] {
    const auto tasks = Must((*tablet)->ListTasks({}));
    EXPECT_EQ(tasks.tasks_size(), 1);
    const auto look = LookBacks().look_backs(0);
    EXPECT_EQ(look.answered_in(), tasks.tasks(0).answered_in());
    EXPECT_EQ(look.asked_of_my_team(), tasks.open() == 1);
    EXPECT_EQ(Must((*tablet)->GetHome({})).look_backs_asked(), tasks.open());
    EXPECT_EQ(tasks.overdue(), tasks.open());
    return tasks.tasks(0).answered_in();
  };
  tablet->Set(made.record(), "lookback_items[f-old].note", "已看");
  EXPECT_EQ(told(), "") << "a note is no result";
  Look(made.record());
  EXPECT_EQ(told(), made.visit().temp_no());
  tablet->Restart();
  EXPECT_EQ(told(), made.visit().temp_no());
}

TEST_F(Work, TakesNoVisitBeforeTheTaskForItsAnswer) {
  const auto made = NewVisit();
  Look(made.record());
  OfficeTask again = Task(records::v1::OFFICE_TASK_KIND_LOOK_BACK);
  again.set_finding_id("f-old");
  again.set_created_at_ms(kMonday + 48 * kHourMs);
  Write(kTask, "t1", again);
  Sync();
  EXPECT_EQ(Must((*tablet)->ListTasks({})).tasks(0).answered_in(), "");
  EXPECT_EQ(Must((*tablet)->ListTasks({})).open(), 1);
}

TEST_F(Work, AddsALookBackToTheDraftOnce) {
  Write(kRectification, "f-old", Issued("f-old", "2026-12-01"));
  Sync();
  const auto made = NewVisit();
  v1::AddLookBackRequest request;
  request.set_form_id(made.form_id());
  request.set_finding_id("f-unknown");
  EXPECT_EQ(ReasonOf((*tablet)->AddLookBack(request).status()), "LOOKBACK_FINDING_UNKNOWN");
  request.set_finding_id("f-old");
  EXPECT_FALSE(Must((*tablet)->AddLookBack(request)).existed());
  tablet->Restart();
  EXPECT_TRUE(Must((*tablet)->AddLookBack(request)).existed());
  v1::GetVisitViewRequest view;
  view.set_form_id(made.form_id());
  const auto seen = Must((*tablet)->GetVisitView(view));
  ASSERT_EQ(seen.look_backs_size(), 1);
  EXPECT_EQ(seen.look_backs(0).problem(), "楼梯破损");
  EXPECT_TRUE(seen.look_backs(0).may_strike_off());
}

TEST_F(Work, AsksForALookBackAtEveryOpenFindingOfTheUnit) {
  Write(kRectification, "f-old", Issued("f-old", "2026-12-01"));
  Sync();
  const auto made = NewVisit();
  const auto asked = [&] {
    v1::CheckVisitRequest request;
    *request.mutable_record() = made.record();
    std::string paths;
    const auto checked = Must((*tablet)->CheckVisit(request));
    for (const auto& issue : checked.issues()) {
      if (issue.reason() == "LOOKBACK_OPEN") paths += issue.path() + " ";
    }
    return paths;
  };
  EXPECT_EQ(asked(), "lookback_items[f-old] ");
  tablet->Set(made.record(), "lookback_items[f-old].note", "已看");
  EXPECT_EQ(asked(), "lookback_items[f-old].result ");
  // Of this very visit nobody looks back at a finding.
  Rectification own = Issued("f-own", "2026-12-01");
  own.set_visit_id(absl::BytesToHexString(made.record().key()));
  Write(kRectification, "f-own", own);
  Sync();
  EXPECT_EQ(asked(), "lookback_items[f-old].result ");
}

}  // namespace
}  // namespace dudao::client
