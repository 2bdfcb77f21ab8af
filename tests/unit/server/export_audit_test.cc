// The audit export, read by others.
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "anchor.h"
#include "archive_fixture.h"
#include "files.h"

namespace dudao::server {
namespace {

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
