// Tablets in this process that save into a few shared visits and sync while something else happens,
// for tests that kill.
//
// Each save has a text of its own, so that afterwards one can tell which are there and how often.
// Start and Stop from the test's thread; between them the tablets belong to the threads that this
// owns. What a sync of a running crowd came to is counted, not judged: the server may be gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "county.h"

namespace dudao::integration {

// DUDAO_TEST_SEED, or a random one; says how to repeat the test that is running with it.
uint64_t TestSeed();

class BusyTablets {
 public:
  static constexpr char kSpace[] = "team-d1-2026";

  // Enrols them with people of the sample list. `clock` outlives this.
  BusyTablets(County& county, int count, client::Clock& clock);
  ~BusyTablets();

  // Everybody works until each has made `saves_most` saves in all, or until Stop.
  void Start(int saves_most);
  void Stop();
  // Waits until all saves are made.
  void Join();
  bool busy() const { return working_ > 0; }
  int syncs_ended_well() const { return ended_well_; }
  int saves() const { return saves_; }

  // Until all have everything of all; a test failure where that does not come.
  void SyncUntilAllIsWell();
  void ExpectAllEqualTheServer();
  // Saves that the server's history lacks or has more than once; told by seed where there are any.
  void ExpectEachSaveOnceInHistory(uint64_t seed);
  const std::vector<std::unique_ptr<command::Tablet>>& all() const { return tablets_; }

 private:
  void Work(size_t thread, int saves_most);
  bool Save(size_t tablet);
  std::map<std::string, int> TextsInHistory();

  County& county_;
  std::vector<std::unique_ptr<command::Tablet>> tablets_;
  std::vector<int> saves_of_;
  std::vector<std::thread> threads_;
  std::atomic<int> working_{0};
  std::atomic<bool> stop_{false};
  std::atomic<int> ended_well_{0};
  std::atomic<int> saves_{0};
};

}  // namespace dudao::integration
