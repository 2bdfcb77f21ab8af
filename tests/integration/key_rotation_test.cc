// New keys, with real processes. A tablet that changes its key is killed at random moments of that,
// and afterwards works on; its old key serves nobody. The server changes its key under tablets that
// are away for weeks, is killed while it does, and comes back from a backup from before.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "absl/time/clock.h"
#include "archive.h"
#include "busy_tablets.h"
#include "county.h"
#include "process.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kKills = 8;
constexpr char kMorning[] = "2026-09-21T09:00:00+08:00";

class KeyRotation : public testing::Test {
 protected:
  void SetUp() override {
    county_.ImportAll();
    li_.Enrol(county_, "p07");
    wang_.Enrol(county_, "p08");
    for (TerminalTablet* tablet : {&li_, &wang_}) tablet->DoOk({"sync"});
    visit_ = li_.DoOk({"new-visit", "140824103200", "--inspector", "p08"})
                 .last()
                 .at("temp_no")
                 .get<std::string>();
    for (TerminalTablet* tablet : {&li_, &wang_}) tablet->DoOk({"sync"});
  }

  static int KeyOf(const TerminalTablet& tablet) {
    return tablet.DoOk({"identity"}).last().at("key").get<int>();
  }
  void Note(const TerminalTablet& tablet, const std::string& id) {
    tablet.DoOk({"edit", visit_, "sites_seen[" + id + "].situation=" + id});
  }
  void ExpectAllEqual() {
    const std::string server = ServerDigest(county_.office(), command::TeamSpaceOf("D2"));
    EXPECT_EQ(li_.TeamDigest(), server) << "seed " << seed_;
    EXPECT_EQ(wang_.TeamDigest(), server) << "seed " << seed_;
  }

  OwnFolder folder_;
  const uint64_t seed_ = TestSeed();
  std::mt19937_64 dice_{seed_};
  County county_{"server"};
  TerminalTablet li_{"li.db", kMorning};
  TerminalTablet wang_{"wang.db", kMorning};
  std::string visit_;
};

TEST_F(KeyRotation, OfATabletIsFinishedAfterKillsAndTheOldKeyServesNobody) {
  for (const char* suffix : {"", ".keys", ".profile.json", ".token"})
    fs::copy_file(std::string("li.db") + suffix, std::string("thief.db") + suffix);
  int killed = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    Note(li_, "k" + std::to_string(kill));
    killed +=
        li_.DoAndKill({"rotate-key"}, std::uniform_int_distribution<int>(0, 100)(dice_)) ? 1 : 0;
    const json synced = li_.DoOk({"sync"}).last();
    EXPECT_TRUE(synced.at("ok")) << synced.dump() << " seed " << seed_;
  }
  std::cout << killed << " of " << kKills << " rotations were killed on their way\n";
  EXPECT_TRUE(li_.DoOk({"rotate-key"}).last().at("synced"));
  EXPECT_GE(KeyOf(li_), 2);
  EXPECT_FALSE(li_.DoOk({"identity"}).last().at("key_changing"));

  const TerminalTablet thief{"thief.db", kMorning};
  const Outcome refused = thief.Do({"sync"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.lines.back().dump().find("SIGNATURE_INVALID"), std::string::npos)
      << refused.lines.back().dump();
  wang_.DoOk({"sync"});
  EXPECT_EQ(wang_.Show(visit_).at("visit").at("sites_seen").size(), static_cast<size_t>(kKills));
  ExpectAllEqual();
  Verify(county_, "audit");
}

class ServerKeyRotation : public KeyRotation {
 protected:
  void SetUp() override {
    KeyRotation::SetUp();
    zhao_.Enrol(county_, "p09");
    zhao_.DoOk({"sync"});
    zhao_.DoOk({"edit", visit_, "sites_seen[zhao].situation=未送达"});
    EXPECT_EQ(county_.office().ServerInfo()->last_backup_ms(), 0) << "none is known yet";
    backup_ = BackUp(county_, "backups");
    EXPECT_GT(county_.office().ServerInfo()->last_backup_ms(), 0);
    Note(li_, "after-backup");
    li_.DoOk({"sync"});
  }

  // Killed at random moments, then done; the number of the key that counts now.
  int RotateUnderKills() {
    EXPECT_TRUE(county_.server().Stop().ok());
    for (int kill = 0; kill < kKills; ++kill) {
      command::ProcessOptions options;
      options.command = {Program(), "--json", "server-key", "rotate", "--data", county_.folder()};
      options.stdout_file = "killed.out";
      options.stderr_file = "killed.err";
      auto process = command::Process::Start(options);
      EXPECT_TRUE(process.ok());
      absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(0, 30)(dice_)));
      process->Kill();
    }
    const json done =
        DudaoOk(kMorning, {"server-key", "rotate", "--data", county_.folder()}).last();
    county_.Restart();
    return done.at("key").get<int>();
  }

  static std::string ReasonOfSync(const TerminalTablet& tablet) {
    const Outcome sync = tablet.Do({"sync"});
    EXPECT_EQ(sync.code, 1);
    return sync.lines.empty() ? sync.errors : sync.lines.back().dump();
  }
  void RestoreOld(const std::string& folder, const std::vector<std::string>& more) {
    std::vector<std::string> command = {"restore", "--from", backup_, "--data", folder};
    command.insert(command.end(), more.begin(), more.end());
    county_.RestoreElsewhere(folder, [&] { DudaoOk(kMorning, command); });
  }
  void ExpectLostTabletDestroysItsKeyAndIsRescued();

  TerminalTablet zhao_{"zhao.db", kMorning};
  std::string backup_;
};

// Away while the server's key was replaced, and revoked since: the proof leads over the new key.
void ServerKeyRotation::ExpectLostTabletDestroysItsKeyAndIsRescued() {
  const std::string lost =
      county_.DoOk("admin", {"device", "list", "--person", "p09"}).last().at("device");
  county_.DoOk("admin", {"device", "revoke", lost, "--reason", "遗失"});
  EXPECT_NE(ReasonOfSync(zhao_).find("KEY_DESTROYED"), std::string::npos);
  // Its vault is sealed to the key that was replaced.
  DudaoOk(kMorning, {"package", "rescue", "zhao.db", "--data-dir", county_.folder(), "--out",
                     "zhao.package"});
  const json taken = county_.DoOk("admin", {"package", "import", "zhao.package"}).last();
  EXPECT_EQ(taken.at("device"), lost);
  EXPECT_GE(taken.at("set_aside").get<int>(), 1);
}

TEST_F(ServerKeyRotation, IsFollowedByTabletsThatWereAwayAndSurvivesKillsAndAnOldBackup) {
  const Outcome in_use = Dudao(kMorning, {"server-key", "rotate", "--data", county_.folder()});
  EXPECT_EQ(in_use.code, 1) << "never under a server at work";
  EXPECT_NE(in_use.lines.back().dump().find("DATA_DIR_IN_USE"), std::string::npos);
  const std::string before = li_.DoOk({"identity"}).last().at("server_fingerprint");
  EXPECT_GE(RotateUnderKills(), 2) << "seed " << seed_;
  fs::copy_file(county_.folder() + "/server.key", "kept.key");
  EXPECT_GE(county_.office().ServerInfo()->server_key(), 2U);

  Note(li_, "after-rotation");
  Note(wang_, "away");
  for (TerminalTablet* tablet : {&li_, &wang_, &li_}) tablet->DoOk({"sync"});
  ExpectAllEqual();
  EXPECT_NE(li_.DoOk({"identity"}).last().at("server_fingerprint"), before);
  TerminalTablet feng{"feng.db", kMorning};
  feng.Enrol(county_, "p06");
  feng.DoOk({"sync"});
  ExpectLostTabletDestroysItsKeyAndIsRescued();
  EXPECT_TRUE(li_.DoOk({"delivery"}).last().at("equal"));
  DudaoOk(kMorning, {"verify", "--data", county_.folder()});

  const std::string server = ServerDigest(county_.office(), command::TeamSpaceOf("D2"));
  RestoreOld("spare", {});
  for (const TerminalTablet* tablet : {&li_, &wang_})
    EXPECT_NE(ReasonOfSync(*tablet).find("SERVER_KEY_OLD"), std::string::npos);
  RestoreOld("again", {"--server-key", "kept.key"});
  for (TerminalTablet* tablet : {&li_, &wang_, &li_}) tablet->DoOk({"sync"});
  EXPECT_EQ(ServerDigest(county_.office(), command::TeamSpaceOf("D2")), server);
  ExpectAllEqual();
  feng.DoOk({"sync"});
  Verify(county_, "audit");
}

}  // namespace
}  // namespace dudao::integration
