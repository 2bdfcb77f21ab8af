// Words of the trade that papers and signed texts print, in Chinese.
//
// Purpose: one spelling for what is printed on a tablet and in the office; a signature binds to it,
// so a word never changes. Does not: speak to the person at the screen (text.h does). Threading:
// pure functions. Ownership: views of constant data. Errors: none; empty for what is not known.
#ifndef DUDAO_DOMAIN_WORDS_H_
#define DUDAO_DOMAIN_WORDS_H_

#include <absl/strings/string_view.h>

#include "dudao/records/v1/visit_checks.pb.h"

namespace dudao::domain {

// 立行立改, 一般, 较重, 长期.
absl::string_view LevelWord(records::v1::FindingLevel level);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_WORDS_H_
