// What follows a write in a space: projections and the directory catch up.
//
// They are derived: trouble here is logged and never fails the write that was already durable; the
// next write or start catches up. Thread-safe; the caller holds the space.
#pragma once

#include "directory.h"
#include "log.h"
#include "projection.h"
#include "space.h"

namespace dudao::server {

class WriteBack {
 public:
  WriteBack(Projection& projection, Directory& directory, Log& log)
      : projection_(projection), directory_(directory), log_(log) {}

  void Written(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

 private:
  Projection& projection_;
  Directory& directory_;
  Log& log_;
};

}  // namespace dudao::server
