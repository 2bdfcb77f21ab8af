// Forwards to a log and measures what ingesting takes. Lives as long as one call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "dudao/sync/log/replica_log.h"

namespace dudao::server {

class TimedLog final : public sync::ReplicaLog {
 public:
  explicit TimedLog(sync::ReplicaLog& log) : log_(log) {}

  const std::string& space() const override { return log_.space(); }
  sync::ReplicaId self() const override { return log_.self(); }
  const std::string& history_id() const override { return log_.history_id(); }
  absl::StatusOr<sync::VersionVector> Delivered() override { return log_.Delivered(); }
  absl::StatusOr<std::optional<sync::Head>> HeadOf(const sync::ReplicaId& replica) override {
    return log_.HeadOf(replica);
  }
  absl::StatusOr<std::optional<sync::Hash>> HashAt(const sync::Dot& dot) override {
    return log_.HashAt(dot);
  }
  absl::StatusOr<sync::SegmentBatch> SegmentsSince(const sync::VersionVector& known,
                                                   size_t bytes_max) override {
    return log_.SegmentsSince(known, bytes_max);
  }
  absl::StatusOr<sync::SegmentBatch> SegmentsAfter(uint64_t cursor, const sync::ReplicaId& skip,
                                                   size_t bytes_max) override {
    return log_.SegmentsAfter(cursor, skip, bytes_max);
  }
  absl::StatusOr<sync::IngestOutcome> Ingest(const sync::Arrival& arrival) override {
    const absl::Time start = absl::Now();
    auto outcome = log_.Ingest(arrival);
    ingest_us_ +=
        static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(absl::Now() - start)));
    return outcome;
  }
  absl::StatusOr<sync::PeerState> LoadPeer(std::string_view peer) override {
    return log_.LoadPeer(peer);
  }
  absl::StatusOr<std::optional<sync::Receipt>> NewestReceipt() override {
    return log_.NewestReceipt();
  }
  absl::StatusOr<bool> NewIncarnation(const sync::FreshIdentity& fresh, uint64_t common) override {
    return log_.NewIncarnation(fresh, common);
  }
  absl::Status CutFork(const sync::ReplicaId& replica, uint64_t common,
                       const std::string& history_id) override {
    return log_.CutFork(replica, common, history_id);
  }
  bool WroteAs(const sync::ReplicaId& replica) const override { return log_.WroteAs(replica); }

  uint64_t ingest_us() const { return ingest_us_; }

 private:
  sync::ReplicaLog& log_;
  uint64_t ingest_us_ = 0;
};

}  // namespace dudao::server
