// An XML document as events, for parts of workbooks that somebody sends.
//
// Refuses what such a part never needs and an attacker does: a DTD, entities of its own, nesting
// beyond 64, names without end. Elements and attributes are told by local name; an element of a
// namespace that the handler does not know keeps its namespace, "uri|name", so that it is never
// taken for one of ours; an attribute that names a relation is "r:name". Nothing is fetched. One
// parse a call; not thread-safe. Errors: INVALID_ARGUMENT, IMPORT_BOOK_DAMAGED or
// IMPORT_BOOK_FORBIDDEN, or what the handler returns.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dudao::server {

using XmlAttributes = std::map<std::string, std::string>;

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual absl::Status Start(const std::string& name, const XmlAttributes& attributes) = 0;
  virtual absl::Status End(const std::string& name) = 0;
  // In pieces, as they come.
  virtual absl::Status Text(std::string_view text) = 0;
};

absl::Status ReadXml(std::string_view document, XmlHandler& handler);

}  // namespace dudao::server
