// One replica of the replay: a client core over its own file, edited by workload steps and synced
// on demand.
//
// Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command_clock.h"
#include "replay/bench_server.h"
#include "replay/site_content.h"
#include "replay/wire_count.h"
#include "replay/workload.h"
#include "server_link.h"
#include "tablet.h"

namespace dudao::command {

// Where competing and past values of a field were found.
struct FoundValues {
  std::vector<nlohmann::json> competing;
  std::vector<nlohmann::json> past;
};

class SiteReplica {
 public:
  // Of a tablet that is enrolled.
  static absl::StatusOr<std::unique_ptr<SiteReplica>> Open(const std::string& database);

  // One workload step as one durable Edit.
  absl::Status Apply(const WorkStep& step);
  // Push and pull over a channel that stays; `wire` counts, or null.
  absl::Status Sync(WireCount* wire);
  // Messages that the last Sync moved, bytes.
  uint64_t bytes_of_last_sync() const { return last_bytes_; }
  client::Client& core() { return tablet_->core(); }

  absl::StatusOr<SiteContents> Read();
  absl::StatusOr<std::string> Digest() { return tablet_->Digest(kBenchSpace); }
  absl::StatusOr<FoundValues> FindValues(const std::string& visit, const std::string& field);

 private:
  class CountingCarrier;
  SiteReplica(std::unique_ptr<CommandClock> clock, std::unique_ptr<Tablet> tablet);
  absl::Status Compile(const WorkStep& step, client::v1::EditRequest& request);
  absl::Status Splice(const WorkStep& step, client::v1::EditRequest& request);

  std::unique_ptr<CommandClock> clock_;
  std::unique_ptr<Tablet> tablet_;
  std::unique_ptr<ServerLink> link_;
  uint64_t last_bytes_ = 0;
};

}  // namespace dudao::command
