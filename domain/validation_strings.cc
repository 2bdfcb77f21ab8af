#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "dudao/domain/personal.h"
#include "utf8.h"
#include "validation_parts.h"

namespace dudao::domain {
namespace {

namespace pb = google::protobuf;

// The key of an element of a keyed list (field 1 by a rule of the schema), or its place in the
// list.
std::string KeyOf(const pb::Message& element, int place) {
  const pb::FieldDescriptor* const key = element.GetDescriptor()->FindFieldByNumber(1);
  const bool is_text = key != nullptr && !key->is_repeated() &&
                       key->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? element.GetReflection()->GetString(element, key) : absl::StrCat(place);
}

}  // namespace

void CheckStrings(const pb::Message& message, const std::string& path, IssueList* issues) {
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    const std::string here = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        const pb::Message& child = field->is_repeated()
                                       ? reflection.GetRepeatedMessage(message, field, i)
                                       : reflection.GetMessage(message, field);
        CheckStrings(child, field->is_repeated() ? FieldPath(here, KeyOf(child, i)) : here, issues);
      } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = field->is_repeated()
                                     ? reflection.GetRepeatedString(message, field, i)
                                     : reflection.GetString(message, field);
        if (!IsUtf8(text)) issues->Error(here, "TEXT_NOT_UTF8");
        if (HoldsIdentityNumber(text)) issues->Error(here, "TEXT_HOLDS_IDENTITY_NUMBER");
      }
    }
  }
}

}  // namespace dudao::domain
