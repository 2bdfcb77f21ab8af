#include "dispatcher.h"

#include <cstdlib>
#include <exception>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "utf8.h"

namespace dudao::server {
namespace {

constexpr size_t kRequestIdBytes = 6;
constexpr size_t kLoggedMax = 100;

std::string Short(std::string_view text) { return Utf8(text.substr(0, kLoggedMax)); }

// Nothing that was only claimed: people type passwords into the wrong field.
std::string CallerOf(const Principal& principal) {
  if (!principal.is_device()) return Short(principal.person_id);
  return Short(principal.device_id + "/" + principal.person_id);
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
}

// "team-d2-2026/10/6f0e..", "team-d2-2026/6f0e..": whichever names the request has.
std::string RecordNamed(const google::protobuf::Message& request) {
  std::vector<std::string> parts;
  const auto* type = request.GetDescriptor();
  for (const char* name : {"space", "type_id", "key", "finding_id"}) {
    const auto* field = type->FindFieldByName(name);
    if (field == nullptr || field->is_repeated()) continue;
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32) {
      parts.push_back(absl::StrCat(request.GetReflection()->GetUInt32(request, field)));
    } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_BYTES) {
      parts.push_back(absl::BytesToHexString(request.GetReflection()->GetString(request, field)));
    } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
      parts.push_back(request.GetReflection()->GetString(request, field));
    }
  }
  return absl::StrJoin(parts, "/");
}

}  // namespace

Dispatcher::Dispatcher(Spaces& spaces, CallAuth& auth, CallGuard& guard, AccessLog& access,
                       Counters& counters, Log& log, std::function<int64_t()> wall_ms)
    : spaces_(spaces),
      auth_(auth),
      guard_(guard),
      access_(access),
      counters_(counters),
      log_(log),
      wall_ms_(std::move(wall_ms)) {}

void Dispatcher::AddAny(std::string_view method, AnyHandler handler) {
  if (FindRule(method) == nullptr) std::abort();  // our own bug: a method that nobody may call
  handlers_[std::string(method)] = std::move(handler);
}

void Dispatcher::AddBytes(std::string_view method,
                          std::function<std::string(std::string_view)> space_of,
                          BytesHandler handler) {
  AddAny(method,
         [this, space_of = std::move(space_of),
          handler = std::move(handler)](Running& run) -> absl::StatusOr<std::string> {
           run.space = space_of(run.bytes);
           if (run.space.empty())
             return Error(absl::StatusCode::kInvalidArgument, "REQUEST_INVALID", "no space");
           DUDAO_TRY(CheckSpace(run));
           return handler(run.call, run.space, run.bytes);
         });
}

std::vector<std::string> Dispatcher::Methods() const {
  std::vector<std::string> methods;
  for (const auto& [method, handler] : handlers_) methods.push_back(method);
  return methods;
}

std::string Dispatcher::SpaceOf(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("space");
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return text ? request.GetReflection()->GetString(request, field) : std::string();
}

void Dispatcher::NoteView(const Running& run, const google::protobuf::Message& request) {
  const View view = ViewOf(run.rule->method);
  if (view == View::kNone || run.call.principal.is_device()) return;
  std::string subject(run.rule->method.substr(run.rule->method.rfind('/') + 1));
  if (view == View::kRecord) absl::StrAppend(&subject, " ", RecordNamed(request));
  access_.AppendView(run.call.principal.person_id,
                     view == View::kRecord ? kRecordShown : kListShown, subject);
}

absl::Status Dispatcher::CheckSpace(Running& run) const {
  switch (run.rule->space) {
    case SpaceNeed::kNone:
      return absl::OkStatus();
    case SpaceNeed::kRead:
      return spaces_.CheckRead(run.space, run.call.principal);
    case SpaceNeed::kReadOrAll:
      return run.space.empty() ? absl::OkStatus()
                               : spaces_.CheckRead(run.space, run.call.principal);
    case SpaceNeed::kUnit:
      if (run.call.principal.role == records::v1::PERSON_ROLE_REPORTER) return absl::OkStatus();
      return spaces_.CheckRead(run.space, run.call.principal);
    case SpaceNeed::kWrite:
      return spaces_.CheckWrite(run.space, run.call.principal);
    case SpaceNeed::kDeliver:
    case SpaceNeed::kUpload: {
      const auto only = spaces_.CheckDeliver(run.space, run.call.principal,
                                             run.rule->space == SpaceNeed::kUpload);
      run.call.deliver_only = only.ok() && *only;
      // Whoever has another role now still hands over what was written in the one before.
      if (!run.call.deliver_only && !RoleMay(*run.rule, run.call.principal.role))
        return Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
      return only.status();
    }
  }
  return Error(absl::StatusCode::kInternal, "INTERNAL", "a rule without a meaning");
}

absl::Status Dispatcher::Admit(const Incoming& incoming, Running& run) {
  DUDAO_TRY(guard_.AdmitAddress(*run.rule, incoming.peer, incoming.bytes.size()));
  auto principal = auth_.Check(*run.rule, incoming.bytes, incoming.credentials, run.call.wall_ms);
  if (!principal.ok()) {
    guard_.RefusedCredentials(incoming.peer);
    return principal.status();
  }
  run.call.principal = *std::move(principal);
  DUDAO_TRY(guard_.AdmitCaller(*run.rule, run.call.principal, incoming.bytes));
  const bool with_space =
      run.rule->space == SpaceNeed::kDeliver || run.rule->space == SpaceNeed::kUpload;
  const bool role_is_asked = run.rule->caller != Caller::kAnybody && !with_space;
  if (role_is_asked && !RoleMay(*run.rule, run.call.principal.role)) {
    return Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Dispatcher::RunChain(const Incoming& incoming, Running& run) {
  run.rule = FindRule(incoming.method);
  const auto handler = handlers_.find(incoming.method);
  if (run.rule == nullptr || handler == handlers_.end()) {
    return Error(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN");
  }
  DUDAO_TRY(Admit(incoming, run));
  run.call.peer = incoming.peer;
  run.call.session = incoming.credentials.session;
  if (incoming.abandoned && incoming.abandoned()) {
    return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED");
  }
  run.bytes = incoming.bytes;
  try {
    return handler->second(run);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "INTERNAL", error.what());
  }
}

Outcome Dispatcher::Run(const Incoming& incoming) {
  const absl::Time start = absl::Now();
  Running run;
  run.call.request_id = absl::BytesToHexString(RandomBytes(kRequestIdBytes));
  run.call.wall_ms = wall_ms_();
  auto answer = RunChain(incoming, run);
  return Finish(incoming, run, std::move(answer), absl::ToInt64Microseconds(absl::Now() - start));
}

Outcome Dispatcher::Enter(const Incoming& incoming, const MethodRule& rule) {
  const absl::Time start = absl::Now();
  Running run;
  run.rule = &rule;
  run.call.request_id = absl::BytesToHexString(RandomBytes(kRequestIdBytes));
  run.call.wall_ms = wall_ms_();
  absl::StatusOr<std::string> answer = std::string();
  if (absl::Status status = Admit(incoming, run); !status.ok()) answer = std::move(status);
  return Finish(incoming, run, std::move(answer), absl::ToInt64Microseconds(absl::Now() - start));
}

Outcome Dispatcher::Refuse(const Incoming& incoming, absl::Status status) {
  Running run;
  run.call.request_id = absl::BytesToHexString(RandomBytes(kRequestIdBytes));
  return Finish(incoming, run, std::move(status), 0);
}

Outcome Dispatcher::Finish(const Incoming& incoming, const Running& run,
                           absl::StatusOr<std::string> answer, int64_t micros) {
  Outcome outcome;
  outcome.request_id = run.call.request_id;
  outcome.status = answer.status();
  const std::string method = Short(incoming.method);
  const std::string user = CallerOf(run.call.principal);
  if (answer.ok()) outcome.bytes = *std::move(answer);
  counters_.calls.fetch_add(1, std::memory_order_relaxed);
  if (!outcome.status.ok()) counters_.calls_failed.fetch_add(1, std::memory_order_relaxed);
  // What is open to everybody writes rows of its own.
  if (IsRefusal(outcome.status) && run.rule != nullptr && run.rule->caller != Caller::kAnybody) {
    access_.AppendRefusal(user.empty() ? "unknown" : user, kCallRefused,
                          absl::StrCat(method, " ", ReasonOf(outcome.status)));
  }
  guard_.Ended(run.rule, run.call.principal, absl::StatusCodeToString(outcome.status.code()),
               micros, incoming.bytes.size(), outcome.bytes.size());
  (incoming.door == Door::kWeb ? counters_.calls_web : counters_.calls_grpc)
      .fetch_add(1, std::memory_order_relaxed);
  const std::string space = Short(run.space);
  const std::string reason = outcome.status.ok() ? "" : ReasonOf(outcome.status);
  // The message of an error says what was wrong with a request, not what a record holds; domain
  // texts may quote a cell of an import.
  const bool quiet =
      outcome.status.ok() || outcome.status.code() == absl::StatusCode::kInvalidArgument;
  const std::string detail =
      quiet ? "" : Utf8(std::string(outcome.status.message()).substr(0, 300));
  log_.Call({outcome.request_id, method, incoming.door == Door::kWeb ? "web" : "grpc", user, space,
             absl::StatusCodeToString(outcome.status.code()), reason, detail, incoming.bytes.size(),
             outcome.bytes.size(), micros});
  return outcome;
}

}  // namespace dudao::server
