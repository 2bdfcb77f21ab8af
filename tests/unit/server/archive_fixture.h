// A server's folder with some work in it, to verify, back up, restore and export.
//
// One server a test, as in server_fixture.h. Not thread-safe.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "dudao/server/archive.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {

inline constexpr char kTeam1[] = "team-d1-2026";

inline void ExpectOk(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }

// The exit code of the auditor's own program; what it said is in `folder`.out.
inline int RunChecker(const std::string& folder, const std::string& more = "") {
  const std::string command = absl::StrCat("python3 '", folder, "/check_audit.py' '", folder, "' ",
                                           more, " > '", folder, ".out' 2>&1");
  const int code = std::system(command.c_str());  // NOLINT: an auditor's terminal
  return WEXITSTATUS(code);
}

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
    std::filesystem::remove_all(copy);
    std::filesystem::copy(options_.data_dir, copy, std::filesystem::copy_options::recursive);
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

}  // namespace dudao::server
