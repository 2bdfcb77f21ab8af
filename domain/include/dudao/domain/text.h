// The texts that people read, by reason code: Chinese first, English second.
//
// Purpose: one catalogue for validation issues, refusals and import errors, so that a reason reads
// the same on tablet, console and command line. Codes are UPPER_SNAKE_CASE and never change their
// meaning; they travel in `google.rpc.ErrorInfo.reason`. Does not: choose the language, or format
// dates and amounts. Threading: pure functions over constant data. Ownership: returns copies, or
// views of constant data. Errors: an unknown code is shown as itself; a test holds the catalogue
// complete.
#ifndef DUDAO_DOMAIN_TEXT_H_
#define DUDAO_DOMAIN_TEXT_H_

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <string>
#include <vector>

namespace dudao::domain {

enum class Language { kChinese, kEnglish };

// One entry of the catalogue. "$0" to "$9" stand for the arguments; "$$" is a dollar sign.
struct CatalogueEntry {
  absl::string_view code;
  absl::string_view zh;
  absl::string_view en;
};

// All entries, ordered by code.
absl::Span<const CatalogueEntry> Catalogue();

// The text of a code with its arguments filled in.
std::string Text(absl::string_view code, Language language,
                 const std::vector<std::string>& arguments = {});

// A status that carries a reason code: the message is the English text, ReasonOf gives the code
// back.
absl::Status Refusal(absl::StatusCode status_code, absl::string_view reason,
                     const std::vector<std::string>& arguments = {});

// The same where the arguments are texts themselves and differ by language.
absl::Status Refusal(absl::StatusCode status_code, absl::string_view reason,
                     const std::vector<std::string>& arguments,
                     const std::vector<std::string>& chinese_arguments);

// The reason code of a status made by Refusal; empty for any other status.
std::string ReasonOf(const absl::Status& status);

// The text of a status made by Refusal in the given language; of any other status its message.
std::string TextOf(const absl::Status& status, Language language);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_TEXT_H_
