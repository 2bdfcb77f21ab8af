// Files of the first layout, as a server and tablets of that time left them, are brought to the
// present one: nothing changes for people, and every chain hash is known.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/sqlite_store.h"
#include "fake_signer.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::testing {
namespace {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

struct OldFile {
  const char* path;
  const char* space;
  uint64_t changes;
};
constexpr OldFile kFiles[] = {{"srv/spaces/office.db", "office", 4},
                              {"srv/spaces/team-d2-2026.db", "team-d2-2026", 5},
                              {"srv/spaces/team-d1-2026.db", "team-d1-2026", 0},
                              {"t/li.db", "office", 4},
                              {"t/li.db", "team-d2-2026", 6},  // one of them is not sent yet
                              {"t/wang.db", "team-d2-2026", 4}};

class MigrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* source = std::getenv("DUDAO_SOURCE_DIR");
    ASSERT_NE(source, nullptr);
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    dir_ = (std::filesystem::current_path() / ("migration-" + test)).string();
    std::filesystem::create_directories(dir_);
    const std::string command = "tar xzf '" + std::string(source) +
                                "/tests/compat/data/before-trust.tar.gz' -C '" + dir_ + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: a test of files of another time
  }
  std::unique_ptr<Database> OpenFile(const std::string& path) {
    auto db = Database::Open(dir_ + "/" + path);
    EXPECT_TRUE(db.ok()) << db.status();
    return *std::move(db);
  }
  static std::unique_ptr<Store> OpenSpace(Database& db, const std::string& space) {
    auto store = SqliteStore::Open(db, space, {Replica('N'), "historyN", ""});
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static std::vector<Change> ChangesOf(Store& store) {
    std::vector<Change> all;
    const auto batch = store.SegmentsSince({}, 1 << 24);
    EXPECT_TRUE(batch.ok()) << batch.status();
    for (const std::string& segment : batch->segments) {
      const auto changes = DecodeSegment(store.space(), segment);
      all.insert(all.end(), changes->begin(), changes->end());
    }
    return all;
  }

  std::string dir_;
};

TEST_F(MigrationTest, KeepsRecordsAndFillsInEveryChainHash) {
  for (const OldFile& file : kFiles) {
    SCOPED_TRACE(std::string(file.path) + " " + file.space);
    auto db = OpenFile(file.path);
    auto store = OpenSpace(*db, file.space);
    ASSERT_NE(store->self(), Replica('N'));
    EXPECT_EQ(store->Size()->changes, file.changes);
    std::map<ReplicaId, Hash> chain;
    std::map<RecordId, Record> records;
    VersionVector delivered;
    for (const Change& change : ChangesOf(*store)) {
      Hash& hash = chain[change.replica];
      hash = ChainHash(hash, file.space, change);
      EXPECT_EQ(*store->HashAt(change.dot()), hash) << change.seq;
      for (const Operation& op : change.ops) records[op.record].Apply(change, op, delivered);
      delivered.Set(change.replica, change.seq);
    }
    EXPECT_EQ(*store->Delivered(), delivered);
    EXPECT_EQ(store->Size()->records, records.size());
    for (const auto& [id, record] : records) {
      const auto stored = store->Load(id);
      ASSERT_TRUE(stored.ok() && *stored) << id.key;
      EXPECT_EQ((*stored)->record.EncodeShared(), record.EncodeShared());
    }
    auto rows = db->Prepare(
        "SELECT count(*) FROM span WHERE hash IS NULL AND space = "
        "(SELECT ix FROM space WHERE id = ?1)");
    rows->BindBlob(1, file.space);
    ASSERT_TRUE(rows->Step().ok());
    EXPECT_EQ(rows->Int(0), 0);
  }
}

TEST_F(MigrationTest, ADamagedLogIsNotTakenForAWholeOne) {
  {
    auto db = OpenFile("srv/spaces/team-d2-2026.db");
    ASSERT_TRUE(db->Execute("UPDATE head SET hash = zeroblob(32)").ok());
  }
  auto db = OpenFile("srv/spaces/team-d2-2026.db");
  const auto store = SqliteStore::Open(*db, "team-d2-2026", {Replica('N'), "historyN", ""});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
}

// The server vouches for what it held, then the tablet goes on under its own key.
TEST_F(MigrationTest, AnUpgradedTabletGoesOnWithAnUpgradedServer) {
  const std::string space = "team-d2-2026";
  auto server_db = OpenFile("srv/spaces/team-d2-2026.db");
  auto server = OpenSpace(*server_db, space);
  const VersionVector held = *server->Delivered();
  for (const auto& [replica, seq] : held.entries()) {
    const auto head = server->HeadOf(replica);
    HeadProof proof;
    proof.set_replica(std::string(replica.AsBytes()));
    proof.set_seq(seq);
    proof.set_hash(std::string(HashBytes((*head)->hash)));
    ASSERT_TRUE(server->PutProof(*FakeProver(space, "server")(proof)).ok());
  }
  for (const char* name : {"li", "wang"}) {
    auto db = OpenFile(std::string("t/") + name + ".db");
    auto tablet = OpenSpace(*db, space);
    LocalEdit edit;
    edit.author = name;
    edit.ops = {SetText(Rec(name), 2, "after the upgrade")};
    ASSERT_TRUE(tablet->Commit(edit).ok());
    ExchangeOptions options;
    options.prove = FakeProver(space, name);
    options.check_proof = FakeProofCheck(space);
    options.fresh_identity = [] { return FreshIdentity{Replica('F'), "fresh"}; };
    ResponderOptions answers;
    answers.check_proof = FakeProofCheck(space);
    answers.proofs_required = true;
    Initiator initiator(*tablet, options);
    for (int round = 0; round < 20; ++round) {
      const auto request = initiator.Next(1);
      ASSERT_TRUE(request.ok()) << request.status();
      if (!*request) break;
      const auto reply = Respond(*server, **request, answers);
      ASSERT_TRUE(reply.ok()) << reply.status();
      ASSERT_TRUE(initiator.Receive(reply->response).ok());
    }
    EXPECT_FALSE(initiator.totals().replica_replaced);
    EXPECT_TRUE(initiator.totals().unproven.empty());
    EXPECT_EQ(*tablet->UnsentChanges("server"), 0u);
    EXPECT_EQ(*tablet->StateDigest(), *server->StateDigest());
  }
}

}  // namespace
}  // namespace dudao::testing
