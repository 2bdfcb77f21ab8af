// Passwords: rules, lockout, and that nobody learns who exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "people.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr char kGood[] = "green tea 7 cups";

class PeopleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::string("people-") +
            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    Open();
    ASSERT_TRUE(people_->SetPassword("zhao", kGood, false).ok());
  }
  void Open() {
    people_.reset();
    db_.reset();
    db_ = *ServerDb::Open(path_);
    sync::ScryptCost cost;
    cost.log2_n = 10;
    people_ = *People::Open(*db_, cost);
  }
  std::string Try(const std::string& id, const std::string& password, int64_t now_ms,
                  bool known = true) {
    const absl::Status status = people_->CheckPassword(id, password, known, now_ms);
    return status.ok() ? "" : ReasonOf(status);
  }

  std::string path_;
  std::unique_ptr<ServerDb> db_;
  std::unique_ptr<People> people_;
};

TEST_F(PeopleTest, LocksAfterFiveWrongOnesTwiceAsLongEachTime) {
  int64_t now = 0;
  for (const int64_t lock : {15 * kMinute, 30 * kMinute, 60 * kMinute}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(Try("zhao", "wrong", now), "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("zhao", kGood, now), "ACCOUNT_LOCKED");
    EXPECT_EQ(Try("zhao", kGood, now + lock - 1), "ACCOUNT_LOCKED");
    EXPECT_EQ(people_->StateOf("zhao").locked_until_ms, now + lock);
    now += lock;
  }
  Open();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Try("zhao", "wrong", now), "CREDENTIALS_WRONG");
  Open();
  EXPECT_EQ(Try("zhao", kGood, now + 119 * kMinute), "ACCOUNT_LOCKED") << "over restarts";
  EXPECT_EQ(Try("zhao", kGood, now + 120 * kMinute), "");
  for (int i = 0; i < 5; ++i) Try("zhao", "wrong", now + 200 * kMinute);
  EXPECT_EQ(people_->StateOf("zhao").locked_until_ms, now + 215 * kMinute)
      << "a right one starts anew";
}

TEST_F(PeopleTest, ARightPasswordForgivesWrongOnes) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(Try("zhao", "wrong", 0), "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("zhao", kGood, 0), "");
  }
}

TEST_F(PeopleTest, TreatsNobodyLikeSomebody) {
  // zhao: right id. ghost: no such id. wang: has left, and would know the password.
  ASSERT_TRUE(people_->SetPassword("wang", kGood, false).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Try("zhao", "wrong", 0), "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("ghost", "wrong", 0, false), "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("wang", kGood, 0, false), "CREDENTIALS_WRONG");
  }
  EXPECT_EQ(Try("zhao", "wrong", 0), "ACCOUNT_LOCKED");
  EXPECT_EQ(Try("ghost", "wrong", 0, false), "ACCOUNT_LOCKED");
  EXPECT_EQ(Try("wang", kGood, 0, false), "ACCOUNT_LOCKED");
  Open();
  EXPECT_EQ(Try("ghost", "wrong", 0, false), "ACCOUNT_LOCKED") << "a restart tells nothing either";
}

TEST_F(PeopleTest, ForgetsStrangersBeforeTheyFillTheDisk) {
  for (int i = 0; i < 600; ++i) Try("ghost" + std::to_string(i), "x", i, false);
  absl::MutexLock lock(&db_->mutex());
  auto read = db_->db().Prepare("SELECT COUNT(*) FROM sign_in_attempt");
  ASSERT_TRUE(*read->Step());
  EXPECT_LE(read->Int(0), 502);
}

TEST_F(PeopleTest, TakesAnyBytesForAnId) {
  for (const std::string& id : {std::string(), std::string(65, 'x'), std::string("z\0hao", 5),
                                std::string("zhao'--"), std::string("\xff\xfe"), std::string("赵")})
    EXPECT_EQ(Try(id, kGood, 0, false), "CREDENTIALS_WRONG");
  EXPECT_EQ(Try("zhao", kGood, 0), "");
  EXPECT_EQ(Try("zhao", std::string(100'000, 'x'), 0), "CREDENTIALS_WRONG");
  EXPECT_EQ(Try("zhao", "", 0), "CREDENTIALS_WRONG");
}

TEST_F(PeopleTest, ResettingLiftsALockAndMarksThePassword) {
  for (int i = 0; i < 5; ++i) Try("zhao", "wrong", 0);
  ASSERT_TRUE(people_->SetPassword("zhao", "another good one", true).ok());
  EXPECT_EQ(Try("zhao", kGood, 0), "CREDENTIALS_WRONG");
  EXPECT_EQ(Try("zhao", "another good one", 0), "");
  EXPECT_TRUE(people_->StateOf("zhao").must_change);
  ASSERT_TRUE(people_->RememberSignIn("zhao", 77).ok());
  Open();
  EXPECT_TRUE(people_->StateOf("zhao").must_change);
  EXPECT_EQ(people_->StateOf("zhao").last_sign_in_ms, 77);
  EXPECT_FALSE(people_->StateOf("ghost").has_password);
}

TEST_F(PeopleTest, KeepsNoPasswordInTheFile) {
  absl::MutexLock lock(&db_->mutex());
  auto read = db_->db().Prepare("SELECT hash FROM person_secret");
  ASSERT_TRUE(*read->Step());
  EXPECT_TRUE(std::string(read->Text(0)).starts_with("scrypt$10$8$1$"));
}

TEST(PasswordRules, RefuseWhatIsGuessedFirst) {
  struct Case {
    const char* password;
    bool good;
  };
  constexpr Case kCases[] = {{"", false},
                             {"short7&x", false},
                             {"1234567890", false},
                             {"9876543210", false},
                             {"abcdefghijk", false},
                             {"aaaaaaaaaaaa", false},
                             {"abababababab", false},
                             {"Password123", false},
                             {"P@ssw0rd2026", false},
                             {"qwertyuiop", false},
                             {"1qaz2wsx3edc", false},
                             {"woaini1314520", false},
                             {"zhaoshen2026x", false},  // holds the id
                             {"green tea 7 cups", true},
                             {"督导组的钥匙在抽屉里", true},
                             {"督导组钥匙", false},
                             {"Tr7-mule-oaks", true}};
  for (const Case& one : kCases)
    EXPECT_EQ(CheckPasswordRules("zhaoshen", one.password).ok(), one.good) << one.password;
  EXPECT_FALSE(CheckPasswordRules("zhaoshen", std::string(300, 'x') + "abc").ok());
}

TEST(RandomPassword, IsFitToBeOne) {
  std::set<std::string> all;
  for (int i = 0; i < 200; ++i) {
    const std::string password = People::RandomPassword();
    EXPECT_TRUE(CheckPasswordRules("zhaoshen", password).ok()) << password;
    EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos);
    EXPECT_TRUE(all.insert(password).second);
  }
}

}  // namespace
}  // namespace dudao::server
