#include "reason.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dudao/domain/text.h"

namespace dudao::server {
namespace {

constexpr char kPayload[] = "type.dudao/server-reason";
constexpr char kMetadataPayload[] = "type.dudao/server-metadata/";

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
      {"ACCESS_LOG_DAMAGED", "访问日志已损坏或被改动。",
       "The access log is damaged or was altered."},
      {"ACCOUNT_LOCKED", "口令多次输错，账号已临时锁定；请稍后再试，或请管理员重置口令。",
       "Too many wrong passwords: the account is locked for a while. Try later, or ask the "
       "administrator for a new password."},
      {"ADDRESS_UNKNOWN", "不知道平板应使用的服务地址，请填写“主机:端口”。",
       "The address that tablets shall use is not known; give it as host:port."},
      {"ALREADY_JUDGED", "该修改已有人处理，请刷新后查看结果。",
       "Somebody has decided on this change already; read the list again."},
      {"ALREADY_SET_UP", "系统已有管理员；只能为现有管理员重设口令。",
       "There is an administrator already; only that person's password can be set again."},
      {"ANCHOR_DAMAGED", "锚文件已损坏；如数据无误，可移走该文件，服务器会重新写入。",
       "The anchor file is damaged; if the data is known to be right, move the file away: the "
       "server writes a new one."},
      {"ARCHIVE_DIFFERS", "数据与其签名或哈希不符，未导出；请先用 dudao verify 查明。",
       "The data is not what its signatures and hashes say; nothing was exported. See dudao "
       "verify."},
      {"ARCHIVE_FILE_MISSING", "缺少文件。", "A file is missing."},
      {"ARCHIVE_KEY_INVALID", "密钥文件应为32字节或64位十六进制。",
       "The key file must hold 32 bytes or 64 hex digits."},
      {"ARCHIVE_NO_SERVER", "该目录不是服务器的数据目录。",
       "This is not the data folder of a server."},
      {"BACKUP_DAMAGED", "备份已损坏，未恢复任何内容；请改用另一份备份。",
       "The backup is damaged; nothing was restored. Use another one."},
      {"BACKUP_INCOMPLETE", "这不是一份完整的备份；请选择含 manifest.json 的备份目录。",
       "This is not a whole backup; choose a folder with a manifest.json."},
      {"BACKUP_INSIDE_DATA", "备份不能放在数据目录之内。",
       "A backup cannot lie inside the data folder."},
      {"BACKUP_RUNNING", "另一次备份正在进行。", "Another backup is at work there."},
      {"BLOB_HASH_MISMATCH", "文件内容与摘要不符，已收部分作废，请从头重传。",
       "The file does not match its hash; what was received is thrown away, send it again."},
      {"BLOB_OFFSET", "文件块位置不连续，请按已收长度续传。",
       "The piece does not continue what is held; ask how much is held and go on there."},
      {"BLOB_PERSONAL", "该照片含个人信息，只能查看遮挡版；如无遮挡版，请联系督导组补充。",
       "The photo shows personal data: only its blurred copy may be seen; ask the team for one "
       "where there is none."},
      {"BLOB_SIZE_CHANGED", "文件总长度与先前不同。", "The size of the file differs from before."},
      {"BLOB_TOO_LARGE", "文件或文件块过大。", "The file or the piece is too large."},
      {"BLOB_UNKNOWN", "文件不存在或尚未传完。", "There is no such file, or not all of it yet."},
      {"CALL_REPLAYED", "该请求已收到过，拒绝重复执行。",
       "This call was made before; it is not done twice."},
      {"CHANGE_NOT_ASIDE", "没有这条待处理的修改。", "There is no such change kept aside."},
      {"CHANGE_NOT_RELEASABLE", "该修改格式有误，不能并入，只能维持搁置；请在记录中重新填写。",
       "The change breaks a rule of form and can never be merged; refuse it, and enter what it "
       "meant anew."},
      {"CHOICE_INVALID", "没有这个可选的值。", "There is no such value to choose."},
      {"CLEAR_TEXT_REFUSED",
       "监听地址不在本机，拒绝明文服务。请用 --public-address 或 --tls-name 写明平板访问的名称"
       "（自动生成证书），或给出证书文件；确需明文请加 --allow-clear-text。",
       "The address is not loopback: clear text is refused. Name the host that tablets use with "
       "--public-address or --tls-name (a certificate is made), give certificate files, or allow "
       "it "
       "with --allow-clear-text."},
      {"CLOCK_UNKNOWN", "设备时间与服务器不符，设备将按服务器时间自动重试。",
       "The device's idea of the server's time is wrong; it tries again with the right one by "
       "itself."},
      {"CONFLICT_UNKNOWN", "此处没有需要处理的冲突。", "There is no conflict here."},
      {"CONTENT_CHANGED", "记录内容已变化，请重新查看后再决定。",
       "The record is no longer what was shown; read it again and decide again."},
      {"CONTEXT_INVALID", "页面信息已失效，请重新打开。",
       "What the page has seen is not valid; open it again."},
      {"CONTROL_LOG_DAMAGED", "授权记录已损坏或被改动，请从备份恢复。",
       "The control log is damaged or was altered; restore it from a backup."},
      {"CREDENTIALS_WRONG", "用户编号或口令不正确。", "Person id or password is wrong."},
      {"DATA_DIR_IN_USE", "数据目录正被另一个服务使用。", "Another server uses the data folder."},
      {"DEADLINE_EXCEEDED", "处理超时，请重试。", "The call took too long; try again."},
      {"DEVICE_FORBIDDEN", "此操作须由本人登录后进行，不能用设备身份。",
       "This is for people who signed in, not for devices."},
      {"DEVICE_RETIRED", "该设备已交回，只能上交其中尚未上传的内容。",
       "The device was handed over: it may only deliver what it still holds."},
      {"DEVICE_REVOKED", "该设备已挂失停用。", "The device was reported lost and is revoked."},
      {"DEVICE_STATE_FORBIDS", "该设备已挂失，不能再改变。", "The device is revoked already."},
      {"DEVICE_UNKNOWN", "服务器不认识该设备，请重新登记。",
       "The device is not known here; enrol it again."},
      {"DISK_LOW",
       "服务器磁盘空间不足，暂停接收上传，查阅不受影响；请管理员清理或扩容，平板上的内容会自动补传"
       "。",
       "The server's disk is nearly full: uploads are refused for now, reading works. Free or add "
       "space; tablets send again by themselves."},
      {"ENROLMENT_CODE_WRONG", "登记码不正确、已使用或已过期，请管理员重新生成。",
       "The enrolment code is wrong, used or expired; ask the administrator for a new one."},
      {"EXPORT_NOT_EMPTY", "导出目录不为空，请换一个。",
       "The folder to export to is not empty; choose another one."},
      {"EXPORT_TOO_LARGE", "内容超过4 GiB，不能放入一个 zip 文件；请导出到目录。",
       "More than 4 GiB do not fit into a zip file; export to a folder."},
      {"EXPORT_TOO_WIDE", "内容过多，一个文件放不下；请缩小筛选范围（乡镇、日期或状态）后再导出。",
       "There is too much for one file: narrow the filter (township, days, state) and export "
       "again."},
      {"HASH_INVALID", "文件摘要应为32字节。", "The hash must be 32 bytes."},
      {"INTERNAL", "服务内部错误，请联系管理员。", "An internal error; tell the administrator."},
      {"KEY_UNFIT", "设备密钥不合格或签名不符。",
       "The device's key does not fit, or does not prove that it is held."},
      {"LAST_ADMIN", "这是最后一个在用的管理员，不能停用或改为其他角色。",
       "This is the last active administrator; set up another one first."},
      {"LEADER_UNKNOWN", "没有这位县领导；请先在人员名单中加入，角色为 leader。",
       "There is no such county leader; add the person with the role leader first."},
      {"LEADER_VISIT_STAYS", "领导调研由办公室录入，没有督导组可退回；请认定、合并或不予认定。",
       "A leader's visit was entered by the office and goes back to no team: confirm, merge or "
       "dismiss it."},
      {"LISTEN_FAILED", "无法监听该地址。", "The address cannot be listened on."},
      {"LOOK_BACK_TEAM_MISSING", "领导调研发现的问题，请选择由哪个督导组回头看。",
       "A leader found it: choose the team that looks at it again."},
      {"MAP_INVALID", "地图文件有误，请按运维指南“地图”一节更正后重新启动。",
       "The map file is wrong: correct it as the operations guide says under \"The map\", and "
       "start "
       "again."},
      {"MEASURE_UNKNOWN", "举措清单中没有这一条。", "The list of measures has no such measure."},
      {"MESSAGE_TOO_LARGE", "消息过大。", "The message is too large."},
      {"METHOD_UNKNOWN", "没有这个接口。", "There is no such method."},
      {"OPTIONS_INVALID", "启动参数有误。", "The server's options make no sense."},
      {"OWN_CHANGE", "不能处理自己的修改，请由他人处理。",
       "Nobody decides on their own change; ask somebody else to."},
      {"PACKAGE_DAMAGED", "离线包已损坏，或不是交给本服务器的，请重新导出。",
       "The package is damaged, or not meant for this server; export it again."},
      {"PACKAGE_OFFSET", "离线包分块不连续，请从头上传。",
       "The part does not continue what is held; send the package from its beginning."},
      {"PACKAGE_TOO_LARGE", "离线包过大，请分成多个导出。",
       "The package is too large; export several smaller ones."},
      {"PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页开始。",
       "The page token is not valid; start from the first page."},
      {"PASSWORD_CHANGE_NEEDED", "请先修改口令。", "Change the password first."},
      {"PASSWORD_WEAK",
       "口令过于简单：至少10个字符，不得为常用口令、连续或重复字符，不得包含本人编号。",
       "The password is too weak: at least 10 characters, no common one, no run or repetition, not "
       "the person's id."},
      {"PERSON_INVALID",
       "人员编号只能用字母、数字、点、横线和下划线，最多64个；角色与督导组须相符。",
       "A person's id is 1 to 64 letters, digits, dots, dashes and underscores; inspectors and "
       "leads need a team, others have none."},
      {"PERSON_LEFT", "此人已离任；如需恢复，请单独修改其状态。",
       "This person has left; bring them back one by one if that is wanted."},
      {"PERSON_UNKNOWN", "没有这个人员。", "There is no such person."},
      {"PROOF_INVALID", "上传内容的签名无效，已拒绝并告警。",
       "The signature over what was sent does not hold; nothing that it covers was taken, and the "
       "office is told."},
      {"PROOF_MISSING", "上传内容缺少设备签名，未接收；请升级应用后重试。",
       "What was sent is not signed by its device and was not taken; update the app and try "
       "again."},
      {"PROTOCOL_TOO_NEW", "对方的同步协议版本更新，请升级服务。",
       "The other side speaks a newer protocol; update the server."},
      {"PROTOCOL_TOO_OLD", "设备的同步协议版本过旧，请升级应用；未上传的内容不会丢失。",
       "The device speaks an older protocol: update the app. Nothing that it holds is lost."},
      {"RATE_LIMITED", "尝试过于频繁，请稍后再试。", "Too many tries; wait a while."},
      {"RECORD_UNKNOWN", "记录不存在。", "There is no such record."},
      {"REPLICA_FOREIGN", "该数据副本属于另一台设备，已拒绝并告警。",
       "The replica belongs to another device; refused, and the office is told."},
      {"REQUEST_INVALID", "请求有误。", "The request makes no sense."},
      {"RESTORE_NOT_EMPTY", "目标数据目录不为空，未恢复；请先移走其中内容。",
       "The data folder is not empty and was left alone; move its content away first."},
      {"ROLE_FORBIDDEN", "您的角色不能进行此操作。", "Your role may not do this."},
      {"SEGMENT_DAMAGED", "同步数据已损坏，未写入任何内容，请重试。",
       "The sync data is damaged; nothing was stored, try again."},
      {"SERVER_BUSY", "服务繁忙，请稍后重试。", "The server is busy; try again later."},
      {"SERVER_KEY_DAMAGED", "服务器密钥文件已损坏，请从备份恢复 server.key。",
       "The file server.key is damaged; restore it from a backup."},
      {"SERVER_KEY_MISSING", "缺少服务器密钥文件 server.key，请与数据目录一并从备份恢复。",
       "The file server.key is missing; restore it together with the data folder."},
      {"SERVER_KEY_UNFIT",
       "给的 server.key "
       "不是这台服务器后来的密钥：它必须包含备份里的全部密钥。请用更换密钥之后保存的那一份。",
       "The server.key that was given is no later one of this server: it must hold all keys of the "
       "backup. Give the one that was kept after the rotation."},
      {"SERVER_KEY_OLD",
       "服务器密钥已经换过新的，而这里的 server.key "
       "是旧的。平板上的内容都在；请停止服务，把更换之后保存的 server.key "
       "放进数据目录（或恢复时加 --server-key），再启动。",
       "The server's key was replaced, and the server.key here is the old one. Everything is safe "
       "on "
       "the tablets. Stop the server, put the server.key that was kept after the rotation into the "
       "data folder (or restore with --server-key), and start again."},
      {"SESSION_ENDED", "登录已失效，请重新登录。", "The session has ended; sign in again."},
      {"SESSION_FORBIDDEN", "此操作只能由已登记的设备进行。",
       "This is for enrolled devices, not for people who signed in."},
      {"SIGNATURE_INVALID", "设备签名无效。", "The device's signature does not hold."},
      {"SIGN_IN_NEEDED", "请先登录。", "Sign in first."},
      {"SPACE_DIFFERS", "数据空间已存在，类型不同。", "The space exists and is of another kind."},
      {"SPACE_FORBIDDEN", "您无权使用该数据空间。", "You may not use this space."},
      {"SPACE_MISMATCH", "同步请求与数据空间不符。", "The request is about another space."},
      {"SPACE_UNKNOWN", "数据空间不存在。", "There is no such space."},
      {"STORAGE_BUSY", "存储暂时不可用，请重试。", "The storage is busy; try again."},
      {"STORAGE_DAMAGED", "存储文件已损坏，请从备份恢复。",
       "A storage file is damaged; restore it from a backup."},
      {"STORAGE_FULL",
       "服务器或备份所在的磁盘已满，请管理员清理或扩容后重试；已确认的内容不受影响，平板上的内容会"
       "自动补传。",
       "The disk of the server, or of the backup, is full: free or add space and try again. What "
       "was confirmed is safe; tablets send again by themselves."},
      {"TEAM_FULL", "该督导组已有26台在用平板，请先停用一台。",
       "The team has 26 tablets in use; retire one first."},
      {"TLS_FILES_DAMAGED", "tls 目录中的证书与密钥不匹配或已损坏，请从备份恢复该目录。",
       "The certificate files in the folder tls do not belong together or are damaged; restore "
       "that "
       "folder from a backup."},
      {"TYPE_UNKNOWN", "未知的记录类型。", "The record type is not known here."},
      {"UNIT_UNKNOWN", "行政区划名单中没有这个单位。",
       "The list of divisions has no such township, village or community."},
      {"VISIT_DATE_WRONG", "日期无效或晚于今天。", "The day is none, or lies ahead."},
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

absl::Status WithMetadata(absl::Status status, std::string_view key, std::string_view value) {
  status.SetPayload(absl::StrCat(kMetadataPayload, std::string(key)),
                    absl::Cord(std::string(value)));
  return status;
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  std::map<std::string, std::string> all;
  status.ForEachPayload([&all](absl::string_view url, const absl::Cord& value) {
    if (absl::ConsumePrefix(&url, kMetadataPayload)) all[std::string(url)] = std::string(value);
  });
  return all;
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
      {"DEVICE_REVOKED", "该设备已挂失停用，其后送达的修改需人工确认。",
       "The device was revoked; what arrives from it needs somebody to decide."},
      {"DOT_REUSED", "该设备的数据曾被复制或恢复，同一编号出现两个不同的修改，两个都已保留。",
       "The device was cloned or restored: two different changes carry one number; both are kept."},
      {"FIXED_CHANGED", "修改了建立后不可更改的内容。",
       "A field that is set at creation was written again."},
      {"ISSUED_BY_TABLET", "该内容只能由办公室编发。", "Only the office may issue this."},
      {"MALFORMED_CHANGE", "修改的格式有误。", "The change breaks a rule of form."},
      {"NOT_PERMITTED", "修改人无权在此写入。", "The author may not write this here."},
      {"PERMISSION_ENDED", "修改人的权限已收回，或设备已交回；需人工确认后并入。",
       "The author's permission has ended or the device was handed over; somebody has to decide."},
      {"REFUSED", "该修改已被退回，不再并入。",
       "Somebody entitled to it decided against this change."},
  };
  for (const ReasonText& text : *all) {
    if (text.reason == reason) return text;
  }
  return {reason, reason, reason};
}

}  // namespace dudao::server
