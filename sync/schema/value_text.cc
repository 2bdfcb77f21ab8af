#include "dudao/sync/schema/value_text.h"

#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dudao/sync/crdt/varint.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"

namespace dudao::sync {
namespace {

using google::protobuf::FieldDescriptor;

std::string NumberText(const FieldDescriptor* field, uint64_t raw) {
  if (field == nullptr) return absl::StrCat(raw);
  switch (field->type()) {
    case FieldDescriptor::TYPE_BOOL:
      return raw != 0 ? "true" : "false";
    case FieldDescriptor::TYPE_ENUM: {
      const auto* named = field->enum_type()->FindValueByNumber(static_cast<int>(raw));
      return named != nullptr ? named->name() : absl::StrCat(raw);
    }
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return absl::StrCat(UnZigZag(raw));
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
      return absl::StrCat(raw);
    default:
      return absl::StrCat(static_cast<int64_t>(raw));
  }
}

std::string BytesText(const FieldDescriptor* field, const std::string& bytes) {
  if (field != nullptr && field->type() == FieldDescriptor::TYPE_STRING) return bytes;
  if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    const std::unique_ptr<google::protobuf::Message> message(
        factory->GetPrototype(field->message_type())->New());
    std::string json;
    if (message->ParseFromString(bytes) &&
        google::protobuf::util::MessageToJsonString(*message, &json).ok())
      return json;
  }
  return absl::BytesToHexString(bytes);
}

}  // namespace

std::string ValueText(const FieldDescriptor* field, const Value& value) {
  switch (value.type) {
    case WireType::kVarint:
      return NumberText(field, value.AsVarint().value_or(0));
    case WireType::kFixed64: {
      double number = 0;
      if (value.bytes.size() != sizeof number) return absl::BytesToHexString(value.bytes);
      std::memcpy(&number, value.bytes.data(), sizeof number);
      return absl::StrFormat("%.15g", number);
    }
    case WireType::kBytes:
      return BytesText(field, value.bytes);
    case WireType::kFixed32:
      return absl::BytesToHexString(value.bytes);
    case WireType::kAbsent:
      return {};
  }
  return {};
}

}  // namespace dudao::sync
