#include "dudao/domain/signing_text.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <vector>

#include "dudao/domain/civil.h"
#include "dudao/domain/words.h"

namespace dudao::domain {
namespace {

using records::v1::Finding;
using records::v1::Visit;

// Changing a word here makes every signature that was given before look outdated: then the version
// in the first line changes too, and the old text is kept beside it.
constexpr char kHeading[] = "督导检查反馈（第1版）";

std::string OneLine(absl::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

void Line(absl::string_view label, absl::string_view value, std::string* out) {
  if (!value.empty()) absl::StrAppend(out, label, "：", OneLine(value), "\n");
}

std::string DayText(const std::string& date) {
  const auto day = ParseDay(date);
  if (!day) return date;
  return absl::StrCat(day->year(), "年", day->month(), "月", day->day(), "日");
}

absl::string_view LevelText(records::v1::FindingLevel level) {
  const absl::string_view word = LevelWord(level);
  return word.empty() ? "等级未定" : word;
}

// By number, so that the order does not depend on random ids.
std::vector<const Finding*> Sorted(const Visit& visit) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : visit.findings()) findings.push_back(&finding);
  std::sort(findings.begin(), findings.end(), [](const Finding* a, const Finding* b) {
    const auto key = [](const Finding* f) {
      return std::make_tuple(f->temp_no().size(), absl::string_view(f->temp_no()),
                             absl::string_view(f->id()));
    };
    return key(a) < key(b);
  });
  return findings;
}

void Findings(const Visit& visit, std::string* out) {
  const auto findings = Sorted(visit);
  absl::StrAppend(out, "问题：", findings.empty() ? "无" : absl::StrCat(findings.size(), "个"),
                  "\n");
  int number = 0;
  for (const Finding* finding : findings) {
    absl::StrAppend(out, ++number, ". ", OneLine(finding->temp_no()), "〔",
                    LevelText(finding->level()), "〕", OneLine(finding->problem()),
                    finding->fixed_on_site() ? "（已现场整改）" : "", "\n");
    Line("   具体表现", finding->detail(), out);
    Line("   建议措施", finding->advice(), out);
    if (!finding->suggested_limit().empty())
      Line("   建议时限", DayText(finding->suggested_limit()), out);
  }
}

}  // namespace

std::string SigningText(const Visit& visit, absl::string_view unit_name, Signer who) {
  std::string text = absl::StrCat(kHeading, "\n");
  Line("编号", visit.temp_no(), &text);
  Line("被督导单位", absl::StrCat(unit_name, "（", visit.unit_code(), "）"), &text);
  Line("督导日期", DayText(visit.visit_date()), &text);
  Findings(visit, &text);
  Line("反馈要点", visit.feedback_points(), &text);
  Line("对方意见", visit.unit_opinion(), &text);
  if (visit.objection()) Line("异议", absl::StrCat("有。", visit.objection_text()), &text);
  if (who == Signer::kUnit) return absl::StrCat(text, "签字人：被督导单位\n");
  if (visit.has_unit_refusal()) Line("对方拒签", visit.unit_refusal().reason(), &text);
  if (visit.has_unit_signature()) Line("对方签字", visit.unit_signature().signer_name(), &text);
  return absl::StrCat(text, "签字人：督导组长\n");
}

}  // namespace dudao::domain
