// What a calendar that is loaded later means for notices that are out.
//
// A due day that was computed past the last loaded year is provisional. Once the year is there, the
// day is computed again from the day of issue and becomes firm; where it moves, a granted extension
// moves with it. Firm days never change: people have them on paper. Each change is an ordinary one
// of the caller, with a step in the finding's history. Errors are those of the storage.
// Thread-safe: takes the lock of each space by itself.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/domain/working_calendar.h"
#include "projection.h"
#include "spaces.h"
#include "write_back.h"

namespace dudao::server {

class DueDays {
 public:
  DueDays(Spaces& spaces, Projection& projection, WriteBack& after)
      : spaces_(spaces), projection_(projection), after_(after) {}

  // The open notices that `calendar` makes firm or moves, by due day before; with `dry_run` nothing
  // is written.
  absl::StatusOr<std::vector<admin::v1::DeadlineChange>> MakeFirm(
      const Call& call, const domain::WorkingCalendar& calendar, bool dry_run);

 private:
  absl::Status MakeFirmIn(Space& space, const Call& call, const domain::WorkingCalendar& calendar,
                          const FindingRowData& row, bool dry_run,
                          std::vector<admin::v1::DeadlineChange>& changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  Spaces& spaces_;
  Projection& projection_;
  WriteBack& after_;
};

}  // namespace dudao::server
