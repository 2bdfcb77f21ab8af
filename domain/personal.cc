#include "dudao/domain/personal.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "dudao/options/v1/merge.pb.h"
#include "number_scan.h"

namespace dudao::domain {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kStarsMax = 4;
constexpr std::size_t kLongPhone = 11;
constexpr std::size_t kShortPhone = 7;

bool IsDigit(char c) { return c != 0 && absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// The key of an element of a keyed list (field 1 by a rule of the schema), or its place in the
// list.
std::string KeyOf(const pb::Message& element, int place) {
  const pb::FieldDescriptor* const key = element.GetDescriptor()->FindFieldByNumber(1);
  const bool is_text = key != nullptr && !key->is_repeated() &&
                       key->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? element.GetReflection()->GetString(element, key) : absl::StrCat(place);
}

// Calls `visit(path, field, text)` for every string of a message, at any depth.
template <typename Visit>
void ForStrings(const pb::Message& message, const std::string& path, const Visit& visit) {
  const pb::Reflection& in = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  in.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    const std::string here = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    const int count = field->is_repeated() ? in.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        const pb::Message& child = field->is_repeated() ? in.GetRepeatedMessage(message, field, i)
                                                        : in.GetMessage(message, field);
        ForStrings(child,
                   field->is_repeated() ? absl::StrCat(here, "[", KeyOf(child, i), "]") : here,
                   visit);
      } else if (field->type() == pb::FieldDescriptor::TYPE_STRING) {
        visit(here, *field,
              field->is_repeated() ? in.GetRepeatedString(message, field, i)
                                   : in.GetString(message, field));
      }
    }
  }
}

std::string Masked(const pb::FieldDescriptor& field, const std::string& text) {
  if (IsPersonal(field)) return MaskValue(text);
  return IsFreeText(field) ? MaskText(text) : text;
}

}  // namespace

bool HoldsIdentityNumber(absl::string_view text) {
  const std::vector<FoundNumber> found = ScanNumbers(text);
  return std::any_of(found.begin(), found.end(), [](const FoundNumber& number) {
    return number.kind == NumberKind::kIdentity;
  });
}

std::string MaskName(absl::string_view name) {
  const std::vector<Glyph> glyphs = Glyphs(name);
  if (glyphs.empty()) return {};
  if (glyphs.size() == 1) return "*";
  return absl::StrCat(name.substr(0, glyphs.front().end),
                      std::string(std::min(glyphs.size() - 1, kStarsMax), '*'));
}

std::string MaskPhone(absl::string_view phone) {
  std::string digits;
  for (const Glyph& glyph : Glyphs(phone)) {
    if (IsDigit(glyph.narrow)) digits += glyph.narrow;
  }
  if (digits.size() >= kLongPhone)
    return absl::StrCat(digits.substr(0, 3), "****", digits.substr(digits.size() - 4));
  if (digits.size() >= kShortPhone) return absl::StrCat("****", digits.substr(digits.size() - 3));
  return digits.empty() ? "" : "****";
}

std::string MaskValue(absl::string_view value) {
  if (HoldsIdentityNumber(value)) return MaskName(MaskText(value));
  std::string name;
  std::string digits;
  for (const Glyph& glyph : Glyphs(value)) {
    if (IsDigit(glyph.narrow)) {
      digits += glyph.narrow;
    } else if (glyph.narrow == 0 || absl::ascii_isalpha(static_cast<unsigned char>(glyph.narrow))) {
      absl::StrAppend(&name, value.substr(glyph.begin, glyph.end - glyph.begin));
    }
  }
  return absl::StrCat(MaskName(name), MaskPhone(digits));
}

std::string MaskText(absl::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (const FoundNumber& number : ScanNumbers(text)) {
    absl::StrAppend(&out, text.substr(at, number.begin - at),
                    number.kind == NumberKind::kPhone ? MaskPhone(number.digits)
                                                      : std::string(number.digits.size(), '*'));
    at = number.end;
  }
  absl::StrAppend(&out, text.substr(at));
  return out;
}

bool IsPersonal(const pb::FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::merge).personal();
}

bool IsFreeText(const pb::FieldDescriptor& field) {
  if (field.type() != pb::FieldDescriptor::TYPE_STRING) return false;
  const std::string& name = field.name();
  for (const char* end : {"id", "_ids", "_code", "sha256", "sm3", "_digest", "key", "_type"}) {
    if (absl::EndsWith(name, end)) return false;
  }
  return true;
}

void MaskMessage(pb::Message* message) {
  const pb::Reflection& in = *message->GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  in.ListFields(*message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? in.FieldSize(*message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        MaskMessage(field->is_repeated() ? in.MutableRepeatedMessage(message, field, i)
                                         : in.MutableMessage(message, field));
      } else if (field->type() == pb::FieldDescriptor::TYPE_STRING && field->is_repeated()) {
        in.SetRepeatedString(message, field, i,
                             Masked(*field, in.GetRepeatedString(*message, field, i)));
      } else if (field->type() == pb::FieldDescriptor::TYPE_STRING) {
        in.SetString(message, field, Masked(*field, in.GetString(*message, field)));
      }
    }
  }
}

std::vector<PersonalValue> PersonalValues(const pb::Message& message) {
  std::vector<PersonalValue> values;
  ForStrings(
      message, "",
      [&](const std::string& path, const pb::FieldDescriptor& field, const std::string& text) {
        if (IsPersonal(field)) values.push_back({path, text});
      });
  return values;
}

std::vector<std::string> FindIdentityNumbers(const pb::Message& message) {
  std::vector<std::string> paths;
  ForStrings(message, "",
             [&](const std::string& path, const pb::FieldDescriptor&, const std::string& text) {
               if (HoldsIdentityNumber(text)) paths.push_back(path);
             });
  return paths;
}

}  // namespace dudao::domain
