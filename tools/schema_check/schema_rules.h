// Checks that every record of a schema can merge, and lists what travels in changes.
//
// Purpose: refuse at build time a record whose fields do not all say how they merge
// (docs/algebra.md), so that no field can be lost by oversight. Does not: check style (buf lint) or
// compare with earlier releases (schema_lock.h). Threading: pure functions. Ownership: borrows the
// descriptors for the time of the call. Errors: a schema that breaks a rule is an expected outcome:
// a list of sentences that name the field and the reason.
#ifndef DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_RULES_H_
#define DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_RULES_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dudao::schema_check {

// One field as it travels in changes.
struct FieldFact {
  std::uint32_t type_id = 0;  // of the record
  std::string path;           // names from the record down, e.g. "Visit.findings.level"
  std::string numbers;        // field numbers from the record down, e.g. "32.8"
  std::string type;           // e.g. "string", "repeated message(dudao.records.v1.Finding)"
  std::string kind;           // e.g. "REGISTER"; "PART" inside an atomic value
};

// What a schema contains and what is wrong with it.
struct SchemaReport {
  std::vector<FieldFact> fields;
  std::vector<std::string> problems;
  // Places ("<type id> <numbers>") that a message reserves: a locked field may be gone only if its
  // place is here.
  std::vector<std::string> reserved;
};

// Looks at every message of `files` that carries the record option, and at all that it contains.
SchemaReport CheckSchema(const std::vector<const google::protobuf::FileDescriptor*>& files);

}  // namespace dudao::schema_check

#endif  // DUDAO_TOOLS_SCHEMA_CHECK_SCHEMA_RULES_H_
