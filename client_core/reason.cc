#include "dudao/client/reason.h"

#include <algorithm>
#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/text.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::client {
namespace {

constexpr char kPayloadUrl[] = "type.dudao/client-reason";
constexpr char kZhUrl[] = "type.dudao/client-text-zh";
constexpr char kEnUrl[] = "type.dudao/client-text-en";
constexpr char kErrorDomain[] = "dudao";

struct Text {
  std::string_view zh;
  std::string_view en;
};

struct Entry {
  std::string_view reason;
  Text text;
};

constexpr std::array kTexts = {
    Entry{kMalformedRequest, {"请求格式不正确。", "The request is malformed."}},
    Entry{kSpaceInvalid, {"空间名称不正确。", "The space has no valid name."}},
    Entry{kTypeUnknown, {"不认识的记录类型。", "The record type is not known."}},
    Entry{kKeyInvalid, {"记录键应为1至64字节。", "A record key has 1 to 64 bytes."}},
    Entry{kPathUnknown, {"没有这个字段。", "There is no such field."}},
    Entry{kActionUnfit, {"该字段不能这样修改。", "The field cannot be changed this way."}},
    Entry{kValueUnfit, {"内容类型与字段不符。", "The value does not fit the field."}},
    Entry{kValueTooLong, {"内容太长。", "The value is too long."}},
    Entry{kTextNotUtf8, {"文字编码不正确(应为UTF-8)。", "The text is not UTF-8."}},
    Entry{
        kFieldsUnknown,
        {"含有本版本不认识的字段，请更新。", "It has fields this version does not know; update."}},
    Entry{kTooManyEdits, {"一次修改的内容过多。", "Too many edits in one save."}},
    Entry{kContextInvalid,
          {"表单上下文无效，请重新打开。", "The context is not valid; open it again."}},
    Entry{kPageTokenInvalid, {"分页标记无效。", "The page token is not valid."}},
    Entry{kBlobTooLarge, {"附件太大。", "The attachment is too large."}},
    Entry{kBlobHashInvalid,
          {"附件编号应为64位小写十六进制。", "A file is named by 64 lower-case hex digits."}},
    Entry{kMethodUnknown, {"没有这个功能。", "There is no such method."}},
    Entry{kRecordNotFound, {"没有这条记录。", "There is no such record."}},
    Entry{kFormNotFound, {"表单已关闭。", "The form is not open."}},
    Entry{kConflictNotFound, {"该冲突已解决或已变化。", "The conflict is settled or has changed."}},
    Entry{kBlobNotHeld, {"本机没有该附件。", "The file is not held on this device."}},
    Entry{kStagedNotFound, {"附件暂存已失效。", "The staged file is not known."}},
    Entry{kReferenceMissing,
          {"本机缺少基础数据，请先同步。", "Reference data is missing here; sync first."}},
    Entry{kRecordExists, {"记录已存在。", "The record exists already."}},
    Entry{kFieldFixed, {"该字段创建后不能修改。", "The field is fixed once it is set."}},
    Entry{kFieldIssued, {"该字段由办公室编发。", "Only the office writes this field."}},
    Entry{kFieldLifecycle, {"状态只能通过流程改变。", "The state changes only by its own steps."}},
    Entry{kTooManyForms, {"打开的表单过多。", "Too many forms are open."}},
    Entry{kStorageNewer, {"数据由新版本写成，请更新。", "The data is of a newer version; update."}},
    Entry{kStorageFull,
          {"本机存储空间已满，未保存；请清理空间后重试，先前保存的内容不受影响。",
           "The storage of this device is full; nothing was saved. Free space and try again; what "
           "was saved before is safe."}},
    Entry{kStorageDamaged, {"数据文件损坏或不是数据库。", "The file is damaged or no database."}},
    Entry{kStorageBusy, {"存储忙，请重试。", "The storage is busy; try again."}},
    Entry{kInternal, {"程序内部错误。", "An internal error."}},
    Entry{kPinNeeded, {"请输入本机密码。", "Enter this tablet's PIN."}},
    Entry{kPinWrong, {"密码不正确。", "The PIN is wrong."}},
    Entry{kPinUnfit, {"密码应为6至64个字符。", "A PIN has 6 to 64 characters."}},
    Entry{kKeyDestroyed,
          {"本机密钥已销毁，无法再打开。请把平板交给办公室，由办公室恢复，不会丢失任何内容。",
           "This tablet's key is destroyed and it cannot be opened here any more. Hand it to the "
           "office, which can recover everything on it; nothing is lost there."}},
    Entry{kKeyMissing,
          {"数据已加密，但密钥文件不在或不匹配。请恢复密钥文件，或交给办公室。",
           "The data is encrypted and its key file is missing or of another tablet. Put the key "
           "file back, or hand the tablet to the office."}},
    Entry{kVaultDamaged,
          {"密钥文件损坏。请用备份恢复，或交给办公室。",
           "The key file is damaged. Restore it from a backup, or hand the tablet to the office."}},
    Entry{kVaultAbsent, {"本机没有密钥文件，不能设密码。", "There is no key file, so no PIN."}},
    Entry{kNotEnrolled,
          {"本机尚未登记。请向办公室要登记码，先登记。",
           "This tablet is not enrolled. Ask the office for a code and enrol it first."}},
    Entry{kEnrolmentRefused,
          {"服务器的登记答复不可信，未采用。请核对服务器地址后重试。",
           "The server's answer to the enrolment does not hold and was not taken. Check the "
           "server's address and try again."}},
    Entry{kUnsentWork,
          {"本机还有未上传的内容，请先同步再重新登记。",
           "There is work here that was not delivered. Sync first, then enrol again."}},
    Entry{kServerUnproven,
          {"对方不是本机登记过的服务器，未采用其答复。请核对服务器地址，并告诉管理员。",
           "This is not the server that this tablet was enrolled with; its answer was not taken. "
           "Check the address and tell the administrator."}},
    Entry{
        kServerKeyOld,
        {"服务器用的是已经更换掉的旧密钥，本机未采用其答复，内容都在本机。请告诉管理员："
         "可能恢复了换密钥之前的备份，"
         "也可能有人冒充。",
         "The server uses a key that was replaced, so its answer was not taken; everything is kept "
         "here. Tell the administrator: a backup from before the new key was restored, or somebody "
         "plays the server."}},
    Entry{kDeviceRevoked, {"本机已被注销。", "This device was revoked."}},
    Entry{kClockUnknown,
          {"本机时间与服务器不符，已自动校正，请再同步一次。",
           "This device's time does not fit the server's. It was corrected; sync again."}},
    Entry{kCallReplayed,
          {"服务器已收到过同一请求，请再同步一次。",
           "The server has seen this very request before; sync again."}},
    Entry{kChangesUnproven,
          {"服务器缺少部分内容的签名证明，暂未收下；内容仍在本机，作者的平板同步后会补齐。",
           "The server did not take changes whose author's signature is not held here. They stay "
           "here; it takes them once their author's tablet has synced."}},
    Entry{kDeliveryUnproven,
          {"服务器尚未确认全部内容，不能删除。请先同步。",
           "The server has not confirmed everything, so nothing is removed. Sync first."}},
    Entry{kReplicaReplaced,
          {"本机数据是旧的或复制来的，已换新编号继续；内容没有丢失。",
           "The data here was old or a copy. It goes on under a new number; nothing is lost."}},
    Entry{kServerRestored,
          {"服务器从备份恢复过，本机已把全部内容重新提供一遍。",
           "The server came back from a backup; this tablet has offered everything again."}},
    Entry{kControlRestarted,
          {"服务器的授权记录重新开始过；旧记录已留作凭据。",
           "The server's log of permissions was started anew; the old one is kept as evidence."}},
    Entry{kControlRefused,
          {"服务器给出的授权记录不可信，未采用。请告诉管理员。",
           "The server gave entries of its log of permissions that do not hold. They were not "
           "taken; tell the administrator."}},
    Entry{kReceiptInvalid,
          {"服务器给出的回执不可信，未采用。请告诉管理员。",
           "The server gave a receipt that does not hold. It was not taken; tell the "
           "administrator."}},
    Entry{kRevocationUnproven,
          {"对方称本机已注销，但没有证据；本机没有删除任何内容。请告诉管理员。",
           "Somebody said that this device is revoked and could not prove it; nothing was "
           "destroyed. Tell the administrator."}},
    Entry{kDeviceRetired,
          {"本机已移交：可以上传已有内容（由办公室放行），不再接收。",
           "This device was handed over: it may deliver what it holds, for the office to release, "
           "and receives nothing."}},
    Entry{kEnrolled, {"本机已登记。", "This device was enrolled."}},
    Entry{kKeyRotated,
          {"本机密钥已更换，旧密钥不再有效。",
           "This device has a new key; the old one counts no more."}},
    // Codes of calls that the network or the server did not answer with a reason.
    Entry{"UNAVAILABLE",
          {"没有连上服务器；内容都在本机，有网时再同步。",
           "The server was not reached. Everything is kept here; sync when there is a network."}},
    Entry{"DEADLINE_EXCEEDED",
          {"网络太慢，没有同步完；已传的不会重传，请稍后再同步。",
           "The network was too slow. What was sent is not sent again; sync later."}},
    Entry{sync::kDotReused,
          {"设备被复制或恢复过，两份都已保留。", "A cloned or restored device; both are kept."}},
    Entry{sync::kMalformedChange,
          {"修改不合规则，已另存。", "The change breaks a rule; kept aside."}},
    Entry{sync::kIssuedByTablet,
          {"平板写了只能由办公室编发的字段。", "A tablet wrote an issued field."}},
    Entry{sync::kNotPermitted, {"没有权限，已另存。", "Not permitted; kept aside."}},
    Entry{sync::kFixedChanged,
          {"改动了不能改的字段，已另存。", "A fixed field was changed; kept aside."}},
};

std::string_view ReasonByCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kResourceExhausted:
      return kStorageFull;
    case absl::StatusCode::kDataLoss:
      return kStorageDamaged;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
      return kStorageBusy;
    case absl::StatusCode::kFailedPrecondition:
      return kStorageNewer;
    case absl::StatusCode::kInvalidArgument:
      return kMalformedRequest;
    case absl::StatusCode::kUnauthenticated:
      return kKeyMissing;
    default:
      return kInternal;
  }
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view detail) {
  std::string text = TextOf(reason).en;
  if (!detail.empty()) absl::StrAppend(&text, " (", std::string(detail), ")");
  absl::Status status(code, text);
  status.SetPayload(kPayloadUrl, absl::Cord(std::string(reason)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return {};
  if (const auto payload = status.GetPayload(kPayloadUrl)) return std::string(*payload);
  std::string domain_reason = domain::ReasonOf(status);
  return domain_reason.empty() ? std::string(ReasonByCode(status.code())) : domain_reason;
}

absl::Status Error(absl::StatusCode code, std::string_view reason, const ReasonText& text) {
  absl::Status status(code, text.en);
  status.SetPayload(kPayloadUrl, absl::Cord(std::string(reason)));
  status.SetPayload(kZhUrl, absl::Cord(text.zh));
  status.SetPayload(kEnUrl, absl::Cord(text.en));
  return status;
}

ReasonText TextOf(std::string_view reason) {
  const auto* it = std::find_if(kTexts.begin(), kTexts.end(),
                                [&](const Entry& entry) { return entry.reason == reason; });
  if (it == kTexts.end()) return {std::string(reason), std::string(reason)};
  return {std::string(it->text.zh), std::string(it->text.en)};
}

ReasonText TextOf(const absl::Status& status) {
  if (!domain::ReasonOf(status).empty()) {
    return {domain::TextOf(status, domain::Language::kChinese),
            domain::TextOf(status, domain::Language::kEnglish)};
  }
  const auto zh = status.GetPayload(kZhUrl);
  const auto en = status.GetPayload(kEnUrl);
  if (zh && en) return {std::string(*zh), std::string(*en)};
  return TextOf(ReasonOf(status));
}

std::string ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int32_t>(status.code()));
  out.set_message(std::string(status.message()));
  if (status.ok()) return out.SerializeAsString();
  const std::string reason = ReasonOf(status);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(kErrorDomain);
  out.add_details()->PackFrom(info);
  const ReasonText text = TextOf(status);
  google::rpc::LocalizedMessage message;
  message.set_locale("zh-CN");
  message.set_message(text.zh);
  out.add_details()->PackFrom(message);
  message.set_locale("en");
  message.set_message(text.en);
  out.add_details()->PackFrom(message);
  return out.SerializeAsString();
}

}  // namespace dudao::client
