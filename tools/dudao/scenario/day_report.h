// What a day of field work came to, and whether everything that must be equal is equal.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "console.h"

namespace dudao::command {

struct DayReport {
  uint64_t tablets = 0, teams = 0, places = 0;
  uint64_t visits = 0, findings = 0, photos = 0, photo_bytes = 0, saves = 0;
  uint64_t supplements = 0, submitted = 0;
  uint64_t clashes = 0;            // fields that people wrote without knowing of each other
  uint64_t values_written = 0;     // values in them
  uint64_t values_on_tablets = 0;  // found on every tablet of the team, with author and time
  uint64_t values_on_server = 0;
  uint64_t conflicts_left = 0;  // after one was settled in each team
  uint64_t syncs = 0, bytes_up = 0, bytes_down = 0;
  uint64_t second_sync_sent = 0;
  uint64_t blobs_on_server = 0, blobs_expected = 0;
  std::string delivery_zh, delivery_en;      // what one tablet says to its inspector
  std::string revoked_person;                // whose tablet was revoked after the day
  std::string late_change;                   // made after a hand-over: kept aside, then released
  std::string late_reason;                   // why it was kept aside
  std::map<std::string, uint64_t> verified;  // what `dudao verify` walked, by name
  std::vector<std::string> wrong;            // English; empty where all is well

  nlohmann::json ToJson() const;
  void Tell(Console& console) const;
};

}  // namespace dudao::command
