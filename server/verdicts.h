// Carries out what the control log decided on changes that were kept aside.
//
// The log is the truth: a verdict is appended first and carried out after; what a crash or a
// restore left undone is done when the space is next used. Does not: decide (aside_desk.h).
// Thread-safe; the caller holds the space. Errors are the storage's.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "control_log.h"
#include "own_heads.h"
#include "space.h"

namespace dudao::server {

class Verdicts {
 public:
  Verdicts(const ControlLog& control, OwnHeads& heads) : control_(control), heads_(heads) {}

  // True where records changed. Cheap where no entry is new.
  absl::StatusOr<bool> CatchUp(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

 private:
  absl::Status CarryOut(Space& space, const trust::v1::Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

  const ControlLog& control_;
  OwnHeads& heads_;
  absl::Mutex mutex_;
  std::map<std::string, uint64_t, std::less<>> reached_ ABSL_GUARDED_BY(mutex_);
};

// The verdict that an entry carries, also one that was recovered; false where it carries none.
bool VerdictIn(const trust::v1::ControlEntry& entry, trust::v1::Verdict& verdict);

}  // namespace dudao::server
