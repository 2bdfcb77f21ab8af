// Edits as people type them on the command line, and records as the command prints them.
//
// An edit is "path=value" (set), "path=" (clear), "path+=value" (add to a set or counter),
// "path-=value" (remove from a set), "path+" (add an element) or "path-" (remove one). What kind of
// value a field takes follows from the record's type; enums are taken by name (CHECK_RESULT_NO, no)
// or in Chinese (否), sub-messages as JSON. Pure. Errors: INVALID_ARGUMENT that names the field,
// for the person at the terminal.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/v1/value.pb.h"

namespace dudao::command {

// The record type with this number; null if there is none.
const google::protobuf::Descriptor* RecordTypeOf(uint32_t type_id);

absl::StatusOr<client::v1::FieldEdit> ParseEdit(uint32_t type_id, const std::string& text);

// The field that a path ("findings[f1].level") leads to; null for an unknown one.
const google::protobuf::FieldDescriptor* FieldAt(uint32_t type_id, const std::string& path);

// A value for a field, from its text.
absl::StatusOr<client::v1::FieldValue> ParseValue(const google::protobuf::FieldDescriptor& field,
                                                  const std::string& text);

// A message with its field names as in the .proto file; 64-bit integers as numbers.
nlohmann::json MessageToJson(const google::protobuf::Message& message);
// A record's bytes likewise; null where they cannot be read.
nlohmann::json RecordToJson(uint32_t type_id, const std::string& bytes);
// An empty message of the type filled from bytes; null where that fails.
std::unique_ptr<google::protobuf::Message> ParseRecord(uint32_t type_id, const std::string& bytes);

// A value as JSON.
nlohmann::json ValueToJson(const client::v1::FieldValue& value);

// An enum value in Chinese where it has a name there ("CHECK_RESULT_NO" -> "否"), otherwise the
// name itself.
std::string EnumForPeople(const std::string& name);

std::string Hex(const std::string& bytes);
// Bytes of a key as people see them: text where it is printable ASCII, "0x..." otherwise; and back.
std::string KeyForPeople(const std::string& key);
std::string KeyFromPeople(const std::string& text);

}  // namespace dudao::command
