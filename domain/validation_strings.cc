#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "utf8.h"
#include "validation_parts.h"

namespace dudao::domain {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kIdentityDigits = 17;  // and a check digit, which may be X

// ASCII digits and letters stand for themselves; their full-width forms are mapped onto them.
std::string Narrow(absl::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte != 0xEF || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    const auto second = static_cast<unsigned char>(text[i + 1]);
    const auto third = static_cast<unsigned char>(text[i + 2]);
    // U+FF01..U+FF5E are EF BC 81 .. EF BD 9E.
    const unsigned code = ((second & 0x3FU) << 6U) | (third & 0x3FU);
    if ((second == 0xBC || second == 0xBD) && code >= 0xF01 && code <= 0xF5E) {
      out += static_cast<char>(code - 0xF01 + '!');
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The key of an element of a keyed list (field 1 by a rule of the schema), or its place in the
// list.
std::string KeyOf(const pb::Message& element, int place) {
  const pb::FieldDescriptor* const key = element.GetDescriptor()->FindFieldByNumber(1);
  const bool is_text = key != nullptr && !key->is_repeated() &&
                       key->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? element.GetReflection()->GetString(element, key) : absl::StrCat(place);
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

}  // namespace

bool HoldsIdentityNumber(absl::string_view raw) {
  const std::string text = Narrow(raw);
  std::size_t begin = 0;
  while (begin < text.size()) {
    if (!IsWord(text[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < text.size() && IsWord(text[end])) ++end;
    std::size_t digits = 0;
    while (begin + digits < end && IsDigit(text[begin + digits])) ++digits;
    const char last = text[end - 1];
    if (end - begin == kIdentityDigits + 1 && digits >= kIdentityDigits &&
        (IsDigit(last) || last == 'X' || last == 'x')) {
      return true;
    }
    begin = end;
  }
  return false;
}

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
