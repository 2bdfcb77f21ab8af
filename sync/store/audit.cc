#include "dudao/sync/store/audit.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit_space.h"
#include "dudao/sync/crdt/status_macros.h"
#include "schema.h"

namespace dudao::sync {
namespace {

using Replicas = std::map<int64_t, ReplicaId>;

absl::Status Differs(AuditOutcome& outcome, AuditBreak found) {
  const absl::Status status = absl::DataLossError(absl::StrCat(found.reason, ": ", found.detail));
  if (!outcome.first) outcome.first = std::move(found);
  return status;
}

// Ends the read transaction that everything is seen in.
class Reading {
 public:
  explicit Reading(Database& db) : db_(db) {}
  ~Reading() { static_cast<void>(db_.Execute("ROLLBACK")); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Database& db_;
};

// Everything that stands on or beside a table, by table.
using Layout = std::map<std::string, std::string>;

Layout LayoutOf(sqlite3* db) {
  Layout layout;
  const auto add = [](void* to, int columns, char** values, char**) {
    const auto text = [&](int i) { return std::string(values[i] == nullptr ? "" : values[i]); };
    for (int i = 0; i < columns; ++i) {
      absl::StrAppend(&(*static_cast<Layout*>(to))[text(0)], text(i), "\n");
    }
    return 0;
  };
  sqlite3_exec(db, "SELECT tbl_name, type, name, sql FROM sqlite_schema ORDER BY type, name", add,
               &layout, nullptr);
  return layout;
}

absl::StatusOr<int64_t> Number(Database& db, std::string_view sql) {
  DUDAO_ASSIGN(Statement row, db.Prepare(sql));
  DUDAO_TRY(row.Step().status());
  return row.Int(0);
}

// A table of another form could hide or invent rows.
absl::Status CheckLayout(Database& db, AuditOutcome& outcome) {
  DUDAO_ASSIGN(const int64_t version, Number(db, "PRAGMA user_version"));
  if (static_cast<size_t>(version) != SchemaSteps().size()) {
    return absl::FailedPreconditionError(
        absl::StrCat(db.path(), " has layout ", version, ", known is ", SchemaSteps().size(),
                     "; open it once with the program of this version"));
  }
  sqlite3* model = nullptr;
  int rc = sqlite3_open(":memory:", &model);
  for (const char* step : SchemaSteps()) {
    if (rc == SQLITE_OK) rc = sqlite3_exec(model, step, nullptr, nullptr, nullptr);
  }
  const Layout expected = LayoutOf(model);
  const absl::Status made = SqliteStatus(model, rc, "layout");
  sqlite3_close(model);
  DUDAO_TRY(made);
  const Layout found = LayoutOf(db.handle());
  for (const auto& [table, text] : expected) {
    const auto it = found.find(table);
    if (it != found.end() && it->second == text) continue;
    return Differs(outcome, {"LAYOUT_WRONG", "", "", 0, absl::StrCat("table ", table)});
  }
  return absl::OkStatus();
}

// Rows of these are only ever added, so their numbers have no gaps.
absl::Status CheckNoGaps(Database& db, AuditOutcome& outcome) {
  for (const char* table : {"segment", "quarantine"}) {
    const char* key = std::string_view(table) == "segment" ? "pos" : "ix";
    DUDAO_ASSIGN(const int64_t lacking,
                 Number(db, absl::StrCat("SELECT coalesce(max(", key, "), 0) - count(*) + abs(1 - ",
                                         "coalesce(min(", key, "), 1)) FROM ", table)));
    if (lacking == 0) continue;
    return Differs(outcome, {"ROW_MISSING", "", "", 0,
                             absl::StrCat("table ", table, " lacks ", lacking, " rows")});
  }
  return absl::OkStatus();
}

// Rows that belong to nothing.
absl::Status CheckNoStrays(Database& db, AuditOutcome& outcome) {
  for (const char* table : {"head", "record", "fresh", "segment", "span", "quarantine", "peer",
                            "proof", "receipt", "verdict", "former", "lapsed"}) {
    DUDAO_ASSIGN(const int64_t strays,
                 Number(db, absl::StrCat("SELECT count(*) FROM ", table,
                                         " WHERE space NOT IN (SELECT ix FROM space)")));
    if (strays == 0) continue;
    return Differs(
        outcome, {"ROW_STRAY", "", "", 0, absl::StrCat("table ", table, " has rows of no space")});
  }
  DUDAO_ASSIGN(const int64_t links,
               Number(db,
                      "SELECT count(*) FROM segment_record WHERE record NOT IN "
                      "(SELECT ix FROM record) OR pos NOT IN (SELECT pos FROM segment)"));
  if (links == 0) return absl::OkStatus();
  return Differs(outcome, {"INDEX_WRONG", "", "", 0, "records of no segment are noted"});
}

absl::StatusOr<Replicas> ReadReplicas(Database& db, AuditOutcome& outcome) {
  DUDAO_ASSIGN(Statement rows, db.Prepare("SELECT ix, id FROM replica"));
  Replicas replicas;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return replicas;
    const ReplicaId id = ReplicaId::FromBytes(rows.Blob(1));
    if (rows.Blob(1).size() != kReplicaIdBytes) {
      return Differs(outcome, {"REPLICA_WRONG", "", "", static_cast<uint64_t>(rows.Int(0)),
                               "a replica id has 16 bytes"});
    }
    replicas[rows.Int(0)] = id;
  }
}

absl::Status CheckSpaces(Database& db, const AuditOptions& options, AuditOutcome& outcome) {
  DUDAO_ASSIGN(const Replicas replicas, ReadReplicas(db, outcome));
  DUDAO_ASSIGN(Statement rows, db.Prepare("SELECT ix, id, self FROM space ORDER BY ix"));
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const std::string name(rows.Blob(1));
    const auto self = replicas.find(rows.Int(2));
    if (self == replicas.end() || self->second.IsZero()) {
      return Differs(outcome, {"REPLICA_WRONG", name, "", 0, "the own replica is not known"});
    }
    SpaceAudit space(db, {rows.Int(0), name, self->second}, replicas, options, outcome);
    DUDAO_TRY(space.Run());
    ++outcome.counts.spaces;
  }
}

absl::Status CheckAll(Database& db, const AuditOptions& options, AuditOutcome& outcome) {
  if (const absl::Status pages = db.CheckIntegrity(); !pages.ok()) {
    return Differs(outcome, {"FILE_DAMAGED", "", "", 0, std::string(pages.message())});
  }
  DUDAO_TRY(CheckLayout(db, outcome));
  DUDAO_TRY(CheckNoGaps(db, outcome));
  DUDAO_TRY(CheckNoStrays(db, outcome));
  return CheckSpaces(db, options, outcome);
}

}  // namespace

absl::StatusOr<AuditOutcome> AuditStore(Database& db, const AuditOptions& options) {
  AuditOutcome outcome;
  DUDAO_TRY(db.Execute("BEGIN"));
  const Reading reading(db);
  const absl::Status checked = CheckAll(db, options, outcome);
  if (outcome.first) return outcome;
  if (checked.code() == absl::StatusCode::kDataLoss) {
    outcome.first = AuditBreak{"FILE_DAMAGED", "", "", 0, std::string(checked.message())};
    return outcome;
  }
  DUDAO_TRY(checked);
  return outcome;
}

absl::Status SpaceAudit::Run() {
  state_.self = row_.self;
  DUDAO_TRY(ReadHeads());
  DUDAO_TRY(ReadSpans());
  DUDAO_TRY(ReadReceipts());
  DUDAO_TRY(ReadProofs());
  DUDAO_TRY(ReadVerdicts());
  DUDAO_TRY(ReadAside());
  DUDAO_TRY(ReadLapsed());
  DUDAO_TRY(WalkLog());
  DUDAO_TRY(CheckCoverage());
  DUDAO_TRY(CheckRecords());
  outcome_.spaces[row_.name] = state_;
  return absl::OkStatus();
}

absl::Status SpaceAudit::Broken(const char* reason, const ReplicaId* replica, uint64_t number,
                                std::string_view detail) {
  return Differs(outcome_, {reason, row_.name, replica == nullptr ? "" : replica->Hex(), number,
                            std::string(detail)});
}

absl::StatusOr<ReplicaId> SpaceAudit::ReplicaAt(int64_t ix, const char* reason, uint64_t number) {
  const auto found = replicas_.find(ix);
  if (found != replicas_.end()) return found->second;
  return Broken(reason, nullptr, number, absl::StrCat("there is no replica ", ix));
}

}  // namespace dudao::sync
