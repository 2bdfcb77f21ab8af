#include "failure.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "dudao/client/reason.h"
#include "language.h"

namespace dudao::command {
namespace {

constexpr char kReasonUrl[] = "type.dudao/command-reason";
constexpr char kZhUrl[] = "type.dudao/command-text-zh";
constexpr char kEnUrl[] = "type.dudao/command-text-en";

struct OwnReason {
  const char* reason;
  Text text;
};
constexpr OwnReason kOwn[] = {
    {"NOT_SIGNED_IN", Text::kWhyNotSignedIn},
    {"PASSWORD_EMPTY", Text::kWhyPasswordEmpty},
    {"SERVER_CERTIFICATE_WRONG", Text::kWhyCertificateWrong},
    {"TEAM_NEEDED", Text::kWhyTeamNeeded},
    {"CHANGE_NOT_ASIDE", Text::kWhyNotAside},
    {"NOT_ENROLLED", Text::kWhyNotEnrolled},
    {"INVITATION_INVALID", Text::kWhyInvitationInvalid},
    {"SERVER_NEEDED", Text::kWhyServerNeeded},
    {"FINDING_NOT_FOUND", Text::kWhyFindingNotFound},
    {"VISIT_NOT_FOUND", Text::kWhyVisitNotFound},
    {"VISIT_NOT_SUBMITTED", Text::kWhyVisitNotSubmitted},
};

std::string PayloadOf(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : "";
}

// "REASON: detail" -> "REASON".
std::string LeadingReason(const std::string& message) {
  const size_t colon = message.find(':');
  if (colon == std::string::npos || colon < 3) return "";
  const std::string head = message.substr(0, colon);
  const bool fits = std::all_of(head.begin(), head.end(),
                                [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
  return fits ? head : "";
}

}  // namespace

FailureText Explain(const absl::Status& status) {
  FailureText text{PayloadOf(status, kReasonUrl), PayloadOf(status, kZhUrl),
                   PayloadOf(status, kEnUrl)};
  const std::string message(status.message());
  if (text.reason.empty()) text.reason = LeadingReason(message);
  if (!text.zh.empty()) return text;
  for (const OwnReason& own : kOwn) {
    if (text.reason != own.reason) continue;
    const std::string detail = message.substr(std::min(message.size(), text.reason.size() + 2));
    return {text.reason, ChineseText(own.text, {detail}), EnglishText(own.text, {detail})};
  }
  if (text.reason.empty()) text.reason = client::ReasonOf(status);
  const client::ReasonText known = client::TextOf(status);
  const bool has_texts = !known.zh.empty() && known.zh != text.reason;
  text.zh = has_texts ? known.zh : message;
  text.en = has_texts ? known.en + " (" + message + ")" : message;
  return text;
}

absl::Status WithTexts(absl::Status status, const FailureText& text) {
  status.SetPayload(kReasonUrl, absl::Cord(text.reason));
  status.SetPayload(kZhUrl, absl::Cord(text.zh));
  status.SetPayload(kEnUrl, absl::Cord(text.en));
  return status;
}

}  // namespace dudao::command
