#include "dudao/sync/store/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

namespace dudao::sync {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const auto dir =
        std::filesystem::current_path() / ("dudao-database-" + std::to_string(::getpid()));
    std::filesystem::create_directories(dir);
    path_ = (dir / (test + ".db")).string();
  }
  std::unique_ptr<Database> Open(const DatabaseOptions& options = {}) {
    auto db = Database::Open(path_, options);
    EXPECT_TRUE(db.ok()) << db.status();
    return *std::move(db);
  }
  static int64_t Value(Database& db, std::string_view sql) {
    auto row = db.Prepare(sql);
    EXPECT_TRUE(row.ok()) << row.status();
    EXPECT_TRUE(*row->Step());
    return row->Int(0);
  }
  std::string path_;
};

TEST_F(DatabaseTest, OpensDurableAndChecked) {
  auto db = Open();
  EXPECT_EQ(Value(*db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(Value(*db, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(Value(*db, "PRAGMA trusted_schema"), 0);
  EXPECT_EQ(Value(*db, "PRAGMA cell_size_check"), 1);
  EXPECT_EQ(Value(*db, "PRAGMA busy_timeout"), 5000);
  auto mode = db->Prepare("PRAGMA journal_mode");
  ASSERT_TRUE(*mode->Step());
  EXPECT_EQ(mode->Text(0), "wal");
  EXPECT_TRUE(db->CheckIntegrity().ok());
}

TEST_F(DatabaseTest, BindsAndReadsBackEveryType) {
  auto db = Open();
  auto row = db->Prepare("SELECT ?1, ?2, ?3, ?4, ?5");
  const std::string blob("\0\xff", 2);
  row->BindInt(1, -7).BindText(2, "督导").BindBlob(3, blob).BindNull(4).BindBlob(5, {});
  ASSERT_TRUE(*row->Step());
  EXPECT_EQ(row->Int(0), -7);
  EXPECT_EQ(row->Text(1), "督导");
  EXPECT_EQ(row->Blob(2), blob);
  EXPECT_TRUE(row->IsNull(3));
  EXPECT_FALSE(row->IsNull(4));
  EXPECT_EQ(row->Blob(4), "");
  EXPECT_FALSE(*row->Step());
}

TEST_F(DatabaseTest, AStatementComesBackCleanAndIsNotSharedWhileInUse) {
  auto db = Open();
  {
    auto first = db->Prepare("SELECT ?1");
    first->BindInt(1, 5);
    ASSERT_TRUE(*first->Step());
    auto second = db->Prepare("SELECT ?1");
    second->BindInt(1, 6);
    ASSERT_TRUE(*second->Step());
    EXPECT_EQ(first->Int(0), 5);
    EXPECT_EQ(second->Int(0), 6);
  }
  auto again = db->Prepare("SELECT ?1");
  ASSERT_TRUE(*again->Step());
  EXPECT_TRUE(again->IsNull(0)) << "no binding of an earlier user";
}

TEST_F(DatabaseTest, AMovedStatementIsGivenBackOnce) {
  auto db = Open();
  auto first = db->Prepare("SELECT 1");
  {
    Statement moved = *std::move(first);
    ASSERT_TRUE(*moved.Step());
  }
  EXPECT_TRUE(db->Prepare("SELECT 1").ok());
}

TEST_F(DatabaseTest, ABindingOutOfRangeIsAnError) {
  auto db = Open();
  auto row = db->Prepare("SELECT ?1");
  row->BindInt(2, 1);
  EXPECT_FALSE(row->Step().ok());
}

TEST_F(DatabaseTest, ATransactionIsRolledBackUnlessCommitted) {
  auto db = Open();
  ASSERT_TRUE(db->Execute("CREATE TABLE t(x UNIQUE)").ok());
  {
    auto transaction = Transaction::Begin(*db);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db->Execute("INSERT INTO t VALUES(1)").ok());
  }
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 0);
  auto transaction = Transaction::Begin(*db);
  ASSERT_TRUE(db->Execute("INSERT INTO t VALUES(1)").ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(db->Execute("INSERT INTO t VALUES(1)").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, MigratesOnceAndAllOrNothing) {
  const char* const steps[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x)", "CREATE TABLE b(x)"};
  auto db = Open();
  EXPECT_FALSE(db->Migrate(steps).ok());
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM sqlite_schema"), 0);
  EXPECT_TRUE(db->Migrate({steps, 1}).ok());
  EXPECT_TRUE(db->Migrate({steps, 2}).ok());
  EXPECT_TRUE(db->Migrate({steps, 2}).ok());
  EXPECT_EQ(Value(*db, "PRAGMA user_version"), 2);
  EXPECT_EQ(db->Migrate({steps, 1}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DatabaseTest, AMissingFileIsNotCreatedUnasked) {
  DatabaseOptions options;
  options.create = false;
  EXPECT_EQ(Database::Open(path_, options).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(DatabaseTest, ReadOnlyRefusesToWrite) {
  ASSERT_TRUE(Open()->Execute("CREATE TABLE t(x)").ok());
  DatabaseOptions options;
  options.read_only = true;
  auto db = Open(options);
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 0);
  EXPECT_EQ(db->Execute("INSERT INTO t VALUES(1)").code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(DatabaseTest, ErrorsTellTheCallerWhatToDo) {
  const auto code = [](int sqlite) { return SqliteStatus(nullptr, sqlite, "x").code(); };
  EXPECT_EQ(code(SQLITE_OK), absl::StatusCode::kOk);
  EXPECT_EQ(code(SQLITE_FULL), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(SQLITE_CORRUPT_VTAB), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(SQLITE_NOTADB), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(SQLITE_IOERR_SHORT_READ), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(SQLITE_IOERR_FSYNC), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(SQLITE_BUSY_SNAPSHOT), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(SQLITE_CONSTRAINT_UNIQUE), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace dudao::sync
