// The parts of a change in their canonical order and form (docs/change-format.md), shared by what
// is hashed and what rests as a row. Private to sync/log; pure.
#pragma once

#include <string>

#include "dudao/sync/crdt/operation.h"

namespace dudao::sync {

void PutChangeBody(std::string& out, const Change& change);

}  // namespace dudao::sync
