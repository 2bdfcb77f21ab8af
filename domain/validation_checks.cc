#include <absl/strings/str_split.h>

#include <map>
#include <set>
#include <string>

#include "dudao/domain/civil.h"
#include "dudao/domain/default_form.h"
#include "dudao/domain/visit_progress.h"
#include "validation_parts.h"

namespace dudao::domain {
namespace {

using records::v1::CheckAnswer;
using records::v1::CheckExtra;
using records::v1::CheckItem;
using records::v1::ExtraInput;
using records::v1::ExtraKind;
using records::v1::Visit;

std::map<std::string, const CheckItem*> ItemsByCode(const records::v1::FormTemplate& form) {
  std::map<std::string, const CheckItem*> items;
  for (const CheckItem& item : form.check_items()) items.emplace(item.code(), &item);
  return items;
}

bool ExtraFits(ExtraKind kind, const CheckExtra& extra) {
  switch (kind) {
    case records::v1::EXTRA_KIND_COUNT:
    case records::v1::EXTRA_KIND_HUNDREDTHS:
      return extra.has_number() && extra.number() >= 0;
    case records::v1::EXTRA_KIND_MONEY:
      return extra.has_number();
    case records::v1::EXTRA_KIND_PERCENT:
      return extra.has_number() && extra.number() >= 0 && extra.number() <= 1000;
    case records::v1::EXTRA_KIND_BOOL:
      return extra.has_number() && (extra.number() == 0 || extra.number() == 1);
    case records::v1::EXTRA_KIND_DATE:
      return extra.text().empty() || ParseDay(extra.text()).has_value();
    case records::v1::EXTRA_KIND_MONTH:
      return extra.text().empty() || ParseMonth(extra.text()).has_value();
    default:
      return !extra.has_number();
  }
}

}  // namespace

void CheckAnswers(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  const auto items = ItemsByCode(subject.form);
  std::map<std::string, const CheckAnswer*> answers;
  for (const CheckAnswer& answer : visit.check_items()) answers.emplace(answer.code(), &answer);
  const std::set<std::string> extras = GivenExtras(visit);
  std::set<std::string> with_finding;
  for (const auto& finding : visit.findings()) with_finding.insert(finding.check_code());
  for (const auto& [code, answer] : answers) {
    const auto item = items.find(code);
    if (item == items.end()) {
      issues->Error(FieldPath("check_items", code), "CHECK_ITEM_UNKNOWN", {code});
    } else if (OpensFinding(*item->second, *answer) && with_finding.count(code) == 0) {
      issues->Error(FieldPath("check_items", code), "CHECK_NEEDS_FINDING", {code});
    }
  }
  for (const CheckItem& item : subject.form.check_items()) {
    const auto found = answers.find(item.code());
    const CheckAnswer* const answer = found == answers.end() ? nullptr : found->second;
    if (!Applies(item, visit.unit_type(), subject.facts.place_is_flagged)) {
      if (answer != nullptr && answer->has_result()) {
        issues->Warning(FieldPath("check_items", item.code()), "CHECK_NOT_FOR_UNIT", {item.code()});
      }
    } else if (IsRequired(item) && !IsAnswered(item, answer, extras)) {
      issues->Warning(FieldPath("check_items", item.code()), "CHECK_NOT_ANSWERED", {item.code()});
    }
  }
}

void CheckExtras(const Subject& subject, IssueList* issues) {
  std::map<std::string, ExtraKind> kinds;
  for (const CheckItem& item : subject.form.check_items()) {
    for (const ExtraInput& input : item.extras().inputs()) {
      kinds.emplace(ExtraKey(item, input), input.kind());
    }
  }
  for (const CheckExtra& extra : subject.visit.check_extras()) {
    const std::string path = FieldPath("check_extras", extra.key());
    const auto kind = kinds.find(extra.key());
    if (kind == kinds.end()) {
      issues->Error(path, "CHECK_EXTRA_UNKNOWN", {extra.key()});
    } else if ((extra.has_number() || extra.has_text()) && !ExtraFits(kind->second, extra)) {
      issues->Error(path, "CHECK_EXTRA_WRONG", {extra.key()});
    }
  }
}

void CheckMethod(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  const bool asks_residents = visit.unit_type() == records::v1::UNIT_TYPE_VILLAGE ||
                              visit.unit_type() == records::v1::UNIT_TYPE_COMMUNITY;
  const auto wanted = static_cast<int>(subject.form.min_interviews());
  if (asks_residents && visit.interviews_size() < wanted) {
    issues->Warning("interviews", "VISIT_INTERVIEWS_FEW",
                    {absl::StrCat(wanted), absl::StrCat(visit.interviews_size())});
  }
  for (const auto& interview : visit.interviews()) {
    const bool in_range = interview.satisfaction() >= 1 && interview.satisfaction() <= 5;
    if (interview.has_satisfaction() && !in_range) {
      issues->Error(FieldPath("interviews", interview.id(), "satisfaction"), "SATISFACTION_WRONG");
    }
  }
}

}  // namespace dudao::domain
