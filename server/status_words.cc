#include "status_words.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "access_log.h"
#include "document_desk.h"
#include "dudao/domain/words.h"
#include "privacy_desk.h"
#include "reason.h"

namespace dudao::server {

std::string StateWord(records::v1::RectificationState state) {
  switch (state) {
    case records::v1::RECTIFICATION_STATE_RETURNED:
      return "退回";
    case records::v1::RECTIFICATION_STATE_DISMISSED:
      return "不予认定";
    case records::v1::RECTIFICATION_STATE_MERGED:
      return "合并";
    case records::v1::RECTIFICATION_STATE_CONFIRMED:
      return "已认定";
    case records::v1::RECTIFICATION_STATE_ISSUED:
      return "已下发";
    case records::v1::RECTIFICATION_STATE_RECEIVED:
      return "已签收";
    case records::v1::RECTIFICATION_STATE_RECTIFYING:
      return "整改中";
    case records::v1::RECTIFICATION_STATE_PENDING_CHECK:
      return "待核查";
    case records::v1::RECTIFICATION_STATE_REWORK:
      return "退回整改";
    case records::v1::RECTIFICATION_STATE_CLOSED:
      return "已销号";
    case records::v1::RECTIFICATION_STATE_PARKED:
      return "挂账";
    case records::v1::RECTIFICATION_STATE_REVIEW_REQUESTED:
      return "复核中";
    case records::v1::RECTIFICATION_STATE_CANCELLED:
      return "撤销";
    case records::v1::RECTIFICATION_STATE_REOPENED:
      return "反弹";
    default:
      return "待办";
  }
}

std::string LevelWord(records::v1::FindingLevel level) {
  const absl::string_view word = domain::LevelWord(level);
  return word.empty() ? "未定" : std::string(word);
}

std::string LightWord(review::v1::Light light) {
  switch (light) {
    case review::v1::LIGHT_GREEN:
      return "绿";
    case review::v1::LIGHT_YELLOW:
      return "黄";
    case review::v1::LIGHT_RED:
      return "红";
    default:
      return "";
  }
}

std::string LookbackWord(records::v1::LookbackResult result) {
  switch (result) {
    case records::v1::LOOKBACK_RESULT_DONE:
      return "已整改";
    case records::v1::LOOKBACK_RESULT_PARTLY:
      return "部分整改";
    case records::v1::LOOKBACK_RESULT_NOT_DONE:
      return "未整改";
    case records::v1::LOOKBACK_RESULT_RELAPSED:
      return "反弹";
    default:
      return "";
  }
}

std::string LimitWords(const records::v1::TimeLimit& limit) {
  switch (limit.unit()) {
    case records::v1::LIMIT_UNIT_CALENDAR_DAY:
      return absl::StrCat(limit.amount(), "天");
    case records::v1::LIMIT_UNIT_WORKING_DAY:
      return absl::StrCat(limit.amount(), "个工作日");
    case records::v1::LIMIT_UNIT_WORKING_HOUR:
      return absl::StrCat(limit.amount(), "个工作小时");
    case records::v1::LIMIT_UNIT_MONTH:
      return absl::StrCat(limit.amount(), "个月");
    default:
      return "";
  }
}

std::string EventWord(std::string_view event) {
  constexpr std::pair<std::string_view, const char*> kWords[] = {
      {kSignedIn, "登录"},
      {kSignedOut, "退出"},
      {kSignInFailed, "登录失败"},
      {kPasswordChanged, "修改口令"},
      {kPasswordReset, "重置口令"},
      {kEnrolmentMade, "生成登记码"},
      {kEnrolled, "登记平板"},
      {kEnrolFailed, "登记失败"},
      {kKeyRotated, "更换密钥"},
      {kCallRefused, "请求被拒绝"},
      {kPersonalDataShown, "查看个人信息"},
      {kPersonalFileShown, "查看含个人信息的文件"},
      {kIdentityNumberFound, "发现身份证号"},
      {kDocumentMade, "导出文件"},
      {kRecordShown, "查看记录"},
      {kListShown, "查看列表"},
      {kFileShown, "查看附件"},
  };
  for (const auto& [name, word] : kWords) {
    if (name == event) return word;
  }
  return std::string(event);
}

std::string SubjectWords(std::string_view event, std::string_view subject) {
  constexpr std::pair<std::string_view, const char*> kWords[] = {
      {"ListVisits", "督导记录"},
      {"ListFindings", "问题整改"},
      {"ListCoverage", "覆盖情况"},
      {"GetStatistics", "统计图表"},
      {"GetMonthBoard", "月度看板"},
      {"GetRecord", "记录"},
      {"ListHistory", "修改历史"},
      {"GetFinding", "问题"},
      {"LEDGER_KIND_FINDINGS", "问题整改台账"},
      {"LEDGER_KIND_VISITS", "督导检查台账"},
      {"LEDGER_KIND_COVERAGE", "督导覆盖情况"},
      {"LEDGER_KIND_ACCESS", "审计日志"},
      {"visit", "督导检查记录"},
      {"notice", "整改通知书"},
  };
  const size_t space = subject.find(' ');
  const std::string_view head = subject.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? "" : subject.substr(space);
  if (event == kCallRefused && !rest.empty()) {
    const std::string method(head.substr(head.rfind('/') + 1));
    for (const ReasonText& text : Reasons()) {
      if (text.reason == rest.substr(1))
        return absl::StrCat(std::string(text.zh), "（", method, "）");
    }
  }
  for (const auto& [name, word] : kWords) {
    if (name == head) return absl::StrCat(word, std::string(rest));
  }
  return std::string(subject);
}

}  // namespace dudao::server
