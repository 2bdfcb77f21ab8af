// kill -9 of backups while twenty tablets sync, and of restores: what was killed is no backup and
// no server's folder, the last whole backup brings back a consistent state, and tablets that went
// on meanwhile send again what it lacks: nothing lost, nothing doubled.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <random>

#include "absl/time/clock.h"
#include "archive.h"
#include "busy_tablets.h"
#include "county.h"
#include "process.h"

namespace dudao::integration {
namespace {
namespace fs = std::filesystem;

constexpr int kTablets = 20;
constexpr int kKills = 8;
// More than they get to while backups are made; they are told to stop.
constexpr int kSavesMost = 100000;
constexpr char kNow[] = "2026-09-21T20:00:00+08:00";
constexpr absl::Duration kLimit = absl::Seconds(60);

class BackupKilled : public testing::Test {
 protected:
  struct Count {
    uint64_t changes = 0;
    uint64_t conflicts = 0;
    uint64_t quarantined = 0;
    friend bool operator==(const Count&, const Count&) = default;
  };

  void SetUp() override {
    county_.ImportAll();
    auto clock = command::CommandClock::StartingAt("2026-09-21T08:00:00+08:00");
    ASSERT_TRUE(clock.ok());
    clock_ = *std::move(clock);
    tablets_ = std::make_unique<BusyTablets>(county_, kTablets, clock_);
    ASSERT_EQ(tablets_->all().size(), static_cast<size_t>(kTablets));
  }

  // Starts the command, and kills it after a part of `usual`; true if it had ended by then.
  bool RunAndKill(const std::vector<std::string>& arguments, absl::Duration usual);
  std::vector<std::string> Folders(const std::string& target, bool partial) const;
  void MakeBackups();
  void RestoreInPieces();
  Count Counted();

  OwnFolder folder_;
  const uint64_t seed_ = TestSeed();
  std::mt19937_64 dice_{seed_};
  County county_{"server"};
  command::CommandClock clock_;
  std::unique_ptr<BusyTablets> tablets_;
  std::string last_backup_;
  int killed_backups_ = 0;
  int killed_restores_ = 0;
};

bool BackupKilled::RunAndKill(const std::vector<std::string>& arguments, absl::Duration usual) {
  command::ProcessOptions options;
  options.command = {Program(), "--json", "--now", kNow};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.stdout_file = "killed.out";
  options.stderr_file = "killed.err";
  auto process = command::Process::Start(options);
  EXPECT_TRUE(process.ok()) << process.status();
  absl::SleepFor(usual * std::uniform_real_distribution<double>(0.05, 0.95)(dice_));
  const bool ended = !process->Running();
  process->Kill();
  return ended;
}

std::vector<std::string> BackupKilled::Folders(const std::string& target, bool partial) const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(target)) {
    const std::string name = entry.path().filename();
    if (name == "blobs" || !entry.is_directory()) continue;
    if (name.ends_with(".partial") == partial) found.push_back(entry.path());
  }
  return found;
}

void BackupKilled::MakeBackups() {
  const std::vector<std::string> backup = {"backup", "--data", county_.folder(), "--to", "backups"};
  const absl::Time begun = absl::Now();
  DudaoOk(kNow, backup);
  const absl::Duration usual = absl::Now() - begun;
  for (int i = 0; i < kKills; ++i) {
    const size_t whole = Folders("backups", false).size();
    const bool ended = RunAndKill(backup, usual);
    killed_backups_ += ended ? 0 : 1;
    ASSERT_LE(Folders("backups", true).size(), 1U) << "the next one cleaned up, seed " << seed_;
    ASSERT_LE(Folders("backups", false).size(), whole + 1);
  }
  const std::vector<std::string> left = Folders("backups", true);
  for (const std::string& folder : left) {
    const Outcome refused = Dudao(kNow, {"restore", "--from", folder, "--data", "no-server"});
    EXPECT_EQ(refused.last().at("error").value("reason", ""), "BACKUP_INCOMPLETE");
    EXPECT_FALSE(fs::exists("no-server"));
  }
  ASSERT_TRUE(tablets_->busy()) << "the backups were to be made while tablets sync";
  const nlohmann::json last = DudaoOk(kNow, backup).last();
  last_backup_ = last.value("backup", "");
  EXPECT_EQ(last.value("cleaned", 0U), left.size());
  EXPECT_TRUE(Folders("backups", true).empty());
  for (const std::string& folder : Folders("backups", false))
    DudaoOk(kNow, {"verify", "--data", folder});
}

void BackupKilled::RestoreInPieces() {
  const std::vector<std::string> restore = {"restore", "--from", last_backup_, "--data", "spare"};
  const absl::Time begun = absl::Now();
  DudaoOk(kNow, {"restore", "--from", last_backup_, "--data", "trial"});
  const absl::Duration usual = absl::Now() - begun;
  for (int i = 0; i < kKills; ++i) {
    killed_restores_ += RunAndKill(restore, usual) ? 0 : 1;
    if (!fs::exists("spare")) continue;
    DudaoOk(kNow, {"verify", "--data", "spare"});
    fs::remove_all("spare");
  }
  DudaoOk(kNow, restore);
  EXPECT_FALSE(fs::exists("spare.partial"));
  DudaoOk(kNow, {"verify", "--data", "spare"});
}

BackupKilled::Count BackupKilled::Counted() {
  const auto spaces = county_.office().ListSpaces({});
  EXPECT_TRUE(spaces.ok()) << spaces.status();
  if (!spaces.ok()) return {};
  for (const auto& space : spaces->spaces()) {
    if (space.space() == BusyTablets::kSpace)
      return {space.changes(), space.conflicts(), space.quarantined()};
  }
  ADD_FAILURE() << "the team's space is gone";
  return {};
}

TEST_F(BackupKilled, LosesAndDoublesNothing) {
  tablets_->Start(kSavesMost);
  ASSERT_NO_FATAL_FAILURE(MakeBackups());
  // What follows is in no backup.
  const int saved = tablets_->saves();
  const absl::Time limit = absl::Now() + kLimit;
  while (tablets_->saves() < saved + 10 * kTablets && absl::Now() < limit)
    absl::SleepFor(absl::Milliseconds(5));
  tablets_->Stop();
  tablets_->SyncUntilAllIsWell();
  tablets_->ExpectAllEqualTheServer();
  const std::string before = ServerDigest(county_.office(), BusyTablets::kSpace);
  const Count counted = Counted();
  EXPECT_EQ(counted.changes, static_cast<uint64_t>(tablets_->saves()));

  ASSERT_NO_FATAL_FAILURE(county_.RestoreElsewhere("spare", [this] { RestoreInPieces(); }));
  std::cout << tablets_->saves() << " saves; killed: " << killed_backups_ << " of " << kKills
            << " backups, " << killed_restores_ << " of " << kKills << " restores\n";
  EXPECT_GT(killed_backups_, 0);
  EXPECT_GT(killed_restores_, 0);
  EXPECT_NE(ServerDigest(county_.office(), BusyTablets::kSpace), before) << "the backup is older";
  EXPECT_LT(Counted().changes, counted.changes);

  tablets_->SyncUntilAllIsWell();
  tablets_->ExpectAllEqualTheServer();
  EXPECT_EQ(ServerDigest(county_.office(), BusyTablets::kSpace), before) << "seed " << seed_;
  EXPECT_EQ(Counted(), counted) << "seed " << seed_;
  tablets_->ExpectEachSaveOnceInHistory(seed_);
  for (const auto& tablet : tablets_->all()) {
    const auto again = tablet->Sync();
    ASSERT_TRUE(again.ok() && again->finished.ok());
    EXPECT_EQ(again->progress.changes_sent(), 0U) << "nothing is sent twice";
  }
  DudaoOk(kNow, {"verify", "--data", county_.folder()});
}

}  // namespace
}  // namespace dudao::integration
