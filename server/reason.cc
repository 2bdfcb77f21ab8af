#include "reason.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/text.h"

namespace dudao::server {
namespace {

constexpr char kPayload[] = "type.dudao/server-reason";

const ReasonText* Find(std::string_view reason) {
  const auto& all = Reasons();
  const auto found =
      std::lower_bound(all.begin(), all.end(), reason,
                       [](const ReasonText& a, std::string_view b) { return a.reason < b; });
  return found != all.end() && found->reason == reason ? &*found : nullptr;
}

// The sync rooms write "REASON: text".
std::string LeadingReason(std::string_view message) {
  const size_t colon = message.find(':');
  if (colon == std::string_view::npos || colon < 3) return {};
  const std::string_view head = message.substr(0, colon);
  const bool fits = std::all_of(head.begin(), head.end(),
                                [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
  return fits ? std::string(head) : std::string();
}

std::string ReasonOfCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "REQUEST_INVALID";
    case absl::StatusCode::kResourceExhausted:
      return "STORAGE_FULL";
    case absl::StatusCode::kDataLoss:
      return "STORAGE_DAMAGED";
    case absl::StatusCode::kUnavailable:
      return "STORAGE_BUSY";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    default:
      return "INTERNAL";
  }
}

}  // namespace

const std::vector<ReasonText>& Reasons() {
  static const auto* const all = new std::vector<ReasonText>{
      {"BLOB_HASH_MISMATCH", "文件内容与摘要不符，已收部分作废，请从头重传。",
       "The file does not match its hash; what was received is thrown away, send it again."},
      {"BLOB_OFFSET", "文件块位置不连续，请按已收长度续传。",
       "The piece does not continue what is held; ask how much is held and go on there."},
      {"BLOB_SIZE_CHANGED", "文件总长度与先前不同。", "The size of the file differs from before."},
      {"BLOB_TOO_LARGE", "文件或文件块过大。", "The file or the piece is too large."},
      {"BLOB_UNKNOWN", "文件不存在或尚未传完。", "There is no such file, or not all of it yet."},
      {"CHOICE_INVALID", "没有这个可选的值。", "There is no such value to choose."},
      {"CLEAR_TEXT_REFUSED",
       "监听地址不在本机，且未配置证书，拒绝以明文提供服务；确需明文请明确指定。",
       "The address is not loopback and there is no certificate: clear text is refused unless it "
       "is "
       "allowed explicitly."},
      {"CONFLICT_UNKNOWN", "此处没有需要处理的冲突。", "There is no conflict here."},
      {"CONTENT_CHANGED", "记录内容已变化，请重新查看后再决定。",
       "The record is no longer what was shown; read it again and decide again."},
      {"CONTEXT_INVALID", "页面信息已失效，请重新打开。",
       "What the page has seen is not valid; open it again."},
      {"CREDENTIALS_WRONG", "用户名或口令不正确。", "User or secret is wrong."},
      {"DATA_DIR_IN_USE", "数据目录正被另一个服务使用。", "Another server uses the data folder."},
      {"DEADLINE_EXCEEDED", "处理超时，请重试。", "The call took too long; try again."},
      {"HASH_INVALID", "文件摘要应为32字节。", "The hash must be 32 bytes."},
      {"INTERNAL", "服务内部错误，请联系管理员。", "An internal error; tell the administrator."},
      {"LISTEN_FAILED", "无法监听该地址。", "The address cannot be listened on."},
      {"MESSAGE_TOO_LARGE", "消息过大。", "The message is too large."},
      {"METHOD_UNKNOWN", "没有这个接口。", "There is no such method."},
      {"OPTIONS_INVALID", "启动参数有误。", "The server's options make no sense."},
      {"PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页开始。",
       "The page token is not valid; start from the first page."},
      {"PROTOCOL_TOO_NEW", "对方的同步协议版本更新，请升级服务。",
       "The other side speaks a newer protocol; update the server."},
      {"RECORD_UNKNOWN", "记录不存在。", "There is no such record."},
      {"REQUEST_INVALID", "请求有误。", "The request makes no sense."},
      {"ROLE_FORBIDDEN", "您的角色不能进行此操作。", "Your role may not do this."},
      {"SEGMENT_DAMAGED", "同步数据已损坏，未写入任何内容，请重试。",
       "The sync data is damaged; nothing was stored, try again."},
      {"SERVER_BUSY", "服务繁忙，请稍后重试。", "The server is busy; try again later."},
      {"SPACE_DIFFERS", "数据空间已存在，类型不同。", "The space exists and is of another kind."},
      {"SPACE_FORBIDDEN", "您无权使用该数据空间。", "You may not use this space."},
      {"SPACE_MISMATCH", "同步请求与数据空间不符。", "The request is about another space."},
      {"SPACE_UNKNOWN", "数据空间不存在。", "There is no such space."},
      {"STORAGE_BUSY", "存储暂时不可用，请重试。", "The storage is busy; try again."},
      {"STORAGE_DAMAGED", "存储文件已损坏，请从备份恢复。",
       "A storage file is damaged; restore it from a backup."},
      {"STORAGE_FULL", "存储空间已满，请清理后重试。",
       "The disk is full; free space and try again."},
      {"TYPE_UNKNOWN", "未知的记录类型。", "The record type is not known here."},
  };
  return *all;
}

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view detail) {
  const ReasonText* text = Find(reason);
  const std::string_view en = text != nullptr ? text->en : reason;
  absl::Status status(code, detail.empty()
                                ? absl::StrCat(std::string(en))
                                : absl::StrCat(std::string(en), " (", std::string(detail), ")"));
  status.SetPayload(kPayload, absl::Cord(std::string(reason)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kPayload)) return std::string(*payload);
  if (std::string reason = domain::ReasonOf(status); !reason.empty()) return reason;
  if (std::string reason = LeadingReason({status.message().data(), status.message().size()});
      !reason.empty()) {
    return reason;
  }
  return ReasonOfCode(status.code());
}

std::string ChineseOf(const absl::Status& status) {
  if (!domain::ReasonOf(status).empty()) return domain::TextOf(status, domain::Language::kChinese);
  const ReasonText* text = Find(ReasonOf(status));
  return std::string(text != nullptr ? text->zh : Find("INTERNAL")->zh);
}

std::string EnglishOf(const absl::Status& status) {
  if (!domain::ReasonOf(status).empty()) return domain::TextOf(status, domain::Language::kEnglish);
  const ReasonText* text = Find(ReasonOf(status));
  return std::string(text != nullptr ? text->en : Find("INTERNAL")->en);
}

ReasonText QuarantineText(std::string_view reason) {
  static const auto* const all = new std::vector<ReasonText>{
      {"DOT_REUSED", "该设备的数据曾被复制或恢复，同一编号出现两个不同的修改，两个都已保留。",
       "The device was cloned or restored: two different changes carry one number; both are kept."},
      {"FIXED_CHANGED", "修改了建立后不可更改的内容。",
       "A field that is set at creation was written again."},
      {"ISSUED_BY_TABLET", "该内容只能由办公室编发。", "Only the office may issue this."},
      {"MALFORMED_CHANGE", "修改的格式有误。", "The change breaks a rule of form."},
      {"NOT_PERMITTED", "修改人无权在此写入。", "The author may not write this here."},
  };
  for (const ReasonText& text : *all) {
    if (text.reason == reason) return text;
  }
  return {reason, reason, reason};
}

}  // namespace dudao::server
