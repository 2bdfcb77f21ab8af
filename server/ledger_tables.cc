#include "ledger_tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/review/v1/rectification.pb.h"
#include "rectification_desk.h"
#include "status_words.h"

namespace dudao::server {
namespace {

using records::v1::Rectification;

std::string DayOf(int64_t ms) {
  return ms == 0 ? std::string() : domain::FormatDay(domain::LocalDay(ms));
}

std::string Number(int64_t number) { return absl::StrCat(number); }

// Day of the newest reply: what the unit says about when it was done.
std::string FinishedOn(const Rectification& own) {
  std::string day;
  for (const auto& reply : own.replies()) day = std::max(day, reply.finished_on());
  return day;
}

std::string CheckedBy(const Rectification& own, const PaperNames& names) {
  std::string checker;
  std::string date;
  for (const auto& check : own.checks()) {
    if (check.date() < date) continue;
    date = check.date();
    checker = names.Person(check.checker_id());
  }
  return checker;
}

// What else somebody who reads the row wants to know.
std::string Remarks(const FindingRowData& data, const Rectification& own, const PaperNames& names) {
  std::vector<std::string> remarks;
  for (const auto& source : own.sources()) {
    if (source.finding_id() != own.finding_id())
      remarks.push_back(absl::StrCat("并入 ", names.Team(source.team_id()), " ", source.temp_no()));
  }
  if (data.reopened > 0) remarks.push_back(absl::StrCat("反弹", data.reopened, "次"));
  if (own.due_provisional()) remarks.emplace_back("时限暂定");
  const bool paper = own.receipt().on_behalf() || own.plan().on_behalf() ||
                     std::any_of(own.replies().begin(), own.replies().end(),
                                 [](const auto& reply) { return reply.on_behalf(); });
  if (paper) remarks.emplace_back("代录");
  if (data.facts.state == records::v1::RECTIFICATION_STATE_PARKED) {
    const records::v1::RectificationStep* parked = nullptr;
    for (const auto& step : own.steps()) {
      const bool parks =
          step.to() == records::v1::RECTIFICATION_STATE_PARKED && step.from() != step.to();
      if (parks && (parked == nullptr || parked->id() < step.id())) parked = &step;
    }
    if (parked != nullptr) remarks.push_back("挂账：" + domain::MaskText(parked->reason()));
  }
  return absl::StrJoin(remarks, "；");
}

std::string VisitStateWord(int state) {
  constexpr const char* kWords[] = {"",     "草稿", "已提交",   "已认定",
                                    "退回", "合并", "不予认定", "已删除"};
  return state >= 0 && state < static_cast<int>(std::size(kWords)) ? kWords[state] : "";
}

}  // namespace

LedgerTable FindingsLedger() {
  return {
      "问题整改台账",
      // Narrow enough to be read when all of them stand on one page; days break behind the year.
      {{"序号", 5},       {"编号", 11},         {"督导组", 7.5},   {"督导日期", 7.5},
       {"乡镇", 7.5},     {"村(社区)/单位", 9}, {"方面", 5.5},     {"专班", 5.5},
       {"问题描述", 23},  {"等级", 5.5},        {"责任单位", 9},   {"责任领导", 7},
       {"责任人", 7},     {"整改措施", 19},     {"下发日期", 7.5}, {"整改时限", 7.5},
       {"延期至", 7.5},   {"进展", 7},          {"完成日期", 7.5}, {"核查人", 7.5},
       {"是否销号", 5.5}, {"返工次数", 5.5},    {"红黄绿灯", 5.5}, {"备注", 9}},
      {}};
}

LedgerRow FindingsLedgerRow(const FindingRowData& data, const Rectification& own, int64_t now_ms,
                            const PaperNames& names) {
  review::v1::FindingRow row;
  FillFindingRow(data, now_ms, false, row);
  const bool closed = row.state() == records::v1::RECTIFICATION_STATE_CLOSED;
  return {data.township_name,
          {row.notice_no().empty() ? row.temp_no() : row.notice_no(),
           names.Team(row.team_id()),
           row.visit_date(),
           row.township_name(),
           row.unit_name().empty() ? row.unit_code() : row.unit_name(),
           names.Section(row.check_code()),
           names.Force(row.check_code()),
           row.problem(),
           LevelWord(row.level()),
           names.Unit(row.owner_unit()),
           names.Written(own.plan().leader()),
           names.Written(own.plan().person()),
           domain::MaskText(own.plan().measure()),
           DayOf(own.issued_at_ms()),
           own.due_date(),
           own.extended_due(),
           StateWord(row.state()),
           FinishedOn(own),
           CheckedBy(own, names),
           closed ? "是" : "否",
           Number(row.rework_count()),
           LightWord(row.light()),
           Remarks(data, own, names)}};
}

LedgerTable VisitsLedger() {
  return {"督导检查台账",
          {{"序号", 5},
           {"编号", 16},
           {"督导组", 12},
           {"督导日期", 12},
           {"乡镇", 14},
           {"村(社区)/单位", 16},
           {"状态", 10},
           {"问题数", 8},
           {"证据数", 8},
           {"冲突数", 8}},
          {}};
}

LedgerRow VisitsLedgerRow(const VisitRowData& data, const PaperNames& names) {
  return {data.township_name,
          {data.temp_no, names.Team(data.team_id), data.visit_date, data.township_name,
           data.unit_name.empty() ? data.unit_code : data.unit_name, VisitStateWord(data.state),
           Number(data.findings), Number(data.evidence), Number(data.conflicts)}};
}

LedgerTable CoverageLedger(const std::vector<CoverageRowData>& units, const PaperNames& names) {
  LedgerTable table{"督导覆盖情况",
                    {{"序号", 5},
                     {"编码", 16},
                     {"乡镇", 14},
                     {"村(社区)/单位", 16},
                     {"软弱涣散", 9},
                     {"集体经济薄弱", 14},
                     {"最近督导", 12},
                     {"督导组", 12},
                     {"督导次数", 9},
                     {"最近领导调研", 12},
                     {"未销号问题", 12},
                     {"逾期问题", 9},
                     {"纳入计划", 9}},
                    {}};
  for (const CoverageRowData& unit : units) {
    table.rows.push_back(
        {unit.township_name,
         {unit.code, unit.township_name, unit.name, unit.weak ? "是" : "", unit.thin ? "是" : "",
          unit.last_visit, unit.last_team.empty() ? "" : names.Team(unit.last_team),
          Number(unit.visits), unit.last_leader_visit, Number(unit.open), Number(unit.overdue),
          unit.plannable ? "是" : "否"}});
  }
  return table;
}

LedgerTable AccessLedger() {
  return {"审计日志",
          {{"序号", 6}, {"位置", 8}, {"时间", 22}, {"人员", 20}, {"事件", 30}, {"对象", 60}},
          {}};
}

LedgerRow AccessLedgerRow(const admin::v1::AccessRow& row, const PaperNames& names) {
  const absl::CivilSecond at = domain::LocalTime(row.time_ms());
  return {"",
          {Number(static_cast<int64_t>(row.position())),
           absl::StrFormat("%s %02d:%02d:%02d", domain::FormatDay(absl::CivilDay(at)), at.hour(),
                           at.minute(), at.second()),
           names.Person(row.actor()), EventWord(row.event()),
           SubjectWords(row.event(), row.subject())}};
}

}  // namespace dudao::server
