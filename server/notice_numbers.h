// Numbers of notices: one series a year over all spaces, without gaps, none twice.
//
// A number is written by the very save that issues its notice, so a crash leaves neither a gap nor
// a notice without one: the next number follows the highest that the spaces hold, whatever happened
// before. Nothing else remembers it; after a restore, what tablets bring back counts too. Hold a
// Turn from before the number is asked for until its notice is saved. Thread-safe; lock order: a
// Turn, then a space. Errors are the storage's: a projection that cannot catch up issues nothing.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "projection.h"
#include "spaces.h"

namespace dudao::server {

class NoticeNumbers {
 public:
  NoticeNumbers(Spaces& spaces, Projection& projection, std::string prefix)
      : spaces_(spaces), projection_(projection), prefix_(std::move(prefix)) {}

  class Turn {
   public:
    explicit Turn(NoticeNumbers& numbers) : lock_(&numbers.mutex_) {}

   private:
    absl::MutexLock lock_;
  };

  // The number that the next notice of this year gets. REQUIRES: a Turn; no space is held.
  absl::StatusOr<std::string> Next(int year);

 private:
  Spaces& spaces_;
  Projection& projection_;
  const std::string prefix_;
  absl::Mutex mutex_;
};

}  // namespace dudao::server
