#include <absl/strings/str_cat.h>
#include <absl/time/civil_time.h>

#include <optional>
#include <string>

#include "dudao/domain/civil.h"
#include "dudao/domain/temp_number.h"
#include "validation_parts.h"

namespace dudao::domain {
namespace {

using records::v1::GeoFix;
using records::v1::Visit;

constexpr std::int64_t kHourMs = 60 * 60 * 1000;
// The latest that the clock of a tablet may be ahead before a time counts as being in the future.
constexpr std::int64_t kClockToleranceMs = 24 * kHourMs;
constexpr std::int64_t kLongestVisitMs = 24 * kHourMs;
constexpr std::int64_t kEarliestMs =
    1640966400000;  // 2022-01-01: before the campaign nothing was visited
constexpr std::int64_t kLatestMs = 4102416000000;  // 2100-01-01: no tablet lives that long

void CheckFix(const GeoFix& fix, IssueList* issues) {
  if (!fix.has_longitude() && !fix.has_latitude()) {
    if (fix.refusal_reason().empty()) issues->Warning("fix", "VISIT_FIX_WITHOUT_REASON");
    return;
  }
  const bool inside = fix.longitude() >= -180 && fix.longitude() <= 180 && fix.latitude() >= -90 &&
                      fix.latitude() <= 90 && fix.has_longitude() && fix.has_latitude();
  if (!inside || fix.accuracy_m() < 0) issues->Error("fix", "VISIT_FIX_WRONG");
  if (fix.crs() == records::v1::COORDINATE_SYSTEM_UNSPECIFIED) {
    issues->Error("fix.crs", "VISIT_FIX_WITHOUT_DATUM");
  }
}

void CheckRequired(const Visit& visit, IssueList* issues) {
  const auto require = [issues](bool present, absl::string_view field) {
    if (!present) issues->Error(field, "VISIT_FIELD_REQUIRED", {std::string(field)});
  };
  require(!visit.temp_no().empty(), "temp_no");
  require(!visit.team_id().empty(), "team_id");
  require(!visit.unit_code().empty(), "unit_code");
  require(visit.unit_type() != records::v1::UNIT_TYPE_UNSPECIFIED, "unit_type");
  require(!visit.visit_date().empty(), "visit_date");
  require(visit.has_arrived_at_ms(), "arrived_at_ms");
  require(visit.has_left_at_ms(), "left_at_ms");
  require(visit.mode() != records::v1::VISIT_MODE_UNSPECIFIED, "mode");
  require(visit.areas_size() > 0, "areas");
}

void CheckSigned(const records::v1::Signature& signature, absl::string_view field,
                 const std::optional<std::string>& text_sha256, IssueList* issues) {
  if (text_sha256 && signature.text_sha256() != *text_sha256)
    issues->Warning(field, "VISIT_SIGNED_TEXT_CHANGED");
}

bool IsPlausible(std::int64_t ms) { return ms >= kEarliestMs && ms < kLatestMs; }

}  // namespace

void CheckHeader(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  CheckRequired(visit, issues);
  if (!visit.temp_no().empty()) {
    const auto number = ParseTempNumber(visit.temp_no());
    if (!number.ok() || number->team_id != visit.team_id()) {
      issues->Error("temp_no", "TEMP_NUMBER_WRONG", {visit.temp_no()});
    }
  }
  if (visit.form_code() != subject.form.form_code() ||
      visit.form_version() != subject.form.version()) {
    issues->Error("form_version", "VISIT_OTHER_FORM",
                  {visit.form_code(), absl::StrCat(visit.form_version())});
  }
  const auto needed = static_cast<int>(subject.form.min_inspectors());
  if (visit.inspector_ids_size() < needed) {
    issues->Error("inspector_ids", "VISIT_INSPECTORS_TOO_FEW",
                  {absl::StrCat(needed), absl::StrCat(visit.inspector_ids_size())});
  }
  for (const std::string& area : visit.areas()) {
    bool known = false;
    for (const auto& offered : subject.form.areas()) known = known || offered.code() == area;
    if (!known) issues->Error("areas", "VISIT_AREA_UNKNOWN", {area});
  }
  if (visit.has_fix()) CheckFix(visit.fix(), issues);
}

void CheckTimes(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  const auto day = ParseDay(visit.visit_date());
  if (!visit.visit_date().empty() && !day) {
    issues->Error("visit_date", "DATE_WRONG", {visit.visit_date()});
  }
  if (!visit.has_arrived_at_ms() || !visit.has_left_at_ms()) return;
  const std::int64_t arrived = visit.arrived_at_ms();
  const std::int64_t left = visit.left_at_ms();
  if (!IsPlausible(arrived)) issues->Error("arrived_at_ms", "TIME_IMPLAUSIBLE");
  if (!IsPlausible(left)) issues->Error("left_at_ms", "TIME_IMPLAUSIBLE");
  if (!IsPlausible(arrived) || !IsPlausible(left)) return;
  if (left <= arrived) {
    issues->Error("left_at_ms", "VISIT_LEFT_BEFORE_ARRIVED");
  } else if (left - arrived > kLongestVisitMs) {
    issues->Error("left_at_ms", "VISIT_TOO_LONG");
  }
  if (day && LocalDay(arrived) != *day) {
    issues->Warning("arrived_at_ms", "VISIT_OTHER_DAY", {FormatDay(LocalDay(arrived))});
  }
  const auto now = subject.facts.now_ms;
  if (now && left - kClockToleranceMs > *now) issues->Warning("left_at_ms", "TIME_IN_FUTURE");
}

void CheckFeedback(const Subject& subject, IssueList* issues) {
  const Visit& visit = subject.visit;
  if (visit.has_unit_signature() && visit.has_unit_refusal()) {
    issues->Error("unit_refusal", "VISIT_SIGNED_AND_REFUSED");
  }
  if (visit.has_unit_refusal()) {
    if (visit.unit_refusal().reason().empty()) {
      issues->Error("unit_refusal.reason", "VISIT_REFUSAL_WITHOUT_REASON");
    }
    const auto& witnesses = visit.unit_refusal().witness_ids();
    const bool two = witnesses.size() >= 2 && witnesses[0] != witnesses[1];
    if (!two) issues->Error("unit_refusal.witness_ids", "VISIT_REFUSAL_WITNESSES");
  } else if (!visit.has_unit_signature() && visit.mode() != records::v1::VISIT_MODE_REMOTE) {
    issues->Warning("unit_signature", "VISIT_NOT_SIGNED");
  }
  if (visit.objection() && visit.objection_text().empty()) {
    issues->Warning("objection_text", "VISIT_OBJECTION_EMPTY");
  }
  if (!visit.has_lead_signature()) issues->Warning("lead_signature", "VISIT_LEAD_NOT_SIGNED");
  const VisitFacts& facts = subject.facts;
  if (visit.has_unit_signature())
    CheckSigned(visit.unit_signature(), "unit_signature", facts.unit_text_sha256, issues);
  if (visit.has_lead_signature())
    CheckSigned(visit.lead_signature(), "lead_signature", facts.lead_text_sha256, issues);
}

}  // namespace dudao::domain
