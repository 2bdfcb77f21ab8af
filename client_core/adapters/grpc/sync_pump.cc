#include "dudao/client/sync_pump.h"

namespace dudao::client {

v1::DeliverRequest CarryOut(GrpcChannel& channel, const v1::OutgoingCall& call) {
  Metadata headers;
  for (const v1::Header& header : call.headers())
    headers.emplace_back(header.name(), header.value());
  CallResult result =
      channel.Call(call.method(), call.request(), absl::Milliseconds(call.deadline_ms()), headers);
  v1::DeliverRequest outcome;
  outcome.set_call_id(call.call_id());
  if (result.status.ok()) {
    outcome.set_response(std::move(result.response));
    return outcome;
  }
  v1::CallError* error = outcome.mutable_error();
  error->set_code(result.status.error_code());
  error->set_message(result.text.empty() ? result.status.error_message() : result.text);
  error->set_reason(result.reason);
  error->mutable_metadata()->insert(result.metadata.begin(), result.metadata.end());
  return outcome;
}

absl::StatusOr<v1::SyncFinished> RunSync(Client& client, GrpcChannel& channel,
                                         const v1::BeginSyncRequest& begin,
                                         const ProgressCallback& progress) {
  if (auto begun = client.BeginSync(begin); !begun.ok()) return begun.status();
  return RunToEnd(client, channel, progress);
}

absl::StatusOr<v1::SyncFinished> RunToEnd(Client& client, GrpcChannel& channel,
                                          const ProgressCallback& progress) {
  while (true) {
    auto step = client.Poll({});
    if (!step.ok()) return step.status();
    if (progress != nullptr && step->has_progress()) progress(step->progress());
    switch (step->step_case()) {
      case v1::PollResponse::kCall: {
        auto delivered = client.Deliver(CarryOut(channel, step->call()));
        if (!delivered.ok()) return delivered.status();
        break;
      }
      case v1::PollResponse::kWaitMs:
        channel.Wait(absl::Milliseconds(step->wait_ms()));
        break;
      case v1::PollResponse::kFinished:
        return step->finished();
      default:
        return absl::AbortedError("another sync has begun");
    }
  }
}

}  // namespace dudao::client
