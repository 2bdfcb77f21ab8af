#include "field_edit.h"

#include <google/protobuf/util/json_util.h>

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "absl/status/status.h"
#include "dudao/options/v1/merge.pb.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::command {
namespace {

using client::v1::FieldEdit;
using client::v1::FieldValue;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

options::v1::MergeKind KindOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::merge).kind();
}

struct EnumName {
  const char* name;
  const char* zh;
};
constexpr EnumName kEnumNames[] = {
    {"CHECK_RESULT_YES", "是"},
    {"CHECK_RESULT_PARTLY", "部分"},
    {"CHECK_RESULT_NO", "否"},
    {"CHECK_RESULT_NOT_APPLICABLE", "不适用"},
    {"FINDING_LEVEL_AT_ONCE", "立行立改"},
    {"FINDING_LEVEL_ORDINARY", "一般"},
    {"FINDING_LEVEL_SERIOUS", "较重"},
    {"FINDING_LEVEL_LONG_TERM", "长期"},
    {"LOOKBACK_RESULT_DONE", "已整改"},
    {"LOOKBACK_RESULT_PARTLY", "部分"},
    {"LOOKBACK_RESULT_NOT_DONE", "未整改"},
    {"LOOKBACK_RESULT_RELAPSED", "反弹"},
    {"RECTIFICATION_STATE_UNSPECIFIED", "待认定"},
    {"RECTIFICATION_STATE_RETURNED", "退回"},
    {"RECTIFICATION_STATE_DISMISSED", "不予认定"},
    {"RECTIFICATION_STATE_MERGED", "合并"},
    {"RECTIFICATION_STATE_CONFIRMED", "已认定"},
    {"RECTIFICATION_STATE_ISSUED", "已下发"},
    {"RECTIFICATION_STATE_RECEIVED", "已签收"},
    {"RECTIFICATION_STATE_RECTIFYING", "整改中"},
    {"RECTIFICATION_STATE_PENDING_CHECK", "待核查"},
    {"RECTIFICATION_STATE_REWORK", "退回整改"},
    {"RECTIFICATION_STATE_CLOSED", "已销号"},
    {"RECTIFICATION_STATE_PARKED", "挂账"},
    {"RECTIFICATION_STATE_REVIEW_REQUESTED", "复核中"},
    {"RECTIFICATION_STATE_CANCELLED", "撤销"},
    {"RECTIFICATION_STATE_REOPENED", "反弹"},
    {"LIGHT_GREEN", "绿"},
    {"LIGHT_YELLOW", "黄"},
    {"LIGHT_RED", "红"},
    {"VISIT_MODE_ANNOUNCED", "明察"},
    {"VISIT_MODE_UNDISCLOSED", "暗访"},
    {"VISIT_MODE_DIRECT", "四不两直"},
    {"VISIT_MODE_LOOK_BACK", "回头看"},
    {"VISIT_MODE_SPECIAL", "专项"},
    {"VISIT_MODE_REMOTE", "电话书面"},
    {"VISIT_STATE_DRAFT", "草稿"},
    {"VISIT_STATE_SUBMITTED", "已提交"},
    {"VISIT_STATE_CONFIRMED", "已认定"},
    {"VISIT_STATE_RETURNED", "退回"},
    {"VISIT_STATE_MERGED", "合并"},
    {"VISIT_STATE_DISMISSED", "不予认定"},
    {"VISIT_STATE_DELETED", "已删除"},
    {"PERSON_ROLE_INSPECTOR", "督导员"},
    {"PERSON_ROLE_LEAD", "组长"},
    {"PERSON_ROLE_REVIEWER", "审核人"},
    {"PERSON_ROLE_LEADER", "领导"},
    {"PERSON_ROLE_REPORTER", "填报人"},
    {"PERSON_ROLE_ADMIN", "管理员"},
    {"DEVICE_STATE_ACTIVE", "在用"},
    {"DEVICE_STATE_RETIRED", "已停用"},
    {"DEVICE_STATE_REVOKED", "已挂失"},
    {"KEPT_ASIDE_STATE_PENDING", "待定"},
    {"KEPT_ASIDE_STATE_RELEASED", "已采纳"},
    {"KEPT_ASIDE_STATE_REFUSED", "未采纳"},
    {"SET_ASIDE_STATE_PENDING", "待定"},
    {"SET_ASIDE_STATE_RELEASED", "已采纳"},
    {"SET_ASIDE_STATE_REFUSED", "未采纳"},
    {"OFFICE_TASK_KIND_RETURNED_VISIT", "退回的督导"},
    {"OFFICE_TASK_KIND_HANDED_OVER_DRAFT", "移交的草稿"},
    {"OFFICE_TASK_KIND_RETURNED_FINDING", "退回的问题"},
    {"OFFICE_TASK_KIND_LOOK_BACK", "回头看"},
    {"OFFICE_TASK_KIND_SETTLE_CONFLICT", "处理不一致"},
    {"OFFICE_TASK_STATE_OPEN", "待办"},
    {"OFFICE_TASK_STATE_DONE", "已办"},
    {"OFFICE_TASK_STATE_CANCELLED", "撤销"},
};

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

absl::Status Wrong(const FieldDescriptor& field, const std::string& text) {
  return absl::InvalidArgumentError("field " + field.name() + " does not take \"" + text + "\"");
}

absl::StatusOr<FieldValue> ParseEnum(const FieldDescriptor& field, const std::string& text) {
  const auto& type = *field.enum_type();
  const std::string wanted = Upper(text);
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    const bool ends =
        name.size() > wanted.size() + 1 && !wanted.empty() &&
        name.compare(name.size() - wanted.size() - 1, std::string::npos, "_" + wanted) == 0;
    if (name != wanted && !ends && EnumForPeople(name) != text) continue;
    FieldValue value;
    value.set_enum_name(name);
    return value;
  }
  return Wrong(field, text);
}

absl::StatusOr<FieldValue> ParseMessage(const FieldDescriptor& field, const std::string& text) {
  const auto* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(field.message_type());
  const std::unique_ptr<google::protobuf::Message> message(prototype->New());
  if (!google::protobuf::util::JsonStringToMessage(text, message.get()).ok())
    return Wrong(field, text);
  FieldValue value;
  value.set_message(message->SerializeAsString());
  return value;
}

template <typename Number>
bool ReadNumber(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

absl::StatusOr<FieldValue> ParseNumber(const FieldDescriptor& field, const std::string& text) {
  FieldValue value;
  if (int64_t integer = 0; ReadNumber(text, integer)) {
    value.set_integer(integer);
    return value;
  }
  const bool floating = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
                        field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
  if (double number = 0; floating && ReadNumber(text, number)) {
    value.set_number(number);
    return value;
  }
  return Wrong(field, text);
}

// Where the operator of an edit stands: outside square brackets.
size_t FindOperator(const std::string& text) {
  bool in_key = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_key && text[i] == '\\') {
      ++i;
    } else if (text[i] == '[') {
      in_key = true;
    } else if (text[i] == ']') {
      in_key = false;
    } else if (!in_key && (text[i] == '=' || text[i] == '+' || text[i] == '-')) {
      return i;
    }
  }
  return std::string::npos;
}

absl::StatusOr<FieldEdit> AddOrRemove(const FieldDescriptor& field, FieldEdit edit, char what,
                                      const std::string& text) {
  if (KindOf(field) == options::v1::MERGE_KIND_COUNTER) {
    int64_t by = 1;
    if (!text.empty() && !ReadNumber(text, by)) return Wrong(field, text);
    edit.set_increment(what == '+' ? by : -by);
    return edit;
  }
  FieldValue value;
  if (!text.empty()) {
    auto parsed = ParseValue(field, text);
    if (!parsed.ok()) return parsed.status();
    value = *std::move(parsed);
  }
  FieldValue* place =
      what == '+' ? edit.mutable_add()->mutable_value() : edit.mutable_remove()->mutable_value();
  *place = value;
  return edit;
}

}  // namespace

const Descriptor* RecordTypeOf(uint32_t type_id) {
  static const Descriptor* const kTypes[] = {
      records::v1::Place::descriptor(),        records::v1::Person::descriptor(),
      records::v1::Team::descriptor(),         records::v1::Measure::descriptor(),
      records::v1::FormTemplate::descriptor(), records::v1::Visit::descriptor(),
      records::v1::OfficeTask::descriptor(),   records::v1::Rectification::descriptor(),
  };
  for (const Descriptor* type : kTypes) {
    if (type->options().GetExtension(options::v1::record).type_id() == type_id) return type;
  }
  return nullptr;
}

const FieldDescriptor* FieldAt(uint32_t type_id, const std::string& path) {
  const Descriptor* type = RecordTypeOf(type_id);
  const FieldDescriptor* field = nullptr;
  size_t at = 0;
  while (at < path.size()) {
    if (field != nullptr) type = field->message_type();
    if (type == nullptr) return nullptr;
    const size_t end = path.find_first_of("[.", at);
    field = type->FindFieldByName(path.substr(at, end - at));
    if (field == nullptr) return nullptr;
    if (end == std::string::npos) break;
    at = end + 1;
    if (path[end] != '[') continue;
    while (at < path.size() && path[at] != ']') at += path[at] == '\\' ? size_t{2} : size_t{1};
    at += 1;
    if (at < path.size() && path[at] == '.') ++at;
  }
  return field;
}

absl::StatusOr<FieldValue> ParseValue(const FieldDescriptor& field, const std::string& text) {
  FieldValue value;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return ParseEnum(field, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ParseMessage(field, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false" && text != "是" && text != "否")
        return Wrong(field, text);
      value.set_flag(text == "true" || text == "是");
      return value;
    case FieldDescriptor::CPPTYPE_STRING:
      value.set_text(text);
      return value;
    default:
      return ParseNumber(field, text);
  }
}

absl::StatusOr<FieldEdit> ParseEdit(uint32_t type_id, const std::string& text) {
  const size_t at = FindOperator(text);
  if (at == std::string::npos || at == 0) {
    return absl::InvalidArgumentError("an edit is path=value, not \"" + text + "\"");
  }
  FieldEdit edit;
  edit.set_path(text.substr(0, at));
  const FieldDescriptor* field = FieldAt(type_id, edit.path());
  if (field == nullptr) return absl::InvalidArgumentError("there is no field " + edit.path());
  const char what = text[at];
  std::string rest = text.substr(at + 1);
  if (what != '=') {
    if (!rest.empty() && rest[0] == '=') rest.erase(0, 1);
    return AddOrRemove(*field, std::move(edit), what, rest);
  }
  if (rest.empty()) {
    edit.mutable_clear();
    return edit;
  }
  auto value = ParseValue(*field, rest);
  if (!value.ok()) return value.status();
  *edit.mutable_set() = *std::move(value);
  return edit;
}

std::string EnumForPeople(const std::string& name) {
  for (const EnumName& known : kEnumNames) {
    if (name == known.name) return known.zh;
  }
  return name;
}

}  // namespace dudao::command
