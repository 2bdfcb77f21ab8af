#include "dudao/domain/words.h"

namespace dudao::domain {

absl::string_view LevelWord(records::v1::FindingLevel level) {
  switch (level) {
    case records::v1::FINDING_LEVEL_AT_ONCE:
      return "立行立改";
    case records::v1::FINDING_LEVEL_ORDINARY:
      return "一般";
    case records::v1::FINDING_LEVEL_SERIOUS:
      return "较重";
    case records::v1::FINDING_LEVEL_LONG_TERM:
      return "长期";
    default:
      return "";
  }
}

}  // namespace dudao::domain
