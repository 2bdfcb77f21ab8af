#include "dudao/domain/look_back.h"

#include <absl/time/time.h>

#include <algorithm>
#include <set>

#include "dudao/domain/civil.h"
#include "dudao/domain/rectification.h"

namespace dudao::domain {

using records::v1::Rectification;
using records::v1::RectificationState;

bool IsOpenFinding(RectificationState state) {
  switch (state) {
    case records::v1::RECTIFICATION_STATE_ISSUED:
    case records::v1::RECTIFICATION_STATE_RECEIVED:
    case records::v1::RECTIFICATION_STATE_RECTIFYING:
    case records::v1::RECTIFICATION_STATE_PENDING_CHECK:
    case records::v1::RECTIFICATION_STATE_REWORK:
    case records::v1::RECTIFICATION_STATE_REOPENED:
      return true;
    default:
      return false;
  }
}

std::optional<Light> LightAt(const Rectification& rectification, std::int64_t now_ms) {
  const auto due = ParseDay(EffectiveDue(rectification));
  if (!due || !rectification.has_issued_at_ms()) return std::nullopt;
  const std::int64_t until_ms = UnixMs(absl::CivilSecond(*due + 1));
  return LightFor(absl::Milliseconds(now_ms) - absl::Milliseconds(rectification.issued_at_ms()),
                  absl::Milliseconds(until_ms) - absl::Milliseconds(rectification.issued_at_ms()));
}

std::vector<std::string> Finders(const Rectification& rectification) {
  const std::vector<std::string> all = FindersOf(rectification);
  std::set<std::string> finders(all.begin(), all.end());
  finders.erase("");
  return {finders.begin(), finders.end()};
}

bool MayStrikeOff(const Rectification& rectification, absl::string_view person_id) {
  const std::vector<std::string> finders = FindersOf(rectification);
  return !person_id.empty() &&
         std::find(finders.begin(), finders.end(), person_id) == finders.end();
}

int Reworks(const Rectification& rectification) {
  const auto& checks = rectification.checks();
  return static_cast<int>(std::count_if(checks.begin(), checks.end(), [](const auto& check) {
    return check.result() != records::v1::LOOKBACK_RESULT_UNSPECIFIED &&
           check.result() != records::v1::LOOKBACK_RESULT_DONE;
  }));
}

}  // namespace dudao::domain
