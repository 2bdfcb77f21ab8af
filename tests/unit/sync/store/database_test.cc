#include "dudao/sync/store/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

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
  static std::string Bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }
  DatabaseOptions Keyed(char with = 'k') const {
    DatabaseOptions options;
    options.key = std::string(kDatabaseKeyBytes, with);
    return options;
  }
  // Everything beside the database whose name starts with the database's.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(path_).parent_path())) {
      if (entry.path().string().rfind(path_, 0) == 0) files.push_back(entry.path().string());
    }
    return files;
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

// --- encryption -------------------------------------------------------------------------------

constexpr std::string_view kSecret = "督导组在三岔村看到的";

// Rows long enough for several pages, written through log, sorter and statement journal.
void WriteSecrets(Database& db, int rows) {
  ASSERT_TRUE(db.Execute("CREATE TABLE IF NOT EXISTS t(x INTEGER PRIMARY KEY, y TEXT)").ok());
  for (int i = 0; i < rows; ++i) {
    auto put = db.Prepare("INSERT INTO t(y) VALUES(?1)");
    put->BindText(1, std::string(kSecret) + std::string(300, 'x') + std::to_string(i));
    ASSERT_TRUE(put->Run().ok());
  }
}

TEST_F(DatabaseTest, AnEncryptedDatabaseLeavesNoPlainTextInAnyFile) {
  auto db = Open(Keyed());
  WriteSecrets(*db, 300);
  // A sort and an update that need room of their own.
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM (SELECT y FROM t ORDER BY y DESC, x)"), 300);
  ASSERT_TRUE(
      db->Execute("CREATE TEMP TABLE copy AS SELECT * FROM t; UPDATE t SET y = y || 'z'").ok());
  size_t looked_at = 0;
  for (const std::string& file : Files()) {
    const std::string bytes = Bytes(file);
    looked_at += bytes.size();
    EXPECT_EQ(bytes.find(kSecret), std::string::npos) << file;
    EXPECT_EQ(bytes.find(std::string(64, 'x')), std::string::npos) << file;
    EXPECT_EQ(bytes.find("CREATE TABLE"), std::string::npos) << file;
    EXPECT_EQ(bytes.find(std::string(kDatabaseKeyBytes, 'k')), std::string::npos) << file;
  }
  EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), 100'000u);
  ASSERT_TRUE(db->Checkpoint().ok());
  EXPECT_EQ(Bytes(path_).find(kSecret), std::string::npos);
  EXPECT_GT(looked_at, 100'000u);
}

TEST_F(DatabaseTest, APlainDatabaseShowsThatTheSearchWouldFindIt) {
  auto db = Open();
  WriteSecrets(*db, 3);
  EXPECT_NE(Bytes(path_ + "-wal").find(kSecret), std::string::npos);
}

TEST_F(DatabaseTest, TemporaryFilesStayInMemory) {
  auto db = Open(Keyed());
  std::string options;
  auto row = db->Prepare("PRAGMA compile_options");
  while (*row->Step()) options += std::string(row->Text(0)) + "\n";
  EXPECT_NE(options.find("TEMP_STORE=3"), std::string::npos) << options;
  EXPECT_NE(options.find("STMTJRNL_SPILL=-1"), std::string::npos) << options;
}

TEST_F(DatabaseTest, AnEncryptedDatabaseKeepsWhatItHoldsAndItsPromises) {
  WriteSecrets(*Open(Keyed()), 50);
  auto db = Open(Keyed());
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 50);
  EXPECT_EQ(Value(*db, "PRAGMA synchronous"), 2);
  auto mode = db->Prepare("PRAGMA journal_mode");
  ASSERT_TRUE(*mode->Step());
  EXPECT_EQ(mode->Text(0), "wal");
  EXPECT_TRUE(db->CheckIntegrity().ok());
}

TEST_F(DatabaseTest, AWrongKeyIsToldApartFromDamage) {
  struct Case {
    const char* name;
    bool encrypted;
    std::string key;
    absl::StatusCode code;
    std::string_view reason;
  };
  const std::string right(kDatabaseKeyBytes, 'k');
  const std::array cases = {
      Case{"right", true, right, absl::StatusCode::kOk, ""},
      Case{"other", true, std::string(kDatabaseKeyBytes, 'j'), absl::StatusCode::kUnauthenticated,
           kStorageKeyWrong},
      Case{"none", true, "", absl::StatusCode::kUnauthenticated, kStorageKeyWrong},
      Case{"short", true, "k", absl::StatusCode::kInvalidArgument, "32"},
      Case{"plain", false, "", absl::StatusCode::kOk, ""},
      Case{"key for plain", false, right, absl::StatusCode::kFailedPrecondition,
           kStorageNotEncrypted},
  };
  const std::string base = path_;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    path_ = base + c.name;
    WriteSecrets(*Open(c.encrypted ? Keyed() : DatabaseOptions()), 20);
    for (const bool read_only : {false, true}) {
      DatabaseOptions options;
      options.key = c.key;
      options.read_only = read_only;
      const auto opened = Database::Open(path_, options);
      EXPECT_EQ(opened.status().code(), c.code) << opened.status();
      EXPECT_NE(std::string(opened.status().message()).find(c.reason), std::string::npos);
    }
    EXPECT_EQ(Value(*Open(c.encrypted ? Keyed() : DatabaseOptions()), "SELECT count(*) FROM t"), 20)
        << "a refused opening changes nothing";
  }
}

TEST_F(DatabaseTest, AFlippedByteOfAnEncryptedFileIsDamage) {
  WriteSecrets(*Open(Keyed()), 300);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(4096 * 5 + 100);
  const char was = static_cast<char>(file.get());
  file.seekp(4096 * 5 + 100);
  file.put(static_cast<char>(was ^ 1));
  file.close();
  auto db = Open(Keyed());
  auto read = db->Prepare("SELECT sum(length(y)) FROM t");
  EXPECT_EQ(read->Step().status().code(), absl::StatusCode::kDataLoss);
}

// Writes rows one by one and tells each on a pipe, until it is killed.
[[noreturn]] void WriteUntilKilled(const std::string& path, const DatabaseOptions& options,
                                   int out) {
  auto db = Database::Open(path, options);
  if (!db.ok()) _exit(1);
  for (int64_t i = 1;; ++i) {
    auto put = (*db)->Prepare("INSERT INTO t VALUES(?1, ?2)");
    put->BindInt(1, i).BindText(2, std::string(2000, 'x'));
    if (!put->Run().ok() || write(out, &i, sizeof i) != sizeof i) _exit(1);
  }
}

TEST_F(DatabaseTest, WhatAnEncryptedDatabaseConfirmedSurvivesAKill) {
  ASSERT_TRUE(Open(Keyed())->Execute("CREATE TABLE t(x INTEGER PRIMARY KEY, y TEXT)").ok());
  for (const int until : {1, 30, 700}) {
    ASSERT_TRUE(Open(Keyed())->Execute("DELETE FROM t").ok());
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) WriteUntilKilled(path_, Keyed(), ends[1]);
    close(ends[1]);
    int64_t confirmed = 0;
    int64_t told = 0;
    while (read(ends[0], &told, sizeof told) == sizeof told) {
      confirmed = told;
      if (confirmed == until) kill(child, SIGKILL);
    }
    close(ends[0]);
    int how = 0;
    waitpid(child, &how, 0);
    ASSERT_TRUE(WIFSIGNALED(how));
    auto db = Open(Keyed());
    EXPECT_TRUE(db->CheckIntegrity().ok());
    EXPECT_GE(Value(*db, "SELECT max(x) FROM t"), confirmed);
    EXPECT_EQ(Value(*db, "SELECT count(*) - max(x) FROM t"), 0);
  }
}

TEST_F(DatabaseTest, EncryptsAPlainFileInOneStep) {
  const char* const steps[] = {"PRAGMA application_id=7; CREATE TABLE u(x)"};
  {
    auto db = Open();
    ASSERT_TRUE(db->Migrate(steps).ok());
    WriteSecrets(*db, 300);
  }
  EXPECT_NE(Bytes(path_).find(kSecret), std::string::npos);
  ASSERT_TRUE(Database::Encrypt(path_, Keyed().key).ok());
  EXPECT_TRUE(Database::Encrypt(path_, Keyed().key).ok()) << "once more is nothing";
  EXPECT_EQ(Database::Encrypt(path_, Keyed('j').key).code(), absl::StatusCode::kUnauthenticated);
  for (const std::string& file : Files()) {
    EXPECT_EQ(Bytes(file).find(kSecret), std::string::npos) << file;
  }
  auto db = Open(Keyed());
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 300);
  EXPECT_EQ(Value(*db, "PRAGMA user_version"), 1);
  EXPECT_EQ(Value(*db, "PRAGMA application_id"), 7);
}

TEST_F(DatabaseTest, AFileInUseIsNotEncrypted) {
  auto db = Open();
  WriteSecrets(*db, 3);
  const absl::Status refused = Database::Encrypt(path_, Keyed().key);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable) << refused;
  WriteSecrets(*db, 3);
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM t"), 6);
}

TEST_F(DatabaseTest, TheBytesOfAPlainFileThatSomebodyElseKeepsAreLeftAlone) {
  WriteSecrets(*Open(), 20);
  std::filesystem::create_hard_link(path_, path_ + ".kept");
  ASSERT_TRUE(Database::Encrypt(path_, Keyed().key).ok());
  path_ += ".kept";
  EXPECT_EQ(Value(*Open(), "SELECT count(*) FROM t"), 20);
}

// --- copies -----------------------------------------------------------------------------------

TEST_F(DatabaseTest, KeepsACopyBeforeItBringsAFileToANewLayout) {
  const char* const steps[] = {"CREATE TABLE a(x)", "DROP TABLE a"};
  for (const DatabaseOptions& options : {DatabaseOptions(), Keyed()}) {
    path_ += options.key.empty() ? "" : ".keyed";
    const std::string copy = Database::CopyBeforeMigration(path_, 1);
    {
      auto db = Open(options);
      ASSERT_TRUE(db->Migrate({steps, 1}).ok());
      EXPECT_FALSE(std::filesystem::exists(Database::CopyBeforeMigration(path_, 0)))
          << "a new file has nothing to keep";
      ASSERT_TRUE(db->Execute("INSERT INTO a VALUES(1), (2)").ok());
      ASSERT_TRUE(db->Migrate({steps, 1}).ok());
      EXPECT_FALSE(std::filesystem::exists(copy)) << "nothing to do, nothing to copy";
      ASSERT_TRUE(db->Migrate(steps).ok());
      EXPECT_FALSE(db->Execute("SELECT * FROM a").ok());
    }
    path_ = copy;
    auto kept = Open(options);
    EXPECT_EQ(Value(*kept, "SELECT count(*) FROM a"), 2);
    EXPECT_EQ(Value(*kept, "PRAGMA user_version"), 1);
  }
}

TEST_F(DatabaseTest, AFileOfWhichNoCopyCanBeKeptStaysAsItIs) {
  const char* const steps[] = {"CREATE TABLE a(x)", "DROP TABLE a"};
  auto db = Open();
  ASSERT_TRUE(db->Migrate({steps, 1}).ok());
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(db->Execute("INSERT INTO a VALUES(randomblob(1000))").ok());
  }
  ASSERT_TRUE(db->Checkpoint().ok());
  // A full disk: no file may grow further.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  rlimit full = before;
  full.rlim_cur = 100'000;
  setrlimit(RLIMIT_FSIZE, &full);
  const absl::Status refused = db->Migrate(steps);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(std::string(refused.message()).find("no copy"), std::string::npos) << refused;
  EXPECT_FALSE(std::filesystem::exists(Database::CopyBeforeMigration(path_, 1)));
  EXPECT_EQ(Value(*db, "PRAGMA user_version"), 1);
  EXPECT_EQ(Value(*db, "SELECT count(*) FROM a"), 400);
  EXPECT_TRUE(db->Migrate(steps).ok()) << "when there is room again";
}

TEST_F(DatabaseTest, ACopyTakenWhileAnotherConnectionWritesIsConsistent) {
  for (const DatabaseOptions& options : {DatabaseOptions(), Keyed()}) {
    path_ += options.key.empty() ? "" : ".keyed";
    auto db = Open(options);
    ASSERT_TRUE(db->Execute("CREATE TABLE t(x, y)").ok());
    std::atomic<bool> stop = false;
    std::atomic<int> written = 0;
    std::thread writer([&] {
      while (!stop) {
        auto transaction = Transaction::Begin(*db);
        // Two rows that belong together.
        EXPECT_TRUE(db->Execute("INSERT INTO t VALUES(randomblob(3000), 1)").ok());
        EXPECT_TRUE(db->Execute("INSERT INTO t VALUES(randomblob(3000), -1)").ok());
        EXPECT_TRUE(transaction->Commit().ok());
        ++written;
      }
    });
    for (int round = 0; round < 5; ++round) {
      const int enough = written + 20;
      while (written < enough) std::this_thread::yield();
      DatabaseOptions reading = options;
      reading.read_only = true;
      auto reader = Open(reading);
      ASSERT_TRUE(reader->BackupTo(path_ + ".copy").ok());
      DatabaseOptions existing = options;
      existing.create = false;
      auto copy = Database::Open(path_ + ".copy", existing);
      ASSERT_TRUE(copy.ok()) << copy.status();
      EXPECT_TRUE((*copy)->CheckIntegrity().ok());
      EXPECT_EQ(Value(**copy, "SELECT sum(y) FROM t"), 0);
      EXPECT_GE(Value(**copy, "SELECT count(*) FROM t"), 2 * (enough - 20));
    }
    stop = true;
    writer.join();
  }
}

TEST_F(DatabaseTest, ACopyReplacesWhatIsNoDatabaseAndWhatHasAnotherKey) {
  auto db = Open(Keyed());
  WriteSecrets(*db, 20);
  const std::string copy = path_ + ".copy";
  std::ofstream(copy) << std::string(5000, 'n');
  ASSERT_TRUE(db->BackupTo(copy).ok());
  EXPECT_TRUE(db->BackupTo(copy).ok()) << "and its own predecessor";
  path_ = copy;
  EXPECT_EQ(Value(*Open(Keyed()), "SELECT count(*) FROM t"), 20);
}

}  // namespace
}  // namespace dudao::sync
