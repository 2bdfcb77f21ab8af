// What the responsible unit answers: its reporter, or the office from paper (代录).
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"
#include "rectification_desk.h"

namespace dudao::server {
namespace {

using domain::FindingAct;
using review::v1::AnswerFindingRequest;

constexpr size_t kIdBytes = 8;
constexpr size_t kNameBytesMax = 150;
constexpr size_t kTextBytesMax = 3000;
constexpr size_t kResultBytesMax = 6000;

absl::Status Wrong(const char* reason, const std::vector<std::string>& arguments) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, reason, arguments);
}

absl::Status CheckDay(const std::string& text) {
  if (domain::ParseDay(text)) return absl::OkStatus();
  return Wrong("RECTIFICATION_DATE_WRONG", {text});
}

absl::StatusOr<FindingAct> ActOf(const AnswerFindingRequest& request) {
  switch (request.answer_case()) {
    case AnswerFindingRequest::kReceivedBy:
      return FindingAct::kReceive;
    case AnswerFindingRequest::kPlan:
      return FindingAct::kPlan;
    case AnswerFindingRequest::kExtension:
      return FindingAct::kAskExtension;
    case AnswerFindingRequest::kReply:
      return FindingAct::kReply;
    case AnswerFindingRequest::kReviewReason:
      return FindingAct::kReview;
    default:
      return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "answer");
  }
}

absl::Status CheckAnswer(const Call& call, const AnswerFindingRequest& request) {
  switch (request.answer_case()) {
    case AnswerFindingRequest::kReceivedBy:
      return CheckRequired(request.received_by(), "received_by", kNameBytesMax);
    case AnswerFindingRequest::kPlan:
      DUDAO_TRY(CheckRequired(request.plan().measure(), "measure", kTextBytesMax));
      DUDAO_TRY(CheckRequired(request.plan().person(), "person", kNameBytesMax));
      DUDAO_TRY(CheckText(request.plan().leader(), "leader", kNameBytesMax));
      return CheckDay(request.plan().planned_date());
    case AnswerFindingRequest::kExtension:
      if (request.extension().days() < 1 ||
          request.extension().days() > static_cast<unsigned>(domain::kExtensionDaysMax))
        return Wrong("RECTIFICATION_EXTENSION_DAYS_WRONG",
                     {absl::StrCat(domain::kExtensionDaysMax)});
      return CheckText(request.extension().reason(), "reason", kTextBytesMax);
    case AnswerFindingRequest::kReply:
      DUDAO_TRY(CheckRequired(request.reply().result(), "result", kResultBytesMax));
      DUDAO_TRY(CheckDay(request.reply().finished_on()));
      // A day that has not come yet is a promise, not a result.
      if (*domain::ParseDay(request.reply().finished_on()) > domain::LocalDay(call.wall_ms))
        return Wrong("RECTIFICATION_DATE_WRONG", {request.reply().finished_on()});
      return absl::OkStatus();
    default:
      return CheckText(request.review_reason(), "review_reason", kTextBytesMax);
  }
}

// The one who enters it, for every kind of answer.
template <typename Message>
void Sign(const Call& call, bool on_behalf, Message& message) {
  message.set_entered_by(call.principal.person_id);
  message.set_entered_at_ms(call.wall_ms);
  if (on_behalf) message.set_on_behalf(true);
}

std::string NewId() { return absl::BytesToHexString(RandomBytes(kIdBytes)); }

// Fills in what is answered; returns the words for the history.
std::string FillAnswer(const Call& call, const AnswerFindingRequest& request,
                       records::v1::Rectification& own) {
  const bool on_behalf = request.on_behalf();
  switch (request.answer_case()) {
    case AnswerFindingRequest::kReceivedBy: {
      records::v1::NoticeReceipt& receipt = *own.mutable_receipt();
      receipt.set_signed_by(request.received_by());
      receipt.set_signed_at_ms(call.wall_ms);
      receipt.set_entered_by(call.principal.person_id);
      if (on_behalf) receipt.set_on_behalf(true);
      return {};
    }
    case AnswerFindingRequest::kPlan: {
      records::v1::RectificationPlan& plan = *own.mutable_plan();
      plan.set_measure(request.plan().measure());
      plan.set_leader(request.plan().leader());
      plan.set_person(request.plan().person());
      plan.set_planned_date(request.plan().planned_date());
      Sign(call, on_behalf, plan);
      return request.plan().measure();
    }
    case AnswerFindingRequest::kExtension: {
      records::v1::Extension& extension = *own.add_extensions();
      extension.set_id(NewId());
      extension.set_days(request.extension().days());
      extension.set_reason(request.extension().reason());
      extension.set_state(records::v1::EXTENSION_STATE_ASKED);
      Sign(call, on_behalf, extension);
      return request.extension().reason();
    }
    case AnswerFindingRequest::kReply: {
      records::v1::RectificationReply& reply = *own.add_replies();
      reply.set_id(NewId());
      reply.set_result(request.reply().result());
      reply.set_finished_on(request.reply().finished_on());
      Sign(call, on_behalf, reply);
      return {};
    }
    default:
      return request.review_reason();
  }
}

}  // namespace

absl::StatusOr<review::v1::AnswerFindingResponse> RectificationDesk::AnswerFinding(
    const Call& call, const Answer& request) {
  DUDAO_ASSIGN(const FindingRowData row,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  const bool by_unit = call.principal.role == records::v1::PERSON_ROLE_REPORTER;
  if (by_unit == request.on_behalf())
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "on_behalf");
  DUDAO_ASSIGN(const FindingAct act, ActOf(request));
  DUDAO_TRY(CheckAnswer(call, request));
  DUDAO_ASSIGN(Space * space, spaces_.Get(row.space));
  {
    absl::MutexLock lock(&space->mutex());
    DUDAO_ASSIGN(const FindingCase finding, LoadUnchanged(*space, row, request.content_digest()));
    CaseEdit edit = Begin(finding);
    edit.on_behalf = request.on_behalf();
    const std::string words = FillAnswer(call, request, edit.own);
    const std::string& reason =
        act == FindingAct::kAskExtension ? request.extension().reason() : request.review_reason();
    DUDAO_TRY(domain::CheckAct(act, finding.Facts(), call.principal.role, reason));
    AddStep(call, finding, act, words, false, edit);
    DUDAO_TRY(Save(*space, call, finding, request.context(), std::move(edit)));
  }
  DUDAO_ASSIGN(const FindingRowData now,
               FindSeen(projection_, call.principal, request.space(), request.finding_id()));
  review::v1::AnswerFindingResponse response;
  DUDAO_ASSIGN(*response.mutable_finding(), Show(call, now));
  return response;
}

}  // namespace dudao::server
