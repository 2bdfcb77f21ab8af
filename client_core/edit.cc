#include "edit.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "google/protobuf/unknown_field_set.h"
#include "value.h"

namespace dudao::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using sync::MergeKind;
using sync::Operation;
using sync::Value;
using sync::WireType;

absl::Status ActionError(const v1::FieldEdit& edit) {
  return Error(absl::StatusCode::kInvalidArgument, kActionUnfit, edit.path().substr(0, 80));
}

absl::Status CheckHand(const FieldDescriptor& field, MergeKind kind, Hand hand) {
  constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;
  if (kind == MergeKind::kIssued) return Error(kRefused, kFieldIssued, field.name());
  if (kind == MergeKind::kLifecycle && hand == Hand::kPerson)
    return Error(kRefused, kFieldLifecycle, field.name());
  return absl::OkStatus();
}

// True where one write replaces the whole value.
bool IsRegister(MergeKind kind) {
  return kind != MergeKind::kSet && kind != MergeKind::kKeyed && kind != MergeKind::kCounter;
}

WireType ElementWireType(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return WireType::kBytes;
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return WireType::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return WireType::kFixed32;
    default:
      return WireType::kVarint;
  }
}

Operation SetElement(const sync::RecordId& record, const FieldDescriptor& field,
                     const sync::Path& path, bool present) {
  const Value value = present ? Value::Present(ElementWireType(field)) : Value::Absent();
  return {record, path, MergeKind::kSet, value};
}

absl::Status CompileSetElement(const sync::RecordId& record, const FieldTarget& target,
                               const v1::FieldEdit& edit, std::vector<Operation>& out) {
  const bool present = edit.has_add();
  const bool given = present ? edit.add().has_value() : edit.remove().has_value();
  if (target.element == given) return ActionError(edit);
  sync::Path path = target.path;
  if (given) {
    DUDAO_ASSIGN(const Value element,
                 EncodeValue(*target.field, present ? edit.add().value() : edit.remove().value()));
    path = target.parent.Element(static_cast<uint32_t>(target.field->number()), element.bytes);
    if (element.bytes.empty() || path.bytes().size() > sync::Path::kBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, kKeyInvalid, edit.path().substr(0, 80));
    }
  }
  out.push_back(SetElement(record, *target.field, path, present));
  return absl::OkStatus();
}

absl::Status CompileKeyedElement(const sync::RecordId& record, const FieldTarget& target,
                                 const v1::FieldEdit& edit, Hand hand,
                                 std::vector<Operation>& out) {
  if (!target.element || (edit.has_remove() && edit.remove().has_value())) return ActionError(edit);
  out.push_back(Presence(record, target.path, edit.has_add()));
  if (!edit.has_add() || !edit.add().has_value()) return absl::OkStatus();
  const v1::FieldValue& value = edit.add().value();
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  const std::unique_ptr<Message> element(
      factory->GetPrototype(target.field->message_type())->New());
  if (!value.has_message() || !element->ParseFromString(value.message())) {
    return Error(absl::StatusCode::kInvalidArgument, kValueUnfit, edit.path().substr(0, 80));
  }
  return CompileMessage(record, target.path, *element, hand, out);
}

absl::Status CompileRegister(const sync::RecordId& record, const FieldTarget& target,
                             const v1::FieldEdit& edit, Hand hand, std::vector<Operation>& out) {
  if (!IsRegister(target.kind)) return ActionError(edit);
  DUDAO_TRY(CheckHand(*target.field, target.kind, hand));
  if (edit.has_clear()) {
    if (target.kind == MergeKind::kFixed) {
      return Error(absl::StatusCode::kFailedPrecondition, kFieldFixed, target.field->name());
    }
    out.push_back({record, target.path, target.kind, Value::Absent()});
    return absl::OkStatus();
  }
  DUDAO_ASSIGN(Value value, EncodeValue(*target.field, edit.set()));
  out.push_back({record, target.path, target.kind, std::move(value)});
  return absl::OkStatus();
}

// The value of a singular field, or of the index-th element, as the API has it.
v1::FieldValue ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  v1::FieldValue out;
  switch (field.cpp_type()) {
#define DUDAO_NUMBER(CPPTYPE, Type, set)                                \
  case FieldDescriptor::CPPTYPE:                                        \
    out.set(many ? reflection.GetRepeated##Type(message, &field, index) \
                 : reflection.Get##Type(message, &field));              \
    break;
    DUDAO_NUMBER(CPPTYPE_INT32, Int32, set_integer)
    DUDAO_NUMBER(CPPTYPE_INT64, Int64, set_integer)
    DUDAO_NUMBER(CPPTYPE_UINT32, UInt32, set_integer)
    DUDAO_NUMBER(CPPTYPE_DOUBLE, Double, set_number)
    DUDAO_NUMBER(CPPTYPE_FLOAT, Float, set_number)
    DUDAO_NUMBER(CPPTYPE_BOOL, Bool, set_flag)
    DUDAO_NUMBER(CPPTYPE_ENUM, EnumValue, set_enum_number)
#undef DUDAO_NUMBER
    case FieldDescriptor::CPPTYPE_UINT64:
      out.set_integer(
          static_cast<int64_t>(many ? reflection.GetRepeatedUInt64(message, &field, index)
                                    : reflection.GetUInt64(message, &field)));
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string bytes = many ? reflection.GetRepeatedString(message, &field, index)
                               : reflection.GetString(message, &field);
      field.type() == FieldDescriptor::TYPE_STRING ? out.set_text(bytes) : out.set_data(bytes);
      break;
    }
    default:
      out.set_message((many ? reflection.GetRepeatedMessage(message, &field, index)
                            : reflection.GetMessage(message, &field))
                          .SerializeAsString());
  }
  return out;
}

absl::Status CompileKeyedOf(const sync::RecordId& record, const sync::Path& path,
                            const Message& element, const FieldDescriptor& field, Hand hand,
                            std::vector<Operation>& out) {
  const std::string key =
      element.GetReflection()->GetString(element, element.GetDescriptor()->FindFieldByNumber(1));
  const sync::Path at = path.Element(static_cast<uint32_t>(field.number()), key);
  if (key.empty() || at.bytes().size() > sync::Path::kBytesMax / 2) {
    return Error(absl::StatusCode::kInvalidArgument, kKeyInvalid, field.name());
  }
  out.push_back(Presence(record, at, true));
  return CompileMessage(record, at, element, hand, out);
}

absl::Status CompileField(const sync::RecordId& record, const sync::Path& at,
                          const Message& message, const FieldDescriptor& field, Hand hand,
                          std::vector<Operation>& out) {
  const MergeKind kind = sync::KindOf(field);
  const auto number = static_cast<uint32_t>(field.number());
  DUDAO_TRY(CheckHand(field, kind, hand));
  const auto& reflection = *message.GetReflection();
  if (kind == MergeKind::kKeyed) {
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      DUDAO_TRY(CompileKeyedOf(record, at, reflection.GetRepeatedMessage(message, &field, i), field,
                               hand, out));
    }
    return absl::OkStatus();
  }
  if (kind == MergeKind::kSet) {
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      DUDAO_ASSIGN(const Value element, EncodeValue(field, ValueOf(message, field, i)));
      out.push_back(SetElement(record, field, at.Element(number, element.bytes), true));
    }
    return absl::OkStatus();
  }
  const v1::FieldValue value = ValueOf(message, field, 0);
  if (kind == MergeKind::kCounter) {
    out.push_back({record, at.Field(number), kind, sync::CounterValue(value.integer())});
    return absl::OkStatus();
  }
  DUDAO_ASSIGN(Value encoded, EncodeValue(field, value));
  out.push_back({record, at.Field(number), kind, std::move(encoded)});
  return absl::OkStatus();
}

}  // namespace

Operation Presence(const sync::RecordId& record, const sync::Path& path, bool present) {
  return {record, path, MergeKind::kKeyed, present ? Value::Present() : Value::Absent()};
}

absl::Status CompileEdit(Schema& schema, const sync::RecordId& record, const v1::FieldEdit& edit,
                         Hand hand, std::vector<Operation>& out) {
  DUDAO_ASSIGN(const FieldTarget* target, schema.Compile(record.type, edit.path()));
  if (target->field == nullptr) {
    if (!edit.has_add() || edit.add().has_value()) return ActionError(edit);
    out.push_back(Presence(record, sync::Path(), true));
    return absl::OkStatus();
  }
  switch (edit.action_case()) {
    case v1::FieldEdit::kSet:
    case v1::FieldEdit::kClear:
      return CompileRegister(record, *target, edit, hand, out);
    case v1::FieldEdit::kAdd:
    case v1::FieldEdit::kRemove:
      if (target->kind == MergeKind::kSet) return CompileSetElement(record, *target, edit, out);
      if (target->kind != MergeKind::kKeyed) return ActionError(edit);
      return CompileKeyedElement(record, *target, edit, hand, out);
    case v1::FieldEdit::kIncrement:
      if (target->kind != MergeKind::kCounter) return ActionError(edit);
      if (edit.increment() != 0) {
        out.push_back({record, target->path, target->kind, sync::CounterValue(edit.increment())});
      }
      return absl::OkStatus();
    default:
      return ActionError(edit);
  }
}

absl::Status CompileMessage(const sync::RecordId& record, const sync::Path& at,
                            const Message& message, Hand hand, std::vector<Operation>& out) {
  const auto& reflection = *message.GetReflection();
  // Their merge kinds are not known either, so they cannot be written; silently dropping them would
  // lose data.
  if (!reflection.GetUnknownFields(message).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, kFieldsUnknown, message.GetTypeName());
  }
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!at.empty() && field->number() == 1) continue;  // the key, implied by the path
    DUDAO_TRY(CompileField(record, at, message, *field, hand, out));
  }
  return absl::OkStatus();
}

bool ShowsAlready(const sync::Record& record, const Operation& op) {
  if (op.kind == MergeKind::kCounter) return false;
  const sync::Cell* cell = record.Find(op.path);
  const sync::Version* shown = cell == nullptr ? nullptr : record.Shown(*cell);
  if (shown == nullptr) return op.value.is_absent();
  return shown->value == op.value;
}

absl::Status CheckFixed(const sync::Record& record, std::vector<Operation>& ops) {
  absl::Status status;
  std::erase_if(ops, [&](const Operation& op) {
    if (op.kind != MergeKind::kFixed) return false;
    const sync::Cell* cell = record.Find(op.path);
    const sync::Version* shown = cell == nullptr ? nullptr : record.Shown(*cell);
    if (shown == nullptr || shown->value.is_absent()) return false;
    if (shown->value == op.value) return true;
    status = Error(absl::StatusCode::kFailedPrecondition, kFieldFixed,
                   sync::PathText(op.record.type, op.path));
    return false;
  });
  return status;
}

}  // namespace dudao::client
