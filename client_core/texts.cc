#include "texts.h"

#include "absl/strings/str_cat.h"
#include "dudao/domain/text.h"

namespace dudao::client {

using records::v1::OfficeTask;

v1::BothLanguages Both(std::string_view code, const std::vector<std::string>& arguments) {
  v1::BothLanguages text;
  text.set_zh(domain::Text({code.data(), code.size()}, domain::Language::kChinese, arguments));
  text.set_en(domain::Text({code.data(), code.size()}, domain::Language::kEnglish, arguments));
  return text;
}

// A state of a later version has no name here.
v1::BothLanguages StateText(records::v1::VisitState state) {
  const bool known = records::v1::VisitState_IsValid(state);
  return Both(records::v1::VisitState_Name(known ? state : records::v1::VISIT_STATE_UNSPECIFIED));
}

v1::BothLanguages StateText(records::v1::RectificationState state) {
  const bool known = records::v1::RectificationState_IsValid(state);
  return Both(records::v1::RectificationState_Name(
      known ? state : records::v1::RECTIFICATION_STATE_UNSPECIFIED));
}

v1::BothLanguages TaskText(const OfficeTask& task, std::string_view finding_temp_no) {
  const auto kind = records::v1::OfficeTaskKind_IsValid(task.kind())
                        ? task.kind()
                        : records::v1::OFFICE_TASK_KIND_UNSPECIFIED;
  const bool about_finding = kind == records::v1::OFFICE_TASK_KIND_RETURNED_FINDING ||
                             kind == records::v1::OFFICE_TASK_KIND_LOOK_BACK;
  std::string subject = task.visit_temp_no();
  if (about_finding && !finding_temp_no.empty()) subject = std::string(finding_temp_no);
  return Both(records::v1::OfficeTaskKind_Name(kind), {subject});
}

v1::BothLanguages LimitText(const domain::DeadlineRule& rule) {
  const std::vector<std::string> amount = {absl::StrCat(rule.amount)};
  switch (rule.unit) {
    case domain::LimitUnit::kWorkingDay:
      return Both("LIMIT_WORKING_DAYS", amount);
    case domain::LimitUnit::kWorkingHour:
      return Both("LIMIT_WORKING_HOURS", amount);
    case domain::LimitUnit::kMonth:
      return Both("LIMIT_MONTHS", amount);
    default:
      return Both("LIMIT_CALENDAR_DAYS", amount);
  }
}

v1::Light LightOf(domain::Light light) {
  switch (light) {
    case domain::Light::kGreen:
      return v1::LIGHT_GREEN;
    case domain::Light::kYellow:
      return v1::LIGHT_YELLOW;
    default:
      return v1::LIGHT_RED;
  }
}

bool IsUnsent(const sync::VersionVector& known, const v1::VisitNote& note) {
  if (note.own_seq() == 0) return false;
  return known.Get(sync::ReplicaId::FromBytes(note.own_replica())) < note.own_seq();
}

}  // namespace dudao::client
