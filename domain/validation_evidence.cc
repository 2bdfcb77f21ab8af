#include <absl/strings/ascii.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <string>

#include "validation_parts.h"

namespace dudao::domain {
namespace {

using records::v1::Evidence;
using records::v1::Visit;

constexpr std::size_t kHashDigits = 64;

bool IsHash(const std::string& text) {
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// What may not change once the evidence is there.
Evidence FixedPart(const Evidence& evidence) {
  Evidence fixed = evidence;
  fixed.clear_caption();
  fixed.clear_has_pii();
  fixed.clear_removed();
  return fixed;
}

}  // namespace

void CheckEvidence(const Subject& subject, IssueList* issues) {
  std::map<std::string, const Evidence*> by_id;
  std::map<std::string, bool> has_redacted;
  for (const Evidence& evidence : subject.visit.evidence()) {
    by_id.emplace(evidence.id(), &evidence);
    if (!evidence.redacted_of().empty()) has_redacted[evidence.redacted_of()] = true;
  }
  for (const Evidence& evidence : subject.visit.evidence()) {
    const auto path = [&evidence](absl::string_view field) {
      return FieldPath("evidence", evidence.id(), field);
    };
    if (!IsHash(evidence.sha256())) issues->Error(path("sha256"), "EVIDENCE_WITHOUT_HASH");
    if (evidence.kind() == records::v1::EVIDENCE_KIND_UNSPECIFIED) {
      issues->Error(path("kind"), "EVIDENCE_WITHOUT_KIND");
    }
    if (evidence.has_removed() && evidence.removed().reason().empty()) {
      issues->Error(path("removed"), "EVIDENCE_REMOVED_WITHOUT_REASON");
    }
    if (!evidence.redacted_of().empty() && by_id.count(evidence.redacted_of()) == 0) {
      issues->Error(path("redacted_of"), "EVIDENCE_UNKNOWN", {evidence.redacted_of()});
    }
    if (evidence.has_pii() && !evidence.has_removed() && !has_redacted[evidence.id()]) {
      issues->Warning(path("has_pii"), "EVIDENCE_NOT_REDACTED");
    }
  }
}

std::vector<Issue> CheckEvidenceKept(const Visit& before, const Visit& after) {
  IssueList issues;
  std::map<std::string, const Evidence*> now;
  for (const Evidence& evidence : after.evidence()) now.emplace(evidence.id(), &evidence);
  for (const Evidence& old : before.evidence()) {
    const auto found = now.find(old.id());
    if (found == now.end()) {
      issues.Error(FieldPath("evidence", old.id()), "EVIDENCE_GONE");
    } else if (!google::protobuf::util::MessageDifferencer::Equals(FixedPart(old),
                                                                   FixedPart(*found->second))) {
      issues.Error(FieldPath("evidence", old.id()), "EVIDENCE_CHANGED");
    }
  }
  return issues.Take();
}

}  // namespace dudao::domain
