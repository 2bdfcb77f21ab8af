// The control log: chained, durable, and mended after a restore.
#include "control_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "dudao/server/rotation.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

namespace fs = std::filesystem;
using trust::v1::ControlBody;
using trust::v1::ControlEntry;

ControlBody PersonBody(const std::string& id, bool active = true, const std::string& team = "D1") {
  ControlBody body;
  body.mutable_person()->set_person_id(id);
  body.mutable_person()->set_role(records::v1::PERSON_ROLE_INSPECTOR);
  body.mutable_person()->set_team_id(team);
  body.mutable_person()->set_active(active);
  return body;
}

ControlBody DeviceBody(const std::string& id, trust::v1::DeviceState state) {
  ControlBody body;
  body.mutable_device()->set_device_id(id);
  body.mutable_device()->set_person_id("p01");
  body.mutable_device()->set_state(state);
  body.mutable_device()->set_key(1);
  return body;
}

class ControlLogTest : public ::testing::Test {
 protected:
  struct Opened {
    std::unique_ptr<ServerDb> db;
    std::unique_ptr<ServerKey> key;
    std::unique_ptr<ControlLog> log;
  };

  void SetUp() override {
    folder_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (const char* suffix : {"", ".copy"}) fs::remove_all(folder_ + suffix);
    fs::create_directories(folder_);
  }
  static Opened Open(const std::string& folder) {
    Opened out;
    out.db = *ServerDb::Open(folder + "/server.db");
    out.key = *ServerKey::Open(folder + "/server.key", true);
    auto log = ControlLog::Open(*out.db, *out.key, 1000);
    EXPECT_TRUE(log.ok()) << log.status();
    if (log.ok()) out.log = *std::move(log);
    return out;
  }
  // The folder as a backup takes it.
  void Copy() { fs::copy(folder_, folder_ + ".copy", fs::copy_options::recursive); }
  static std::vector<ControlEntry> All(const ControlLog& log) { return *log.EntriesAfter(0, 1000); }
  static uint64_t Verified(const std::vector<ControlEntry>& entries) {
    sync::ControlChain chain;
    for (const auto& entry : entries) {
      if (!chain.Append(entry).ok()) break;
    }
    return chain.position();
  }

  std::string folder_;
};

TEST_F(ControlLogTest, BeginsWithTheServersKeyAndChainsWhatFollows) {
  const Opened server = Open(folder_);
  ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
  ASSERT_TRUE(server.log->Append(PersonBody("p01", false), "admin", 3000).ok());
  const auto entries = All(*server.log);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(Verified(entries), 3u);
  ControlBody first;
  ASSERT_TRUE(first.ParseFromString(entries[0].body()));
  EXPECT_EQ(first.server_key().public_key(), server.key->signing().public_key);
  EXPECT_EQ(entries[2].actor(), "admin");
  EXPECT_EQ(entries[2].time_ms(), 3000);
  EXPECT_EQ(server.log->chain().position, 3u);
  EXPECT_EQ(server.log->chain().hash8, sync::ControlHash(entries[2]).substr(0, 8));
  EXPECT_EQ(**server.log->Hash8At(2), sync::ControlHash(entries[1]).substr(0, 8));
  EXPECT_FALSE((*server.log->Hash8At(9)).has_value());
  EXPECT_FALSE((*server.log->EntryAt(0)).has_value());
  EXPECT_EQ((**server.log->EntryAt(2)).position(), 2u);
  EXPECT_TRUE(server.log->EntriesAfter(UINT64_MAX, 5)->empty());
}

TEST_F(ControlLogTest, SnapshotsStayWhatTheyWere) {
  const Opened server = Open(folder_);
  ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
  const auto before = server.log->Snapshot();
  ASSERT_TRUE(server.log->Append(PersonBody("p01", false), "admin", 3000).ok());
  EXPECT_TRUE(before->Person("p01")->active());
  EXPECT_FALSE(server.log->Snapshot()->Person("p01")->active());
}

TEST_F(ControlLogTest, DecidesInOneStepOrNotAtAll) {
  const Opened server = Open(folder_);
  const auto refused = server.log->Decide(
      [](const domain::Authority&) -> absl::StatusOr<std::vector<ControlBody>> {
        return Error(absl::StatusCode::kFailedPrecondition, "LAST_ADMIN");
      },
      "admin", 2000);
  EXPECT_EQ(ReasonOf(refused.status()), "LAST_ADMIN");
  EXPECT_EQ(server.log->chain().position, 1u);
  const auto both = server.log->Decide(
      [](const domain::Authority&) {
        return std::vector<ControlBody>{PersonBody("p01"), PersonBody("p02")};
      },
      "admin", 2000);
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->size(), 2u);
  EXPECT_EQ(server.log->Snapshot()->People().size(), 2u);
}

TEST_F(ControlLogTest, SurvivesARestartAndRefusesAnAlteredEntry) {
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
    ASSERT_TRUE(server.log->Append(PersonBody("p02"), "admin", 2000).ok());
  }
  {
    const Opened again = Open(folder_);
    EXPECT_EQ(again.log->chain().position, 3u);
    EXPECT_NE(again.log->Snapshot()->Person("p02"), nullptr);
    absl::MutexLock lock(&again.db->mutex());
    auto read = again.db->db().Prepare("SELECT entry FROM control WHERE position = 2");
    ASSERT_TRUE(*read->Step());
    ControlEntry entry;
    ASSERT_TRUE(entry.ParseFromString(std::string(read->Blob(0))));
    read->Reset();
    entry.set_actor("somebody");
    auto write = again.db->db().Prepare("UPDATE control SET entry = ? WHERE position = 2");
    ASSERT_TRUE(write->BindBlob(1, entry.SerializeAsString()).Run().ok());
  }
  const auto db = *ServerDb::Open(folder_ + "/server.db");
  const auto key = *ServerKey::Open(folder_ + "/server.key", false);
  const auto log = ControlLog::Open(*db, *key, 1000);
  EXPECT_EQ(ReasonOf(log.status()), "CONTROL_LOG_DAMAGED");
}

TEST_F(ControlLogTest, NeedsItsKeyFile) {
  { const Opened server = Open(folder_); }
  fs::remove(folder_ + "/server.key");
  const auto db = *ServerDb::Open(folder_ + "/server.db");
  EXPECT_TRUE(*ControlLog::Exists(*db));
  EXPECT_EQ(ReasonOf(ServerKey::Open(folder_ + "/server.key", false).status()),
            "SERVER_KEY_MISSING");
  const auto other = *ServerKey::Open(folder_ + "/server.key", true);
  EXPECT_EQ(ReasonOf(ControlLog::Open(*db, *other, 1000).status()), "CONTROL_LOG_DAMAGED");
  EXPECT_EQ(fs::status(folder_ + "/server.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ControlLogTest, AdoptsAsTheyAreEntriesThatContinueIt) {
  std::vector<ControlEntry> lost;
  { const Opened server = Open(folder_); }
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
    ASSERT_TRUE(server.log->Append(PersonBody("p02"), "admin", 2000).ok());
    lost = All(*server.log);
  }
  const Opened restored = Open(folder_ + ".copy");
  const auto adopted = restored.log->Adopt(lost, 9000);
  ASSERT_TRUE(adopted.ok());
  EXPECT_EQ(adopted->size(), 2u);
  const auto now = All(*restored.log);
  ASSERT_EQ(now.size(), 3u);
  EXPECT_EQ(now[2].SerializeAsString(), lost[2].SerializeAsString());
  EXPECT_TRUE(restored.log->Adopt(lost, 9000)->empty()) << "the second time nothing is new";
  EXPECT_NE(restored.log->Snapshot()->Person("p02"), nullptr);
}

TEST_F(ControlLogTest, AppendsAgainWhatLiesOnALostBranch) {
  std::vector<ControlEntry> lost;
  { const Opened server = Open(folder_); }
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
    ASSERT_TRUE(server.log->Append(PersonBody("p02", true, "D2"), "admin", 2100).ok());
    lost = All(*server.log);
  }
  {
    const Opened restored = Open(folder_ + ".copy");
    // Before any tablet came: what was decided here since is newer and stays.
    ASSERT_TRUE(restored.log->Append(PersonBody("p02", false), "admin", 5000).ok());
    const auto adopted = restored.log->Adopt(lost, 9000);
    ASSERT_TRUE(adopted.ok());
    ASSERT_EQ(adopted->size(), 1u) << "p01 is new, p02 is overruled";
    ControlBody body;
    ASSERT_TRUE(body.ParseFromString(adopted->front().body()));
    EXPECT_EQ(body.recovered().position(), 2u);
    EXPECT_EQ(body.recovered().entry().SerializeAsString(), lost[1].SerializeAsString());
    EXPECT_TRUE(restored.log->Adopt(lost, 9000)->empty());
    EXPECT_TRUE(restored.log->Snapshot()->Person("p01")->active());
    EXPECT_FALSE(restored.log->Snapshot()->Person("p02")->active());
    EXPECT_EQ(Verified(All(*restored.log)), 3u);
  }
  const Opened again = Open(folder_ + ".copy");
  EXPECT_TRUE(again.log->Adopt(lost, 9500)->empty()) << "also after a restart";
}

TEST_F(ControlLogTest, AnEntryLostTwiceComesBackOnce) {
  std::vector<ControlEntry> first_branch;
  std::vector<ControlEntry> second_branch;
  const std::string third = folder_ + ".third";
  fs::remove_all(third);
  { const Opened server = Open(folder_); }
  Copy();
  fs::copy(folder_, third, fs::copy_options::recursive);
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
    first_branch = All(*server.log);
  }
  {
    const Opened restored = Open(folder_ + ".copy");
    ASSERT_TRUE(restored.log->Append(PersonBody("p02"), "admin", 3000).ok());
    ASSERT_EQ(restored.log->Adopt(first_branch, 4000)->size(), 1u);
    second_branch = All(*restored.log);
  }
  const Opened again = Open(third);
  ASSERT_TRUE(again.log->Append(PersonBody("p03"), "admin", 5000).ok());
  EXPECT_EQ(again.log->Adopt(first_branch, 6000)->size(), 1u) << "p01";
  EXPECT_EQ(again.log->Adopt(second_branch, 6000)->size(), 1u) << "p02; p01 is known";
  EXPECT_EQ(again.log->Snapshot()->People().size(), 3u);
}

TEST_F(ControlLogTest, ALostDeviceStaysLost) {
  std::vector<ControlEntry> lost;
  { const Opened server = Open(folder_); }
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(
        server.log->Append(DeviceBody("d-1", trust::v1::DEVICE_STATE_ACTIVE), "p01", 2000).ok());
    ASSERT_TRUE(
        server.log->Append(DeviceBody("d-2", trust::v1::DEVICE_STATE_REVOKED), "p01", 2000).ok());
    lost = All(*server.log);
  }
  const Opened restored = Open(folder_ + ".copy");
  ASSERT_TRUE(
      restored.log->Append(DeviceBody("d-1", trust::v1::DEVICE_STATE_REVOKED), "admin", 1500).ok());
  ASSERT_TRUE(
      restored.log->Append(DeviceBody("d-2", trust::v1::DEVICE_STATE_ACTIVE), "admin", 5000).ok());
  ASSERT_TRUE(restored.log->Adopt(lost, 9000).ok());
  EXPECT_EQ(restored.log->Snapshot()->Device("d-1")->state(), trust::v1::DEVICE_STATE_REVOKED);
  EXPECT_EQ(restored.log->Snapshot()->Device("d-2")->state(), trust::v1::DEVICE_STATE_REVOKED);
}

TEST_F(ControlLogTest, IgnoresWhatItDidNotSign) {
  const Opened ours = Open(folder_);
  fs::create_directories(folder_ + ".copy");
  const Opened theirs = Open(folder_ + ".copy");
  ASSERT_TRUE(theirs.log->Append(PersonBody("p66"), "admin", 9000).ok());
  EXPECT_TRUE(ours.log->Adopt(All(*theirs.log), 9000)->empty());

  ControlEntry forged;
  forged.set_position(2);
  forged.set_body(PersonBody("p66").SerializeAsString());
  forged.set_previous(sync::ControlHash(All(*ours.log)[0]));
  forged.set_key(1);
  ASSERT_TRUE(sync::SignControl(theirs.key->signing(), forged).ok());
  ControlEntry garbage;
  garbage.set_body("\xff\xff");
  EXPECT_TRUE(ours.log->Adopt({forged, garbage, ControlEntry()}, 9000)->empty());
  // Our own signature around somebody else's entry.
  ControlEntry wrapped = forged;
  ControlBody body;
  *body.mutable_recovered()->mutable_entry() = forged;
  wrapped.set_position(7);
  wrapped.set_body(body.SerializeAsString());
  ASSERT_TRUE(sync::SignControl(ours.key->signing(), wrapped).ok());
  EXPECT_TRUE(ours.log->Adopt({wrapped}, 9000)->empty());
  EXPECT_EQ(ours.log->chain().position, 1u);
}

// --- a new key ----------------------------------------------------------------------------------

TEST_F(ControlLogTest, FollowsANewKeyAndOldEntriesStayBelieved) {
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
  }
  const auto rotated = RotateServerKey(folder_, 3000);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ(rotated->number, 2u);
  EXPECT_EQ(rotated->position, 3u);
  EXPECT_FALSE(rotated->finished);
  const Opened server = Open(folder_);
  EXPECT_EQ(server.key->number(), 2u);
  EXPECT_EQ(server.key->Fingerprint(), rotated->fingerprint);
  ASSERT_TRUE(server.log->Append(PersonBody("p02"), "admin", 4000).ok());
  const auto entries = All(*server.log);
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(Verified(entries), 4u);
  EXPECT_EQ(entries[2].key(), 1u) << "the old key announces the new one";
  EXPECT_EQ(entries[3].key(), 2u);
  EXPECT_EQ(server.log->KeySince(), 3u);
  EXPECT_EQ(fs::status(folder_ + "/server.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ControlLogTest, FinishesARotationThatWasCutShort) {
  { const Opened server = Open(folder_); }
  // The key is in the file, and the power fails before the log says so.
  ASSERT_TRUE(ServerKey::AddPair(folder_ + "/server.key").ok());
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_NE(server.log, nullptr) << "the server starts, and finishes it";
    EXPECT_EQ(server.log->KeySince(), 2u);
  }
  const auto again = RotateServerKey(folder_ + ".copy", 3000);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->finished);
  EXPECT_EQ(again->number, 2u) << "and makes no third one";
  EXPECT_EQ(RotateServerKey(folder_ + ".copy", 3000)->number, 3u);
}

TEST_F(ControlLogTest, DoesNotStartWithAKeyThatWasReplaced) {
  { const Opened server = Open(folder_); }
  Copy();
  ASSERT_TRUE(RotateServerKey(folder_, 3000).ok());
  fs::copy_file(folder_ + ".copy/server.key", folder_ + "/server.key",
                fs::copy_options::overwrite_existing);
  const auto db = *ServerDb::Open(folder_ + "/server.db");
  const auto key = *ServerKey::Open(folder_ + "/server.key", false);
  EXPECT_EQ(ReasonOf(ControlLog::Open(*db, *key, 1000).status()), "SERVER_KEY_OLD");
  EXPECT_EQ(ReasonOf(RotateServerKey(folder_, 3000).status()), "SERVER_KEY_OLD")
      << "nor does the old one rotate";
}

TEST_F(ControlLogTest, RefusesFilesThatAreNoKeys) {
  { const Opened server = Open(folder_); }
  ASSERT_TRUE(ServerKey::AddPair(folder_ + "/server.key").ok());
  const std::string good = *ReadFile(folder_ + "/server.key");
  const std::string file = folder_ + "/other.key";
  const auto reason = [&](const std::string& text) {
    EXPECT_TRUE(WriteFile(file, text).ok());
    return ReasonOf(ServerKey::Open(file, false).status());
  };
  EXPECT_TRUE(WriteFile(file, good).ok());
  EXPECT_TRUE(ServerKey::Open(file, false).ok());
  EXPECT_EQ(reason(good.substr(0, good.size() / 2)), "SERVER_KEY_DAMAGED");
  EXPECT_EQ(reason(good + "\n"), "SERVER_KEY_DAMAGED");
  EXPECT_EQ(reason("dudao-server-key 1" + good.substr(18)), "SERVER_KEY_DAMAGED");
  EXPECT_EQ(reason(good.substr(0, good.size() - 75)), "SERVER_KEY_DAMAGED") << "half a pair";
}

// The backup is from before the rotation; the key file was kept apart.
TEST_F(ControlLogTest, RestoredWithTheNewerKeyTakesBackWhatTheOldOneSigned) {
  std::vector<ControlEntry> lost;
  { const Opened server = Open(folder_); }
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
  }
  ASSERT_TRUE(RotateServerKey(folder_, 3000).ok());
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p02"), "admin", 4000).ok());
    lost = All(*server.log);
  }
  fs::copy_file(folder_ + "/server.key", folder_ + ".copy/server.key",
                fs::copy_options::overwrite_existing);
  const Opened restored = Open(folder_ + ".copy");
  ASSERT_NE(restored.log, nullptr);
  // Whoever has the old key alone may write what they like: it is not taken.
  ControlEntry forged = lost[1];
  ControlBody mallory = PersonBody("mallory");
  forged.set_body(mallory.SerializeAsString());
  ASSERT_TRUE(sync::SignControl(restored.key->SigningOf(1), forged).ok());
  EXPECT_TRUE(restored.log->Adopt({forged}, 9000)->empty());
  ASSERT_TRUE(restored.log->Adopt(lost, 9000).ok());
  EXPECT_NE(restored.log->Snapshot()->Person("p01"), nullptr);
  EXPECT_NE(restored.log->Snapshot()->Person("p02"), nullptr);
  EXPECT_EQ(restored.log->Snapshot()->Person("mallory"), nullptr);
  EXPECT_EQ(Verified(All(*restored.log)), restored.log->chain().position);
}

TEST_F(ControlLogTest, RestoredWithoutTheNewerKeySaysSoAndTakesNothing) {
  std::vector<ControlEntry> lost;
  { const Opened server = Open(folder_); }
  Copy();
  {
    const Opened server = Open(folder_);
    ASSERT_TRUE(server.log->Append(PersonBody("p01"), "admin", 2000).ok());
  }
  ASSERT_TRUE(RotateServerKey(folder_, 3000).ok());
  {
    const Opened server = Open(folder_);
    lost = All(*server.log);
  }
  const Opened restored = Open(folder_ + ".copy");
  EXPECT_EQ(ReasonOf(restored.log->Adopt(lost, 9000).status()), "SERVER_KEY_OLD");
  EXPECT_EQ(restored.log->chain().position, 1u);
}

}  // namespace
}  // namespace dudao::server
