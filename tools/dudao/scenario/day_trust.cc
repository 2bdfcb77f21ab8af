#include "scenario/day_trust.h"

#include "dudao/server/archive.h"
#include "field_edit.h"

namespace dudao::command {
namespace {

constexpr char kLateWords[] = "sites_seen[late].situation=离岗当日补记：村口路灯已修好";

absl::Status ShowDelivery(Crew& crew, DayReport& report) {
  client::v1::GetDeliveryReportRequest request;
  request.set_space(crew.tablet(0).profile().team_space);
  const auto told = crew.tablet(0).core().GetDeliveryReport(request);
  if (!told.ok()) return told.status();
  report.delivery_zh = told->text_zh();
  report.delivery_en = told->text_en();
  if (!told->equal()) report.wrong.push_back(crew.person(0) + ": not everything is delivered");
  return absl::OkStatus();
}

// Releases what is kept aside of this person; says how many changes that were.
absl::StatusOr<int> Release(Office& reviewer, const std::string& space, const std::string& person,
                            DayReport& report) {
  review::v1::ListKeptAsideRequest list;
  list.set_space(space);
  const auto aside = reviewer.ListKeptAside(list);
  if (!aside.ok()) return aside.status();
  int released = 0;
  for (const auto& row : aside->rows()) {
    if (row.author() != person) continue;
    report.late_reason = row.reason();
    if (!row.writes().empty()) report.late_change = row.writes(0).path();
    review::v1::JudgeChangeRequest judge;
    judge.set_space(space);
    judge.set_replica(row.replica());
    judge.set_seq(row.seq());
    judge.set_change_hash(row.change_hash());
    judge.set_release(true);
    judge.set_reason("情况属实");
    if (const auto judged = reviewer.JudgeChange(judge); !judged.ok()) return judged.status();
    ++released;
  }
  return released;
}

// The change is merged on the lead's tablet and on the server.
absl::Status CheckReleased(Crew& crew, Office& admin, DayReport& report) {
  Tablet& lead = crew.tablet(0);
  if (const auto synced = lead.Sync(); !synced.ok()) return synced.status();
  const auto visit = lead.ReadVisit(crew.visits[0]);
  if (!visit.ok()) return visit.status();
  bool found = false;
  for (const auto& site : visit->sites_seen()) found = found || site.id() == "late";
  if (!found) report.wrong.push_back("a released change is not on the lead's tablet");
  const std::string& space = lead.profile().team_space;
  const auto here = lead.Digest(space);
  const auto there = admin.StateDigest(space);
  if (!here.ok()) return here.status();
  if (!there.ok()) return there.status();
  if (*here != *there) report.wrong.push_back("the lead's tablet differs after the release");
  return absl::OkStatus();
}

absl::Status ShowReplaced(Crew& crew, Office& admin, Office& reviewer, DayReport& report) {
  const size_t last = crew.members.size() - 1;
  Tablet& tablet = crew.tablet(last);
  auto form = VisitForm::Open(tablet, crew.visits[0]);
  if (!form.ok()) return form.status();
  if (const absl::Status typed = form->Type(std::vector<std::string>{kLateWords}); !typed.ok())
    return typed;
  if (const auto saved = form->Save(); !saved.ok()) return saved.status();
  admin::v1::HandOverPersonRequest request;
  request.set_person_id(crew.person(last));
  request.set_reason("岗位调整");
  if (const auto done = admin.HandOverPerson(request); !done.ok()) return done.status();
  if (const auto synced = tablet.Sync(); !synced.ok()) return synced.status();
  const auto released = Release(reviewer, tablet.profile().team_space, crew.person(last), report);
  if (!released.ok()) return released.status();
  if (*released == 0) report.wrong.push_back("late work of a replaced person was not kept aside");
  return CheckReleased(crew, admin, report);
}

absl::Status ShowRevoked(Crew& crew, Office& admin, DayReport& report) {
  const size_t last = crew.members.size() - 1;
  Tablet& tablet = crew.tablet(last);
  const auto identity = tablet.Identity();
  if (!identity.ok()) return identity.status();
  admin::v1::RevokeDeviceRequest request;
  request.set_device_id(identity->device_id());
  request.set_reason("遗失");
  if (const auto revoked = admin.RevokeDevice(request); !revoked.ok()) return revoked.status();
  report.revoked_person = crew.person(last);
  const auto synced = tablet.Sync();
  if (synced.ok() && synced->finished.ok()) report.wrong.push_back("a revoked tablet could sync");
  if (tablet.ReadVisit(crew.visits[0]).ok())
    report.wrong.push_back("a revoked tablet can still be read");
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowTrust(std::vector<Crew>& crews, Office& admin, const std::string& reviewer_session,
                       DayReport& report) {
  if (crews.size() < 2) return absl::OkStatus();
  const auto reviewer = OpenOffice(reviewer_session);
  if (!reviewer.ok()) return reviewer.status();
  if (const absl::Status shown = ShowDelivery(crews[0], report); !shown.ok()) return shown;
  if (const absl::Status shown = ShowReplaced(crews.back(), admin, **reviewer, report); !shown.ok())
    return shown;
  return ShowRevoked(crews[crews.size() - 2], admin, report);
}

absl::Status VerifyServer(const std::string& folder, DayReport& report) {
  server::VerifyOptions options;
  options.folder = folder;
  const auto verified = server::Verify(options);
  if (!verified.ok()) return verified.status();
  for (const auto& [name, count] : verified->counts) report.verified[name] = count;
  if (verified->first) {
    const server::Difference& first = *verified->first;
    report.wrong.push_back("verify: " + first.reason + " " + first.space + " " + first.en);
  }
  return absl::OkStatus();
}

}  // namespace dudao::command
