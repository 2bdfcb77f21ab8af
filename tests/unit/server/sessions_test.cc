// Sessions: how they begin and all the ways in which they end.
#include "sessions.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace dudao::server {
namespace {

constexpr int64_t kHour = 3'600'000;

class SessionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::string("sessions-") +
            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    Open();
  }
  void Open() {
    sessions_.reset();
    db_.reset();
    db_ = *ServerDb::Open(path_);
    sessions_ = *Sessions::Open(*db_, SessionLimits());
  }

  std::string path_;
  std::unique_ptr<ServerDb> db_;
  std::unique_ptr<Sessions> sessions_;
};

TEST_F(SessionsTest, EndByIdlingAndByAge) {
  const std::string idle = sessions_->Start("zhao", 0)->token;
  const std::string busy = sessions_->Start("zhao", 0)->token;
  EXPECT_EQ(sessions_->Start("zhao", 0)->expires_ms, 7 * 24 * kHour);
  EXPECT_EQ(idle.size(), 43u);
  EXPECT_NE(idle, busy);
  for (int64_t at = 0; at < 7 * 24 * kHour; at += 4 * kHour) {
    EXPECT_EQ(sessions_->Use(busy, at), "zhao") << at;
    if (at >= 8 * kHour) {
      EXPECT_FALSE(sessions_->Use(idle, at)) << at;
    }
  }
  EXPECT_FALSE(sessions_->Use(busy, 7 * 24 * kHour));
  EXPECT_FALSE(sessions_->Use(busy, 0)) << "ended is ended, also if the clock is set back";
}

TEST_F(SessionsTest, EndOneByOneOrAllButOne) {
  const std::string one = sessions_->Start("zhao", 0)->token;
  const std::string two = sessions_->Start("zhao", 0)->token;
  const std::string three = sessions_->Start("zhao", 0)->token;
  const std::string other = sessions_->Start("admin", 0)->token;
  ASSERT_TRUE(sessions_->End(one).ok());
  EXPECT_FALSE(sessions_->Use(one, 1));
  ASSERT_TRUE(sessions_->EndAllOf("zhao", three).ok());
  EXPECT_FALSE(sessions_->Use(two, 1));
  EXPECT_TRUE(sessions_->Use(three, 1));
  EXPECT_TRUE(sessions_->Use(other, 1));
  Open();
  EXPECT_FALSE(sessions_->Use(two, 1)) << "also after a restart";
  EXPECT_TRUE(sessions_->Use(three, 1));
}

TEST_F(SessionsTest, SurviveARestartWithTheirIdleTime) {
  const std::string token = sessions_->Start("zhao", 0)->token;
  ASSERT_TRUE(sessions_->Use(token, 7 * kHour));
  Open();
  EXPECT_TRUE(sessions_->Use(token, 14 * kHour)) << "used at 7 h";
  Open();
  EXPECT_FALSE(sessions_->Use(token, 23 * kHour));
}

TEST_F(SessionsTest, AreNotInTheFile) {
  const std::string token = sessions_->Start("zhao", 0)->token;
  absl::MutexLock lock(&db_->mutex());
  auto read = db_->db().Prepare("SELECT hash FROM session");
  ASSERT_TRUE(*read->Step());
  EXPECT_EQ(std::string(read->Blob(0)).find(token), std::string::npos);
  EXPECT_EQ(read->Blob(0).size(), 32u);
}

TEST_F(SessionsTest, OfOnePersonAreNotWithoutNumber) {
  const std::string first = sessions_->Start("zhao", 0)->token;
  const std::string other = sessions_->Start("admin", 0)->token;
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(sessions_->Start("zhao", i).ok());
  EXPECT_FALSE(sessions_->Use(first, 30)) << "the longest unused makes room";
  EXPECT_TRUE(sessions_->Use(other, 30));
}

TEST_F(SessionsTest, RefuseWhatIsNoToken) {
  const std::string token = sessions_->Start("zhao", 0)->token;
  for (const std::string& wrong :
       {std::string(), std::string("x"), token + "=", token.substr(1), std::string(43, 'A'),
        std::string(43, '\0'), std::string(1 << 20, 'x'), std::string("' OR 1=1 --")}) {
    EXPECT_FALSE(sessions_->Use(wrong, 1));
    EXPECT_TRUE(sessions_->End(wrong).ok());
  }
  EXPECT_TRUE(sessions_->Use(token, 1));
}

}  // namespace
}  // namespace dudao::server
