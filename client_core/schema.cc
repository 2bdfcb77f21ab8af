#include "schema.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/options/v1/merge.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "value.h"

namespace dudao::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr size_t kCompiledMax = 8192;
constexpr size_t kKeyBytesMax = 256;
constexpr uint32_t kValueBytesDefault = 64 << 10;

absl::Status PathError(std::string_view text) {
  return Error(absl::StatusCode::kInvalidArgument, kPathUnknown, text.substr(0, 80));
}

// One "name" or "name[key]" off the front of a path text.
struct StepText {
  std::string_view name;
  bool has_key = false;
  std::string key;
};

bool TakeStep(std::string_view& rest, StepText& step) {
  size_t i = rest.find_first_of(".[");
  step = {rest.substr(0, i), false, {}};
  if (i == std::string_view::npos) {
    rest = {};
    return !step.name.empty();
  }
  if (rest[i] == '[') {
    step.has_key = true;
    for (++i; i < rest.size() && rest[i] != ']'; ++i) {
      if (rest[i] == '\\' && ++i == rest.size()) return false;
      step.key.push_back(rest[i]);
    }
    if (i == rest.size()) return false;
    ++i;
  }
  const bool more = i < rest.size();
  if (more && (rest[i] != '.' || i + 1 == rest.size())) return false;
  rest = more ? rest.substr(i + 1) : std::string_view();
  return !step.name.empty();
}

// The bytes that name a set's element, from the text in brackets.
absl::StatusOr<std::string> SetKey(const FieldDescriptor& field, const std::string& text) {
  v1::FieldValue value;
  int64_t number = 0;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    value.set_text(text);
  } else if (absl::SimpleAtoi(text, &number)) {
    value.set_integer(number);
  } else {
    value.set_enum_name(text);
  }
  DUDAO_ASSIGN(const sync::Value encoded, EncodeValue(field, value));
  return encoded.bytes;
}

absl::Status CheckKey(std::string_view key) {
  if (!IsUtf8(key))
    return Error(absl::StatusCode::kInvalidArgument, kTextNotUtf8, "key of an element");
  if (key.empty() || key.size() > kKeyBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kKeyInvalid,
                 "key of an element: 1 to 256 bytes");
  }
  return absl::OkStatus();
}

// Extends `target` by one step; `message` is what its path leads to.
absl::Status AddStep(FieldTarget& target, const FieldDescriptor& field, const StepText& step) {
  target.parent = target.path;
  target.field = &field;
  target.kind = sync::KindOf(field);
  target.max_bytes = MaxBytesOf(field);
  target.element = step.has_key;
  const auto number = static_cast<uint32_t>(field.number());
  if (!step.has_key) {
    target.path = target.parent.Field(number);
    return absl::OkStatus();
  }
  DUDAO_TRY(CheckKey(step.key));
  if (target.kind == sync::MergeKind::kSet) {
    DUDAO_ASSIGN(target.key, SetKey(field, step.key));
  } else if (target.kind == sync::MergeKind::kKeyed) {
    target.key = step.key;
  } else {
    return PathError(step.name);
  }
  target.path = target.parent.Element(number, target.key);
  return absl::OkStatus();
}

absl::StatusOr<FieldTarget> CompileNew(uint32_t type_id, std::string_view text) {
  const Descriptor* message = sync::FindRecordType(type_id);
  if (message == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown, absl::StrCat("type ", type_id));
  }
  if (text.size() > sync::Path::kBytesMax) return PathError(text);
  FieldTarget target;
  StepText step;
  for (std::string_view rest = text; !rest.empty();) {
    if (message == nullptr || !TakeStep(rest, step)) return PathError(text);
    const FieldDescriptor* field = message->FindFieldByName(std::string(step.name));
    // The key of an element is implied by its path.
    const bool is_key = field != nullptr && !target.path.empty() && field->number() == 1;
    if (field == nullptr || is_key || sync::KindOf(*field) == sync::MergeKind{})
      return PathError(text);
    DUDAO_TRY(AddStep(target, *field, step));
    message =
        step.has_key && target.kind == sync::MergeKind::kKeyed ? field->message_type() : nullptr;
  }
  if (!sync::Path::Parse(target.path.bytes())) return PathError(text);
  return target;
}

}  // namespace

uint32_t MaxBytesOf(const FieldDescriptor& field) {
  const uint32_t max = field.options().GetExtension(options::v1::merge).max_bytes();
  return max == 0 ? kValueBytesDefault : max;
}

absl::StatusOr<const FieldTarget*> Schema::Compile(uint32_t type_id, std::string_view text) {
  std::pair<uint32_t, std::string> name(type_id, text);
  if (const auto it = compiled_.find(name); it != compiled_.end()) return &it->second;
  DUDAO_ASSIGN(FieldTarget target, CompileNew(type_id, text));
  if (compiled_.size() >= kCompiledMax) compiled_.clear();
  return &(compiled_[std::move(name)] = std::move(target));
}

}  // namespace dudao::client
