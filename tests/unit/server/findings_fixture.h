// People of the office and a unit's reporter who decide on findings over the wire, beside the
// server of server_fixture.h. Not thread-safe.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dudao/domain/civil.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/sync/schema/record_types.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {

using records::v1::Rectification;
using review::v1::AnswerFindingRequest;
using review::v1::DecideFindingRequest;
using review::v1::GetFindingResponse;

inline constexpr char kOne[] = "team-d1-2026";
inline constexpr char kTwo[] = "team-d2-2026";
inline constexpr char kVillage[] = "140824103200";  // 翟东村 in 翟店镇
inline const uint32_t kTask = sync::RecordTypeOf(*records::v1::OfficeTask::descriptor());

// A county at the end of September. The clock goes on for months: sessions last as long.
class OfficeTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    Stop();
    options_.session_idle = absl::Hours(24 * 400);
    options_.session_absolute = absl::Hours(24 * 400);
    Start();
    MakeTeamSpaces();
    ImportPlaces();
    At(absl::CivilSecond(2026, 9, 28, 9, 30));
  }
  void At(absl::CivilSecond local) { now_ms_ = domain::UnixMs(local); }
};

class FindingsTest : public OfficeTest {
 protected:
  void SetUp() override {
    OfficeTest::SetUp();
    admin::v1::ImportHolidaysRequest holidays;
    holidays.set_csv(DataFile("holidays-2026.csv"));
    admin::v1::ImportHolidaysResponse imported;
    As admin("admin");
    ASSERT_TRUE(admin_->ImportHolidays(&admin, holidays, &imported).ok());
    SetReporter("140824103");
  }
  void SetReporter(const std::string& unit) {
    admin::v1::SetPersonRequest request;
    request.set_person_id("rep");
    request.set_role(records::v1::PERSON_ROLE_REPORTER);
    request.set_team_id(unit);
    request.set_active(true);
    admin::v1::SetPersonResponse response;
    As admin("admin");
    const grpc::Status status = admin_->SetPerson(&admin, request, &response);
    ASSERT_TRUE(status.ok()) << ReasonIn(status);
  }
  // A submitted visit with findings of these ids.
  static records::v1::Visit VisitOf(const std::string& team, const std::string& day,
                                    const std::vector<std::string>& ids) {
    records::v1::Visit visit = MakeVisit(team, kVillage, day, team + "-" + day.substr(5), "");
    visit.clear_findings();
    for (const std::string& id : ids) {
      auto& finding = *visit.add_findings();
      finding.set_id(id);
      finding.set_temp_no(visit.temp_no() + "-" + id);
      finding.set_problem("楼梯扶手破损 " + id);
      finding.set_check_code("B5");
      finding.set_level(records::v1::FINDING_LEVEL_ORDINARY);
      finding.set_advice("修复扶手");
    }
    return visit;
  }
  GetFindingResponse Get(const std::string& id, const std::string& person = "zhao",
                         const std::string& space = kOne) {
    review::v1::GetFindingRequest request;
    request.set_space(space);
    request.set_finding_id(id);
    GetFindingResponse response;
    As who(person);
    const grpc::Status status = findings_->GetFinding(&who, request, &response);
    EXPECT_TRUE(status.ok()) << id << " " << ReasonIn(status);
    return response;
  }
  DecideFindingRequest On(const GetFindingResponse& seen) {
    DecideFindingRequest request;
    request.set_space(seen.row().space());
    request.set_finding_id(seen.row().finding_id());
    request.set_context(seen.context());
    request.set_content_digest(seen.content_digest());
    return request;
  }
  // The reason of the refusal; empty where it was done.
  std::string Decide(const DecideFindingRequest& request, const std::string& person = "zhao") {
    review::v1::DecideFindingResponse response;
    As who(person);
    const grpc::Status status = findings_->DecideFinding(&who, request, &response);
    if (status.ok()) decided_ = response.finding();
    return status.ok() ? "" : ReasonIn(status);
  }
  std::string Confirm(const std::string& id, records::v1::FindingLevel level,
                      records::v1::LimitUnit unit = records::v1::LIMIT_UNIT_UNSPECIFIED,
                      uint32_t amount = 0, const std::string& space = kOne) {
    DecideFindingRequest request = On(Get(id, "zhao", space));
    request.mutable_confirm()->set_level(level);
    if (amount > 0) {
      request.mutable_confirm()->mutable_limit()->set_unit(unit);
      request.mutable_confirm()->mutable_limit()->set_amount(amount);
    }
    return Decide(request);
  }
  std::string Issue(const std::string& id, const std::string& space = kOne) {
    DecideFindingRequest request = On(Get(id, "zhao", space));
    request.mutable_issue();
    return Decide(request);
  }
  std::string With(const std::string& id, records::v1::RectificationState to,
                   const std::string& reason) {
    DecideFindingRequest request = On(Get(id));
    request.mutable_with_reason()->set_to(to);
    request.mutable_with_reason()->set_reason(reason);
    return Decide(request);
  }
  std::string LookBack(const std::string& id, const std::string& team) {
    DecideFindingRequest request = On(Get(id));
    request.mutable_look_back()->set_team_id(team);
    request.mutable_look_back()->set_due_date("2026-10-20");
    return Decide(request);
  }
  std::string Check(const std::string& id, const std::string& space, const std::string& visit) {
    DecideFindingRequest request = On(Get(id));
    request.mutable_check()->set_mode(records::v1::CHECK_MODE_ON_SITE);
    request.mutable_check()->set_visit_space(space);
    request.mutable_check()->set_visit_key(visit);
    return Decide(request);
  }
  AnswerFindingRequest To(const GetFindingResponse& seen, bool on_behalf = false) {
    AnswerFindingRequest request;
    request.set_space(seen.row().space());
    request.set_finding_id(seen.row().finding_id());
    request.set_context(seen.context());
    request.set_content_digest(seen.content_digest());
    request.set_on_behalf(on_behalf);
    return request;
  }
  std::string Answer(const AnswerFindingRequest& request, const std::string& person = "rep") {
    review::v1::AnswerFindingResponse response;
    As who(person);
    const grpc::Status status = findings_->AnswerFinding(&who, request, &response);
    if (status.ok()) decided_ = response.finding();
    return status.ok() ? "" : ReasonIn(status);
  }
  std::string Receive(const std::string& id) {
    AnswerFindingRequest request = To(Get(id, "rep"));
    request.set_received_by("张镇长");
    return Answer(request);
  }
  std::string Plan(const std::string& id) {
    AnswerFindingRequest request = To(Get(id, "rep"));
    request.mutable_plan()->set_measure("更换扶手");
    request.mutable_plan()->set_person("李干事");
    request.mutable_plan()->set_planned_date("2026-10-08");
    return Answer(request);
  }
  std::string Reply(const std::string& id) {
    AnswerFindingRequest request = To(Get(id, "rep"));
    request.mutable_reply()->set_result("已更换");
    request.mutable_reply()->set_finished_on("2026-09-28");
    return Answer(request);
  }
  review::v1::ListFindingsResponse List(const review::v1::ListFindingsRequest& request,
                                        const std::string& person = "zhao") {
    review::v1::ListFindingsResponse response;
    As who(person);
    const grpc::Status status = findings_->ListFindings(&who, request, &response);
    EXPECT_TRUE(status.ok()) << ReasonIn(status);
    return response;
  }
  std::string Ids(review::v1::FindingView view, const std::string& person = "zhao") {
    review::v1::ListFindingsRequest request;
    request.mutable_filter()->set_view(view);
    return IdsOf(List(request, person));
  }
  std::string Find(const std::string& text) {
    review::v1::ListFindingsRequest request;
    request.mutable_filter()->set_text(text);
    return IdsOf(List(request));
  }
  static std::string IdsOf(const review::v1::ListFindingsResponse& list) {
    std::set<std::string> ids;
    for (const auto& row : list.findings()) ids.insert(row.finding_id());
    std::string out;
    for (const std::string& id : ids) out += id + " ";
    return out;
  }
  static std::vector<records::v1::OfficeTask> TasksOn(Tablet& tablet) {
    std::vector<records::v1::OfficeTask> tasks;
    EXPECT_TRUE(tablet.store()
                    .Scan(kTask, "",
                          [&](const sync::StoredRecord& stored) {
                            EXPECT_TRUE(
                                tasks.emplace_back().ParseFromString(stored.record.Materialise()));
                            return true;
                          })
                    .ok());
    return tasks;
  }
  static records::v1::Visit LookBackVisit(const std::string& team, const std::string& day,
                                          const std::string& finding,
                                          records::v1::LookbackResult result) {
    records::v1::Visit visit = VisitOf(team, day, {});
    auto& item = *visit.add_lookback_items();
    item.set_finding_id(finding);
    item.set_result(result);
    item.set_note("现场查看");
    return visit;
  }
  // To the unit's reply.
  void RunUntilReplied(const std::string& id, records::v1::FindingLevel level) {
    ASSERT_EQ(Confirm(id, level), "");
    ASSERT_EQ(Issue(id), "");
    ASSERT_EQ(Receive(id), "");
    ASSERT_EQ(Plan(id), "");
    ASSERT_EQ(Reply(id), "");
  }

  GetFindingResponse decided_;
};

}  // namespace dudao::server
