#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "audit_folder.h"

namespace dudao::server {
namespace {

struct Words {
  std::string_view reason;
  std::string_view zh;
  std::string_view en;
};

// In order of reason.
constexpr Words kWords[] = {
    {"ACCESS_LOG_CUT_OFF", "访问日志末尾缺失", "the end of the access log is missing"},
    {"ACCESS_LOG_DAMAGED", "访问日志的链断开", "the chain of the access log is broken"},
    {"ANCHOR_DAMAGED", "锚文件损坏", "the anchor file is damaged"},
    {"BACKUP_FILE_MISSING", "备份缺少文件", "a file of the backup is missing"},
    {"BACKUP_FILE_WRONG", "备份中的文件与清单不符",
     "a file of the backup is not what its list says"},
    {"BLOBS_CUT_OFF", "附件比锚文件记录的少", "there are fewer files than the anchor knows"},
    {"BLOB_MISSING", "缺少附件", "a file is missing"},
    {"BLOB_UNKNOWN_FILE", "多出无人上传的附件", "there is a file that nobody sent"},
    {"BLOB_WRONG", "附件内容与其哈希不符", "a file does not have the content of its hash"},
    {"CHANGE_MISSING", "缺少改动", "a change is missing"},
    {"CONTROL_ENTRY_MISSING", "权限日志缺少条目", "an entry of the control log is missing"},
    {"CONTROL_ENTRY_WRONG", "权限日志的条目被改动", "an entry of the control log was altered"},
    {"CONTROL_LOG_CUT_OFF", "权限日志末尾缺失", "the end of the control log is missing"},
    {"CONTROL_LOG_SHORT", "回执提到权限日志中没有的条目",
     "a receipt names an entry that the control log lacks"},
    {"DEVICE_NOT_ALLOWED", "设备当时未登记", "the device was not enrolled at that time"},
    {"EVIDENCE_WRONG", "留作证据的签名或回执被改动",
     "a signature or receipt that is kept as evidence was altered"},
    {"FILE_DAMAGED", "数据库文件损坏", "a database file is damaged"},
    {"HEAD_WRONG", "链头与改动不符", "the head of a chain does not fit its changes"},
    {"INDEX_WRONG", "记录索引与改动不符", "the index of records does not fit the changes"},
    {"KEPT_ASIDE_CUT_OFF", "搁置的改动比锚文件记录的少",
     "fewer changes are kept aside than the anchor knows"},
    {"KEPT_ASIDE_WRONG", "搁置的改动被改动", "a change that is kept aside was altered"},
    {"LAYOUT_WRONG", "数据表结构不符", "the tables have another form"},
    {"PROOF_MISSING", "改动没有签名", "a change is covered by no signature"},
    {"PROOF_OF_ANOTHER", "一个副本有两台设备签名", "two devices signed one replica"},
    {"PROOF_SIGNATURE_WRONG", "设备签名不符", "a device's signature does not hold"},
    {"PROOF_WRONG", "签名所指的链头与改动不符", "a signed head does not fit the changes"},
    {"RECEIPTS_CUT_OFF", "末尾的回执（及改动）缺失",
     "the newest receipts (and changes) are missing"},
    {"RECEIPT_CHAIN_BROKEN", "回执的链断开", "the chain of receipts is broken"},
    {"RECEIPT_CONTRADICTED", "设备签名中提到的回执与现有的不符",
     "a device has signed another receipt than the one here"},
    {"RECEIPT_MISSING", "缺少回执", "a receipt is missing"},
    {"RECEIPT_SIGNATURE_WRONG", "回执的签名不符", "the signature of a receipt does not hold"},
    {"RECEIPT_WRONG", "回执与改动不符", "a receipt does not fit the changes"},
    {"RECORD_MISSING", "缺少记录", "a record is missing"},
    {"RECORD_WRONG", "记录与改动推算的结果不符", "a record is not what its changes add up to"},
    {"REPLICA_WRONG", "副本编号不符", "a replica id is wrong"},
    {"ROW_MISSING", "数据表缺少行", "a table lacks rows"},
    {"ROW_STRAY", "数据表有不属于任何空间的行", "a table has rows of no space"},
    {"SAVE_DAMAGED", "未成段的改动被改动", "a save that is in no segment was altered"},
    {"SEGMENT_COUNT_WRONG", "段的改动数不符", "a segment has another number of changes"},
    {"SEGMENT_DAMAGED", "改动段损坏", "a segment of changes is damaged"},
    {"SEGMENT_MISSING", "缺少改动段", "a segment of changes is missing"},
    {"SEGMENT_SOURCE_UNKNOWN", "改动段的来源不明", "a segment comes from nobody"},
    {"SIGNER_UNKNOWN", "签名者不在权限日志中", "the signer is not in the control log"},
    {"SPACE_MISSING", "缺少空间的文件", "the file of a space is missing"},
    {"SPACE_UNKNOWN", "空间不在权限日志中", "the space is not in the control log"},
    {"SPACE_WRONG", "文件属于另一空间", "the file is of another space"},
    {"SPAN_WRONG", "段的目录与内容不符", "what is noted of a segment does not fit it"},
    {"VERDICT_ON_NOTHING", "裁定所指的改动不在", "a verdict is on a change that is not there"},
    {"VERDICT_WRONG", "搁置改动的状态与裁定不符",
     "a change that is kept aside is not in the state that was decided"},
};

const Words* Find(std::string_view reason) {
  const auto* found =
      std::lower_bound(std::begin(kWords), std::end(kWords), reason,
                       [](const Words& a, std::string_view b) { return a.reason < b; });
  return found != std::end(kWords) && found->reason == reason ? found : nullptr;
}

}  // namespace

Difference Explain(const sync::AuditBreak& found) {
  Difference difference;
  difference.reason = found.reason;
  difference.space = found.space;
  difference.replica = found.replica;
  difference.number = found.number;
  difference.detail = found.detail;
  std::string zh;
  std::string en;
  if (!found.space.empty()) {
    absl::StrAppend(&zh, "空间 ", found.space, "，");
    absl::StrAppend(&en, "space ", found.space, ", ");
  }
  if (!found.replica.empty()) {
    absl::StrAppend(&zh, "副本 ", found.replica.substr(0, 8), "，");
    absl::StrAppend(&en, "replica ", found.replica.substr(0, 8), ", ");
  }
  if (found.number > 0) {
    absl::StrAppend(&zh, "第 ", found.number, " 号，");
    absl::StrAppend(&en, "number ", found.number, ": ");
  }
  const Words* words = Find(found.reason);
  difference.zh = absl::StrCat(zh, words == nullptr ? found.reason : std::string(words->zh));
  difference.en = absl::StrCat(en, words == nullptr ? found.reason : std::string(words->en));
  return difference;
}

}  // namespace dudao::server
