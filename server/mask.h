// Records and values as lists, histories and pages show them: personal data masked
// (dudao/domain/personal.h).
//
// Does not: know who asks; whoever may see unmasked values asks ShowPersonalData. A record type or
// field that this version does not know passes unmasked, for nobody here can tell what it is. Pure
// functions; they cannot fail.
#pragma once

#include <cstdint>
#include <string>

#include "dudao/sync/crdt/operation.h"

namespace dudao::server {

// The bytes of a record's message, masked.
std::string MaskRecord(uint32_t type_id, std::string bytes);

// The value of one field, masked; a message within is masked at any depth.
sync::Value MaskFieldValue(uint32_t type_id, const sync::Path& path, sync::Value value);

}  // namespace dudao::server
