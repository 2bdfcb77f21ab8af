// The lock file: what has already travelled in changes and must never mean something else.
//
// Purpose: refuse a field whose number, type or merge kind changed, and one that disappeared
// without leaving its number reserved. The file is text, one field a line: type id, number path,
// kind, type, name path. Does not: read or write files. Threading: pure functions. Errors: a line
// that cannot be read is InvalidArgument with its number; everything else is a list of sentences.
#ifndef DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_LOCK_H_
#define DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_LOCK_H_

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "schema_rules.h"

namespace dudao::schema_check {

// Reads the text of a lock file. Empty lines and lines that begin with '#' are skipped.
absl::StatusOr<std::vector<FieldFact>> ParseLock(absl::string_view text);

// What differs between the locked fields and the schema.
struct LockReport {
  std::vector<std::string> problems;  // never allowed
  std::vector<FieldFact> new_fields;  // allowed, must be appended to the lock
};
LockReport CompareWithLock(const std::vector<FieldFact>& locked, const SchemaReport& schema);

// `text` with the new fields appended. Existing lines are kept byte for byte.
std::string AppendToLock(absl::string_view text, const std::vector<FieldFact>& new_fields);

}  // namespace dudao::schema_check

#endif  // DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_LOCK_H_
