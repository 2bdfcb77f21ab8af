// What follows a write in a space: verdicts are carried out, own heads signed, the projection
// catches up, and whoever follows the changes is told.
//
// All of it follows from what is durable already: trouble here is logged and never fails the write;
// the next write or start catches up, and an exchange never hands out what is not signed.
// Thread-safe; the caller holds the space.
#pragma once

#include "log.h"
#include "own_heads.h"
#include "projection.h"
#include "revisions.h"
#include "space.h"
#include "verdicts.h"

namespace dudao::server {

class WriteBack {
 public:
  WriteBack(Projection& projection, OwnHeads& heads, Verdicts& verdicts, Revisions& revisions,
            Log& log)
      : projection_(projection),
        heads_(heads),
        verdicts_(verdicts),
        revisions_(revisions),
        log_(log) {}

  void Written(Space& space) ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

 private:
  Projection& projection_;
  OwnHeads& heads_;
  Verdicts& verdicts_;
  Revisions& revisions_;
  Log& log_;
};

}  // namespace dudao::server
