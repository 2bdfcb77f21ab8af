// The database over a browser's kind of files: alone, without shared memory, full, failing, cut
// off.
#include "dudao/client/slot_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>  // lint: allow the registration of the files under test

#include <algorithm>
#include <array>
#include <set>

#include "dudao/sync/store/database.h"
#include "memory_file.h"

namespace dudao::client {
namespace {

using sync::Database;
using sync::Transaction;
using testing::Device;
using testing::MemoryFile;

constexpr std::array<const char*, 6> kNames = {
    "t.db", "t.db-journal", "t.db-wal", "t.db.before", "t.db.before-journal", "t.db.before-wal"};

// SQLite keeps what is registered; each test gets fresh files under it.
class Forwarding final : public SlotFile {
 public:
  int64_t Read(int64_t offset, uint8_t* out, size_t size) override {
    return to->Read(offset, out, size);
  }
  SlotResult Write(int64_t offset, const uint8_t* in, size_t size) override {
    return to->Write(offset, in, size);
  }
  SlotResult Truncate(int64_t size) override { return to->Truncate(size); }
  SlotResult Flush() override { return to->Flush(); }
  int64_t Size() override { return to->Size(); }
  SlotFile* to = nullptr;
};

std::vector<Forwarding>& Registered() {
  static auto* const kFiles = [] {
    auto* files = new std::vector<Forwarding>(kNames.size());
    std::vector<Slot> slots;
    for (size_t i = 0; i < kNames.size(); ++i) slots.push_back({kNames[i], &(*files)[i]});
    sqlite3_initialize();
    RegisterSlotVfs("slots", std::move(slots), true);
    sqlite3mc_vfs_create("slots", 1);
    return files;
  }();
  return *kFiles;
}

class SlotVfsTest : public ::testing::TestWithParam<bool> {
 protected:
  SlotVfsTest() { Replace(); }
  void Replace() {
    device_ = Device();
    files_.clear();
    for (Forwarding& registered : Registered()) {
      files_.push_back(std::make_unique<MemoryFile>(device_));
      registered.to = files_.back().get();
    }
  }
  absl::StatusOr<std::unique_ptr<Database>> Open() {
    sync::DatabaseOptions options;
    if (GetParam()) options.key = std::string(sync::kDatabaseKeyBytes, 'k');
    return Database::Open("t.db", options);
  }
  static absl::Status Insert(Database& db, int64_t id, size_t bytes = 100) {
    auto transaction = Transaction::Begin(db);
    if (!transaction.ok()) return transaction.status();
    {
      auto row = db.Prepare("INSERT INTO t(id, body) VALUES(?1, ?2)");
      if (!row.ok()) return row.status();
      row->BindInt(1, id).BindBlob(2, std::string(bytes, 'b'));
      if (const absl::Status status = row->Run(); !status.ok()) return status;
    }
    return transaction->Commit();
  }
  static std::set<int64_t> Ids(Database& db) {
    std::set<int64_t> ids;
    auto row = db.Prepare("SELECT id FROM t");
    EXPECT_TRUE(row.ok()) << row.status();
    while (row.ok()) {
      const auto any = row->Step();
      EXPECT_TRUE(any.ok()) << any.status();
      if (!any.value_or(false)) break;
      ids.insert(row->Int(0));
    }
    return ids;
  }
  static constexpr const char* kTable =
      "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body BLOB)";

  Device device_;
  std::vector<std::unique_ptr<MemoryFile>> files_;
};

INSTANTIATE_TEST_SUITE_P(PlainAndEncrypted, SlotVfsTest, ::testing::Bool());

TEST_P(SlotVfsTest, KeepsAWriteAheadLogWithoutSharedMemory) {
  {
    auto db = Open();
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_TRUE((*db)->Execute(kTable).ok());
    ASSERT_TRUE(Insert(**db, 1).ok());
    EXPECT_GT(files_[2]->now().size(), 0u);
  }
  auto again = Open();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Ids(**again), std::set<int64_t>({1}));
  EXPECT_TRUE((*again)->CheckIntegrity().ok());
}

TEST_P(SlotVfsTest, FlushesOnceForEachSave) {
  auto db = Open();
  ASSERT_TRUE(db.ok()) << db.status();
  ASSERT_TRUE((*db)->Execute(kTable).ok());
  const int before = device_.flushes;
  for (int64_t id = 1; id <= 200; ++id) ASSERT_TRUE(Insert(**db, id).ok());
  EXPECT_LE(device_.flushes - before, 204);
  EXPECT_GE(device_.flushes - before, 200);
}

TEST_P(SlotVfsTest, RefusesASecondConnectionToTheSameFile) {
  auto db = Open();
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_FALSE(Open().ok());
}

TEST_P(SlotVfsTest, SaysThatTheDiskIsFullAndLosesNothing) {
  {
    auto db = Open();
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_TRUE((*db)->Execute(kTable).ok());
    device_.bytes_max = device_.bytes + (300 << 10);
    int64_t id = 0;
    absl::Status status;
    while (status.ok() && id < 1000) status = Insert(**db, ++id, 3000);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_GT(id, 20);
    EXPECT_EQ(Ids(**db).size(), static_cast<size_t>(id - 1));
    // Room is made: it goes on.
    device_.bytes_max = INT64_MAX;
    EXPECT_TRUE(Insert(**db, id).ok());
    EXPECT_TRUE((*db)->CheckIntegrity().ok());
  }
  EXPECT_TRUE(Open().ok());
}

TEST_P(SlotVfsTest, AcknowledgesNothingThatCouldNotBeFlushed) {
  auto db = Open();
  ASSERT_TRUE(db.ok()) << db.status();
  ASSERT_TRUE((*db)->Execute(kTable).ok());
  device_.flush_fails = true;
  const absl::Status status = Insert(**db, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_NE(status.message().find(std::to_string(SQLITE_IOERR_FSYNC)), absl::string_view::npos);
  device_.flush_fails = false;
  EXPECT_TRUE(Ids(**db).empty());
}

TEST_P(SlotVfsTest, KeepsTheCopyBeforeAMigration) {
  {
    auto db = Open();
    ASSERT_TRUE(db.ok()) << db.status();
    constexpr std::array<const char*, 1> kFirst = {kTable};
    ASSERT_TRUE((*db)->Migrate(kFirst).ok());
    ASSERT_TRUE(Insert(**db, 7).ok());
    constexpr std::array<const char*, 2> kBoth = {kTable, "ALTER TABLE t ADD COLUMN more TEXT"};
    const absl::Status migrated = (*db)->Migrate(kBoth);
    ASSERT_TRUE(migrated.ok()) << migrated;
  }
  EXPECT_GT(files_[3]->now().size(), 0u);
  sync::DatabaseOptions options;
  options.create = false;
  if (GetParam()) options.key = std::string(sync::kDatabaseKeyBytes, 'k');
  auto copy = Database::Open(Database::CopyBeforeMigration("t.db", 1), options);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Ids(**copy), std::set<int64_t>({7}));
}

// Repeat one: --gtest_filter='*WhatItAcknowledged*'; the seed is in the message.
TEST_P(SlotVfsTest, HoldsWhatItAcknowledgedWhereverThePowerFails) {
  int cut = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    Replace();
    {
      auto db = Open();
      ASSERT_TRUE(db.ok()) << db.status();
      ASSERT_TRUE((*db)->Execute(kTable).ok());
    }
    std::set<int64_t> acknowledged;
    int64_t next = 0;
    for (int start = 0; start < 3; ++start) {
      int64_t doubtful = 0;
      {
        auto db = Open();
        ASSERT_TRUE(db.ok()) << db.status();
        device_.operations_left = static_cast<int>(random() % 120);
        for (int i = 0; i < 30 && doubtful == 0; ++i) {
          const bool checkpoint = random() % 8 == 0;
          if (checkpoint) (*db)->Checkpoint().IgnoreError();
          if (Insert(**db, ++next, 1 + random() % 9000).ok())
            acknowledged.insert(next);
          else
            doubtful = next;
        }
        cut += doubtful != 0;
      }
      device_.operations_left = INT32_MAX;
      for (auto& file : files_) file->Recover(random);
      auto db = Open();
      ASSERT_TRUE(db.ok()) << db.status();
      ASSERT_TRUE((*db)->CheckIntegrity().ok());
      std::set<int64_t> found = Ids(**db);
      if (doubtful != 0 && found.count(doubtful) != 0) acknowledged.insert(doubtful);
      ASSERT_EQ(found, acknowledged);
    }
  }
  EXPECT_GT(cut, 200);
}

}  // namespace
}  // namespace dudao::client
