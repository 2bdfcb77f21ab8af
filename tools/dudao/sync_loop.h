// Drives a client core's sync: takes the calls that the core hands out, carries them, and delivers
// the outcomes.
//
// Serial: one call at a time. A failed call is an outcome like any other; the core decides what to
// do about it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/client.h"
#include "dudao/client/v1/sync.pb.h"

namespace dudao::command {

// Carries one call to the server and back.
class Carrier {
 public:
  virtual ~Carrier() = default;
  // Fills in the response or the error of `outcome`.
  virtual void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) = 0;
};

struct SyncOutcome {
  client::v1::SyncFinished finished;
  client::v1::SyncProgress progress;  // as it last was
};

using SyncWatcher = std::function<void(const client::v1::SyncProgress&)>;

// Carries calls until what was begun (a sync, an enrolment) has ended.
absl::StatusOr<SyncOutcome> RunToEnd(client::Client& core, Carrier& carrier,
                                     const SyncWatcher& watcher = nullptr);

absl::StatusOr<SyncOutcome> RunSync(client::Client& core,
                                    const client::v1::BeginSyncRequest& request, Carrier& carrier,
                                    const SyncWatcher& watcher = nullptr);

nlohmann::json SyncToJson(const SyncOutcome& outcome);

}  // namespace dudao::command
