// What a key of the server that was replaced can still do: nothing. Whoever has read the old key
// file signs with it here, and each of those who check finds it.
#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "archive_fixture.h"
#include "dudao/server/rotation.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "server_key.h"

namespace dudao::server {
namespace {

class ReplacedKeyTest : public ArchiveTest {
 protected:
  // Work before and after the rotation; the server is stopped.
  void SetUp() override {
    ArchiveTest::SetUp();
    Stop();
    ASSERT_TRUE(RotateServerKey(options_.data_dir, now_ms_).ok());
    Start();
    Tablet tablet("ins2", kTeam1, 2);
    tablet.Save("visit-9", MakeVisit("D1", "u1", "2026-09-22", "D1-0922-01", "路面破损"));
    EXPECT_TRUE(tablet.Sync(*sync_).ok());
    Stop();
  }

  // The newest receipt of the team's space as it is stored.
  static trust::v1::Receipt Newest(const std::string& folder) {
    trust::v1::Receipt receipt;
    auto db = sync::Database::Open(SpaceFile(folder));
    auto read = (*db)->Prepare("SELECT body FROM receipt ORDER BY ix DESC LIMIT 1");
    EXPECT_TRUE(*read->Step());
    EXPECT_TRUE(receipt.ParseFromString(std::string(read->Blob(0))));
    return receipt;
  }
  // The same words, signed by key 1.
  trust::v1::Receipt SignedByTheOldKey(trust::v1::Receipt receipt) const {
    const auto key = ServerKey::Open(options_.data_dir + "/server.key", false);
    receipt.set_key(1);
    ExpectOk(sync::SignReceipt((*key)->SigningOf(1), kTeam1, receipt));
    return receipt;
  }
  static std::string SpaceFile(const std::string& folder) {
    return absl::StrCat(folder, "/spaces/", kTeam1, ".db");
  }
};

TEST_F(ReplacedKeyTest, WhatItSignedInItsTimeStaysTrue) {
  EXPECT_EQ(Newest(options_.data_dir).key(), 2u);
  EXPECT_EQ(After([](const std::string&) {}), "nothing");
}

TEST_F(ReplacedKeyTest, VerifyFindsALaterReceiptByIt) {
  const std::string found = After([&](const std::string& folder) {
    const std::string body = SignedByTheOldKey(Newest(folder)).SerializeAsString();
    auto db = sync::Database::Open(SpaceFile(folder));
    auto write = (*db)->Prepare(
        "UPDATE receipt SET body = ?1 WHERE ix = "
        "(SELECT max(ix) FROM receipt)");
    write->BindBlob(1, body);
    ExpectOk(write->Run());
  });
  EXPECT_NE(found.find("a key that was not the server's at that time"), std::string::npos) << found;
}

TEST_F(ReplacedKeyTest, AnAuditorFindsALaterReceiptByIt) {
  ExportOptions options;
  options.data_dir = options_.data_dir;
  options.target = Beside("-audit");
  std::filesystem::remove_all(options.target);
  options.now_ms = now_ms_;
  ExpectOk(ExportAudit(options));
  const std::string out = options.target + ".out";
  EXPECT_EQ(RunChecker(options.target), 0) << *ReadFile(out);

  const trust::v1::Receipt newest = Newest(options_.data_dir);
  const trust::v1::Receipt forged = SignedByTheOldKey(newest);
  const std::string path = absl::StrCat(options.target, "/spaces/", kTeam1, "/receipts.jsonl");
  std::string lines = *ReadFile(path);
  const std::string was = absl::BytesToHexString(newest.signature());
  ASSERT_NE(lines.find(was), std::string::npos);
  lines.replace(lines.find(was), was.size(), absl::BytesToHexString(forged.signature()));
  const size_t key = lines.rfind("\"key\":2");
  ASSERT_NE(key, std::string::npos);
  lines.replace(key, 7, "\"key\":1");
  ExpectOk(WriteFile(path, lines));
  EXPECT_EQ(RunChecker(options.target), 1);
  EXPECT_NE(ReadFile(out)->find("a key that was not the server's then"), std::string::npos)
      << *ReadFile(out);
}

}  // namespace
}  // namespace dudao::server
