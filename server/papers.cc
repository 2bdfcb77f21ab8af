#include "papers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/server/names.h"
#include "status_words.h"
#include "word_document.h"

namespace dudao::server {
namespace {

using records::v1::Rectification;
using records::v1::Visit;

constexpr char kOffice[] = "专项行动领导小组办公室";

std::string DayOf(int64_t ms) {
  return ms == 0 ? std::string() : ChineseDay(domain::FormatDay(domain::LocalDay(ms)));
}

std::string TimeOf(int64_t ms) {
  if (ms == 0) return "";
  const absl::CivilSecond local = domain::LocalTime(ms);
  return absl::StrFormat("%d时%02d分", local.hour(), local.minute());
}

std::string Text(const std::string& text) { return domain::MaskText(text); }

const records::v1::Finding* FindingOf(const Visit& visit, const std::string& id) {
  const auto found = std::find_if(visit.findings().begin(), visit.findings().end(),
                                  [&](const auto& finding) { return finding.id() == id; });
  return found != visit.findings().end() ? &*found : nullptr;
}

std::string LimitSentence(const Rectification& own) {
  std::string text =
      absl::StrCat("问题等级：", LevelWord(own.level()), "。整改时限：", LimitWords(own.limit()),
                   "，请于", ChineseDay(own.due_date()), "前完成");
  if (own.due_provisional()) text += "（该日期在节假日安排公布前为暂定）";
  if (!own.extended_due().empty())
    absl::StrAppend(&text, "，经批准延期至", ChineseDay(own.extended_due()));
  return text + "。";
}

std::string SourcesOf(const Rectification& own, const PaperNames& names) {
  std::vector<std::string> sources;
  for (const auto& source : own.sources())
    sources.push_back(absl::StrCat(names.Team(source.team_id()), " ", source.temp_no()));
  return absl::StrJoin(sources, "；");
}

const records::v1::RectificationReply* LastReply(const Rectification& own) {
  const records::v1::RectificationReply* last = nullptr;
  for (const auto& reply : own.replies()) {
    if (last == nullptr || last->entered_at_ms() <= reply.entered_at_ms()) last = &reply;
  }
  return last;
}

std::string OnBehalf(bool on_behalf) { return on_behalf ? "（代录）" : ""; }

// What is not empty, with `between` in between.
std::string JoinFilled(std::vector<std::string> parts, std::string_view between) {
  std::erase(parts, "");
  return absl::StrJoin(parts, std::string(between));
}

// Receipt and reply slip; what is not known yet stays empty for a pen.
void AddSlip(const Rectification& own, const PaperNames& names, WordDocument& paper) {
  const auto* reply = LastReply(own);
  const auto& plan = own.plan();
  std::vector<std::string> checks;
  for (const auto& check : own.checks()) {
    checks.push_back(absl::StrCat(check.mode() == records::v1::CHECK_MODE_PAPER ? "书面" : "现场",
                                  " ", names.Person(check.checker_id()), " ",
                                  LookbackWord(check.result()), " ", check.date()));
  }
  paper.Table(
      {200, 300, 200, 300},
      {{"签收人",
        absl::StrCat(names.Written(own.receipt().signed_by()), OnBehalf(own.receipt().on_behalf())),
        "签收日期", DayOf(own.receipt().signed_at_ms())},
       {"责任领导", names.Written(plan.leader()), "责任人", names.Written(plan.person())},
       {"整改措施", absl::StrCat(Text(plan.measure()), OnBehalf(plan.on_behalf())), "计划完成",
        ChineseDay(plan.planned_date())},
       {"整改结果",
        reply != nullptr ? absl::StrCat(Text(reply->result()), OnBehalf(reply->on_behalf())) : "",
        "完成日期", reply != nullptr ? ChineseDay(reply->finished_on()) : ""},
       {"核查", absl::StrJoin(checks, "\n"), "销号日期", ChineseDay(own.closed_on())}},
      WordDocument::TableKind::kWhole);
}

void AddFindings(const Visit& visit, const PaperNames& names, WordDocument& paper) {
  if (visit.findings().empty()) paper.Paragraph("未发现问题。");
  int n = 0;
  for (const auto& finding : visit.findings()) {
    paper.Paragraph(absl::StrCat(++n, ".（", finding.temp_no(), "，", LevelWord(finding.level()),
                                 "）", Text(finding.problem())));
    if (!finding.detail().empty()) paper.Paragraph("具体表现：" + Text(finding.detail()));
    if (!finding.basis().empty()) paper.Paragraph("依据：" + Text(finding.basis()));
    if (!finding.advice().empty()) paper.Paragraph("建议：" + Text(finding.advice()));
    if (!finding.owner_unit().empty())
      paper.Paragraph("责任单位：" + names.Unit(finding.owner_unit()));
  }
  for (const auto& item : visit.lookback_items())
    paper.Paragraph(absl::StrCat("回头看：", LookbackWord(item.result()), "。", Text(item.note())));
}

std::string ModeWord(records::v1::VisitMode mode) {
  constexpr const char* kWords[] = {"",       "明察", "暗访",     "四不两直",
                                    "回头看", "专项", "电话书面", "领导调研"};
  return mode >= 0 && mode < static_cast<int>(std::size(kWords)) ? kWords[mode] : "";
}

std::string AnswerWord(records::v1::CheckResult result) {
  constexpr const char* kWords[] = {"", "是", "部分", "否", "不适用"};
  return result >= 0 && result < static_cast<int>(std::size(kWords)) ? kWords[result] : "";
}

void AddHeader(const Visit& visit, const PaperNames& names, WordDocument& paper) {
  std::vector<std::string> inspectors;
  for (const std::string& id : visit.inspector_ids()) inspectors.push_back(names.Person(id));
  const std::string contact =
      JoinFilled({names.Written(visit.contact_name()), visit.contact_role()}, " ");
  paper.Table({200, 300, 200, 300},
              {{"督导组", names.Team(visit.team_id()), "督导日期", ChineseDay(visit.visit_date())},
               {"被督导单位", names.Unit(visit.unit_code()), "督导方式", ModeWord(visit.mode())},
               {"到达时间", TimeOf(visit.arrived_at_ms()), "离开时间", TimeOf(visit.left_at_ms())},
               {"督导人员", absl::StrJoin(inspectors, "、"), "对接人", contact},
               {"联系电话", domain::MaskPhone(visit.contact_phone()), "备注", Text(visit.note())}});
}

void AddHow(const Visit& visit, WordDocument& paper) {
  paper.Heading("一、督导过程");
  std::vector<std::string> docs;
  for (const auto& one : visit.docs_checked()) docs.push_back(Text(one.name()));
  if (!docs.empty()) paper.Paragraph("查阅资料：" + absl::StrJoin(docs, "、") + "。");
  for (const auto& site : visit.sites_seen())
    paper.Paragraph(absl::StrCat("实地查看：", Text(site.place()), "。", Text(site.situation())));
  if (!visit.interviews().empty())
    paper.Paragraph(absl::StrCat("走访群众", visit.interviews_size(), "人。"));
}

void AddChecklist(const Visit& visit, const PaperNames& names, WordDocument& paper) {
  paper.Heading("二、检查情况");
  std::vector<std::vector<std::string>> rows = {{"编号", "检查项", "结果", "说明"}};
  for (const auto& answer : visit.check_items()) {
    rows.push_back({answer.code(), names.Item(answer.code()), AnswerWord(answer.result()),
                    JoinFilled({names.Extras(answer.code(), visit), Text(answer.note())}, "\n")});
  }
  paper.Table({100, 450, 120, 330}, rows, WordDocument::TableKind::kHeaded);
}

void AddFeedback(const Visit& visit, const PaperNames& names, WordDocument& paper) {
  paper.Heading("四、现场反馈");
  paper.Paragraph("反馈要点：" + Text(visit.feedback_points()));
  paper.Paragraph("对方意见：" + Text(visit.unit_opinion()));
  if (visit.objection()) paper.Paragraph("异议：" + Text(visit.objection_text()));
  if (visit.has_unit_refusal()) {
    paper.Paragraph("对方拒签：" + Text(visit.unit_refusal().reason()));
  } else {
    paper.Paragraph("对方签字：" + names.Written(visit.unit_signature().signer_name()));
  }
  paper.Paragraph("督导组长：" + names.Written(visit.lead_signature().signer_name()));
  for (const auto& supplement : visit.supplements())
    paper.Paragraph(absl::StrCat("补充（", supplement.date(), "）：", Text(supplement.text())));
}

absl::StatusOr<std::string> LeaderVisitPaper(const Visit& visit, const PaperNames& names) {
  WordDocument paper;
  paper.Title("领导调研记录");
  paper.Centred(visit.temp_no());
  paper.Table(
      {200, 300, 200, 300},
      {{"县领导", names.Person(visit.leader_id()), "调研日期", ChineseDay(visit.visit_date())},
       {"调研单位", names.Unit(visit.unit_code()), "主题", absl::StrJoin(visit.topics(), "、")},
       {"随行单位", Text(visit.companions()), "记录人", names.Person(visit.author_id())}});
  paper.Heading("一、了解情况");
  paper.Paragraph(Text(visit.observations()));
  paper.Heading("二、指示要求");
  paper.Paragraph(visit.instructions().empty() ? "无。" : Text(visit.instructions()));
  paper.Heading("三、发现的问题");
  AddFindings(visit, names, paper);
  return paper.Make();
}

}  // namespace

absl::StatusOr<std::string> NoticePaper(const Rectification& own, const Visit& visit,
                                        const PaperNames& names) {
  const auto* finding = FindingOf(visit, own.finding_id());
  WordDocument paper;
  paper.Title("整改通知书");
  paper.Centred(own.notice_no());
  paper.Plain(names.Unit(own.owner_unit()) + "：");
  const std::string unit = names.Unit(own.unit_code());
  const std::string what = own.team_id() == kLeadersTeam
                               ? absl::StrCat("县领导到", unit, "调研")
                               : absl::StrCat(names.Team(own.team_id()), "对", unit, "进行督导");
  paper.Paragraph(absl::StrCat(ChineseDay(visit.visit_date()), "，", what, "（来源：",
                               SourcesOf(own, names), "），发现以下问题，现通知你单位整改。"));
  paper.Heading("一、存在问题");
  paper.Paragraph(Text(own.problem()));
  if (finding != nullptr && !finding->detail().empty())
    paper.Paragraph("具体表现：" + Text(finding->detail()));
  paper.Heading("二、依据");
  paper.Paragraph(own.basis().empty() ? "督导工作有关要求。" : Text(own.basis()));
  paper.Heading("三、整改要求");
  paper.Paragraph(own.demand().empty() ? "请制定措施，按期整改到位。" : Text(own.demand()));
  paper.Paragraph(LimitSentence(own));
  paper.Paragraph("请签收本通知，三日内报送整改措施、责任人和计划完成日期，完成后报送整改结果。");
  paper.Paragraph("督办人：" + names.Person(own.supervisor_id()));
  paper.Right(kOffice);
  paper.Right(DayOf(own.issued_at_ms()));
  paper.Centred("签收及回复");
  AddSlip(own, names, paper);
  return paper.Make();
}

absl::StatusOr<std::string> VisitPaper(const Visit& visit, const PaperNames& names) {
  if (!visit.leader_id().empty()) return LeaderVisitPaper(visit, names);
  WordDocument paper;
  paper.Title("督导检查记录");
  paper.Centred(visit.official_no().empty() ? visit.temp_no() : visit.official_no());
  AddHeader(visit, names, paper);
  AddHow(visit, paper);
  AddChecklist(visit, names, paper);
  paper.Heading("三、发现的问题");
  AddFindings(visit, names, paper);
  AddFeedback(visit, names, paper);
  return paper.Make();
}

}  // namespace dudao::server
