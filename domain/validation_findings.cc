#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "dudao/domain/civil.h"
#include "utf8.h"
#include "validation_parts.h"

namespace dudao::domain {
namespace {

using records::v1::Evidence;
using records::v1::Finding;
using records::v1::LookbackItem;
using records::v1::Visit;

using IdSet = std::set<std::string, std::less<>>;

IdSet EvidenceIds(const Visit& visit) {
  IdSet ids;
  for (const Evidence& evidence : visit.evidence()) ids.insert(evidence.id());
  return ids;
}

template <typename Ids>
void CheckEvidenceIds(const Ids& ids, const IdSet& known, const std::string& path,
                      IssueList* issues) {
  for (const std::string& id : ids) {
    if (known.count(id) == 0) issues->Error(path, "EVIDENCE_UNKNOWN", {id});
  }
}

void CheckProblem(const Subject& subject, const Finding& finding, IssueList* issues) {
  const std::string path = FieldPath("findings", finding.id(), "problem");
  if (absl::StripAsciiWhitespace(finding.problem()).empty()) {
    issues->Error(path, "FINDING_PROBLEM_EMPTY");
    return;
  }
  const std::size_t limit = subject.form.max_problem_chars();
  const std::size_t length = CountCharacters(finding.problem());
  if (limit > 0 && length > limit) {
    issues->Error(path, "FINDING_PROBLEM_TOO_LONG", {absl::StrCat(limit), absl::StrCat(length)});
  }
}

void CheckOwner(const Subject& subject, const Finding& finding, IssueList* issues) {
  const std::string path = FieldPath("findings", finding.id(), "owner_unit");
  const auto& departments = subject.facts.inspector_departments;
  if (finding.owner_unit().empty()) {
    issues->Error(path, "FINDING_OWNER_EMPTY");
  } else if (std::find(departments.begin(), departments.end(), finding.owner_unit()) !=
             departments.end()) {
    issues->Error(path, "FINDING_OWNER_IS_INSPECTOR", {finding.owner_unit()});
  }
}

}  // namespace

void CheckFindings(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  const IdSet evidence = EvidenceIds(visit);
  for (const Finding& finding : visit.findings()) {
    CheckProblem(subject, finding, issues);
    CheckOwner(subject, finding, issues);
    if (finding.level() == records::v1::FINDING_LEVEL_UNSPECIFIED) {
      issues->Error(FieldPath("findings", finding.id(), "level"), "FINDING_LEVEL_EMPTY");
    }
    if (!finding.suggested_limit().empty() && !ParseDay(finding.suggested_limit())) {
      issues->Error(FieldPath("findings", finding.id(), "suggested_limit"), "DATE_WRONG",
                    {finding.suggested_limit()});
    }
    CheckEvidenceIds(finding.evidence_ids(), evidence,
                     FieldPath("findings", finding.id(), "evidence_ids"), issues);
  }
}

void CheckLookback(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  const IdSet evidence = EvidenceIds(visit);
  std::set<std::string> seen;
  for (const LookbackItem& item : visit.lookback_items()) {
    seen.insert(item.finding_id());
    if (item.result() == records::v1::LOOKBACK_RESULT_UNSPECIFIED) {
      issues->Warning(FieldPath("lookback_items", item.finding_id(), "result"), "LOOKBACK_OPEN",
                      {item.finding_id()});
    }
    CheckEvidenceIds(item.evidence_ids(), evidence,
                     FieldPath("lookback_items", item.finding_id(), "evidence_ids"), issues);
  }
  for (const std::string& id : subject.facts.open_finding_ids) {
    if (seen.count(id) == 0) {
      issues->Warning(FieldPath("lookback_items", id), "LOOKBACK_OPEN", {id});
    }
  }
}

}  // namespace dudao::domain
