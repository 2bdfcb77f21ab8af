// What `dudao verify` finds in a real server's folder.
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "anchor.h"
#include "archive_files.h"
#include "archive_fixture.h"
#include "dudao/server/names.h"
#include "files.h"

namespace dudao::server {
namespace {
namespace fs = std::filesystem;

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
}  // namespace
}  // namespace dudao::server
