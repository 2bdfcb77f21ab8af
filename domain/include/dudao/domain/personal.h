// Personal data: what is never stored, and how the rest is shown.
//
// Purpose: one rule for lists, histories, prints and logs, on the server and wherever else records
// are shown. Fields that the schema calls personal are masked whole (张*, 138****1234); in all
// other texts telephone and identity numbers are masked where they stand. Identity numbers are not
// to be entered at all: HoldsIdentityNumber is what validation refuses. Does not: recognise names
// in free text, or faces in photos. Threading: pure functions. Ownership: borrows its arguments for
// the call. Errors: none; bytes that are no UTF-8 are masked byte by byte. Source of the number
// format: GB 11643-1999 (18 digits, ISO 7064 MOD 11-2 check) and its forerunner of 1989 (15).
#ifndef DUDAO_DOMAIN_PERSONAL_H_
#define DUDAO_DOMAIN_PERSONAL_H_

#include <absl/strings/string_view.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace dudao::domain {

// True where a text holds a resident identity number that stands alone: 18 characters with a right
// check digit or with a possible province and day of birth, or 15 digits with both. Digits may be
// full-width and grouped by spaces or dashes; a grouped number of 18 needs check digit and day.
bool HoldsIdentityNumber(absl::string_view text);

// "张三" -> "张*". An only character is masked.
std::string MaskName(absl::string_view name);
// "13812341234" -> "138****1234"; fewer than 11 digits keep the last three, fewer than seven none.
std::string MaskPhone(absl::string_view phone);
// The value of a personal field: its digits as a telephone, the rest as a name.
std::string MaskValue(absl::string_view value);
// A free text, with telephone and identity numbers masked where they stand.
std::string MaskText(absl::string_view text);

// True for a field that the schema calls personal.
bool IsPersonal(const google::protobuf::FieldDescriptor& field);
// True for a string that people wrote, and not an id, a code or a hash.
bool IsFreeText(const google::protobuf::FieldDescriptor& field);

// Masks a record in place, at any depth.
void MaskMessage(google::protobuf::Message* message);

// One personal value, for people who may see it.
struct PersonalValue {
  std::string path;  // e.g. "lead_signature.signer_name"
  std::string text;
};
std::vector<PersonalValue> PersonalValues(const google::protobuf::Message& message);

// Paths of the texts that hold an identity number.
std::vector<std::string> FindIdentityNumbers(const google::protobuf::Message& message);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_PERSONAL_H_
