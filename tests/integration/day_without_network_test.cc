// US-01: a full day without network. The battery is pulled with kill -9, the road is bad.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/time/clock.h"
#include "county.h"
#include "cutting_proxy.h"
#include "import_files.h"
#include "process.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr char kVillage[] = "140824103200";
constexpr int kPhotos = 6;
constexpr size_t kPhotoBytes = 200 * 1000;

class DayWithoutNetwork : public testing::Test {
 protected:
  void SetUp() override {
    county_.ImportAll();
    tablet_.Enrol(county_, "p07", proxy_.address());
    tablet_.DoOk({"sync"});
  }

  // Answers 20 items, three of them with no; each no opens a finding.
  std::set<std::string> AnswerChecks() {
    std::vector<std::string> edits = {"edit",
                                      visit_,
                                      "check_extras[B5.count].number=2",
                                      "check_extras[C2.income_prev].number=12000000",
                                      "check_extras[C2.income_ytd].number=9000000",
                                      "check_extras[H2.mean].number=430"};
    for (const char* code :
         {"A1", "A2", "A3", "A4", "B1", "B2", "B4", "B6", "B7", "C1", "C4", "C6", "D1", "F1"}) {
      edits.push_back(std::string("check_items[") + code + "].result=是");
    }
    for (const char* code : {"B3", "C3", "D3"})
      edits.push_back(std::string("check_items[") + code + "].result=否");
    const json opened = tablet_.DoOk(edits).last().at("findings_opened");
    return opened.get<std::set<std::string>>();
  }

  // Types a problem character by character and pulls the battery while the next ones are on their
  // way. Returns what was acknowledged.
  std::string TypeAndPullBattery(const std::string& finding);
  // Searches by initials and picks the village; the header fills itself in.
  void StartVisit();
  void ExpectFindingsFor(const std::set<std::string>& codes);
  void AddPhotos(const std::set<std::string>& findings);
  void ExpectTyped(const std::string& finding, const std::string& acknowledged);
  // The connection drops at half of the photos, then comes back.
  void SyncOverABadRoad();
  void ExpectServerHasAll();

  OwnFolder folder_;
  County county_{"server"};
  CuttingProxy proxy_{county_.address()};
  TerminalTablet tablet_{"li.db", "2026-09-21T08:05:00+08:00"};
  std::string visit_;
};

std::string DayWithoutNetwork::TypeAndPullBattery(const std::string& finding) {
  static const std::vector<std::string> kTyped = {"村", "委", "会", "公", "示", "栏", "九", "月",
                                                  "未", "更", "新", "资", "金", "去", "向"};
  mkfifo("keys", 0600);
  command::ProcessOptions options;
  options.command = {Program(), "--json", "--now", "2026-09-21T11:00:00+08:00"};
  for (const std::string& word : tablet_.Command({"form", visit_})) options.command.push_back(word);
  options.stdin_file = "keys";
  options.stdout_file = "typing.out";
  options.stderr_file = "typing.err";
  auto typing = command::Process::Start(options);
  EXPECT_TRUE(typing.ok());
  std::ofstream keys("keys");
  std::string text;
  std::vector<std::string> states;
  for (const std::string& character : kTyped) {
    text += character;
    states.push_back(text);
    keys << "findings[" << finding << "].problem=" << text << std::endl;
  }
  // Pulled as soon as some of it is known to be safe; the rest is being typed.
  const absl::Time until = absl::Now() + absl::Seconds(30);
  size_t kept = 0;
  while (kept < 5 && absl::Now() < until && typing->Running()) {
    const std::string out = command::ReadWholeFile("typing.out").value_or("");
    kept = static_cast<size_t>(std::count(out.begin(), out.end(), '\n'));
    absl::SleepFor(absl::Milliseconds(1));
  }
  typing->Kill();
  const std::string out = command::ReadWholeFile("typing.out").value_or("");
  kept = static_cast<size_t>(std::count(out.begin(), out.end(), '\n'));
  EXPECT_GE(kept, 5U) << command::ReadWholeFile("typing.err").value_or("");
  return states.at(std::min(kept, states.size()) - 1);
}

void DayWithoutNetwork::StartVisit() {
  const Outcome found = tablet_.DoOk({"search", "zdc"});
  bool offered = false;
  for (const json& place : found.lines) offered = offered || place.at("code") == kVillage;
  EXPECT_TRUE(offered);
  const json started = tablet_.DoOk({"new-visit", kVillage, "--inspector", "p08"}).last();
  visit_ = started.at("temp_no").get<std::string>();
  EXPECT_EQ(visit_, "D2-0921-01");
  EXPECT_EQ(started.at("visit").at("unit_type"), "UNIT_TYPE_VILLAGE");
  EXPECT_EQ(started.at("visit").at("visit_date"), "2026-09-21");
}

void DayWithoutNetwork::ExpectFindingsFor(const std::set<std::string>& codes) {
  const json filled = tablet_.Show(visit_).at("visit");
  std::set<std::string> found;
  for (const json& finding : filled.at("findings"))
    found.insert(finding.at("check_code").get<std::string>());
  EXPECT_EQ(found, codes);
}

void DayWithoutNetwork::AddPhotos(const std::set<std::string>& findings) {
  auto finding = findings.begin();
  for (int i = 0; i < kPhotos; ++i) {
    if (i == kPhotos / 2) ++finding;
    const std::string file =
        WritePhoto("photo" + std::to_string(i) + ".jpg", static_cast<uint64_t>(i), kPhotoBytes);
    tablet_.DoOk({"add-photo", visit_, file, "--finding", *finding});
  }
}

void DayWithoutNetwork::ExpectTyped(const std::string& finding, const std::string& acknowledged) {
  const json after = tablet_.Show(visit_).at("visit");
  for (const json& each : after.at("findings")) {
    if (each.at("id") != finding) continue;
    const std::string problem = each.value("problem", "");
    EXPECT_EQ(problem.rfind(acknowledged, 0), 0U)
        << "lost: " << acknowledged << " became " << problem;
  }
}

void DayWithoutNetwork::SyncOverABadRoad() {
  const uint64_t before = proxy_.bytes_up();
  proxy_.CutAfter(kPhotos * kPhotoBytes / 2);
  const Outcome interrupted = tablet_.Do({"sync"});
  EXPECT_TRUE(proxy_.cut());
  EXPECT_EQ(interrupted.code, 1) << "a sync that was cut says that it is not complete";
  proxy_.Heal();
  EXPECT_TRUE(tablet_.DoOk({"sync"}).last().at("ok"));
  // At most the piece that was on its way when the connection broke goes twice.
  EXPECT_LT(proxy_.bytes_up() - before, kPhotos * kPhotoBytes + 256 * 1024 + 64 * 1024);
  const json again = tablet_.DoOk({"sync"}).last();
  EXPECT_EQ(again.at("changes_sent"), 0);
  EXPECT_EQ(again.at("blobs_sent"), 0);
}

void DayWithoutNetwork::ExpectServerHasAll() {
  const std::string space = command::TeamSpaceOf("D2");
  EXPECT_EQ(tablet_.TeamDigest(), ServerDigest(county_.office(), space));
  const json visit = tablet_.Show(visit_).at("visit");
  std::vector<std::string> hashes;
  for (const json& evidence : visit.at("evidence"))
    hashes.push_back(evidence.at("sha256").get<std::string>());
  ASSERT_EQ(hashes.size(), static_cast<size_t>(kPhotos));
  EXPECT_EQ(county_.office().CountBlobs(space, hashes).value_or(0), static_cast<uint64_t>(kPhotos));
}

TEST_F(DayWithoutNetwork, LosesNothingAndSendsEachByteOnce) {
  const uint64_t connections_at_the_office = proxy_.connections();
  tablet_.SetNow("2026-09-21T09:00:00+08:00");
  StartVisit();
  const auto findings = AnswerChecks();
  ASSERT_EQ(findings.size(), 3U);
  ExpectFindingsFor({"B3", "C3", "D3"});
  AddPhotos(findings);

  // The battery is pulled while the second finding is typed.
  const std::string second = *std::next(findings.begin());
  const std::string acknowledged = TypeAndPullBattery(second);
  EXPECT_EQ(tablet_.DoOk({"drafts"}).lines.size(), 1U);
  tablet_.SetNow("2026-09-21T11:05:00+08:00");
  tablet_.DoOk({"save", visit_});
  ExpectTyped(second, acknowledged);

  // The contact will not sign; two witnesses.
  tablet_.DoOk(
      {"edit", visit_, R"(unit_refusal={"reason":"对等级有异议","witnessIds":["p07","p08"]})"});
  EXPECT_EQ(proxy_.connections(), connections_at_the_office)
      << "something left the device before the sync";
  tablet_.SetNow("2026-09-21T17:00:00+08:00");
  SyncOverABadRoad();
  ExpectServerHasAll();
}

}  // namespace
}  // namespace dudao::integration
