#include "sync_loop.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "field_edit.h"

namespace dudao::command {

using client::v1::PollResponse;

absl::StatusOr<SyncOutcome> RunSync(client::Client& core,
                                    const client::v1::BeginSyncRequest& request, Carrier& carrier,
                                    const SyncWatcher& watcher) {
  const auto begun = core.BeginSync(request);
  if (!begun.ok()) return begun.status();
  return RunToEnd(core, carrier, watcher);
}

absl::StatusOr<SyncOutcome> RunToEnd(client::Client& core, Carrier& carrier,
                                     const SyncWatcher& watcher) {
  constexpr int64_t kLongestWaitMs = 1000;
  SyncOutcome outcome;
  while (true) {
    const auto polled = core.Poll({});
    if (!polled.ok()) return polled.status();
    if (polled->has_progress()) {
      outcome.progress = polled->progress();
      if (watcher) watcher(outcome.progress);
    }
    switch (polled->step_case()) {
      case PollResponse::kCall: {
        client::v1::DeliverRequest answer;
        answer.set_call_id(polled->call().call_id());
        carrier.Carry(polled->call(), answer);
        const auto delivered = core.Deliver(answer);
        if (!delivered.ok()) return delivered.status();
        break;
      }
      case PollResponse::kWaitMs:
        absl::SleepFor(
            absl::Milliseconds(std::clamp<int64_t>(polled->wait_ms(), 1, kLongestWaitMs)));
        break;
      case PollResponse::kFinished:
        outcome.finished = polled->finished();
        return outcome;
      default:
        return absl::InternalError("the sync ended without an outcome");
    }
  }
}

nlohmann::json SyncToJson(const SyncOutcome& outcome) {
  nlohmann::json out = MessageToJson(outcome.progress);
  out["ok"] = outcome.finished.ok();
  out["changes_sent"] = outcome.progress.changes_sent();
  out["changes_received"] = outcome.progress.changes_received();
  out["blobs_sent"] = outcome.progress.blobs_sent();
  out["blobs_received"] = outcome.progress.blobs_received();
  out["rounds"] = outcome.progress.rounds();
  out["bytes_up"] = outcome.progress.bytes_up();
  out["bytes_down"] = outcome.progress.bytes_down();
  out["blobs_failed"] = outcome.finished.blobs_failed();
  out["blobs_reason"] = outcome.finished.blobs_reason();
  out["spaces"] = nlohmann::json::array();
  for (const auto& space : outcome.finished.spaces()) out["spaces"].push_back(MessageToJson(space));
  return out;
}

}  // namespace dudao::command
