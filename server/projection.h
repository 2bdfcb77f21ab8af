// What the office queries across spaces: visits, findings with what became of them, places and
// teams as indexed rows, in projection.db.
//
// Derived from the stores and nothing else: it may be deleted at any time and is rebuilt at the
// next start. Each row says what the merged record shows. Catching up reads Store::ScanTouched from
// the revision that was reached, so it costs what changed. Does not: answer questions about
// permission; the caller names the spaces that may be seen. Thread-safe. Errors are those of the
// storage below.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "finding_query.h"

namespace dudao::server {

// What to list; what is empty does not count.
struct VisitQuery {
  std::vector<std::string> spaces;  // that may be seen; none means nothing is found
  std::string team_id;
  std::string unit_prefix;
  int state = 0;
  std::string from_date;
  std::string to_date;
  std::string text;
  bool only_conflicts = false;
  enum class Order { kNewest, kNumber, kUnit, kTeam, kFindings, kEvidence, kState, kChanged };
  Order order = Order::kNewest;
  bool reversed = false;
};

struct VisitRowData {
  std::string space;
  std::string key;
  std::string temp_no;
  std::string team_id;
  std::string unit_code;
  std::string unit_name;
  std::string township_name;
  std::string visit_date;
  int state = 0;
  int findings = 0;
  int evidence = 0;
  int conflicts = 0;
  int64_t changed_ms = 0;
  std::string sort;  // of the order asked for
};

// The last row of a page.
struct VisitPosition {
  std::string sort;
  std::string space;
  std::string key;
};

struct TeamRow {
  std::string team_id;
  std::string name;
  int quota = 2;
};

// What records of a space say of a file.
struct FileUse {
  bool referenced = false;
  bool personal = false;  // marked by anybody as showing personal data, or a signature
};

// What a retention rule lists.
struct DueVisit {
  std::string space;
  std::string key;
  std::string temp_no;
  std::string visit_date;
};
struct DueFile {
  std::string space;
  std::string sha256;
};

class Projection {
 public:
  // Throws a file away that is damaged or of another version.
  static absl::StatusOr<std::unique_ptr<Projection>> Open(const std::string& path);

  // Reads what changed in a space. The caller holds it.
  absl::Status CatchUp(std::string_view space, sync::Store& store);
  // Forgets a space, so that CatchUp reads all of it.
  absl::Status Forget(std::string_view space);

  // At most `count` visits after `after` (null: from the start).
  absl::StatusOr<std::vector<VisitRowData>> Visits(const VisitQuery& query,
                                                   const VisitPosition* after, int count);
  absl::StatusOr<int64_t> CountVisits(const VisitQuery& query);
  // What the month board needs of the visits of these spaces whose day lies in the month or is not
  // usable.
  absl::StatusOr<std::vector<records::v1::Visit>> MonthOf(const std::vector<std::string>& spaces,
                                                          std::string_view month);
  absl::StatusOr<std::vector<TeamRow>> Teams();

  // Findings (finding_query.cc).
  absl::StatusOr<std::vector<FindingRowData>> Findings(const FindingQuery& query,
                                                       const FindingPosition* after, int count);
  absl::StatusOr<int64_t> CountFindings(const FindingQuery& query);
  // Nothing where there is none, hidden ones included.
  absl::StatusOr<std::optional<FindingRowData>> FindFinding(std::string_view space,
                                                            std::string_view finding_id);
  // Whether the unit answers for it: for its code or name, a township for its villages too.
  absl::StatusOr<bool> Answers(std::string_view space, std::string_view finding_id,
                               const std::string& unit);
  // Merged into this one.
  absl::StatusOr<std::vector<FindingRowData>> MergedInto(std::string_view finding_id);
  // Of the same unit, newest first.
  absl::StatusOr<std::vector<FindingRowData>> FindingsOfUnit(const std::vector<std::string>& spaces,
                                                             std::string_view unit_code, int count);
  // In these spaces, newest first.
  absl::StatusOr<std::vector<LookBackRow>> LookBacksOf(const std::vector<std::string>& spaces,
                                                       std::string_view finding_id);
  // Highest number of a notice in this year; 0 for none.
  absl::StatusOr<int> LastNotice(int year);
  // What charts count by a column of the finding (finding_figures.cc).
  enum class Group { kArea, kLevel, kTownship, kState, kAge, kMonth };
  absl::StatusOr<std::vector<FindingCount>> CountBy(const FindingQuery& query, Group group);
  // Units in order: plannable ones first, longest not visited, weak or thin ones before others.
  absl::StatusOr<std::vector<CoverageRowData>> Coverage(const std::vector<std::string>& spaces,
                                                        std::string_view unit_prefix,
                                                        int64_t now_ms);
  absl::StatusOr<VisitFigures> CountVisited(const std::vector<std::string>& spaces,
                                            std::string_view from_date, std::string_view to_date);
  absl::StatusOr<WaitingCounts> CountWaiting(const std::vector<std::string>& spaces);
  // Display names of all places, by code.
  absl::StatusOr<std::map<std::string, std::string>> PlaceNames();
  domain::WorkingCalendar Calendar();

  absl::StatusOr<FileUse> UseOfFile(std::string_view space, std::string_view sha256);
  // Visits of a day before `day`; those without a usable day, last changed before `before_ms`.
  absl::StatusOr<std::vector<DueVisit>> VisitsBefore(std::string_view day, int64_t before_ms,
                                                     size_t count);
  // Files to which only such visits refer, in whatever space.
  absl::StatusOr<std::vector<DueFile>> FilesBefore(std::string_view day, int64_t before_ms,
                                                   size_t count);

  // All rows as text, for comparisons.
  absl::StatusOr<std::string> Dump();
  int64_t StoredBytes() const;
  // Rows written since it was opened: what catching up costs, whatever the machine does.
  absl::StatusOr<int64_t> RowsWritten();
  absl::Status Checkpoint();

 private:
  Projection(std::string path, std::unique_ptr<sync::Database> db)
      : path_(std::move(path)), db_(std::move(db)) {}

  absl::Status ForgetLocked(std::string_view space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<uint64_t> Reached(std::string_view space, std::string_view history)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  absl::Mutex mutex_;
  std::unique_ptr<sync::Database> db_ ABSL_GUARDED_BY(mutex_);
  domain::WorkingCalendar calendar_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
