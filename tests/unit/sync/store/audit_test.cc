// Every cell of a server's space file is changed, every row dropped, doubled or swapped; the audit
// must tell, except for what is listed as local bookkeeping.
#include "dudao/sync/store/audit.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/trust/statements.h"
#include "seeds.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using testing::RandomOps;
using testing::Rec;
using testing::SeededTest;
using testing::SetText;

constexpr char kSpace[] = "team-1-2026";
constexpr int64_t kWallMs = 1'790'000'000'000;
constexpr uint64_t kControlPosition = 9;

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    ADD_FAILURE() << value.status();
    std::abort();
  }
  return *std::move(value);
}
void Must(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }

KeyPair Key(char seed) { return Must(KeyFromSeed(kDefaultSuite, std::string(kSeedBytes, seed))); }

// A server's space with changes of two tablets and its own, proofs, receipts, changes kept aside,
// verdicts.
class AuditTest : public ::testing::Test, public SeededTest {
 protected:
  struct Tablet {
    std::string device;
    KeyPair key;
    std::unique_ptr<Database> db;
    std::unique_ptr<Store> store;
    uint64_t receipt_position = 0;
    std::string receipt_hash;
  };

  void SetUp() override {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    dir_ = std::filesystem::current_path() /
           ("dudao-audit-" + std::to_string(::getpid()) + "-" + test);
    std::filesystem::create_directories(dir_);
    server_key_ = Key('s');
    server_db_ = Must(Database::Open(File("server")));
    server_ = Open(*server_db_, 's');
    Fill();
    if (HasFailure()) return;
    Must(server_->Checkpoint());
    server_.reset();
    server_db_.reset();
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string File(const std::string& name) const { return (dir_ / (name + ".db")).string(); }

  std::unique_ptr<Store> Open(Database& db, char id) {
    IncarnationOptions incarnation;
    incarnation.fresh_replica = ReplicaId::FromBytes(std::string(kReplicaIdBytes, id));
    incarnation.fresh_history_id = std::string(8, id);
    return Must(SqliteStore::Open(db, kSpace, incarnation));
  }

  Tablet MakeTablet(char id) {
    Tablet tablet;
    tablet.device = std::string("dev-") + id;
    tablet.key = Key(id);
    tablet.db = Must(Database::Open(File(tablet.device)));
    tablet.store = Open(*tablet.db, id);
    keys_[tablet.device] = tablet.key;
    return tablet;
  }

  Change Save(Store& store, const std::string& author, std::vector<Operation> ops) {
    LocalEdit edit;
    edit.author = author;
    edit.wall_ms = kWallMs + ++saves_;
    edit.ops = std::move(ops);
    return Must(store.Commit(edit));
  }

  HeadProof ProofOf(Store& store, const std::string& signer, const KeyPair& key, uint64_t position,
                    const std::string& hash) {
    const auto head = Must(store.HeadOf(store.self()));
    HeadProof proof;
    proof.set_signer(signer);
    proof.set_key(1);
    proof.set_replica(std::string(head->replica.AsBytes()));
    proof.set_seq(head->seq);
    proof.set_hash(std::string(HashBytes(head->hash)));
    proof.set_receipt_position(position);
    proof.set_receipt_hash(hash);
    Must(SignProof(key, kSpace, proof));
    return proof;
  }

  void Push(Tablet& tablet) {
    const VersionVector known = Must(server_->Delivered());
    const SegmentBatch batch = Must(tablet.store->SegmentsSince(known, 1 << 20));
    const std::vector<HeadProof> proofs = {ProofOf(*tablet.store, tablet.device, tablet.key,
                                                   tablet.receipt_position, tablet.receipt_hash)};
    Arrival arrival;
    arrival.segments = batch.segments;
    arrival.proofs = proofs;
    arrival.from = tablet.store->self();
    arrival.proofs_required = true;
    arrival.receipt_time_ms = kWallMs;
    arrival.control_position = kControlPosition;
    arrival.sign_receipt = [this](Receipt& receipt) {
      receipt.set_key(1);
      return SignReceipt(server_key_, kSpace, receipt);
    };
    arrival.policy = [](const Change& change, std::string_view) -> std::optional<Quarantined> {
      if (change.author != "left") return std::nullopt;
      return Quarantined{{}, kPermissionEnded, "left the team", {}, {}, {}};
    };
    const IngestOutcome outcome = Must(server_->Ingest(arrival));
    ASSERT_TRUE(outcome.receipt.has_value());
    tablet.receipt_position = outcome.receipt->position();
    tablet.receipt_hash = ReceiptHash(kSpace, *outcome.receipt);
  }

  void SignOwnHead() {
    Must(server_->PutProof(ProofOf(*server_, kServerSigner, server_key_, 0, "")));
  }

  void Decide(const Change& change, bool released) {
    const Hash hash = Sha256(CanonicalChange(kSpace, change));
    Must(server_->Judge(change.dot(), hash, released));
    verdicts_[{change.dot(), std::string(HashBytes(hash))}] =
        released ? AuditVerdict::kReleased : AuditVerdict::kRefused;
  }

  void Fill() {
    Tablet alice = MakeTablet('a');
    Tablet bob = MakeTablet('b');
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 4; ++i) Save(*alice.store, "alice", RandomOps(*this));
      Push(alice);
      for (int i = 0; i < 3; ++i) Save(*bob.store, "bob", RandomOps(*this));
      Push(bob);
      Save(*server_, "office", {SetText(Rec("visit"), 2, "round " + std::to_string(round))});
      SignOwnHead();
    }
    const Change pending = Save(*bob.store, "left", {SetText(Rec("visit"), 3, "pending")});
    const Change released = Save(*bob.store, "left", {SetText(Rec("visit"), 4, "released")});
    const Change refused = Save(*bob.store, "left", {SetText(Rec("visit"), 5, "refused")});
    Save(*bob.store, "bob", {SetText(Rec("visit"), 6, "after")});
    Push(bob);
    Decide(released, true);
    Decide(refused, false);
    // An own save that stays open, and its proof.
    Save(*server_, "office", {SetText(Rec("visit"), 7, "open")});
    SignOwnHead();
    tablets_.push_back(std::move(alice));
    tablets_.push_back(std::move(bob));
  }

  AuditOptions Options() {
    AuditOptions options;
    options.is_server = true;
    options.control_position = kControlPosition;
    options.key_of = [this](std::string_view signer, uint32_t number) -> std::optional<SignerKey> {
      if (number != 1) return std::nullopt;
      if (signer == kServerSigner) return SignerKey{kDefaultSuite, server_key_.public_key};
      const auto key = keys_.find(std::string(signer));
      if (key == keys_.end()) return std::nullopt;
      return SignerKey{kDefaultSuite, key->second.public_key};
    };
    options.usable_at = [](std::string_view, uint32_t, uint64_t) { return true; };
    options.verdict_on = [this](std::string_view, const ReplicaId& replica, uint64_t seq,
                                std::string_view hash) {
      const auto verdict = verdicts_.find({Dot{replica, seq}, std::string(hash)});
      return verdict == verdicts_.end() ? AuditVerdict::kNone : verdict->second;
    };
    return options;
  }

  AuditOutcome Audit(const std::string& file, const AuditOptions& options) {
    DatabaseOptions how;
    how.read_only = true;
    const auto db = Must(Database::Open(file, how));
    return Must(AuditStore(*db, options));
  }

  // Works on a copy of the server's file, and tells what the audit finds.
  std::optional<AuditBreak> After(const std::function<void(Database&)>& work) {
    const std::string copy = File("copy");
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(copy + suffix);
    std::filesystem::copy_file(File("server"), copy,
                               std::filesystem::copy_options::overwrite_existing);
    {
      const auto db = Must(Database::Open(copy));
      work(*db);
      Must(db->Checkpoint());
    }
    return Audit(copy, Options()).first;
  }

  std::filesystem::path dir_;
  KeyPair server_key_;
  std::map<std::string, KeyPair> keys_;
  std::map<std::pair<Dot, std::string>, AuditVerdict> verdicts_;
  std::unique_ptr<Database> server_db_;
  std::unique_ptr<Store> server_;
  std::vector<Tablet> tablets_;
  int saves_ = 0;
};

TEST_F(AuditTest, AnUntouchedFileHoldsAndIsCounted) {
  const AuditOutcome outcome = Audit(File("server"), Options());
  ASSERT_FALSE(outcome.first.has_value())
      << outcome.first->reason << " " << outcome.first->number << " " << outcome.first->detail;
  EXPECT_EQ(outcome.counts.spaces, 1u);
  EXPECT_EQ(outcome.counts.changes, 3u * 8 + 4 + 1);
  EXPECT_EQ(outcome.counts.replicas, 3u);
  EXPECT_EQ(outcome.counts.receipts, 7u);
  EXPECT_EQ(outcome.counts.proofs, 7u + 4);
  EXPECT_EQ(outcome.counts.kept_aside, 3u);
  EXPECT_GT(outcome.counts.records, 0u);
  EXPECT_EQ(outcome.spaces.at(kSpace).receipt_position, 7u);
}

TEST_F(AuditTest, ATabletsFileHoldsWithItsOpenSaves) {
  Save(*tablets_[0].store, "alice", RandomOps(*this));
  const AuditOutcome outcome = Audit(File("dev-a"), AuditOptions());
  ASSERT_FALSE(outcome.first.has_value()) << outcome.first->reason << " " << outcome.first->detail;
  EXPECT_EQ(outcome.counts.changes, 13u);
}

// Local bookkeeping: no history, nothing that anybody signed.
const std::map<std::string, std::string>& NotEvidence() {
  static const auto* const reasons = new std::map<std::string, std::string>{
      {"space.history_id", "tells peers that cursors are void; a change makes them compare again"},
      {"space.token", "tells a copy from the original; a change makes a new incarnation"},
      {"record.ix", "row number; segment_record that does not fit it is found"},
      {"record.revision", "local counter for projections, which are rebuilt from the records"},
      {"segment.source", "who delivered: keeps bytes from going back to where they came from"},
      {"fresh.ix", "row number; the order of the rows is checked"},
      {"receipt.ix", "row number; the order of the rows is checked"},
      {"quarantine.source", "who delivered"},
      {"quarantine.reason", "the server's words for not merging: any known reason passes"},
      {"quarantine.detail", "explains the reason to developers"},
      {"peer.space", "cursors: whoever loses them compares again"},
      {"peer.name", "cursors"},
      {"peer.cursor", "cursors"},
      {"peer.history_id", "cursors"},
      {"peer.known", "cursors"},
      {"former.ix", "row number"},
      {"former.common", "how an own replica went on; the changes themselves are in the log"},
      {"former.next", "the same"},
      {"former.made", "the same"},
      {"segment_record.pos", "index: one link too many costs a look; one too few is found"},
      {"segment_record.record", "the same"},
  };
  return *reasons;
}

struct Cell {
  std::string table;
  std::string column;
  int64_t row;  // ordinal
};

struct Column {
  std::string name;
  bool key;
};

std::vector<std::string> Tables(Database& db) {
  std::vector<std::string> names;
  auto rows = Must(db.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"));
  while (Must(rows.Step())) names.emplace_back(rows.Text(0));
  return names;
}

std::vector<Column> Columns(Database& db, const std::string& table) {
  std::vector<Column> columns;
  auto rows = Must(db.Prepare("SELECT name, pk FROM pragma_table_info('" + table + "')"));
  while (Must(rows.Step())) columns.push_back({std::string(rows.Text(0)), rows.Int(1) > 0});
  return columns;
}

int64_t Count(Database& db, const std::string& table) {
  auto rows = Must(db.Prepare("SELECT count(*) FROM " + table));
  Must(rows.Step());
  return rows.Int(0);
}

// "(a, b)" and "(SELECT a, b FROM t LIMIT 1 OFFSET row)".
std::string Where(Database& db, const std::string& table, int64_t row) {
  std::string key;
  for (const Column& column : Columns(db, table)) {
    if (column.key) key += (key.empty() ? "" : ", ") + column.name;
  }
  return " WHERE (" + key + ") = (SELECT " + key + " FROM " + table + " ORDER BY " + key +
         " LIMIT 1 OFFSET " + std::to_string(row) + ")";
}

// Changes one bit of a byte, or one of a number. False where there is nothing to change.
bool Tamper(Database& db, const Cell& cell, SeededTest& random) {
  const std::string where = Where(db, cell.table, cell.row);
  std::string bytes;
  int64_t number = 0;
  int type = 0;
  {
    auto read = Must(db.Prepare("SELECT " + cell.column + " FROM " + cell.table + where));
    if (!Must(read.Step())) return false;
    number = read.Int(0);
    bytes = std::string(read.Blob(0));
    auto what = Must(db.Prepare("SELECT typeof(" + cell.column + ") FROM " + cell.table + where));
    Must(what.Step());
    type = what.Text(0) == "integer" ? SQLITE_INTEGER
           : what.Text(0) == "text"  ? SQLITE_TEXT
                                     : SQLITE_BLOB;
  }
  auto write = Must(db.Prepare("UPDATE " + cell.table + " SET " + cell.column + " = ?1" + where));
  if (type == SQLITE_INTEGER) {
    write.BindInt(1, number ^ (int64_t{1} << random.Below(4)));
  } else {
    if (bytes.empty()) return false;
    char& byte = bytes[random.Below(bytes.size())];
    byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    if (type == SQLITE_TEXT) {
      write.BindText(1, bytes);
    } else {
      write.BindBlob(1, bytes);
    }
  }
  return write.Run().ok();  // a key that is taken stays as it was
}

// The changes in a segment's body; nothing for other cells.
std::optional<std::vector<Change>> SegmentAt(Database& db, const Cell& cell) {
  if (cell.table != "segment" || cell.column != "body") return std::nullopt;
  auto read = Must(db.Prepare("SELECT body FROM segment" + Where(db, cell.table, cell.row)));
  Must(read.Step());
  const auto changes = DecodeSegment(kSpace, read.Blob(0));
  return changes.ok() ? std::optional(*changes) : std::nullopt;
}

TEST_F(AuditTest, AnyChangedByteIsFound) {
  std::vector<Cell> cells;
  {
    const auto db = Must(Database::Open(File("server")));
    for (const std::string& table : Tables(*db)) {
      for (const Column& column : Columns(*db, table)) {
        if (NotEvidence().contains(table + "." + column.name)) continue;
        for (int64_t row = 0; row < Count(*db, table); ++row) {
          cells.push_back({table, column.name, row});
        }
      }
    }
  }
  ASSERT_GT(cells.size(), 200u);
  size_t changed = 0;
  for (const Cell& cell : cells) {
    // Long cells have more bytes to be changed.
    for (int again = 0; again < (cell.column == "body" || cell.column == "state" ? 8 : 2);
         ++again) {
      bool done = false;
      bool same = false;
      const auto found = After([&](Database& db) {
        const auto before = SegmentAt(db, cell);
        done = Tamper(db, cell, *this);
        same = before.has_value() && SegmentAt(db, cell) == before;
      });
      // A few bits of a compressed segment mean nothing: the changes in it are what they were.
      if (!done || (same && !found)) continue;
      ++changed;
      EXPECT_TRUE(found.has_value()) << cell.table << "." << cell.column << " row " << cell.row;
    }
  }
  EXPECT_GT(changed, 300u);
}

TEST_F(AuditTest, BookkeepingIsAllThatIsNotFound) {
  // Keeps the list above from growing old: each of its columns exists.
  const auto db = Must(Database::Open(File("server")));
  std::set<std::string> all;
  for (const std::string& table : Tables(*db)) {
    for (const Column& column : Columns(*db, table)) all.insert(table + "." + column.name);
  }
  for (const auto& [name, why] : NotEvidence()) {
    EXPECT_TRUE(all.contains(name)) << name << ": " << why;
  }
}

TEST_F(AuditTest, AnyDroppedRowIsFound) {
  // Rows without which nothing is lost: peers are asked again.
  const std::set<std::string> bookkeeping = {"peer", "former", "lapsed"};
  size_t dropped = 0;
  int unnoticed = 0;  // of the server's four own proofs, all but the newest
  std::map<std::string, int64_t> counts;
  {
    const auto db = Must(Database::Open(File("server")));
    for (const std::string& table : Tables(*db)) counts[table] = Count(*db, table);
  }
  for (const auto& [table, count] : counts) {
    if (bookkeeping.contains(table)) continue;
    for (int64_t row = 0; row < count; ++row) {
      const auto found = After([&, name = table](Database& db) {
        Must(db.Execute("DELETE FROM " + name + Where(db, name, row)));
      });
      // The newest receipt and the newest change kept aside are found through the anchor. A proof
      // of the server's own head that a later one covers says nothing that the later one does not.
      const bool by_anchor = (table == "receipt" || table == "quarantine") && row == count - 1;
      const bool covered = table == "proof" && found == std::nullopt && ++unnoticed <= 3;
      if (by_anchor || covered) continue;
      ++dropped;
      EXPECT_TRUE(found.has_value()) << table << " row " << row;
    }
  }
  EXPECT_GT(dropped, 40u);
}

TEST_F(AuditTest, SwappedAndAddedRowsAreFound) {
  const std::pair<const char*, const char*> cases[] = {
      {"segments swapped",
       "UPDATE segment SET body = (SELECT body FROM segment s WHERE s.pos = 3 - segment.pos), "
       "changes = (SELECT changes FROM segment s WHERE s.pos = 3 - segment.pos) WHERE pos <= 2"},
      {"a segment twice",
       "INSERT INTO segment SELECT pos + 1000, space, source, changes, body "
       "FROM segment WHERE pos = 1"},
      {"a receipt twice",
       "INSERT INTO receipt SELECT ix + 1000, space, position + 7, replica, seq, "
       "body FROM receipt WHERE position = 1"},
      {"receipts swapped",
       "UPDATE receipt SET body = (SELECT body FROM receipt r WHERE "
       "r.position = 3 - receipt.position) WHERE position <= 2"},
      {"a proof of another",
       "UPDATE proof SET body = (SELECT body FROM proof p WHERE "
       "p.replica <> proof.replica LIMIT 1)"},
      {"a space added",
       "INSERT INTO space SELECT ix + 1, self, x'6e6577', history_id, token FROM "
       "space; INSERT INTO record SELECT ix + 1000, 2, type, key, revision, flags, "
       "state FROM record LIMIT 1"},
      {"a record added",
       "INSERT INTO record SELECT ix + 1000, space, type, x'6e6577', revision, "
       "flags, state FROM record LIMIT 1"},
      {"a trigger",
       "CREATE TRIGGER quiet AFTER INSERT ON receipt BEGIN DELETE FROM quarantine; END"},
      {"an index dropped", "DROP INDEX span_by_pos"},
      {"receipts cut in the middle", "DELETE FROM receipt WHERE position = 4"},
      {"a verdict turned", "UPDATE verdict SET released = 1 - released"},
      {"a pending change shown as released", "UPDATE quarantine SET state = 1 WHERE state = 0"},
  };
  for (const auto& [name, sql] : cases) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(After([sql = sql](Database& db) { Must(db.Execute(sql)); }).has_value());
  }
}

TEST_F(AuditTest, AChainCutOffWithItsReceiptsIsWhatAnAnchorIsFor) {
  // The audit alone cannot see it, and says how far the space reaches.
  const AuditOutcome before = Audit(File("server"), Options());
  EXPECT_EQ(before.spaces.at(kSpace).receipt_position, 7u);
  EXPECT_EQ(before.spaces.at(kSpace).receipt_hash.size(), 32u);
}

TEST_F(AuditTest, KeysOfOthersAndRevokedDevicesAreFound) {
  const auto first = [&](const std::function<void(AuditOptions&)>& change) {
    AuditOptions options = Options();
    change(options);
    const AuditOutcome outcome = Audit(File("server"), options);
    return outcome.first ? outcome.first->reason : std::string("nothing");
  };
  EXPECT_EQ(first([](AuditOptions& options) {
              options.key_of = [](std::string_view, uint32_t) { return std::nullopt; };
            }),
            "RECEIPT_SIGNATURE_WRONG");
  EXPECT_EQ(first([this](AuditOptions& options) {
              options.key_of = [this](std::string_view, uint32_t) {
                return SignerKey{kDefaultSuite, server_key_.public_key};
              };
            }),
            "PROOF_SIGNATURE_WRONG");
  EXPECT_EQ(first([](AuditOptions& options) {
              options.usable_at = [](std::string_view signer, uint32_t, uint64_t) {
                return signer != "dev-b";
              };
            }),
            "DEVICE_NOT_ALLOWED");
  EXPECT_EQ(first([](AuditOptions& options) { options.control_position = kControlPosition - 1; }),
            "CONTROL_LOG_SHORT");
  EXPECT_EQ(first([](AuditOptions& options) {
              options.verdict_on = [](std::string_view, const ReplicaId&, uint64_t,
                                      std::string_view) { return AuditVerdict::kNone; };
            }),
            "VERDICT_WRONG");
}

}  // namespace
}  // namespace dudao::sync
