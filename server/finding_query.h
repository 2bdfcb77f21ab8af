// What the projection is asked about findings, and what it answers. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dudao/domain/rectification.h"

namespace dudao::server {

// Values of FindingRowData::part and FindingQuery::part.
enum class FindingPart : int { kHidden = 0, kInbox = 1, kOpen = 2, kClosed = 3, kOther = 4 };

// What to list; what is empty does not count.
struct FindingQuery {
  enum class Order { kNewest, kDue, kWaiting, kNumber, kUnit, kLevel, kState };
  std::vector<std::string> spaces;  // that may be seen; none means nothing is found
  // Only notices for this unit: its code or name, a township's with its villages.
  std::string answered_by;
  int part = 0;  // FindingPart; 0: all but the hidden ones
  bool todo = false;
  std::string team_id;
  std::string unit_prefix;
  int state = 0;
  int level = 0;
  int light = 0;  // number of review::v1::Light, at now_ms
  int64_t now_ms = 0;
  std::string from_date;
  std::string to_date;
  std::string text;
  std::string area;
  Order order = Order::kNewest;
  bool reversed = false;
};

struct FindingRowData {
  std::string space;
  std::string finding_id;
  std::string visit_key;
  std::string visit_no;
  std::string temp_no;
  std::string notice_no;
  std::string team_id;
  std::string unit_code;
  std::string unit_name;
  std::string township_name;
  std::string visit_date;
  std::string check_code;
  std::string problem;
  std::string owner_unit;
  int level = 0;
  bool decided = false;
  std::string due;
  int64_t green_until_ms = 0;
  int64_t yellow_until_ms = 0;
  int64_t waiting_since_ms = 0;
  int evidence = 0;
  int conflicts = 0;
  int sources = 1;
  int rework = 0;
  int reopened = 0;
  bool stale = false;
  std::string closed_on;
  std::string digest;  // of the finding now
  std::string merged_into;
  domain::FindingFacts facts;
  int64_t issued_ms = 0;
  std::string sort;  // of the order asked for
};

// The last row of a page.
struct FindingPosition {
  std::string sort;
  std::string space;
  std::string finding_id;
};

// A look-back of a finding, in whatever space.
struct LookBackRow {
  std::string space;
  std::string visit_key;
  std::string visit_no;
  std::string checker_id;
  int result = 0;
  std::string date;
  bool submitted = false;
};

// A bar of a chart.
struct FindingCount {
  std::string key;
  int64_t count = 0;
  int64_t open = 0;
  int64_t overdue = 0;
};

// What waits in the office beside findings.
struct WaitingCounts {
  int64_t visits = 0;     // submitted
  int64_t conflicts = 0;  // visits with competing values
};

struct VisitFigures {
  int64_t visits = 0;  // of teams, that count
  int64_t units_visited = 0;
  int64_t units_planned = 0;
  int64_t leaders_visited = 0;  // of whom there is a visit
};

// A unit with what is known of it.
struct CoverageRowData {
  std::string code;
  std::string name;
  std::string township_code;
  std::string township_name;
  int unit_type = 0;
  bool weak = false;
  bool thin = false;
  bool plannable = true;
  std::string last_visit;
  std::string last_team;
  int visits = 0;
  int open = 0;
  int overdue = 0;
  double longitude = 0;
  double latitude = 0;
  int fixes = 0;
  std::string last_leader_visit;
  std::string sort;
};

}  // namespace dudao::server
