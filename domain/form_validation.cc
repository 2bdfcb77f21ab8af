#include "dudao/domain/form_validation.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dudao/domain/text.h"
#include "validation_parts.h"

namespace dudao::domain {

void IssueList::Error(absl::string_view field, absl::string_view code,
                      const std::vector<std::string>& arguments) {
  Add(Severity::kError, field, code, arguments);
}

void IssueList::Warning(absl::string_view field, absl::string_view code,
                        const std::vector<std::string>& arguments) {
  Add(Severity::kWarning, field, code, arguments);
}

void IssueList::Add(Severity severity, absl::string_view field, absl::string_view code,
                    const std::vector<std::string>& arguments) {
  if (errors_.size() + warnings_.size() >= kMaxIssues) return;
  (severity == Severity::kError ? errors_ : warnings_)
      .push_back({severity, std::string(field), std::string(code),
                  Text(code, Language::kChinese, arguments),
                  Text(code, Language::kEnglish, arguments)});
}

std::vector<Issue> IssueList::Take() {
  std::vector<Issue> all = std::exchange(errors_, {});
  for (Issue& warning : warnings_) all.push_back(std::move(warning));
  warnings_.clear();
  return all;
}

std::string FieldPath(absl::string_view list, absl::string_view key, absl::string_view field) {
  return absl::StrCat(list, "[", key, "]", field.empty() ? "" : ".", field);
}

std::vector<Issue> ValidateVisit(const records::v1::Visit& visit,
                                 const records::v1::FormTemplate& form, const VisitFacts& facts) {
  const Subject subject{visit, form, facts};
  IssueList issues;
  CheckHeader(subject, &issues);
  CheckTimes(subject, &issues);
  CheckMethod(subject, &issues);
  CheckAnswers(subject, &issues);
  CheckExtras(subject, &issues);
  CheckFindings(subject, &issues);
  CheckLookback(subject, &issues);
  CheckEvidence(subject, &issues);
  CheckFeedback(subject, &issues);
  CheckStrings(visit, "", &issues);
  return issues.Take();
}

bool MaySubmit(const std::vector<Issue>& issues) {
  return std::none_of(issues.begin(), issues.end(),
                      [](const Issue& issue) { return issue.severity == Severity::kError; });
}

}  // namespace dudao::domain
