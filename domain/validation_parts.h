// The parts of form validation, one function for each part of the form. Private to domain/.
#ifndef DUDAO_DOMAIN_VALIDATION_PARTS_H_
#define DUDAO_DOMAIN_VALIDATION_PARTS_H_

#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "dudao/domain/form_validation.h"

namespace dudao::domain {

// Collects issues with their texts filled in; keeps the first kMaxIssues.
class IssueList {
 public:
  void Error(absl::string_view field, absl::string_view code,
             const std::vector<std::string>& arguments = {});
  void Warning(absl::string_view field, absl::string_view code,
               const std::vector<std::string>& arguments = {});

  // The issues, errors first.
  std::vector<Issue> Take();

 private:
  void Add(Severity severity, absl::string_view field, absl::string_view code,
           const std::vector<std::string>& arguments);
  std::vector<Issue> errors_;
  std::vector<Issue> warnings_;
};

// Everything that the parts look at.
struct Subject {
  const records::v1::Visit& visit;
  const records::v1::FormTemplate& form;
  const VisitFacts& facts;
};

// "findings[f1].problem".
std::string FieldPath(absl::string_view list, absl::string_view key, absl::string_view field = "");

void CheckHeader(const Subject& subject, IssueList* issues);
void CheckTimes(const Subject& subject, IssueList* issues);
void CheckMethod(const Subject& subject, IssueList* issues);
void CheckAnswers(const Subject& subject, IssueList* issues);
void CheckExtras(const Subject& subject, IssueList* issues);
void CheckFindings(const Subject& subject, IssueList* issues);
void CheckLookback(const Subject& subject, IssueList* issues);
void CheckEvidence(const Subject& subject, IssueList* issues);
void CheckFeedback(const Subject& subject, IssueList* issues);

// Every string of a message, at any depth: well-formed, and without identity numbers.
void CheckStrings(const google::protobuf::Message& message, const std::string& path,
                  IssueList* issues);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VALIDATION_PARTS_H_
