// Verify, backup, restore and audit export of a real server's folder.
#include "dudao/server/archive.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "archive_files.h"
#include "backup.h"
#include "dudao/server/names.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "files.h"
#include "manifest.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {
namespace fs = std::filesystem;

constexpr char kTeam1[] = "team-d1-2026";

void ExpectOk(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }

class ArchiveTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
    Tablet tablet("ins1", kTeam1, 1);
    for (int i = 0; i < 3; ++i) {
      tablet.Save(absl::StrCat("visit-", i),
                  MakeVisit("D1", "u1", "2026-09-21", absl::StrCat("D1-0921-0", i), "路面破损"));
      EXPECT_TRUE(tablet.Sync(*sync_).ok());
    }
    SendBlob("照片一");
    SendBlob("照片二");
  }

  std::string SendBlob(const std::string& content) {
    const sync::Hash hash = sync::Sha256(content);
    blob::v1::PutChunkRequest request;
    request.set_space(kTeam1);
    request.set_sha256(std::string(sync::HashBytes(hash)));
    request.set_total_bytes(content.size());
    request.set_media_type("image/jpeg");
    request.set_data(content);
    AsDevice call("ins1", kPutChunk, request);
    blob::v1::PutChunkResponse response;
    EXPECT_TRUE(blobs_->PutChunk(&call, request, &response).ok());
    return sync::HashHex(hash);
  }

  std::string Beside(const std::string& name) const { return options_.data_dir + name; }

  VerifyReport Check(const std::string& folder) {
    VerifyOptions options;
    options.folder = folder;
    auto report = Verify(options);
    if (!report.ok()) {
      ADD_FAILURE() << report.status();
      return {};
    }
    return *report;
  }
  static std::string Found(const VerifyReport& report) {
    return report.first ? absl::StrCat(report.first->reason, " ", report.first->detail) : "nothing";
  }
  static uint64_t Counted(const VerifyReport& report, const std::string& name) {
    for (const auto& [counted, value] : report.counts) {
      if (counted == name) return value;
    }
    return 0;
  }

  BackupReport MakeBackup(size_t keep = 0) {
    BackupOptions options;
    options.data_dir = options_.data_dir;
    options.target = Beside("-backups");
    options.keep = keep;
    options.now_ms = now_ms_ + 1000 * ++backups_;
    auto report = Backup(options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : BackupReport();
  }

  absl::StatusOr<RestoreReport> RestoreTo(const std::string& backup, const std::string& to) {
    RestoreOptions options;
    options.backup = backup;
    options.data_dir = to;
    options.now_ms = now_ms_;
    return Restore(options);
  }

  // Works on a copy of the stopped server's folder and tells what is found in it.
  std::string After(const std::function<void(const std::string& folder)>& work) {
    const std::string copy = Beside("-copy");
    fs::remove_all(copy);
    fs::copy(options_.data_dir, copy, fs::copy_options::recursive);
    work(copy);
    return Found(Check(copy));
  }
  static void Run(const std::string& file, const std::string& sql) {
    auto db = sync::Database::Open(file);
    ASSERT_TRUE(db.ok()) << db.status();
    ExpectOk((*db)->Execute(sql));
    ExpectOk((*db)->Checkpoint());
  }

  int backups_ = 0;
};

TEST_F(ArchiveTest, AServerAtWorkAndItsStoppedFolderHold) {
  const VerifyReport running = Check(options_.data_dir);
  EXPECT_EQ(Found(running), "nothing");
  EXPECT_TRUE(running.in_use);
  Stop();
  const VerifyReport stopped = Check(options_.data_dir);
  EXPECT_EQ(Found(stopped), "nothing");
  EXPECT_FALSE(stopped.in_use);
  EXPECT_TRUE(stopped.anchored);
  EXPECT_GE(Counted(stopped, "changes"), 3u);
  EXPECT_GE(Counted(stopped, "receipts"), 3u);
  EXPECT_GE(Counted(stopped, "control_entries"), 3u);
  EXPECT_EQ(Counted(stopped, "blobs"), 2u);
}

// Tables of server.db that are neither history nor signed: who may sign in how, and devices' names.
// They are in every backup; somebody who changes them changes nobody's words.
const std::set<std::string>& LocalTables() {
  static const auto* const tables =
      new std::set<std::string>{"secret",  "space",  "person_secret", "sign_in_attempt",
                                "session", "device", "enrolment",     "vouched"};
  return *tables;
}

TEST_F(ArchiveTest, AnyChangedCellOfServerDbAndBlobsDbIsFound) {
  Stop();
  std::mt19937 random(7);
  const std::set<std::string> not_evidence = {"blob.media_type", "blob.complete"};
  size_t changed = 0;
  for (const std::string file : {"/server.db", "/blobs/blobs.db"}) {
    std::vector<std::pair<std::string, std::string>> columns;
    std::map<std::string, int64_t> rows;
    {
      auto db = sync::Database::Open(options_.data_dir + file);
      auto read = (*db)->Prepare(
          "SELECT m.name, p.name FROM sqlite_schema m, pragma_table_info(m.name) p "
          "WHERE m.type = 'table'");
      while (*read->Step()) columns.emplace_back(read->Text(0), read->Text(1));
      for (const auto& [table, column] : columns) {
        auto count = (*db)->Prepare("SELECT count(*) FROM " + table);
        ASSERT_TRUE(*count->Step());
        rows[table] = count->Int(0);
      }
    }
    for (const auto& [table, column] : columns) {
      if (LocalTables().contains(table) || not_evidence.contains(table + "." + column)) continue;
      for (int64_t row = 0; row < std::min<int64_t>(rows[table], 4); ++row) {
        bool done = false;
        const std::string found = After([&, table = table, column = column](const auto& folder) {
          // One bit of a byte; a number becomes another one.
          auto db = sync::Database::Open(folder + file);
          ASSERT_TRUE(db.ok());
          auto key = (*db)->Prepare("SELECT name FROM pragma_table_info('" + table +
                                    "') WHERE pk > 0 ORDER BY pk DESC LIMIT 1");
          ASSERT_TRUE(*key->Step());
          const std::string name(key->Text(0));
          const std::string where = absl::StrCat(" WHERE ", name, " = (SELECT ", name, " FROM ",
                                                 table, " LIMIT 1 OFFSET ", row, ")");
          auto read =
              (*db)->Prepare("SELECT " + column + ", typeof(" + column + ") FROM " + table + where);
          if (!*read->Step() || read->IsNull(0)) return;
          std::string bytes(read->Blob(0));
          const int64_t number = read->Int(0);
          const std::string type(read->Text(1));
          auto write = (*db)->Prepare("UPDATE " + table + " SET " + column + " = ?1" + where);
          if (type == "integer") {
            write->BindInt(1, number ^ 1);
          } else {
            if (bytes.empty()) return;
            bytes[random() % bytes.size()] ^= 1;
            if (type == "text") {
              write->BindText(1, bytes);
            } else {
              write->BindBlob(1, bytes);
            }
          }
          done = write->Run().ok();
        });
        if (!done) continue;
        ++changed;
        EXPECT_NE(found, "nothing") << file << " " << table << "." << column << " row " << row;
      }
    }
  }
  EXPECT_GT(changed, 30u);
}

TEST_F(ArchiveTest, FilesThatAreChangedDroppedOrAddedAreFound) {
  const std::string hash = SendBlob("照片三");
  Stop();
  const std::string place = "/blobs/" + BlobPlace(hash);
  const std::string space = absl::StrCat("/spaces/", kTeam1, ".db");
  EXPECT_EQ(After([](const std::string&) {}), "nothing");
  const std::pair<const char*, std::function<void(const std::string&)>> cases[] = {
      {"blob changed",
       [&](const auto& folder) { std::ofstream(folder + place, std::ios::app) << "x"; }},
      {"blob dropped", [&](const auto& folder) { fs::remove(folder + place); }},
      {"blob added",
       [&](const auto& folder) {
         const std::string other = BlobPlace(std::string(64, 'a'));
         ExpectOk(MakeFolder(fs::path(folder + "/blobs/" + other).parent_path()));
         std::ofstream(folder + "/blobs/" + other) << "x";
       }},
      {"space dropped", [&](const auto& folder) { fs::remove(folder + space); }},
      {"space swapped",
       [&](const auto& folder) {
         fs::copy_file(folder + "/spaces/office.db", folder + space,
                       fs::copy_options::overwrite_existing);
       }},
      {"key of another server's log",
       [&](const auto& folder) { Run(folder + "/server.db", "DELETE FROM control"); }},
      {"control cut in the middle",
       [&](const auto& folder) {
         Run(folder + "/server.db", "DELETE FROM control WHERE position = 3");
       }},
      {"access row dropped",
       [&](const auto& folder) {
         Run(folder + "/server.db", "DELETE FROM access WHERE position = 1");
       }},
      {"page overwritten",
       [&](const auto& folder) {
         std::fstream file(folder + space, std::ios::in | std::ios::out | std::ios::binary);
         file.seekp(4096 + 8);
         file << std::string(200, '\x55');
       }},
  };
  for (const auto& [name, work] : cases) {
    SCOPED_TRACE(name);
    EXPECT_NE(After(work), "nothing");
  }
}

// Newest changes dropped with everything that speaks of them: only the anchor knows.
TEST_F(ArchiveTest, AnEndThatWasCutOffIsFoundThroughTheAnchor) {
  ServerTest::Stop();
  const std::string copy = Beside("-copy");
  fs::remove_all(copy);
  fs::copy(options_.data_dir, copy, fs::copy_options::recursive);
  Start();
  Tablet tablet("ins1", kTeam1, 9);
  tablet.Save("late", MakeVisit("D1", "u1", "2026-09-22", "D1-0922-01", "后来的"));
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  Stop();
  // The older folder, in which everything fits together, in the place of the newer one.
  EXPECT_EQ(Found(Check(copy)), "nothing");
  EXPECT_FALSE(Check(copy).anchored);
  VerifyOptions options;
  options.folder = copy;
  options.anchor_file = AnchorPath(options_.data_dir);
  const auto report = Verify(options);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_TRUE(report->first.has_value());
  EXPECT_EQ(report->first->reason, "RECEIPTS_CUT_OFF");
  EXPECT_EQ(report->first->space, kTeam1);
}

// The same, noticed by the server itself: it takes new replica ids.
TEST_F(ArchiveTest, AServerNoticesThatAnOlderFolderWasPutBack) {
  // Enrolled before: a device that the older control log does not know cannot bring itself back.
  Tablet tablet("ins1", kTeam1, 9);
  Stop();
  const std::string copy = Beside("-copy");
  fs::remove_all(copy);
  fs::copy(options_.data_dir, copy, fs::copy_options::recursive);
  Start();
  tablet.Save("late", MakeVisit("D1", "u1", "2026-09-22", "D1-0922-01", "后来的"));
  ASSERT_TRUE(tablet.Sync(*sync_).ok());
  Stop();
  const auto token = ReadFile(options_.data_dir + ".incarnation");
  fs::remove_all(options_.data_dir);
  fs::rename(copy, options_.data_dir);
  Start();
  EXPECT_NE(*ReadFile(options_.data_dir + ".incarnation"), *token);
  // The tablet offers again what the older folder lacks.
  const grpc::Status again = tablet.Sync(*sync_);
  ASSERT_TRUE(again.ok()) << again.error_message() << " " << ReasonIn(again);
  Stop();
  const VerifyReport report = Check(options_.data_dir);
  EXPECT_EQ(Found(report), "nothing");
  const auto now = ReadFile(options_.data_dir + ".incarnation");
  Start();
  EXPECT_EQ(*ReadFile(options_.data_dir + ".incarnation"), *now) << "noticed once";
}

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

// --- audit ------------------------------------------------------------------------------------

// The exit code of the independent program.
int RunChecker(const std::string& folder, const std::string& more = "") {
  const std::string command = absl::StrCat("python3 '", folder, "/check_audit.py' '", folder, "' ",
                                           more, " > '", folder, ".out' 2>&1");
  const int code = std::system(command.c_str());  // NOLINT: an auditor's terminal
  return WEXITSTATUS(code);
}

TEST_F(ArchiveTest, AnAuditorChecksTheExportWithoutUs) {
  Stop();
  ExportOptions options;
  options.data_dir = options_.data_dir;
  options.target = Beside("-audit");
  options.now_ms = now_ms_;
  ExpectOk(ExportAudit(options));
  const std::string out = options.target + ".out";
  EXPECT_EQ(RunChecker(options.target, "--blobs '" + options_.data_dir + "/blobs'"), 0)
      << *ReadFile(out);
  EXPECT_EQ(ExportAudit(options).code(), absl::StatusCode::kFailedPrecondition) << "not empty";
  // One digit of each line that holds evidence.
  const std::pair<std::string, std::string> cases[] = {
      {absl::StrCat("spaces/", kTeam1, "/changes.jsonl"), "\"canonical\":\""},
      {absl::StrCat("spaces/", kTeam1, "/changes.jsonl"), "\"chain\":\""},
      {absl::StrCat("spaces/", kTeam1, "/proofs.jsonl"), "\"signature\":\""},
      {absl::StrCat("spaces/", kTeam1, "/proofs.jsonl"), "\"hash\":\""},
      {absl::StrCat("spaces/", kTeam1, "/receipts.jsonl"), "\"signature\":\""},
      {absl::StrCat("spaces/", kTeam1, "/receipts.jsonl"), "\"previous\":\""},
      {"control.jsonl", "\"body\":\""},
      {"control.jsonl", "\"signature\":\""},
      {"access.jsonl", "\"hash\":\""},
  };
  for (const auto& [file, mark] : cases) {
    SCOPED_TRACE(absl::StrCat(file, " ", mark));
    const std::string path = absl::StrCat(options.target, "/", file);
    const std::string was = *ReadFile(path);
    std::string changed = was;
    const size_t at = changed.find(mark);
    ASSERT_NE(at, std::string::npos);
    char& digit = changed[at + mark.size() + 20];
    digit = digit == '0' ? '1' : '0';
    ExpectOk(WriteFile(path, changed));
    EXPECT_EQ(RunChecker(options.target), 1) << *ReadFile(out);
    // A whole line less.
    ExpectOk(WriteFile(path, was.substr(was.find('\n') + 1)));
    EXPECT_EQ(RunChecker(options.target), 1) << *ReadFile(out);
    ExpectOk(WriteFile(path, was));
  }
  EXPECT_EQ(RunChecker(options.target), 0) << *ReadFile(out);
  // An end that was cut off is found by whoever holds a receipt.
  const auto anchor = *ReadAnchor(AnchorPath(options_.data_dir));
  const auto& newest = anchor->spaces.at(kTeam1).receipt;
  const std::string expect = absl::StrCat(" --expect ", kTeam1, ":", newest.position, ":");
  EXPECT_EQ(RunChecker(options.target, expect + absl::BytesToHexString(newest.hash)), 0);
  EXPECT_EQ(RunChecker(options.target, expect + std::string(64, '0')), 1);
}

TEST_F(ArchiveTest, ExportsAZipThatOthersRead) {
  ExportOptions options;
  options.data_dir = options_.data_dir;
  options.target = Beside("-audit.zip");
  options.now_ms = now_ms_;
  ExpectOk(ExportAudit(options));  // beside the running server
  const std::string folder = Beside("-unzipped");
  const std::string command =
      absl::StrCat("python3 -m zipfile -t '", options.target,
                   "' > /dev/null && python3 -m zipfile -e '", options.target, "' '", folder, "'");
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: another program's reading
  EXPECT_EQ(RunChecker(folder), 0) << *ReadFile(folder + ".out");
}

}  // namespace
}  // namespace dudao::server
