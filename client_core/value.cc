#include "value.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "google/protobuf/message.h"
#include "schema.h"

namespace dudao::client {
namespace {

using google::protobuf::FieldDescriptor;
using sync::Value;
using sync::WireType;

absl::Status Unfit(const FieldDescriptor& field) {
  return Error(absl::StatusCode::kInvalidArgument, kValueUnfit, field.name());
}

Value Fixed(WireType type, uint64_t bits, size_t bytes) {
  Value value{type, std::string(bytes, '\0')};
  for (size_t i = 0; i < bytes; ++i) value.bytes[i] = static_cast<char>((bits >> (8 * i)) & 0xff);
  return value;
}

uint64_t FixedBits(const Value& value) {
  uint64_t bits = 0;
  for (size_t i = 0; i < value.bytes.size() && i < 8; ++i) {
    bits |= uint64_t{static_cast<uint8_t>(value.bytes[i])} << (8 * i);
  }
  return bits;
}

std::optional<int64_t> EnumNumber(const FieldDescriptor& field, const v1::FieldValue& value) {
  const auto* type = field.enum_type();
  if (value.has_enum_name()) {
    const auto* named = type->FindValueByName(value.enum_name());
    return named == nullptr ? std::nullopt : std::optional<int64_t>(named->number());
  }
  if (value.has_enum_number()) return value.enum_number();
  if (value.has_integer() && value.integer() == static_cast<int32_t>(value.integer()))
    return value.integer();
  return std::nullopt;
}

// A whole number from any numeric value that is exactly one.
std::optional<int64_t> WholeNumber(const v1::FieldValue& value) {
  constexpr double kExact = 9007199254740992.0;
  if (value.has_integer()) return value.integer();
  if (value.has_number() && std::abs(value.number()) <= kExact &&
      std::trunc(value.number()) == value.number()) {
    return static_cast<int64_t>(value.number());
  }
  return std::nullopt;
}

std::optional<double> RealNumber(const v1::FieldValue& value) {
  if (value.has_number()) return value.number();
  if (value.has_integer()) return static_cast<double>(value.integer());
  return std::nullopt;
}

bool InRange(const FieldDescriptor& field, int64_t number) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return number == static_cast<int32_t>(number);
    case FieldDescriptor::CPPTYPE_UINT32:
      return number == static_cast<int64_t>(static_cast<uint32_t>(number));
    case FieldDescriptor::CPPTYPE_UINT64:
      return number >= 0;
    default:
      return true;
  }
}

Value EncodeWhole(const FieldDescriptor& field, int64_t number) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return Value::Varint(sync::ZigZag(number));
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return Fixed(WireType::kFixed32, static_cast<uint64_t>(number), 4);
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return Fixed(WireType::kFixed64, static_cast<uint64_t>(number), 8);
    default:
      return Value::Varint(static_cast<uint64_t>(number));
  }
}

absl::StatusOr<Value> EncodeNumber(const FieldDescriptor& field, const v1::FieldValue& value) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.has_flag()) return Unfit(field);
      return Value::Varint(value.flag() ? 1 : 0);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto number = EnumNumber(field, value);
      if (!number) return Unfit(field);
      return Value::Varint(static_cast<uint64_t>(*number));
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const auto number = RealNumber(value);
      if (!number) return Unfit(field);
      return Value::Double(*number);
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const auto number = RealNumber(value);
      if (!number) return Unfit(field);
      const auto narrow = static_cast<float>(*number);
      uint32_t bits = 0;
      std::memcpy(&bits, &narrow, sizeof bits);
      return Fixed(WireType::kFixed32, bits, 4);
    }
    default: {
      const auto number = WholeNumber(value);
      if (!number || !InRange(field, *number)) return Unfit(field);
      return EncodeWhole(field, *number);
    }
  }
}

std::unique_ptr<google::protobuf::Message> ParseMessage(const FieldDescriptor& field,
                                                        const std::string& bytes) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  std::unique_ptr<google::protobuf::Message> message(
      factory->GetPrototype(field.message_type())->New());
  return message->ParseFromString(bytes) ? std::move(message) : nullptr;
}

absl::StatusOr<Value> EncodeBytes(const FieldDescriptor& field, const v1::FieldValue& value) {
  const std::string* bytes = nullptr;
  if (field.type() == FieldDescriptor::TYPE_STRING && value.has_text()) bytes = &value.text();
  if (field.type() == FieldDescriptor::TYPE_BYTES && value.has_data()) bytes = &value.data();
  if (field.type() == FieldDescriptor::TYPE_MESSAGE && value.has_message())
    bytes = &value.message();
  if (bytes == nullptr) return Unfit(field);
  if (bytes->size() > MaxBytesOf(field)) {
    return Error(
        absl::StatusCode::kInvalidArgument, kValueTooLong,
        absl::StrCat(field.name(), ": ", bytes->size(), " bytes, at most ", MaxBytesOf(field)));
  }
  if (field.type() == FieldDescriptor::TYPE_STRING && !IsUtf8(*bytes)) {
    return Error(absl::StatusCode::kInvalidArgument, kTextNotUtf8, field.name());
  }
  // The bytes as given are kept, with fields that this version does not know.
  if (field.message_type() != nullptr && ParseMessage(field, *bytes) == nullptr)
    return Unfit(field);
  return Value::Bytes(*bytes);
}

int64_t DecodeWhole(const FieldDescriptor& field, const Value& value) {
  if (value.type == WireType::kFixed32) {
    const auto bits = static_cast<uint32_t>(FixedBits(value));
    return field.type() == FieldDescriptor::TYPE_SFIXED32 ? static_cast<int32_t>(bits)
                                                          : int64_t{bits};
  }
  if (value.type == WireType::kFixed64) return static_cast<int64_t>(FixedBits(value));
  const uint64_t raw = value.AsVarint().value_or(0);
  const bool zigzag =
      field.type() == FieldDescriptor::TYPE_SINT32 || field.type() == FieldDescriptor::TYPE_SINT64;
  return zigzag ? sync::UnZigZag(raw) : static_cast<int64_t>(raw);
}

v1::FieldValue DecodeUnknown(const Value& value) {
  v1::FieldValue out;
  if (value.type == WireType::kVarint) {
    out.set_integer(static_cast<int64_t>(value.AsVarint().value_or(0)));
  } else if (!value.is_absent()) {
    out.set_data(value.bytes);
  }
  return out;
}

bool Fits(const FieldDescriptor& field, const Value& value) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING:
      return value.type == WireType::kBytes && IsUtf8(value.bytes);
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return value.type == WireType::kBytes;
    case FieldDescriptor::TYPE_DOUBLE:
      return value.type == WireType::kFixed64 && value.bytes.size() == 8;
    case FieldDescriptor::TYPE_FLOAT:
      return value.type == WireType::kFixed32 && value.bytes.size() == 4;
    default:
      return value.type != WireType::kBytes && !value.is_absent();
  }
}

v1::FieldValue DecodeReal(const FieldDescriptor& field, const Value& value) {
  const uint64_t bits = FixedBits(value);
  double number = 0;
  if (field.type() == FieldDescriptor::TYPE_FLOAT) {
    float narrow = 0;
    std::memcpy(&narrow, &bits, sizeof narrow);
    number = narrow;
  } else {
    std::memcpy(&number, &bits, sizeof number);
  }
  v1::FieldValue out;
  out.set_number(number);
  return out;
}

}  // namespace

absl::StatusOr<Value> EncodeValue(const FieldDescriptor& field, const v1::FieldValue& value) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return EncodeBytes(field, value);
    default:
      return EncodeNumber(field, value);
  }
}

v1::FieldValue DecodeValue(const FieldDescriptor* field, const Value& value) {
  if (field == nullptr || !Fits(*field, value)) return DecodeUnknown(value);
  v1::FieldValue out;
  switch (field->type()) {
    case FieldDescriptor::TYPE_STRING:
      out.set_text(value.bytes);
      break;
    case FieldDescriptor::TYPE_BYTES:
      out.set_data(value.bytes);
      break;
    case FieldDescriptor::TYPE_MESSAGE:
      out.set_message(value.bytes);
      break;
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
      return DecodeReal(*field, value);
    case FieldDescriptor::TYPE_BOOL:
      out.set_flag(value.AsVarint().value_or(0) != 0);
      break;
    case FieldDescriptor::TYPE_ENUM:
      out.set_enum_number(static_cast<int32_t>(value.AsVarint().value_or(0)));
      break;
    default:
      out.set_integer(DecodeWhole(*field, value));
      break;
  }
  return out;
}

}  // namespace dudao::client
