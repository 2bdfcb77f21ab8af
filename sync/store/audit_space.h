// Checks one space of a store's file. Private to AuditStore.
//
// Not synchronised; borrows the database, inside the caller's read transaction. Every step returns
// the DATA_LOSS status of Broken when it has found something; `outcome.first` then says what.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/store/audit.h"
#include "dudao/sync/store/database.h"

namespace dudao::sync {

class SpaceAudit {
 public:
  struct Row {
    int64_t ix = 0;
    std::string name;
    ReplicaId self;
  };
  SpaceAudit(Database& db, Row row, const std::map<int64_t, ReplicaId>& replicas,
             const AuditOptions& options, AuditOutcome& outcome)
      : db_(db), row_(std::move(row)), replicas_(replicas), options_(options), outcome_(outcome) {}

  absl::Status Run();

 private:
  // What somebody wrote down about the chain of a replica at a number.
  struct Claim {
    Hash hash{};
    const char* reason;
    uint64_t number = 0;
  };
  struct HeadRow {
    uint64_t seq = 0;
    uint64_t time = 0;
  };
  struct Aside {
    Hash hash{};
    AuditVerdict state = AuditVerdict::kNone;
  };
  struct Span {
    uint64_t first = 0;
    uint64_t last = 0;
    Hash hash{};
    friend bool operator==(const Span&, const Span&) = default;
  };
  using Spans = std::map<ReplicaId, Span>;
  using Visit = std::function<absl::Status(uint64_t pos, const std::vector<Change>& changes)>;

  absl::Status Broken(const char* reason, const ReplicaId* replica, uint64_t number,
                      std::string_view detail);
  absl::StatusOr<ReplicaId> ReplicaAt(int64_t ix, const char* reason, uint64_t number);

  // audit_trust.cc
  absl::Status ReadReceipts();
  absl::Status CheckReceipt(const trust::v1::Receipt& receipt);
  absl::Status ReadProofs();
  absl::Status CheckProof(const trust::v1::HeadProof& proof);
  absl::Status CheckNamedReceipt(const trust::v1::HeadProof& proof, const ReplicaId& replica);
  absl::Status CheckCoverage();
  absl::Status ReadAside();
  absl::Status CheckState(const Change& change, const Hash& hash, AuditVerdict state);
  absl::Status ReadVerdicts();
  absl::Status ReadLapsed();
  absl::Status CheckSignature(const trust::v1::HeadProof& proof);
  absl::Status CheckSignature(const trust::v1::Receipt& receipt);

  // audit_log.cc
  absl::Status ReadHeads();
  absl::Status ReadSpans();
  absl::Status WalkLog();
  absl::Status CheckSegment(uint64_t pos, const std::vector<Change>& changes);
  absl::Status CheckNext(const Change& change);
  absl::Status CheckFresh();
  absl::Status CheckHeads();
  absl::Status CheckLinks(uint64_t pos, const std::vector<Change>& changes);
  // Every segment in order, and the changes that it carries.
  absl::Status EachSegment(const Visit& visit);
  // Own saves that are in no segment, in order.
  absl::Status EachFresh(
      const std::function<absl::Status(const Change&, const Hash&, uint64_t ix)>& visit);

  // audit_records.cc
  absl::Status CheckRecords();
  absl::Status RebuildShare(size_t share, size_t shares);
  absl::Status CompareRecord(const RecordId& id, std::string_view state, int64_t flags,
                             std::map<RecordId, Record>& rebuilt);
  bool Merged(const Change& change) const;

  Database& db_;
  const Row row_;
  const std::map<int64_t, ReplicaId>& replicas_;
  const AuditOptions& options_;
  AuditOutcome& outcome_;
  SpaceState state_;

  std::map<ReplicaId, std::multimap<uint64_t, Claim>> claims_;
  std::map<ReplicaId, HeadRow> head_rows_;
  std::map<ReplicaId, uint64_t> covered_;
  std::set<Dot> proven_;
  std::map<uint64_t, Spans> spans_;
  std::map<Dot, Aside> in_log_;
  // Outside the log: other changes with numbers that are taken, changes without a number.
  std::map<Dot, std::set<Hash>> apart_;
  std::map<Dot, std::map<Hash, AuditVerdict>> verdicts_;
  std::map<uint64_t, std::string> receipt_hashes_;  // by position
  std::map<ReplicaId, std::string> owners_;         // who signs for a replica
  struct Confirmed {
    uint64_t position = 0;
    uint64_t control_position = 0;
  };
  std::map<Dot, Confirmed> confirmed_;   // first receipt of a head
  std::map<ReplicaId, uint64_t> times_;  // of the newest change
  uint64_t changes_ = 0;
  uint64_t changes_all_ = 0;
};

}  // namespace dudao::sync
