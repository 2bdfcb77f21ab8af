// The access log: chained by hash, and not to be filled by refusals.
#include "access_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "reason.h"

namespace dudao::server {
namespace {

class AccessLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    path_ = "access-" + name + ".db";
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    db_ = *ServerDb::Open(path_);
    log_ = *AccessLog::Open(*db_, [this] { return now_ms_; });
  }
  void Execute(const std::string& sql) {
    absl::MutexLock lock(&db_->mutex());
    ASSERT_TRUE(db_->db().Execute(sql).ok());
  }

  std::string path_;
  int64_t now_ms_ = 1000;
  std::unique_ptr<ServerDb> db_;
  std::unique_ptr<AccessLog> log_;
};

TEST_F(AccessLogTest, NumbersItsRowsWithoutGapsOverARestart) {
  ASSERT_TRUE(log_->Append("zhao", kSignedIn, "").ok());
  ASSERT_TRUE(log_->Append("zhao", kPersonalDataShown, "team-d1/10/x").ok());
  log_.reset();
  db_.reset();
  db_ = *ServerDb::Open(path_);
  log_ = *AccessLog::Open(*db_, [this] { return now_ms_; });
  ASSERT_TRUE(log_->Append("admin", kSignedIn, "").ok());
  const auto rows = *log_->RowsAfter(0, 10);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].position(), 3u);
  EXPECT_EQ(rows[1].subject(), "team-d1/10/x");
  EXPECT_EQ(log_->RowsAfter(1, 1)->front().position(), 2u);
  EXPECT_EQ(*log_->Check(), 3u);
}

TEST_F(AccessLogTest, NoticesARowThatWasChangedDroppedOrAdded) {
  const char* const attacks[] = {
      "UPDATE access SET actor = 'ld' WHERE position = 2",
      "UPDATE access SET time_ms = 1 WHERE position = 2",
      "UPDATE access SET event = 'X', subject = '' WHERE position = 3",
      "DELETE FROM access WHERE position = 2",
      "DELETE FROM access WHERE position = 1",
      "DELETE FROM access WHERE position = 2; UPDATE access SET position = 2 WHERE position = 3",
      "INSERT INTO access SELECT 4, time_ms, actor, event, subject, hash FROM access WHERE "
      "position = 3"};
  for (const char* attack : attacks) {
    SetUp();
    for (const char* actor : {"a", "b", "c"})
      ASSERT_TRUE(log_->Append(actor, kSignedIn, actor).ok());
    ASSERT_EQ(*log_->Check(), 3u);
    Execute(attack);
    EXPECT_EQ(ReasonOf(log_->Check().status()), "ACCESS_LOG_DAMAGED") << attack;
    log_.reset();
    db_.reset();
  }
}

TEST_F(AccessLogTest, NoticesARowWhoseHashWasMadeToFit) {
  for (const char* actor : {"a", "b", "c"}) ASSERT_TRUE(log_->Append(actor, kSignedIn, "").ok());
  auto row = log_->RowsAfter(1, 1)->front();
  {
    absl::MutexLock lock(&db_->mutex());
    auto read = db_->db().Prepare("SELECT hash FROM access WHERE position = 1");
    ASSERT_TRUE(*read->Step());
    const std::string previous(read->Blob(0));
    read->Reset();
    row.set_actor("somebody else");
    auto write = db_->db().Prepare("UPDATE access SET actor = ?, hash = ? WHERE position = 2");
    write->BindText(1, row.actor()).BindBlob(2, AccessLog::RowHash(previous, row));
    ASSERT_TRUE(write->Run().ok());
  }
  const auto checked = log_->Check();
  EXPECT_EQ(ReasonOf(checked.status()), "ACCESS_LOG_DAMAGED");
  EXPECT_NE(std::string(checked.status().message()).find("position 3"), std::string::npos)
      << "the next row tells";
}

TEST_F(AccessLogTest, IsReadFromEitherEndByWhoWhatAndWhen) {
  for (int i = 0; i < 6; ++i) {
    now_ms_ = 1000 + i;
    ASSERT_TRUE(log_->Append(i % 2 == 0 ? "zhao" : "ld", i < 3 ? kSignedIn : kSignedOut, "").ok());
  }
  const auto positions = [this](const AccessQuery& query) {
    std::string out;
    const auto rows = *log_->Rows(query);
    for (const auto& row : rows) out += std::to_string(row.position()) + " ";
    return out;
  };
  AccessQuery query;
  query.count = 4;
  EXPECT_EQ(positions(query), "1 2 3 4 ");
  query.after = 4;
  EXPECT_EQ(positions(query), "5 6 ");
  query.newest_first = true;
  EXPECT_EQ(positions(query), "3 2 1 ");
  query.after = 0;
  EXPECT_EQ(positions(query), "6 5 4 3 ");
  query.actor = "zhao";
  EXPECT_EQ(positions(query), "5 3 1 ");
  query.event = kSignedIn;
  EXPECT_EQ(positions(query), "3 1 ");
  query.actor.clear();
  query.event.clear();
  query.from_ms = 1001;
  query.before_ms = 1004;
  EXPECT_EQ(positions(query), "4 3 2 ");
}

TEST_F(AccessLogTest, WritesOneViewForTenMinutesButEveryOther) {
  for (int i = 0; i < 3; ++i) log_->AppendView("ld", kRecordShown, "GetFinding s/a");
  log_->AppendView("ld", kRecordShown, "GetFinding s/b");
  log_->AppendView("zhao", kRecordShown, "GetFinding s/a");
  EXPECT_EQ(log_->RowsAfter(0, 100)->size(), 3u);
  now_ms_ += 599'999;
  log_->AppendView("ld", kRecordShown, "GetFinding s/a");
  EXPECT_EQ(log_->RowsAfter(0, 100)->size(), 3u);
  now_ms_ += 1;
  log_->AppendView("ld", kRecordShown, "GetFinding s/a");
  EXPECT_EQ(log_->RowsAfter(0, 100)->size(), 4u);
}

TEST_F(AccessLogTest, WritesTheSameRefusalOnceAMinuteAndOnlySoMany) {
  for (int i = 0; i < 50; ++i) log_->AppendRefusal("d-1", kCallRefused, "Exchange X");
  EXPECT_EQ(log_->RowsAfter(0, 1000)->size(), 1u);
  now_ms_ += 60'000;
  log_->AppendRefusal("d-1", kCallRefused, "Exchange X");
  EXPECT_EQ(log_->RowsAfter(0, 1000)->size(), 2u);
  for (int i = 0; i < 1000; ++i)
    log_->AppendRefusal("d-" + std::to_string(i), kCallRefused, "Exchange");
  EXPECT_LE(log_->RowsAfter(0, 5000)->size(), 302u) << "the disk is not the caller's";
}

TEST_F(AccessLogTest, TakesAnyBytesAndKeepsThemShort) {
  const std::string wild = "'; DROP TABLE access; --" + std::string("\0\xff\n", 3);
  ASSERT_TRUE(log_->Append(wild, kSignInFailed, std::string(100'000, 'x')).ok());
  const auto rows = *log_->RowsAfter(0, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_LE(rows[0].subject().size(), 200u);
  EXPECT_EQ(*log_->Check(), 1u);
}

}  // namespace
}  // namespace dudao::server
