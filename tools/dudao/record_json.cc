// The printing half of field_edit.h.
#include <google/protobuf/util/json_util.h>

#include <cstdlib>

#include "field_edit.h"

namespace dudao::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

json FieldToJson(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
      return field.type() == FieldDescriptor::TYPE_BYTES ? json(Hex(text)) : json(text);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return (many ? r.GetRepeatedEnum(message, &field, index) : r.GetEnum(message, &field))
          ->name();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageToJson(many ? r.GetRepeatedMessage(message, &field, index)
                                : r.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? r.GetRepeatedInt32(message, &field, index) : r.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? r.GetRepeatedUInt32(message, &field, index) : r.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? r.GetRepeatedUInt64(message, &field, index) : r.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return many ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return many ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field);
  }
  return json();
}

}  // namespace

json MessageToJson(const Message& message) {
  json out = json::object();
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated()) {
      out[field->name()] = FieldToJson(message, *field, 0);
      continue;
    }
    json list = json::array();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      list.push_back(FieldToJson(message, *field, i));
    }
    out[field->name()] = std::move(list);
  }
  return out;
}

std::unique_ptr<Message> ParseRecord(uint32_t type_id, const std::string& bytes) {
  const auto* type = RecordTypeOf(type_id);
  if (type == nullptr) return nullptr;
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!message->ParseFromString(bytes)) return nullptr;
  return message;
}

json RecordToJson(uint32_t type_id, const std::string& bytes) {
  const auto message = ParseRecord(type_id, bytes);
  return message == nullptr ? json() : MessageToJson(*message);
}

json ValueToJson(const client::v1::FieldValue& value) {
  using client::v1::FieldValue;
  switch (value.value_case()) {
    case FieldValue::kText:
      return value.text();
    case FieldValue::kInteger:
      return value.integer();
    case FieldValue::kNumber:
      return value.number();
    case FieldValue::kFlag:
      return value.flag();
    case FieldValue::kEnumNumber:
      return value.enum_number();
    case FieldValue::kEnumName:
      return value.enum_name();
    case FieldValue::kData:
      return Hex(value.data());
    case FieldValue::kMessage:
      return Hex(value.message());
    case FieldValue::VALUE_NOT_SET:
      return json();
  }
  return json();
}

std::string Hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string KeyForPeople(const std::string& key) {
  for (const char c : key) {
    if (c <= ' ' || c > '~') return "0x" + Hex(key);
  }
  return key.substr(0, 2) == "0x" ? "0x" + Hex(key) : key;
}

std::string KeyFromPeople(const std::string& text) {
  if (text.substr(0, 2) != "0x") return text;
  std::string key;
  for (size_t i = 2; i + 1 < text.size(); i += 2) {
    key += static_cast<char>(std::strtol(text.substr(i, 2).c_str(), nullptr, 16));
  }
  return key;
}

}  // namespace dudao::command
