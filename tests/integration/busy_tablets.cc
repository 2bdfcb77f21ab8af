#include "busy_tablets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "field_edit.h"
#include "process.h"

namespace dudao::integration {
namespace {

constexpr size_t kThreads = 4;
constexpr int kVisits = 3;
constexpr int kSites = 4;
constexpr int kSavesBetweenSyncs = 4;
constexpr int kPeople = 5;

std::string TextOf(size_t tablet, int save) {
  return "tablet " + std::to_string(tablet) + " save " + std::to_string(save);
}

std::string VisitKey(int save) { return "visit-" + std::to_string(save % kVisits); }

}  // namespace

uint64_t TestSeed() {
  const char* given = std::getenv("DUDAO_TEST_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  testing::Test::RecordProperty("seed", std::to_string(seed));
  const std::string name = std::filesystem::path(command::OwnProgram()).filename();
  std::cout << "seed " << seed << "; repeat with DUDAO_TEST_SEED=" << seed
            << " ctest --preset release -R '^" << name << "$'\n";
  return seed;
}

BusyTablets::BusyTablets(County& county, int count, client::Clock& clock) : county_(county) {
  for (int i = 0; i < count; ++i) {
    auto tablet = county.EnrolledTablet("t" + std::to_string(i) + ".db",
                                        "p0" + std::to_string(1 + i % kPeople), clock);
    if (tablet == nullptr) continue;  // told already
    tablets_.push_back(std::move(tablet));
  }
  saves_of_.resize(tablets_.size());
}

BusyTablets::~BusyTablets() { Stop(); }

// Everybody writes into a few shared visits, so that much of it clashes. A save that returned is
// acknowledged.
bool BusyTablets::Save(size_t tablet) {
  const int save = saves_of_[tablet];
  client::v1::EditRequest request;
  request.mutable_record()->set_space(kSpace);
  request.mutable_record()->set_type_id(command::kVisitType);
  request.mutable_record()->set_key(VisitKey(save));
  auto& edit = *request.add_edits();
  edit.set_path("sites_seen[s" + std::to_string(tablet % kSites) + "].situation");
  edit.mutable_set()->set_text(TextOf(tablet, save));
  const auto saved = tablets_[tablet]->core().Edit(request);
  EXPECT_TRUE(saved.ok()) << saved.status();
  if (!saved.ok()) return false;
  ++saves_of_[tablet];
  ++saves_;
  return true;
}

void BusyTablets::Work(size_t thread, int saves_most) {
  for (bool more = true; more && !stop_;) {
    more = false;
    for (size_t tablet = thread; tablet < tablets_.size() && !stop_; tablet += kThreads) {
      if (saves_of_[tablet] >= saves_most || !Save(tablet)) continue;
      more = true;
      if (saves_of_[tablet] % kSavesBetweenSyncs != 0) continue;
      const auto synced = tablets_[tablet]->Sync();
      EXPECT_TRUE(synced.ok()) << synced.status();
      ended_well_ += synced.ok() && synced->finished.ok() ? 1 : 0;
    }
  }
  --working_;
}

void BusyTablets::Start(int saves_most) {
  stop_ = false;
  working_ = static_cast<int>(kThreads);
  for (size_t thread = 0; thread < kThreads; ++thread)
    threads_.emplace_back([this, thread, saves_most] { Work(thread, saves_most); });
}

void BusyTablets::Stop() {
  stop_ = true;
  Join();
}

void BusyTablets::Join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void BusyTablets::SyncUntilAllIsWell() {
  constexpr int kRounds = 2;
  constexpr int kAttempts = 5;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& tablet : tablets_) {
      bool well = false;
      for (int attempt = 0; attempt < kAttempts && !well; ++attempt) {
        const auto synced = tablet->Sync();
        ASSERT_TRUE(synced.ok()) << synced.status();
        well = synced->finished.ok();
      }
      ASSERT_TRUE(well) << tablet->profile().device_name;
    }
  }
}

void BusyTablets::ExpectAllEqualTheServer() {
  const std::string server = ServerDigest(county_.office(), kSpace);
  for (const auto& tablet : tablets_) {
    const auto digest = tablet->Digest(kSpace);
    ASSERT_TRUE(digest.ok()) << digest.status();
    EXPECT_EQ(command::Hex(*digest), server) << tablet->profile().device_name;
  }
}

std::map<std::string, int> BusyTablets::TextsInHistory() {
  std::map<std::string, int> texts;
  for (int visit = 0; visit < kVisits; ++visit) {
    review::v1::ListHistoryRequest request;
    request.set_space(kSpace);
    request.set_type_id(command::kVisitType);
    request.set_key(VisitKey(visit));
    request.set_page_size(1000);
    do {
      const auto page = county_.office().ListHistory(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return texts;
      for (const auto& row : page->rows()) ++texts[row.value().text()];
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
  }
  return texts;
}

void BusyTablets::ExpectEachSaveOnceInHistory(uint64_t seed) {
  const std::map<std::string, int> texts = TextsInHistory();
  int missing = 0;
  int doubled = 0;
  for (size_t tablet = 0; tablet < tablets_.size(); ++tablet) {
    for (int save = 0; save < saves_of_[tablet]; ++save) {
      const auto found = texts.find(TextOf(tablet, save));
      missing += found == texts.end() ? 1 : 0;
      doubled += found != texts.end() && found->second > 1 ? 1 : 0;
    }
  }
  EXPECT_EQ(missing, 0) << "of " << saves_ << " acknowledged saves, seed " << seed;
  EXPECT_EQ(doubled, 0) << "of " << saves_ << " acknowledged saves, seed " << seed;
}

}  // namespace dudao::integration
