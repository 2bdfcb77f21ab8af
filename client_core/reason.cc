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
constexpr char kErrorDomain[] = "dudao";

struct Entry {
  std::string_view reason;
  ReasonText text;
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
    Entry{kFieldsUnknown,
          {"含有本版本不认识的字段,请更新。", "It has fields this version does not know; update."}},
    Entry{kTooManyEdits, {"一次修改的内容过多。", "Too many edits in one save."}},
    Entry{kContextInvalid,
          {"表单上下文无效,请重新打开。", "The context is not valid; open it again."}},
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
          {"本机缺少基础数据,请先同步。", "Reference data is missing here; sync first."}},
    Entry{kRecordExists, {"记录已存在。", "The record exists already."}},
    Entry{kFieldFixed, {"该字段创建后不能修改。", "The field is fixed once it is set."}},
    Entry{kFieldIssued, {"该字段由办公室编发。", "Only the office writes this field."}},
    Entry{kFieldLifecycle, {"状态只能通过流程改变。", "The state changes only by its own steps."}},
    Entry{kTooManyForms, {"打开的表单过多。", "Too many forms are open."}},
    Entry{kStorageNewer, {"数据由新版本写成,请更新。", "The data is of a newer version; update."}},
    Entry{kStorageFull, {"存储空间已满,未保存。", "The storage is full; nothing was saved."}},
    Entry{kStorageDamaged, {"数据文件损坏或不是数据库。", "The file is damaged or no database."}},
    Entry{kStorageBusy, {"存储忙,请重试。", "The storage is busy; try again."}},
    Entry{kInternal, {"程序内部错误。", "An internal error."}},
    Entry{sync::kDotReused,
          {"设备被复制或恢复过,两份都已保留。", "A cloned or restored device; both are kept."}},
    Entry{sync::kMalformedChange,
          {"修改不合规则,已另存。", "The change breaks a rule; kept aside."}},
    Entry{sync::kIssuedByTablet,
          {"平板写了只能由办公室编发的字段。", "A tablet wrote an issued field."}},
    Entry{sync::kNotPermitted, {"没有权限,已另存。", "Not permitted; kept aside."}},
    Entry{sync::kFixedChanged,
          {"改动了不能改的字段,已另存。", "A fixed field was changed; kept aside."}},
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
    default:
      return kInternal;
  }
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view detail) {
  const std::string_view text = TextOf(reason).en;
  absl::Status status(code, detail.empty()
                                ? std::string(text)
                                : absl::StrCat(std::string(text), " (", std::string(detail), ")"));
  status.SetPayload(kPayloadUrl, absl::Cord(std::string(reason)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return {};
  if (const auto payload = status.GetPayload(kPayloadUrl)) return std::string(*payload);
  std::string domain_reason = domain::ReasonOf(status);
  return domain_reason.empty() ? std::string(ReasonByCode(status.code())) : domain_reason;
}

ReasonText TextOf(std::string_view reason) {
  const auto* it = std::find_if(kTexts.begin(), kTexts.end(),
                                [&](const Entry& entry) { return entry.reason == reason; });
  return it == kTexts.end() ? ReasonText{reason, reason} : it->text;
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
  const bool of_domain = !domain::ReasonOf(status).empty();
  google::rpc::LocalizedMessage text;
  text.set_locale("zh-CN");
  text.set_message(of_domain ? domain::TextOf(status, domain::Language::kChinese)
                             : std::string(TextOf(reason).zh));
  out.add_details()->PackFrom(text);
  text.set_locale("en");
  text.set_message(of_domain ? domain::TextOf(status, domain::Language::kEnglish)
                             : std::string(TextOf(reason).en));
  out.add_details()->PackFrom(text);
  return out.SerializeAsString();
}

}  // namespace dudao::client
