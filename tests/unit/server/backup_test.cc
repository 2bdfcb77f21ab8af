// Backup and restore of a real server's folder.
#include "backup.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "archive_files.h"
#include "archive_fixture.h"
#include "backup_mark.h"
#include "files.h"
#include "manifest.h"
#include "page.h"

namespace dudao::server {
namespace {
namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ArchiveTest, BacksUpBesideTheServerAndRestores) {
  const BackupReport backup = MakeBackup();
  EXPECT_EQ(backup.blobs, 2u);
  EXPECT_EQ(backup.blobs_added, 2u);
  EXPECT_EQ(Found(Check(backup.folder)), "nothing");
  SendBlob("照片三");
  const BackupReport second = MakeBackup();
  EXPECT_EQ(second.blobs, 3u);
  EXPECT_EQ(second.blobs_added, 1u) << "what the backups have is not copied again";
  const std::string restored = Beside("-restored");
  const auto report = RestoreTo(Beside("-backups"), restored);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->backup, second.folder) << "the newest";
  EXPECT_EQ(Found(Check(restored)), "nothing");
  EXPECT_EQ(Counted(Check(restored), "blobs"), 3u);
  EXPECT_TRUE(fs::exists(restored + "/" + kRestoredMark));
  EXPECT_TRUE(fs::exists(restored + "/server.key"));
  EXPECT_EQ(fs::status(restored + "/server.key").permissions() & fs::perms::others_all,
            fs::perms::none);
}

TEST_F(ArchiveTest, ASpaceThatIsMadeMeanwhileIsInTheBackupThatNamesIt) {
  constexpr char kTeam3[] = "team-d3-2026";
  BackupOptions options;
  options.data_dir = options_.data_dir;
  options.target = Beside("-backups");
  options.now_ms = now_ms_;
  bool made = false;
  options.progress = [&](std::string_view, uint64_t, uint64_t) {
    if (made) return;
    made = true;
    admin::v1::CreateSpaceRequest request;
    request.set_space(kTeam3);
    request.set_team_id("D3");
    admin::v1::CreateSpaceResponse response;
    As admin("admin");
    EXPECT_TRUE(admin_->CreateSpace(&admin, request, &response).ok());
    EXPECT_TRUE(fs::exists(absl::StrCat(options_.data_dir, "/spaces/", kTeam3, ".db")));
  };
  ASSERT_FALSE(fs::exists(absl::StrCat(options_.data_dir, "/spaces/", kTeam3, ".db")));
  const auto backup = Backup(options);
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_TRUE(made);
  EXPECT_EQ(Found(Check(backup->folder)), "nothing");
  EXPECT_TRUE(fs::exists(absl::StrCat(backup->folder, "/spaces/", kTeam3, ".db")));
  ASSERT_TRUE(RestoreTo(backup->folder, Beside("-restored")).ok());
  EXPECT_EQ(Found(Check(Beside("-restored"))), "nothing");
}

TEST_F(ArchiveTest, ARestoredServerGetsWhatTheBackupLacks) {
  Tablet tablet("ins1", kTeam1, 5);
  tablet.Save("before", MakeVisit("D1", "u1", "2026-09-21", "D1-0921-05", "备份前"));
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  const BackupReport backup = MakeBackup();
  tablet.Save("after", MakeVisit("D1", "u1", "2026-09-22", "D1-0922-05", "备份后"));
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  const auto digest = *tablet.store().StateDigest();
  Stop();
  fs::remove_all(options_.data_dir);
  ASSERT_TRUE(RestoreTo(backup.folder, options_.data_dir).ok());
  Start();
  EXPECT_FALSE(fs::exists(options_.data_dir + "/" + kRestoredMark)) << "noticed";
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  EXPECT_EQ(*tablet.store().StateDigest(), digest);
  Tablet fresh("ins2", kTeam1, 6);
  ASSERT_TRUE(fresh.Sync(*sync_).ok());
  EXPECT_EQ(*fresh.store().StateDigest(), digest);
  Stop();
  EXPECT_EQ(Found(Check(options_.data_dir)), "nothing");
}

TEST_F(ArchiveTest, KeepsSoManyBackupsAndNoFilesOfOthers) {
  std::vector<BackupReport> reports;
  for (int i = 0; i < 4; ++i) reports.push_back(MakeBackup(2));
  EXPECT_FALSE(fs::exists(reports[0].folder));
  EXPECT_FALSE(fs::exists(reports[1].folder));
  EXPECT_EQ(Found(Check(reports[2].folder)), "nothing");
  EXPECT_EQ(Found(Check(reports[3].folder)), "nothing");
  const auto files = FilesBelow(Beside("-backups/blobs"));
  EXPECT_EQ(files->size(), 2u);
}

TEST_F(ArchiveTest, ADamagedFileDoesNotKeepTheRestFromBeingSaved) {
  const std::string hash = SendBlob("照片三");
  std::ofstream(options_.data_dir + "/blobs/" + BlobPlace(hash), std::ios::app) << "x";
  const BackupReport backup = MakeBackup();
  EXPECT_EQ(backup.blobs_damaged, 1u);
  EXPECT_EQ(backup.blobs_added, 2u);
  const auto report = RestoreTo(backup.folder, Beside("-restored"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->blobs_wanted, 1u);
  EXPECT_EQ(Found(Check(Beside("-restored"))), "nothing");
}

TEST_F(ArchiveTest, RefusesWhatItMustNotTouch) {
  const BackupReport backup = MakeBackup();
  EXPECT_EQ(RestoreTo(backup.folder, options_.data_dir).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RestoreTo(Beside("-nowhere"), Beside("-restored")).status().code(),
            absl::StatusCode::kNotFound);
  BackupOptions inside;
  inside.data_dir = options_.data_dir;
  inside.target = options_.data_dir + "/backups";
  EXPECT_EQ(Backup(inside).status().code(), absl::StatusCode::kInvalidArgument);
  inside.data_dir = Beside("-nowhere");
  EXPECT_EQ(Backup(inside).status().code(), absl::StatusCode::kNotFound);
  // Any file of the backup that is not what it was, and a manifest that is gone.
  const auto manifest = ReadManifest(backup.folder);
  ASSERT_TRUE(manifest.ok());
  for (const auto& file : manifest->files) {
    const std::string path = backup.folder + "/" + file.path;
    const std::string kept = path + ".kept";
    fs::copy_file(path, kept);
    std::ofstream(path, std::ios::app) << "x";
    const auto refused = RestoreTo(backup.folder, Beside("-restored"));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kDataLoss) << file.path;
    EXPECT_NE(Found(Check(backup.folder)), "nothing") << file.path;
    EXPECT_FALSE(fs::exists(Beside("-restored")));
    EXPECT_FALSE(fs::exists(Beside("-restored.partial")));
    fs::rename(kept, path);
  }
  fs::remove(backup.folder + "/" + kManifestName);
  EXPECT_EQ(RestoreTo(backup.folder, Beside("-restored")).status().code(),
            absl::StatusCode::kDataLoss);
}

// --- kills ------------------------------------------------------------------------------------

// Runs `work` in a child that is killed after some of its steps; true if it ended by itself.
bool Killed(int after, const std::function<absl::Status(const ArchiveProgress&)>& work) {
  const pid_t child = fork();
  if (child == 0) {
    int steps = 0;
    const absl::Status status = work([&](std::string_view, uint64_t, uint64_t) {
      if (++steps > after) raise(SIGKILL);
    });
    _exit(status.ok() ? 0 : 1);
  }
  int how = 0;
  waitpid(child, &how, 0);
  return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

TEST_F(ArchiveTest, AKilledBackupOrRestoreLeavesTheStateBeforeOrAfter) {
  Stop();  // children must not inherit a server's threads
  const BackupReport whole = MakeBackup();
  int ended = 0;
  for (int after = 0; after < 40 && ended < 2; ++after) {
    BackupOptions options;
    options.data_dir = options_.data_dir;
    options.target = Beside("-backups");
    options.now_ms = now_ms_ + 60'000 + after;
    ended += Killed(after, [&](const ArchiveProgress& progress) {
      BackupOptions each = options;
      each.progress = progress;
      return Backup(each).status();
    });
    const auto all = WholeBackups(Beside("-backups"));
    ASSERT_TRUE(all.ok());
    for (const std::string& backup : *all) EXPECT_EQ(Found(Check(backup)), "nothing");
  }
  EXPECT_EQ(ended, 2);
  const BackupReport next = MakeBackup();
  for (const auto& entry : fs::directory_iterator(Beside("-backups"))) {
    EXPECT_FALSE(entry.path().string().ends_with(kPartialSuffix)) << "cleaned by the next one";
  }
  ended = 0;
  for (int after = 0; after < 60 && ended < 2; ++after) {
    const std::string to = Beside("-restored");
    fs::remove_all(to);
    ended += Killed(after, [&](const ArchiveProgress& progress) {
      RestoreOptions each;
      each.backup = next.folder;
      each.data_dir = to;
      each.now_ms = now_ms_;
      each.progress = progress;
      return Restore(each).status();
    });
    if (fs::exists(to)) {
      EXPECT_EQ(Found(Check(to)), "nothing") << after;
    }
  }
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(Found(Check(whole.folder)), "nothing");
}

class BackupAgeTest : public ArchiveTest {
 protected:
  void SetUp() override {
    ArchiveTest::SetUp();
    options_.metrics_listen = "127.0.0.1:0";
    Restart();
  }
  int64_t Told() const { return LastBackupMs(options_.data_dir); }
  std::string Page(const std::string& path) {
    return testing_support::ReadPage(server_->metrics_port(), path);
  }
  std::string Figure(int64_t ms) {
    return absl::StrCat("\ndudao_backup_timestamp_seconds ", ms / 1000, "\n");
  }
};

TEST_F(BackupAgeTest, IsToldByTheServerFromTheLastWholeBackup) {
  EXPECT_EQ(Told(), 0);
  EXPECT_THAT(Page("/metrics"), HasSubstr(Figure(0)));
  EXPECT_THAT(Page("/readyz"), HasSubstr("warning: no backup is known"));
  const int64_t begun_ms = now_ms_ + 1000;  // as MakeBackup says
  EXPECT_TRUE(MakeBackup().marked);
  EXPECT_EQ(Told(), begun_ms);
  EXPECT_THAT(Page("/metrics"), HasSubstr(Figure(begun_ms)));
  EXPECT_THAT(Page("/readyz"), Not(HasSubstr("backup")));
  now_ms_ += int64_t{49} * 3600 * 1000;
  EXPECT_THAT(Page("/readyz"), HasSubstr("warning: the last backup is older than two days"));
}

TEST_F(BackupAgeTest, GrowsWhileBackupsFailOrLackAFile) {
  const int64_t begun_ms = now_ms_ + 1000;
  MakeBackup();
  const std::string hash = SendBlob("照片三");
  std::ofstream(options_.data_dir + "/blobs/" + BlobPlace(hash), std::ios::app) << "x";
  EXPECT_FALSE(MakeBackup().marked);
  EXPECT_EQ(Told(), begun_ms) << "a backup without a file is not a good one";
  BackupOptions failing;
  failing.data_dir = options_.data_dir;
  failing.target = "/proc/nowhere";
  failing.now_ms = begun_ms + 5000;
  EXPECT_FALSE(Backup(failing).ok());
  EXPECT_EQ(Told(), begun_ms);
}

TEST_F(BackupAgeTest, IsUnknownWhereTheMarkCannotBeRead) {
  MakeBackup();
  ExpectOk(WriteFile(BackupMarkPath(options_.data_dir), "dudao-backup 1\nsoon\n"));
  EXPECT_EQ(Told(), 0);
  std::filesystem::remove(BackupMarkPath(options_.data_dir));
  std::filesystem::create_directory(BackupMarkPath(options_.data_dir));
  const BackupReport report = MakeBackup();
  EXPECT_FALSE(report.marked) << "the mark cannot be written";
  EXPECT_EQ(Found(Check(report.folder)), "nothing") << "what was saved is saved";
}

}  // namespace
}  // namespace dudao::server
