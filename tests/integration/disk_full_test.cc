// File systems that are truly full: the server's, that of a backup, that of a restore, that of a
// tablet. Errors say what to do, in both languages; nothing that was acknowledged is lost; once
// there is room again everything goes on by itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/time/clock.h"
#include "archive.h"
#include "county.h"
#include "dudao/client/reason.h"
#include "field_edit.h"
#include "import_files.h"
#include "small_disk.h"

namespace dudao::integration {
namespace {
namespace fs = std::filesystem;

using nlohmann::json;

constexpr char kSpace[] = "team-d1-2026";
constexpr char kNow[] = "2026-09-21T08:00:00+08:00";
constexpr int64_t kMiB = int64_t{1} << 20;
constexpr absl::Duration kLimit = absl::Seconds(20);

// A reason that people are told, with what to do, in Chinese and in English.
void ExpectTold(const std::string& text, const char* zh, const char* en) {
  EXPECT_NE(text.find(zh), std::string::npos) << text;
  EXPECT_NE(text.find(en), std::string::npos) << text;
}

void ExpectFailed(const Outcome& outcome, const std::string& reason) {
  ASSERT_EQ(outcome.code, 1) << outcome.errors;
  ASSERT_FALSE(outcome.lines.empty());
  const json error = outcome.last().value("error", json::object());
  EXPECT_EQ(error.value("reason", ""), reason) << error;
  ExpectTold(error.value("message_zh", ""), "清理", "");
  ExpectTold(error.value("message", ""), "", "ree ");
}

client::v1::EditRequest SaveOf(const std::string& text) {
  client::v1::EditRequest request;
  request.mutable_record()->set_space(kSpace);
  request.mutable_record()->set_type_id(command::kVisitType);
  request.mutable_record()->set_key("visit");
  auto& edit = *request.add_edits();
  edit.set_path("sites_seen[" + text + "].situation");
  edit.mutable_set()->set_text(text);
  return request;
}

class DiskFull : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.why_not().empty()) GTEST_SKIP() << disk_.why_not();
    auto clock = command::CommandClock::StartingAt(kNow);
    ASSERT_TRUE(clock.ok());
    clock_ = *std::move(clock);
  }
  void StartCounty(const std::string& folder) {
    county_ = std::make_unique<County>(folder, kNow);
    county_->ImportAll();
  }
  void Save(command::Tablet& tablet, const std::string& text) {
    const auto saved = tablet.core().Edit(SaveOf(text));
    ASSERT_TRUE(saved.ok()) << saved.status();
  }
  // How the sync of the team's space ended.
  client::v1::SpaceSyncResult Sync(command::Tablet& tablet) {
    const auto synced = tablet.Sync();
    EXPECT_TRUE(synced.ok()) << synced.status();
    if (!synced.ok()) return {};
    for (const auto& space : synced->finished.spaces())
      if (space.space() == kSpace) return space;
    ADD_FAILURE() << "the team's space was left out";
    return {};
  }
  void ExpectSynced(command::Tablet& tablet) {
    const auto synced = Sync(tablet);
    EXPECT_TRUE(synced.ok()) << synced.reason() << " " << synced.message();
  }
  // The office's connection to the former process may be told only now that it is gone.
  std::string DigestAfterRestart() {
    const absl::Time limit = absl::Now() + kLimit;
    while (true) {
      const auto digest = county_->office().StateDigest(kSpace);
      if (digest.ok()) return command::Hex(*digest);
      if (!absl::IsUnavailable(digest.status()) || absl::Now() > limit) {
        ADD_FAILURE() << digest.status();
        return "";
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  void ExpectEqual(const std::vector<command::Tablet*>& tablets) {
    const std::string server = ServerDigest(county_->office(), kSpace);
    for (command::Tablet* tablet : tablets) {
      const auto digest = tablet->Digest(kSpace);
      ASSERT_TRUE(digest.ok()) << digest.status();
      EXPECT_EQ(command::Hex(*digest), server) << tablet->profile().device_name;
    }
  }
  std::vector<std::string> Sites(command::Tablet& tablet) {
    std::vector<std::string> sites;
    const auto visit = tablet.ReadVisit("visit");
    EXPECT_TRUE(visit.ok()) << visit.status();
    if (!visit.ok()) return sites;
    for (const auto& site : visit->sites_seen()) sites.push_back(site.situation());
    std::sort(sites.begin(), sites.end());
    return sites;
  }

  OwnFolder folder_;
  SmallDisk disk_{"disk", 1024 * kMiB};
  command::CommandClock clock_;
  std::unique_ptr<County> county_;
};

TEST_F(DiskFull, TheServerRefusesUploadsInTimeAndGoesOnByItself) {
  StartCounty(disk_.folder() + "/server");
  const auto alice = county_->EnrolledTablet("alice.db", "p01", clock_);
  const auto bob = county_->EnrolledTablet("bob.db", "p02", clock_);
  ASSERT_TRUE(alice && bob);
  Save(*alice, "before");
  ExpectSynced(*alice);

  // Low: below the reserve, which is there so that everything else goes on.
  disk_.Fill(100 * kMiB);
  Save(*alice, "low");
  client::v1::SpaceSyncResult refused;
  const absl::Time limit = absl::Now() + kLimit;  // it looks once a second
  do {
    refused = Sync(*alice);
    if (refused.ok()) Save(*alice, "low");
  } while (refused.ok() && absl::Now() < limit);
  EXPECT_EQ(refused.reason(), "DISK_LOW");
  ExpectTold(refused.message(), "请管理员清理或扩容", "Free or add space");
  ExpectSynced(*bob);
  EXPECT_EQ(Sites(*bob).front(), "before") << "reading goes on";
  EXPECT_FALSE(county_->CodeFor("p03").empty()) << "and so does the office";

  // Full: not a byte is left.
  disk_.Fill();
  EXPECT_EQ(Sync(*alice).reason(), "DISK_LOW");
  const std::string held = ServerDigest(county_->office(), kSpace);
  ExpectFailed(county_->Do("admin", {"device", "enrol", "p04"}), "STORAGE_FULL");
  county_->Kill();

  disk_.Free();
  county_->Restart();
  EXPECT_EQ(DigestAfterRestart(), held) << "what was acknowledged is there";
  ExpectSynced(*alice);
  ExpectSynced(*bob);
  ExpectEqual({alice.get(), bob.get()});
  EXPECT_EQ(Sites(*bob), (std::vector<std::string>{"before", "low"}));
  DudaoOk(kNow, {"verify", "--data", county_->folder()});
}

TEST_F(DiskFull, TheServerDoesNotStartOnAFullDiskAndSaysWhy) {
  StartCounty(disk_.folder() + "/server");
  const auto alice = county_->EnrolledTablet("alice.db", "p01", clock_);
  ASSERT_NE(alice, nullptr);
  Save(*alice, "before");
  ExpectSynced(*alice);
  const std::string held = ServerDigest(county_->office(), kSpace);
  county_->Kill();
  disk_.Fill();
  const Outcome start =
      Dudao(kNow, {"serve", "--data-dir", county_->folder(), "--listen", "127.0.0.1:0"});
  ExpectFailed(start, "STORAGE_FULL");
  disk_.Free();
  county_->Restart();
  EXPECT_EQ(DigestAfterRestart(), held);
  DudaoOk(kNow, {"verify", "--data", county_->folder()});
}

TEST_F(DiskFull, ABackupThatFindsNoRoomLeavesTheOlderOnesAsTheyAre) {
  StartCounty("server");
  const auto alice = county_->EnrolledTablet("alice.db", "p01", clock_);
  ASSERT_NE(alice, nullptr);
  Save(*alice, "before");
  ExpectSynced(*alice);
  const std::string target = disk_.folder() + "/backups";
  const std::string first = BackUp(*county_, target);
  Save(*alice, "after");
  ExpectSynced(*alice);
  const std::string mark = command::ReadWholeFile("server.backup").value_or("");
  EXPECT_FALSE(mark.empty());

  for (const int64_t room : {int64_t{0}, kMiB / 16, kMiB / 4}) {
    disk_.Fill(room);
    ExpectFailed(Dudao(kNow, {"backup", "--data", "server", "--to", target}), "STORAGE_FULL");
    for (const auto& entry : fs::directory_iterator(target))
      EXPECT_NE(entry.path().extension(), ".partial") << "half a backup takes the room of others";
    DudaoOk(kNow, {"verify", "--data", first});
  }
  EXPECT_EQ(command::ReadWholeFile("server.backup").value_or(""), mark) << "it was no good backup";
  disk_.Free();
  const std::string second = BackUp(*county_, target);
  EXPECT_NE(second, first);
  DudaoOk(kNow, {"verify", "--data", second});

  const std::string spare = disk_.folder() + "/spare";
  disk_.Fill(kMiB / 4);
  ExpectFailed(Dudao(kNow, {"restore", "--from", second, "--data", spare}), "STORAGE_FULL");
  EXPECT_FALSE(fs::exists(spare));
  EXPECT_FALSE(fs::exists(spare + ".partial"));
  disk_.Free();
  county_->RestoreElsewhere(spare, [&] { RestoreInto(second, spare); });
  ExpectSynced(*alice);
  ExpectEqual({alice.get()});
}

TEST_F(DiskFull, ATabletKeepsWhatItSavedAndSendsItOnceThereIsRoom) {
  StartCounty("server");
  const std::string file = disk_.folder() + "/alice.db";
  auto alice = county_->EnrolledTablet(file, "p01", clock_);
  ASSERT_NE(alice, nullptr);
  ExpectSynced(*alice);
  disk_.Fill(kMiB / 4);
  std::vector<std::string> saved;
  absl::Status full;
  constexpr int kMost = 10000;
  for (int i = 0; i < kMost && full.ok(); ++i) {
    const std::string text = "site" + std::to_string(i);
    full = alice->core().Edit(SaveOf(text)).status();
    if (full.ok()) saved.push_back(text);
  }
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(client::ReasonOf(full), "STORAGE_FULL");
  const client::ReasonText told = client::TextOf(full);
  ExpectTold(told.zh, "清理空间", "");
  ExpectTold(told.en, "", "Free space");
  EXPECT_FALSE(saved.empty());
  std::sort(saved.begin(), saved.end());
  EXPECT_EQ(Sites(*alice), saved) << "reading goes on";
  const auto attempt = alice->Sync();
  EXPECT_FALSE(attempt.ok() && attempt->finished.ok()) << "it cannot note what was delivered";

  const command::TabletProfile profile = alice->profile();
  alice.reset();
  disk_.Free();
  auto again = command::Tablet::Open(file, profile, clock_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Sites(**again), saved) << "all that was acknowledged, and nothing else";
  ExpectSynced(**again);
  ExpectEqual({again->get()});
  DudaoOk(kNow, {"verify", "--data", county_->folder()});
}

}  // namespace
}  // namespace dudao::integration
