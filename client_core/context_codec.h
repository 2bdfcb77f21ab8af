// Bytes of contexts, operations and drafts, as the database and the API's opaque tokens keep them.
//
// Pure functions. Decoding takes any bytes; nothing means that they are not what they should be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dudao/sync/crdt/operation.h"
#include "dudao/sync/store/store.h"

namespace dudao::client {

// Bound to a space: a context means nothing in another one.
std::string EncodeContext(std::string_view space, const sync::FormContext& context);
std::optional<sync::FormContext> DecodeContext(std::string_view space, std::string_view bytes);

// Kind and value of an operation; record and path are kept beside it.
std::string EncodeOperation(const sync::Operation& op);
bool DecodeOperation(std::string_view bytes, sync::Operation& op);

}  // namespace dudao::client
