// The office's part of the projection's rows of findings.
#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/rectification.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "finding_rows.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using records::v1::Rectification;

std::string Shown(const std::string& text) { return Utf8(domain::MaskText(Utf8(text))); }

absl::Status DropParts(sync::Database& db, std::string_view space, std::string_view finding_id) {
  for (const char* sql : {"DELETE FROM finding_person WHERE space = ? AND finding_id = ?",
                          "DELETE FROM finding_check WHERE space = ? AND finding_id = ?",
                          "DELETE FROM notice WHERE space = ? AND finding_id = ?"}) {
    DUDAO_ASSIGN(auto statement, db.Prepare(sql));
    statement.BindText(1, space).BindText(2, finding_id);
    DUDAO_TRY(statement.Run());
  }
  return absl::OkStatus();
}

absl::Status PutNotice(sync::Database& db, std::string_view space, std::string_view finding_id,
                       const std::string& text) {
  const domain::NoticeNumber number = domain::ParseNoticeNumber(text);
  if (number.year == 0) return absl::OkStatus();
  DUDAO_ASSIGN(auto put, db.Prepare("INSERT OR IGNORE INTO notice VALUES(?,?,?,?)"));
  put.BindText(1, space).BindText(2, finding_id).BindInt(3, number.year).BindInt(4, number.number);
  return put.Run();
}

// Numbers of earlier notices on the same finding stand in its steps.
absl::Status PutParts(sync::Database& db, std::string_view space, const std::string& finding_id,
                      const Rectification& own) {
  for (const auto& source : own.sources()) {
    DUDAO_ASSIGN(auto put, db.Prepare("INSERT OR IGNORE INTO finding_person VALUES(?,?,?)"));
    put.BindText(1, space).BindText(2, finding_id).BindText(3, Utf8(source.finder_id()));
    DUDAO_TRY(put.Run());
  }
  for (const auto& check : own.checks()) {
    DUDAO_ASSIGN(auto put, db.Prepare("INSERT OR IGNORE INTO finding_check VALUES(?,?,?)"));
    put.BindText(1, space).BindText(2, finding_id).BindText(3, Utf8(check.id()));
    DUDAO_TRY(put.Run());
  }
  DUDAO_TRY(PutNotice(db, space, finding_id, own.notice_no()));
  for (const auto& step : own.steps()) {
    if (step.to() == records::v1::RECTIFICATION_STATE_ISSUED)
      DUDAO_TRY(PutNotice(db, space, finding_id, step.reason()));
  }
  return absl::OkStatus();
}

const records::v1::RectificationStep* LastStep(const Rectification& own, bool bound) {
  const records::v1::RectificationStep* last = nullptr;
  for (const auto& step : own.steps()) {
    if (bound && step.content_digest().empty()) continue;
    if (last == nullptr || last->id() < step.id()) last = &step;
  }
  return last;
}

std::string OwnText(const Rectification& own) {
  std::string text;
  for (const std::string* part : {&own.notice_no(), &own.problem(), &own.basis(), &own.demand(),
                                  &own.owner_unit(), &own.plan().measure()})
    absl::StrAppend(&text, Shown(*part), "\n");
  for (const auto& source : own.sources()) absl::StrAppend(&text, Utf8(source.temp_no()), "\n");
  return text;
}

// Key of the visit that it is about: visits may use one id for findings of their own.
std::string KeyOf(const Rectification& own) {
  const std::string& hex = own.visit_id();
  const bool good = hex.size() % 2 == 0 && hex.find_first_not_of("0123456789abcdef") == hex.npos;
  return good ? absl::HexStringToBytes(hex) : std::string();
}

constexpr char kPutOwn[] =
    "UPDATE finding SET decided = 1, state = ?3, notice_no = ?4, level = ?5, problem = ?6, owner = "
    "?7, limit_unit = ?8, limit_amount = ?9, issued_ms = ?10, due_date = ?11, extended_due = ?12, "
    "green_ms = ?13, yellow_ms = ?14, asked = ?15, granted = ?16, look_back_team = ?17, sources = "
    "?18, rework = ?19, reopened = ?20, closed_on = ?21, step_ms = ?22, step_digest = ?23, "
    "merged_into = ?24, own_conflicts = ?25, own_text = ?26 WHERE space = ?1 AND finding_id = ?2 "
    "AND visit_key = ?27";

absl::Status PutOwn(sync::Database& db, std::string_view space, const std::string& finding_id,
                    const Rectification& own, int64_t conflicts,
                    const domain::WorkingCalendar& calendar) {
  const domain::FindingFacts facts = domain::FactsOf(own);
  const domain::LightTimes light = domain::LightTimesOf(calendar, own);
  const auto* last = LastStep(own, false);
  const auto* bound = LastStep(own, true);
  DUDAO_ASSIGN(auto put, db.Prepare(kPutOwn));
  put.BindText(1, space).BindText(2, finding_id).BindInt(3, own.state());
  put.BindText(4, Utf8(own.notice_no())).BindInt(5, own.level()).BindText(6, Shown(own.problem()));
  put.BindText(7, Utf8(own.owner_unit())).BindInt(8, own.limit().unit());
  put.BindInt(9, own.limit().amount()).BindInt(10, own.issued_at_ms());
  put.BindText(11, Utf8(own.due_date())).BindText(12, Utf8(own.extended_due()));
  put.BindInt(13, light.green_until_ms).BindInt(14, light.yellow_until_ms);
  put.BindInt(15, facts.extensions_asked).BindInt(16, facts.extensions_granted);
  put.BindText(17, Utf8(own.look_back_team())).BindInt(18, std::max(1, own.sources_size()));
  put.BindInt(19, domain::ReworkCount(own)).BindInt(20, own.reopened_count());
  put.BindText(21, Utf8(own.closed_on())).BindInt(22, last != nullptr ? last->at_ms() : 0);
  put.BindText(23, bound != nullptr ? Utf8(bound->content_digest()) : "");
  put.BindText(24, Utf8(own.merged_into())).BindInt(25, conflicts).BindText(26, OwnText(own));
  put.BindBlob(27, KeyOf(own));
  return put.Run();
}

}  // namespace

absl::Status ProjectRectification(sync::Database& db, std::string_view space,
                                  const sync::StoredRecord& stored,
                                  const domain::WorkingCalendar& calendar) {
  Rectification own;
  static_cast<void>(own.ParseFromString(stored.record.Materialise()));
  const std::string finding_id = Utf8(stored.id.key);
  DUDAO_TRY(DropParts(db, space, finding_id));
  if (!stored.record.exists()) own.Clear();
  DUDAO_ASSIGN(auto make, db.Prepare("INSERT OR IGNORE INTO finding(space, finding_id, team_id, "
                                     "unit_code, temp_no, visit_key) VALUES(?,?,?,?,?,?)"));
  make.BindText(1, space).BindText(2, finding_id).BindText(3, Utf8(own.team_id()));
  make.BindText(4, Utf8(own.unit_code())).BindText(5, Utf8(own.finding_temp_no()));
  make.BindBlob(6, KeyOf(own));
  DUDAO_TRY(make.Run());
  DUDAO_TRY(PutParts(db, space, finding_id, own));
  const auto conflicts = stored.record.HasConflict() ? stored.record.Conflicts().size() : 0;
  DUDAO_TRY(PutOwn(db, space, finding_id, own, static_cast<int64_t>(conflicts), calendar));
  return FollowFinding(db, space, finding_id, nullptr);
}

absl::Status RefreshClocks(sync::Database& db, const domain::WorkingCalendar& calendar) {
  struct Clock {
    int64_t id;
    Rectification own;
  };
  std::vector<Clock> clocks;
  DUDAO_ASSIGN(auto read,
               db.Prepare("SELECT id, limit_unit, limit_amount, issued_ms, due_date, extended_due "
                          "FROM finding WHERE limit_unit IN (2, 3) AND issued_ms > 0"));
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) break;
    Clock& clock = clocks.emplace_back();
    clock.id = read.Int(0);
    clock.own.mutable_limit()->set_unit(static_cast<records::v1::LimitUnit>(read.Int(1)));
    clock.own.mutable_limit()->set_amount(static_cast<uint32_t>(read.Int(2)));
    clock.own.set_issued_at_ms(read.Int(3));
    clock.own.set_due_date(std::string(read.Text(4)));
    clock.own.set_extended_due(std::string(read.Text(5)));
  }
  for (const Clock& clock : clocks) {
    const domain::LightTimes light = domain::LightTimesOf(calendar, clock.own);
    DUDAO_ASSIGN(auto put,
                 db.Prepare("UPDATE finding SET green_ms = ?, yellow_ms = ? WHERE id = ?"));
    put.BindInt(1, light.green_until_ms).BindInt(2, light.yellow_until_ms).BindInt(3, clock.id);
    DUDAO_TRY(put.Run());
  }
  return absl::OkStatus();
}

}  // namespace dudao::server
