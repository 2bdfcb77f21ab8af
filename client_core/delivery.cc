#include "delivery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "space_sync.h"

namespace dudao::client {
namespace {

using sync::v1::ConfirmDeliveryRequest;
using sync::v1::ConfirmDeliveryResponse;

constexpr size_t kRecordsMax = 2000;
constexpr size_t kFilesMax = 5000;
constexpr size_t kReceiptsShown = 20;
constexpr size_t kReceiptsRead = 1000;
constexpr size_t kCountBytes = 1 << 20;

void FillText(v1::GetDeliveryReportResponse& report) {
  const std::string here_zh =
      absl::StrCat("本机 ", report.records(), " 条记录、", report.files(), " 个附件");
  const std::string here_en =
      absl::StrCat(report.records(), " records, ", report.files(), " photos");
  if (report.server_time_ms() == 0) {
    report.set_text_zh(absl::StrCat(here_zh, "；服务器尚未确认，请先同步。"));
    report.set_text_en(absl::StrCat(here_en, "; the server has confirmed nothing yet: sync."));
    return;
  }
  const std::string there_zh =
      absl::StrCat("；服务器有 ", report.records_held(), " 条、", report.files_held(), " 个");
  const std::string there_en =
      absl::StrCat("; the server has ", report.records_held(), " and ", report.files_held());
  // The numbers may be alike while what the records say is not all there yet.
  const bool counts_alike =
      report.records() == report.records_held() && report.files() == report.files_held();
  report.set_text_zh(absl::StrCat(here_zh, there_zh,
                                  report.equal() ? "，一致。"
                                  : counts_alike ? "，但还有改动没有送到，请再同步。"
                                                 : "，不一致，请再同步。"));
  report.set_text_en(absl::StrCat(here_en, there_en,
                                  report.equal() ? ", equal."
                                  : counts_alike
                                      ? ", but some changes have not arrived: sync again."
                                      : ", not equal: sync again."));
}

}  // namespace

absl::StatusOr<Delivery::Row> Delivery::Load(std::string_view space) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("SELECT replica, counted_seq, own_seq, records, files, records_held,"
                           " files_held, server_time_ms FROM client_delivery WHERE space = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, space).Step());
  Row out;
  if (!any) return out;
  out.replica = std::string(row.Blob(0));
  out.counted_seq = static_cast<uint64_t>(row.Int(1));
  out.own_seq = static_cast<uint64_t>(row.Int(2));
  out.records = static_cast<uint32_t>(row.Int(3));
  out.files = static_cast<uint32_t>(row.Int(4));
  out.records_held = static_cast<uint32_t>(row.Int(5));
  out.files_held = static_cast<uint32_t>(row.Int(6));
  out.server_time_ms = row.Int(7);
  return out;
}

absl::Status Delivery::Store(std::string_view space, const Row& row) {
  DUDAO_ASSIGN(sync::Statement put,
               db_.Prepare("INSERT OR REPLACE INTO client_delivery (space, replica, counted_seq,"
                           " own_seq, records, files, records_held, files_held, server_time_ms)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  put.BindText(1, space).BindBlob(2, row.replica);
  put.BindInt(3, static_cast<int64_t>(row.counted_seq));
  put.BindInt(4, static_cast<int64_t>(row.own_seq));
  put.BindInt(5, row.records).BindInt(6, row.files);
  put.BindInt(7, row.records_held).BindInt(8, row.files_held);
  return put.BindInt(9, row.server_time_ms).Run();
}

absl::Status Delivery::CountReplica(sync::Store& store, const sync::ReplicaId& replica,
                                    uint64_t after) {
  DUDAO_ASSIGN(sync::VersionVector known, store.Delivered());
  if (known.Get(replica) <= after) return absl::OkStatus();
  known.Set(replica, after);
  DUDAO_ASSIGN(sync::Statement put,
               db_.Prepare("INSERT OR IGNORE INTO client_own_record (space, type, key)"
                           " VALUES (?1, ?2, ?3)"));
  while (true) {
    DUDAO_ASSIGN(const sync::SegmentBatch batch, store.SegmentsSince(known, kCountBytes));
    for (const std::string& segment : batch.segments) {
      DUDAO_ASSIGN(const auto changes, sync::DecodeSegment(store.space(), segment));
      for (const sync::Change& change : changes) {
        if (change.replica != replica || change.seq <= after) continue;
        for (const sync::Operation& op : change.ops) {
          put.BindText(1, store.space()).BindInt(2, op.record.type);
          DUDAO_TRY(put.BindBlob(3, op.record.key).Run());
          put.Reset();
        }
      }
    }
    if (!batch.more || batch.segments.empty()) return absl::OkStatus();
    known = batch.reaches;
  }
}

absl::Status Delivery::Count(sync::Store& store) {
  DUDAO_ASSIGN(Row row, Load(store.space()));
  const sync::ReplicaId self = store.self();
  const sync::ReplicaId before = sync::ReplicaId::FromBytes(row.replica);
  DUDAO_ASSIGN(const auto head, store.HeadOf(self));
  const uint64_t own_seq = head ? head->seq : 0;
  if (before == self && row.counted_seq == own_seq) return absl::OkStatus();
  if (before != self) {
    // What was written here under a former number is still ours, and so is what a fork had made
    // again under a number that follows from it.
    DUDAO_ASSIGN(const sync::VersionVector held, store.Delivered());
    for (const auto& [replica, seq] : held.entries()) {
      const bool former = store.WroteAs(replica);
      if (replica == self || (!former && replica != before)) continue;
      DUDAO_TRY(CountReplica(store, replica, former ? 0 : row.counted_seq));
    }
  }
  DUDAO_TRY(CountReplica(store, self, before == self ? row.counted_seq : 0));
  row.replica = std::string(self.AsBytes());
  row.counted_seq = own_seq;
  return Store(store.space(), row);
}

absl::StatusOr<Delivery::Present> Delivery::Look(sync::Store& store) {
  DUDAO_TRY(Count(store));
  Present present;
  DUDAO_ASSIGN(const auto head, store.HeadOf(store.self()));
  present.own_seq = head ? head->seq : 0;
  DUDAO_ASSIGN(present.files, blobs_.Own(store.space()));
  std::vector<sync::RecordId> named;
  {
    DUDAO_ASSIGN(sync::Statement row, db_.Prepare("SELECT type, key FROM client_own_record"
                                                  " WHERE space = ?1 ORDER BY type, key"));
    row.BindText(1, store.space());
    while (true) {
      DUDAO_ASSIGN(const bool any, row.Step());
      if (!any) break;
      named.push_back({static_cast<uint32_t>(row.Int(0)), std::string(row.Blob(1))});
    }
  }
  // A record all of whose writes are kept aside is no record yet, here or there.
  for (sync::RecordId& id : named) {
    DUDAO_ASSIGN(const auto stored, store.Load(id));
    if (stored) present.records.push_back(std::move(id));
  }
  return present;
}

// Whether the newest answer still says "equal". Reads no records: a sync with nothing to do asks
// it.
absl::StatusOr<bool> Delivery::Settled(sync::Store& store) {
  DUDAO_ASSIGN(const Row row, Load(store.space()));
  DUDAO_ASSIGN(const auto head, store.HeadOf(store.self()));
  DUDAO_ASSIGN(const auto files, blobs_.Own(store.space()));
  return row.server_time_ms != 0 && row.replica == store.self().AsBytes() &&
         row.own_seq == (head ? head->seq : 0) && row.files == files.size() &&
         row.records == row.records_held && row.files == row.files_held;
}

absl::StatusOr<DeliveryQuestion> Delivery::Ask(sync::Store& store) {
  DeliveryQuestion question;
  if (!trust_.enrolled()) return question;
  DUDAO_ASSIGN(const bool settled, Settled(store));
  if (settled) return question;
  DUDAO_ASSIGN(const Present present, Look(store));
  if (present.records.empty() && present.files.empty()) return question;
  question.own_seq = present.own_seq;
  question.records = static_cast<uint32_t>(present.records.size());
  question.files = static_cast<uint32_t>(present.files.size());
  const size_t count = std::max((present.records.size() + kRecordsMax - 1) / kRecordsMax,
                                (present.files.size() + kFilesMax - 1) / kFilesMax);
  question.requests.resize(count);
  for (ConfirmDeliveryRequest& request : question.requests) request.set_space(store.space());
  for (size_t i = 0; i < present.records.size(); ++i) {
    sync::v1::RecordName* name = question.requests[i / kRecordsMax].add_records();
    name->set_type_id(present.records[i].type);
    name->set_key(present.records[i].key);
  }
  for (size_t i = 0; i < present.files.size(); ++i)
    question.requests[i / kFilesMax].add_blobs(absl::HexStringToBytes(present.files[i]));
  return question;
}

absl::Status Delivery::TakeReceipt(sync::Store& store, const trust::v1::Receipt& receipt) {
  DUDAO_TRY(trust_.CheckReceipt(store.space(), receipt));
  const sync::Dot dot{sync::ReplicaId::FromBytes(receipt.replica()), receipt.seq()};
  if (dot.replica != store.self()) return absl::OkStatus();
  DUDAO_ASSIGN(const std::optional<sync::Hash> hash, store.HashAt(dot));
  if (!hash || sync::HashBytes(*hash) != receipt.hash())
    return Error(absl::StatusCode::kUnauthenticated, kReceiptInvalid, "another chain");
  return store.PutReceipt(receipt);
}

absl::Status Delivery::Keep(sync::Store& store, const DeliveryQuestion& question,
                            const std::vector<ConfirmDeliveryResponse>& answers) {
  DUDAO_ASSIGN(Row row, Load(store.space()));
  row.own_seq = question.own_seq;
  row.records = question.records;
  row.files = question.files;
  row.records_held = 0;
  row.files_held = 0;
  for (const ConfirmDeliveryResponse& answer : answers) {
    row.records_held += answer.records_held();
    row.files_held += answer.blobs_held();
    row.server_time_ms = answer.time_ms();
    if (answer.has_receipt()) DUDAO_TRY(TakeReceipt(store, answer.receipt()));
  }
  return Store(store.space(), row);
}

absl::Status Delivery::Doubt(std::string_view space) {
  DUDAO_ASSIGN(Row row, Load(space));
  if (row.server_time_ms == 0) return absl::OkStatus();
  row.server_time_ms = 0;
  row.records_held = 0;
  row.files_held = 0;
  return Store(space, row);
}

absl::StatusOr<std::vector<trust::v1::Receipt>> Delivery::OwnReceipts(sync::Store& store) {
  std::vector<trust::v1::Receipt> own;
  uint64_t after = 0;
  while (true) {
    DUDAO_ASSIGN(const auto page, store.Receipts(after, kReceiptsRead));
    for (const trust::v1::Receipt& receipt : page) {
      after = receipt.position();
      if (receipt.replica() == store.self().AsBytes()) own.push_back(receipt);
    }
    if (page.size() < kReceiptsRead) break;
  }
  std::reverse(own.begin(), own.end());
  if (own.size() > kReceiptsShown) own.resize(kReceiptsShown);
  return own;
}

absl::StatusOr<v1::GetDeliveryReportResponse> Delivery::Report(sync::Store& store) {
  v1::GetDeliveryReportResponse report;
  DUDAO_ASSIGN(const Present present, Look(store));
  DUDAO_ASSIGN(const Row row, Load(store.space()));
  DUDAO_ASSIGN(const auto receipts, OwnReceipts(store));
  DUDAO_ASSIGN(const uint64_t unsent, store.UnsentChanges(kSyncPeer));
  DUDAO_ASSIGN(const uint64_t unsent_files, blobs_.Unsent(store.space()));
  report.set_records(static_cast<uint32_t>(present.records.size()));
  report.set_files(static_cast<uint32_t>(present.files.size()));
  report.set_records_held(row.records_held);
  report.set_files_held(row.files_held);
  report.set_unsent_changes(unsent);
  report.set_server_time_ms(row.server_time_ms);
  for (const trust::v1::Receipt& receipt : receipts) *report.add_receipts() = receipt;
  // Receipts are kept only where they hold and name this very chain.
  const bool proven =
      present.own_seq == 0 || (!receipts.empty() && receipts.front().seq() >= present.own_seq);
  if (proven && !receipts.empty()) report.set_receipt_position(receipts.front().position());
  report.set_equal(row.server_time_ms != 0 && row.own_seq == present.own_seq && unsent == 0 &&
                   unsent_files == 0 && proven && row.records_held == report.records() &&
                   row.files_held == report.files());
  FillText(report);
  return report;
}

}  // namespace dudao::client
