// New keys, with real processes: a tablet that changes its key is killed at random moments of that,
// and afterwards works on; its old key serves nobody.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "absl/time/clock.h"
#include "archive.h"
#include "county.h"
#include "process.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kKills = 8;
constexpr char kMorning[] = "2026-09-21T09:00:00+08:00";

uint64_t Seed() {
  const char* given = std::getenv("DUDAO_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

class KeyRotation : public testing::Test {
 protected:
  void SetUp() override {
    std::cout << "seed " << seed_ << "; repeat with DUDAO_TEST_SEED=" << seed_ << "\n";
    county_.ImportAll();
    li_.Enrol(county_, "p07");
    wang_.Enrol(county_, "p08");
    for (TerminalTablet* tablet : {&li_, &wang_}) tablet->DoOk({"sync"});
    visit_ = li_.DoOk({"new-visit", "140824103200", "--inspector", "p08"})
                 .last()
                 .at("temp_no")
                 .get<std::string>();
    li_.DoOk({"sync"});
  }

  // Starts the command and kills it after a moment. True where it was still running.
  bool DoAndKill(const TerminalTablet& tablet, const std::vector<std::string>& arguments) {
    command::ProcessOptions options;
    options.command = {Program(), "--json"};
    for (const std::string& word : tablet.Command(arguments)) options.command.push_back(word);
    options.stdout_file = "killed.out";
    options.stderr_file = "killed.err";
    auto process = command::Process::Start(options);
    EXPECT_TRUE(process.ok());
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(0, 100)(dice_)));
    const bool running = process->Running();
    process->Kill();
    return running;
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
  const uint64_t seed_ = Seed();
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
    killed += DoAndKill(li_, {"rotate-key"}) ? 1 : 0;
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

}  // namespace
}  // namespace dudao::integration
