#include "paging.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/varint.h"
#include "google/protobuf/descriptor.h"

namespace dudao::client {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kPageDefault = 50;
constexpr size_t kPageMax = 1000;
// Tells our tokens from guesses, and this version's from a later one's.
constexpr char kTokenMark = '\1';

bool FieldHasText(const google::protobuf::Message& message, const FieldDescriptor& field, int index,
                  std::string_view lower) {
  const auto& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return HasText(many ? reflection.GetRepeatedMessage(message, &field, index)
                        : reflection.GetMessage(message, &field),
                   lower);
  }
  std::string scratch;
  const std::string& text =
      many ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
           : reflection.GetStringReference(message, &field, &scratch);
  return absl::AsciiStrToLower(text).find(lower) != std::string::npos;
}

}  // namespace

absl::StatusOr<size_t> PageSize(int32_t wanted) {
  if (wanted < 0) return Error(absl::StatusCode::kInvalidArgument, kMalformedRequest, "page_size");
  return wanted == 0 ? kPageDefault : std::min(static_cast<size_t>(wanted), kPageMax);
}

std::string PageToken(std::string_view position) {
  return absl::WebSafeBase64Escape(kTokenMark + std::string(position));
}

absl::StatusOr<std::string> PageStart(std::string_view token) {
  if (token.empty()) return std::string();
  std::string position;
  if (!absl::WebSafeBase64Unescape(std::string(token), &position) || position.empty() ||
      position[0] != kTokenMark) {
    return Error(absl::StatusCode::kInvalidArgument, kPageTokenInvalid);
  }
  return position.substr(1);
}

std::string RecordIdToken(const sync::RecordId& id) {
  std::string out;
  sync::PutVarint(out, id.type);
  sync::PutBytes(out, id.key);
  return out;
}

absl::StatusOr<sync::RecordId> RecordIdFromToken(std::string_view position) {
  if (position.empty()) return sync::RecordId();
  sync::Reader in(position);
  sync::RecordId id;
  id.type = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
  id.key = std::string(in.Bytes(sync::kRecordKeyBytesMax));
  if (!in.ok() || !in.done()) return Error(absl::StatusCode::kInvalidArgument, kPageTokenInvalid);
  return id;
}

std::string JustBefore(std::string_view prefix) {
  if (prefix.empty()) return {};
  std::string key(prefix);
  const auto last = static_cast<uint8_t>(key.back());
  key.pop_back();
  if (last == 0) return key;
  key.push_back(static_cast<char>(last - 1));
  key.append(sync::kRecordKeyBytesMax, '\xff');
  return key;
}

bool HasText(const google::protobuf::Message& message, std::string_view lower) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::any_of(fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
    const bool text = field->type() == FieldDescriptor::TYPE_STRING;
    if (!text && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (FieldHasText(message, *field, i, lower)) return true;
    }
    return false;
  });
}

}  // namespace dudao::client
