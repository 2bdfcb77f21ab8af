// kill -9 of the server at random moments while notices are issued: numbers have no gaps, none is
// given twice, and no issued notice lacks its own.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "busy_tablets.h"
#include "county.h"
#include "dudao/domain/rectification.h"
#include "finding_office.h"

namespace dudao::integration {
namespace {

constexpr char kSpace[] = "team-d1-2026";
constexpr int kFindings = 60;
constexpr int kKills = 8;

class NoticesKilled : public testing::Test {
 protected:
  void SetUp() override {
    county_.ImportAll();
    TerminalTablet lead("lead.db", "2026-09-21T09:00:00+08:00");
    lead.Enrol(county_, "p01");
    lead.DoOk({"sync"});
    const auto visit = lead.DoOk({"new-visit", "140824103200", "--inspector", "p02"})
                           .last()
                           .at("temp_no")
                           .get<std::string>();
    std::vector<std::string> words = {
        "edit",
        visit,
        "mode=四不两直",
        "areas+=grid",
        "arrived_at_ms=1789952400000",
        "left_at_ms=1789974000000",
        R"(unit_refusal={"reason":"负责人外出","witnessIds":["p01","p02"]})"};
    for (int i = 0; i < kFindings; ++i) {
      const std::string path = "findings[" + Id(i) + "].";
      for (const char* edit : {"problem=楼梯扶手破损", "owner_unit=140824103200", "level=一般"})
        words.push_back(path + edit);
    }
    lead.DoOk(words);
    EXPECT_TRUE(lead.DoOk({"submit", visit}).last().at("submitted"));
    lead.DoOk({"sync"});
    session_ = county_.SessionOf("p21");
  }
  static std::string Id(int i) { return "f" + std::to_string(100 + i); }

  // Decides until it is done: whoever is cut off looks again, as a person would.
  void Until(const std::string& id, records::v1::RectificationState state,
             const std::function<void(review::v1::DecideFindingRequest&)>& fill) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const auto office = command::OpenFindingOffice(session_);
      ASSERT_TRUE(office.ok()) << office.status();
      review::v1::GetFindingRequest get;
      get.set_space(kSpace);
      get.set_finding_id(id);
      const auto seen = (*office)->GetFinding(get);
      if (seen.ok() && seen->row().state() == state) return;
      if (seen.ok()) {
        review::v1::DecideFindingRequest request;
        request.set_space(kSpace);
        request.set_finding_id(id);
        request.set_context(seen->context());
        request.set_content_digest(seen->content_digest());
        fill(request);
        if ((*office)->DecideFinding(request).ok()) return;
      }
      absl::SleepFor(absl::Milliseconds(20));  // the server is being started again
    }
    ADD_FAILURE() << id << " was never decided";
  }

  const uint64_t seed_ = TestSeed();
  OwnFolder folder_;
  County county_{"server"};
  std::string session_;
  std::atomic<bool> done_{false};
};

TEST_F(NoticesKilled, LeavesNoGapAndGivesNoNumberTwice) {
  for (int i = 0; i < kFindings; ++i) {
    Until(Id(i), records::v1::RECTIFICATION_STATE_CONFIRMED, [](auto& request) {
      request.mutable_confirm()->set_level(records::v1::FINDING_LEVEL_ORDINARY);
    });
  }
  std::thread issuer([&] {
    for (int i = 0; i < kFindings; ++i) {
      Until(Id(i), records::v1::RECTIFICATION_STATE_ISSUED,
            [](auto& request) { request.mutable_issue(); });
    }
    done_ = true;
  });
  // Here and not in a thread: a process ends with the thread that started it.
  int kills = 0;
  std::mt19937_64 dice(seed_);
  while (kills < kKills && !done_) {
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(5, 250)(dice)));
    county_.Kill();
    county_.Restart();
    ++kills;
  }
  issuer.join();
  EXPECT_GT(kills, 0);
  const auto office = command::OpenFindingOffice(session_);
  ASSERT_TRUE(office.ok());
  review::v1::ListFindingsRequest request;
  request.set_page_size(500);
  const auto all = (*office)->ListFindings(request);
  ASSERT_TRUE(all.ok()) << all.status();
  std::map<int, int> numbers;
  for (const auto& row : all->findings())
    ++numbers[domain::ParseNoticeNumber(row.notice_no()).number];
  ASSERT_EQ(numbers.size(), static_cast<size_t>(kFindings));
  int expected = 0;
  for (const auto& [number, count] : numbers) {
    EXPECT_EQ(number, ++expected);
    EXPECT_EQ(count, 1);
  }
}

}  // namespace
}  // namespace dudao::integration
