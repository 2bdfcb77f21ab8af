// What only a file can suffer: a full disk, damage, a newer layout.
#include "dudao/sync/store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "memory_log.h"
#include "seeds.h"
#include "workload.h"

namespace dudao::testing {
namespace {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

constexpr char kSpace[] = "team-1-2026";

class SqliteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const auto dir =
        std::filesystem::current_path() / ("dudao-sqlite-" + std::to_string(::getpid())) / test;
    std::filesystem::create_directories(dir);
    path_ = (dir / "store.db").string();
  }

  absl::Status TryOpen() {
    store_.reset();
    db_.reset();
    auto db = Database::Open(path_);
    if (!db.ok()) return db.status();
    db_ = *std::move(db);
    auto store = SqliteStore::Open(*db_, kSpace, {Replica('A'), "historyA", ""});
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return absl::OkStatus();
  }
  void Open() {
    const absl::Status status = TryOpen();
    ASSERT_TRUE(status.ok()) << status;
  }
  absl::StatusOr<Change> Save(const std::string& key, const std::string& value) {
    LocalEdit edit;
    edit.author = "p-1";
    edit.wall_ms = 1'790'000'000'000;
    edit.ops = {SetText(Rec(key), 2, value)};
    return store_->Commit(edit);
  }
  uint64_t Held() { return store_->Delivered()->Get(Replica('A')); }
  int64_t Pragma(const std::string& sql) {
    auto row = db_->Prepare(sql);
    EXPECT_TRUE(row->Step().ok());
    return row->Int(0);
  }
  // No room for more than so many further pages.
  void FillDisk(int64_t pages) {
    Pragma("PRAGMA max_page_count=" + std::to_string(Pragma("PRAGMA page_count") + pages));
  }
  void MakeRoom() { Pragma("PRAGMA max_page_count=1000000"); }

  std::string path_;
  std::unique_ptr<Database> db_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteStoreTest, AFullDiskRefusesASaveAndLosesNothing) {
  Open();
  ASSERT_TRUE(Save("kept", "before").ok());
  ASSERT_TRUE(store_->Checkpoint().ok());
  FillDisk(6);
  uint64_t acknowledged = 1;
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    status = Save("kept", std::string(500, 'x') + std::to_string(acknowledged + 1)).status();
    if (status.ok()) ++acknowledged;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(Held(), acknowledged);
  const auto stored = store_->Load(Rec("kept"));
  ASSERT_TRUE(stored.ok());
  const Cell* cell = (*stored)->record.Find(Path().Field(2));
  EXPECT_EQ(cell->versions.size(), 1u);
  EXPECT_EQ(cell->versions[0].dot.seq, acknowledged) << "the refused save left no trace";
  EXPECT_EQ(Save("kept", std::string(5000, 'y')).status().code(),
            absl::StatusCode::kResourceExhausted);

  MakeRoom();
  const auto next = Save("kept", "after");
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->seq, acknowledged + 1);
  const auto digest = store_->StateDigest();
  ASSERT_TRUE(digest.ok());
  Open();
  EXPECT_EQ(Held(), acknowledged + 1);
  EXPECT_EQ(*store_->StateDigest(), *digest);
}

TEST_F(SqliteStoreTest, AFullDiskDuringWriteBackOrIngestLosesNothing) {
  Open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Save("r" + std::to_string(i), std::string(500, 'x')).ok());
  }
  FillDisk(2);
  EXPECT_EQ(store_->StateDigest().status().code(), absl::StatusCode::kResourceExhausted);
  MemoryLog bob('B', kSpace);
  for (int i = 0; i < 200; ++i) bob.Commit({SetText(Rec("b" + std::to_string(i)), 2, "bob's")});
  const auto batch = bob.SegmentsSince({}, 1 << 20);
  PeerState peer;
  peer.name = "bob";
  peer.cursor = 7;
  EXPECT_EQ(store_->Ingest(batch->segments, bob.self(), nullptr, peer).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_->Delivered()->Get(Replica('B')), 0u);
  EXPECT_EQ(store_->LoadPeer("bob")->cursor, 0u);
  EXPECT_EQ(Held(), 100u);
  EXPECT_TRUE(store_->Load(Rec("r99"))->has_value()) << "reading goes on";

  MakeRoom();
  const auto outcome = store_->Ingest(batch->segments, bob.self(), nullptr, peer);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->applied, 200u);
  const auto digest = store_->StateDigest();
  Open();
  EXPECT_EQ(*store_->StateDigest(), *digest);
  EXPECT_EQ(store_->Size()->records, 300u);
}

TEST_F(SqliteStoreTest, ChangesAreNotKeptWithoutThePeerStateThatTellsOfThem) {
  Open();
  MemoryLog bob('B', kSpace);
  bob.Commit({SetText(Rec("a"), 2, "bob's")});
  const auto batch = bob.SegmentsSince({}, 1 << 20);
  PeerState peer;
  peer.name = "bob";
  peer.history_id = std::string(1 << 20, 'h');  // what does not fit is the last thing written
  FillDisk(20);
  EXPECT_EQ(store_->Ingest(batch->segments, bob.self(), nullptr, peer).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(store_->Delivered()->empty());
  Open();
  EXPECT_TRUE(store_->Delivered()->empty());
}

TEST_F(SqliteStoreTest, ASaveWritesOneOrTwoPages) {
  Open();
  ASSERT_TRUE(store_->Checkpoint().ok());
  const auto wal_frames = [&] {
    const auto size = std::filesystem::file_size(path_ + "-wal");
    return size < 32 ? 0 : (size - 32) / (24 + 4096);
  };
  uint64_t before = wal_frames();
  uint64_t most = 0;
  const int kSaves = 200;
  for (int i = 0; i < kSaves; ++i) {
    ASSERT_TRUE(Save("r" + std::to_string(i), std::string(100, 'x')).ok());
    const uint64_t now = wal_frames();
    most = std::max(most, now - before);
    before = now;
  }
  EXPECT_LE(most, 4u) << "also when a page has just become full";
  EXPECT_LE(before, kSaves * 5 / 4) << "and one nearly always";
}

TEST_F(SqliteStoreTest, WhatIsNoDatabaseIsDataLoss) {
  std::ofstream(path_) << std::string(10'000, 'n');
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_NE(status.message().find("not a database"), std::string::npos) << status;
}

TEST_F(SqliteStoreTest, ATruncatedFileIsDataLoss) {
  Open();
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(Save("r" + std::to_string(i), std::string(200, 'x')).ok());
  ASSERT_TRUE(store_->Checkpoint().ok());
  store_.reset();
  db_.reset();
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(SqliteStoreTest, ADamagedFileNeverGivesWrongStateSilently) {
  SeededTest random;
  Open();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Save("r" + std::to_string(i), "x").ok());
  ASSERT_TRUE(Save("open", "save").ok());
  const auto good = store_->SegmentsSince({}, 1 << 20);
  const auto digest = store_->StateDigest();
  ASSERT_TRUE(store_->Checkpoint().ok());
  store_.reset();
  db_.reset();
  const auto size = std::filesystem::file_size(path_);
  std::filesystem::copy_file(path_, path_ + ".good");
  int noticed = 0;
  for (int round = 0; round < 40; ++round) {
    std::filesystem::copy_file(path_ + ".good", path_,
                               std::filesystem::copy_options::overwrite_existing);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    // A whole page of nonsense, as failing flash memory gives.
    file.seekp(static_cast<std::streamoff>(4096 * random.Below(size / 4096)));
    file << std::string(4096, static_cast<char>(random.Below(256)));
    file.close();
    absl::Status status = TryOpen();
    if (status.ok()) status = db_->CheckIntegrity();
    const auto digest_now = status.ok() ? store_->StateDigest() : status;
    if (status.ok()) status = digest_now.status();
    if (status.ok()) {
      // A page that is not in use may hold anything.
      EXPECT_EQ(*digest_now, *digest) << "seed " << random.seed();
      EXPECT_EQ(store_->SegmentsSince({}, 1 << 20)->segments, good->segments);
      continue;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss)
        << "seed " << random.seed() << ": " << status;
    ++noticed;
  }
  EXPECT_GT(noticed, 0);
}

TEST_F(SqliteStoreTest, AnAlteredOpenSaveIsDataLoss) {
  Open();
  ASSERT_TRUE(Save("a", "honest").ok());
  // As after a crash: the save is there, its record is not.
  ASSERT_TRUE(
      db_->Execute("UPDATE fresh SET body = CAST(replace(body, 'honest', 'forged') AS BLOB)").ok());
  Database* db = db_.release();
  [[maybe_unused]] Store* killed = store_.release();
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  killed->~Store();
  delete db;
}

TEST_F(SqliteStoreTest, ANewerLayoutIsRefusedAndLeftAlone) {
  Open();
  ASSERT_TRUE(Save("a", "x").ok());
  ASSERT_TRUE(db_->Execute("PRAGMA user_version = 99").ok());
  EXPECT_EQ(TryOpen().code(), absl::StatusCode::kFailedPrecondition);
  auto db = Database::Open(path_);
  ASSERT_TRUE(db.ok());
  ASSERT_TRUE((*db)->Execute("PRAGMA user_version = 3").ok());
  db->reset();
  Open();
  EXPECT_EQ(Held(), 1u);
}

TEST_F(SqliteStoreTest, ALockedFileIsUnavailableAndWorksAfterwards) {
  Open();
  ASSERT_TRUE(Save("a", "x").ok());
  sqlite3_busy_timeout(db_->handle(), 1);
  auto other = Database::Open(path_);
  ASSERT_TRUE(other.ok());
  {
    auto transaction = Transaction::Begin(**other);
    ASSERT_TRUE(transaction.ok());
    EXPECT_EQ(Save("a", "y").status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(store_->StateDigest().status().code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(Save("a", "z")->seq, 2u);
}

TEST_F(SqliteStoreTest, VeryManyOpenSavesGoIntoSegmentsByThemselves) {
  Open();
  ASSERT_TRUE(db_->Execute("PRAGMA synchronous=OFF").ok());
  for (int i = 0; i < 6000; ++i) ASSERT_TRUE(Save("r" + std::to_string(i % 10), "x").ok());
  EXPECT_LE(Pragma("SELECT count(*) FROM fresh"), 5000);
  EXPECT_EQ(store_->History(Rec("r3"), Path())->size(), 600u);
}

}  // namespace
}  // namespace dudao::testing
