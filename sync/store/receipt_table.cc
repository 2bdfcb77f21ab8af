#include "receipt_table.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "lapsed_kind.h"

namespace dudao::sync {
namespace {

constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

}  // namespace

absl::Status ReceiptTable::Put(const Receipt& receipt) {
  const std::string body = receipt.SerializeAsString();
  DUDAO_ASSIGN(Statement find, db_.Prepare("SELECT 1 FROM receipt WHERE space = ?1 "
                                           "AND position = ?2 AND body = ?3"));
  find.BindInt(1, space_).BindInt(2, static_cast<int64_t>(receipt.position())).BindBlob(3, body);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (found) return absl::OkStatus();
  DUDAO_ASSIGN(const int64_t replica, replicas_.Intern(ReplicaId::FromBytes(receipt.replica())));
  DUDAO_ASSIGN(Statement insert,
               db_.Prepare("INSERT INTO receipt(space, position, replica, seq, body) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)"));
  insert.BindInt(1, space_).BindInt(2, static_cast<int64_t>(receipt.position()));
  insert.BindInt(3, replica).BindInt(4, static_cast<int64_t>(receipt.seq())).BindBlob(5, body);
  return insert.Run();
}

absl::StatusOr<std::optional<Receipt>> ReceiptTable::Newest() {
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT body FROM receipt WHERE ix = "
                                           "(SELECT max(ix) FROM receipt WHERE space = ?1)"));
  rows.BindInt(1, space_);
  return First(rows);
}

absl::StatusOr<std::optional<Receipt>> ReceiptTable::NewestOf(const ReplicaId& replica) {
  DUDAO_ASSIGN(const std::optional<int64_t> ix, replicas_.Find(replica));
  if (!ix) return std::nullopt;
  DUDAO_ASSIGN(Statement rows, db_.Prepare("SELECT body FROM receipt WHERE space = ?1 AND "
                                           "replica = ?2 ORDER BY ix DESC LIMIT 1"));
  rows.BindInt(1, space_).BindInt(2, *ix);
  return First(rows);
}

absl::StatusOr<std::vector<Receipt>> ReceiptTable::List(uint64_t after, size_t count) {
  DUDAO_ASSIGN(Statement rows,
               db_.Prepare("SELECT body FROM receipt WHERE space = ?1 AND position > ?2 "
                           "ORDER BY position, ix LIMIT ?3"));
  rows.BindInt(1, space_).BindInt(2, static_cast<int64_t>(std::min(after, kMax)));
  rows.BindInt(3, static_cast<int64_t>(std::min<uint64_t>(count, kMax)));
  return Read(rows);
}

absl::Status ReceiptTable::LapseAfter(const ReplicaId& replica, uint64_t seq) {
  DUDAO_ASSIGN(const int64_t ix, replicas_.Intern(replica));
  const auto after = static_cast<int64_t>(std::min(seq, kMax));
  DUDAO_ASSIGN(Statement keep,
               db_.Prepare("INSERT INTO lapsed(space, kind, body) SELECT space, ?4, body "
                           "FROM receipt WHERE space = ?1 AND replica = ?2 AND seq > ?3"));
  keep.BindInt(1, space_).BindInt(2, ix).BindInt(3, after).BindInt(4, kLapsedReceipt);
  DUDAO_TRY(keep.Run());
  DUDAO_ASSIGN(Statement remove, db_.Prepare("DELETE FROM receipt WHERE space = ?1 AND "
                                             "replica = ?2 AND seq > ?3"));
  remove.BindInt(1, space_).BindInt(2, ix).BindInt(3, after);
  return remove.Run();
}

absl::StatusOr<std::vector<Receipt>> ReceiptTable::Read(Statement& rows) {
  std::vector<Receipt> receipts;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return receipts;
    if (!receipts.emplace_back().ParseFromString(std::string(rows.Blob(0))))
      return absl::DataLossError("the list of receipts is damaged");
  }
}

absl::StatusOr<std::optional<Receipt>> ReceiptTable::First(Statement& rows) {
  DUDAO_ASSIGN(std::vector<Receipt> receipts, Read(rows));
  if (receipts.empty()) return std::nullopt;
  return std::move(receipts.front());
}

}  // namespace dudao::sync
