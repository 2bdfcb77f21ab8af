#include "blobs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "tables.h"

namespace dudao::client {
namespace {

// Pieces of files that are not complete are kept under these names.
std::string StagedName(std::string_view id) { return absl::StrCat("staged:", std::string(id)); }
std::string PartName(std::string_view sha256) { return absl::StrCat("part:", std::string(sha256)); }

std::string NameOf(std::string_view bytes) { return sync::HashHex(sync::Sha256(bytes)); }

}  // namespace

bool IsBlobName(std::string_view sha256) {
  return sha256.size() == 64 && std::all_of(sha256.begin(), sha256.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

absl::Status Blobs::DropStaged() {
  return db_.Execute("DELETE FROM client_blob_chunk WHERE blob >= 'staged:' AND blob < 'staged;'");
}

absl::Status Blobs::Append(const std::string& blob, uint64_t position, std::string_view bytes) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("INSERT INTO client_blob_chunk (blob, position, data) VALUES (?1, ?2, ?3)"));
  for (size_t at = 0; at < bytes.size(); at += kBlobPieceBytes) {
    row.BindText(1, blob).BindInt(2, static_cast<int64_t>(position + at));
    DUDAO_TRY(row.BindBlob(3, bytes.substr(at, kBlobPieceBytes)).Run());
    row.Reset();
  }
  return absl::OkStatus();
}

absl::Status Blobs::File(const std::string& sha256, std::string_view bytes,
                         std::string_view media_type, bool on_server) {
  DUDAO_ASSIGN(const std::optional<BlobInfo> held, Find(sha256));
  if (held) return absl::OkStatus();
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("INSERT INTO client_blob (sha256, byte_size, media_type, on_server)"
                           " VALUES (?1, ?2, ?3, ?4)"));
  row.BindText(1, sha256).BindInt(2, static_cast<int64_t>(bytes.size())).BindText(3, media_type);
  DUDAO_TRY(row.BindInt(4, on_server ? 1 : 0).Run());
  return Append(sha256, 0, bytes);
}

absl::Status Blobs::Queue(std::string_view space, std::string_view sha256, bool upload,
                          bool thumbnail, uint64_t byte_size) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare(
          "INSERT OR IGNORE INTO client_transfer (sha256, space, upload, thumbnail, byte_size)"
          " VALUES (?1, ?2, ?3, ?4, ?5)"));
  row.BindText(1, sha256).BindText(2, space).BindInt(3, upload ? 1 : 0);
  DUDAO_TRY(row.BindInt(4, thumbnail ? 1 : 0).BindInt(5, static_cast<int64_t>(byte_size)).Run());
  return NoteSpace(space, sha256, thumbnail);
}

absl::Status Blobs::NoteSpace(std::string_view space, std::string_view sha256, bool thumbnail) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("INSERT OR IGNORE INTO client_space_blob (space, sha256, thumbnail)"
                           " VALUES (?1, ?2, ?3)"));
  return row.BindText(1, space).BindText(2, sha256).BindInt(3, thumbnail ? 1 : 0).Run();
}

absl::Status Blobs::NoteOwn(std::string_view space, std::string_view sha256) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("INSERT OR IGNORE INTO client_own_blob (space, sha256) VALUES (?1, ?2)"));
  return row.BindText(1, space).BindText(2, sha256).Run();
}

absl::StatusOr<std::vector<std::string>> Blobs::Own(std::string_view space) {
  DUDAO_ASSIGN(sync::Statement row, db_.Prepare("SELECT sha256 FROM client_own_blob"
                                                " WHERE space = ?1 ORDER BY sha256"));
  row.BindText(1, space);
  std::vector<std::string> names;
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return names;
    names.emplace_back(row.Text(0));
  }
}

absl::StatusOr<uint64_t> Blobs::Unsent(std::string_view space) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("SELECT (SELECT count(*) FROM client_transfer WHERE upload AND space ="
                           " ?1) + (SELECT count(*) FROM client_space_blob JOIN client_blob USING"
                           " (sha256) WHERE doubted AND space = ?1)"));
  DUDAO_TRY(row.BindText(1, space).Step().status());
  return static_cast<uint64_t>(row.Int(0));
}

absl::Status Blobs::Doubt(std::string_view space) {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  for (const char* sql : {"UPDATE client_space_blob SET doubted = 1 WHERE space = ?1",
                          "UPDATE client_blob SET on_server = 0 WHERE sha256 IN"
                          " (SELECT sha256 FROM client_space_blob WHERE space = ?1)"}) {
    DUDAO_ASSIGN(sync::Statement row, db_.Prepare(sql));
    DUDAO_TRY(row.BindText(1, space).Run());
  }
  return transaction.Commit();
}

absl::StatusOr<Blobs::Doubted> Blobs::NextDoubted(size_t count) {
  // Thumbnails before photos, as they are sent.
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("SELECT space, sha256 FROM client_space_blob JOIN client_blob USING"
                           " (sha256) WHERE doubted AND space = (SELECT min(space) FROM"
                           " client_space_blob JOIN client_blob USING (sha256) WHERE doubted)"
                           " ORDER BY thumbnail DESC, sha256 LIMIT ?1"));
  row.BindInt(1, static_cast<int64_t>(count));
  Doubted doubted;
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return doubted;
    doubted.space = std::string(row.Text(0));
    doubted.sha256.emplace_back(row.Text(1));
  }
}

absl::Status Blobs::QueueAgain(std::string_view space, const std::string& sha256) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare(
          "INSERT OR IGNORE INTO client_transfer (sha256, space, upload, thumbnail, byte_size)"
          " SELECT sha256, space, 1, thumbnail, byte_size FROM client_space_blob JOIN client_blob"
          " USING (sha256) WHERE space = ?1 AND sha256 = ?2"));
  return row.BindText(1, space).BindText(2, sha256).Run();
}

absl::Status Blobs::Answered(const Doubted& asked, const std::vector<std::string>& missing) {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  DUDAO_ASSIGN(sync::Statement held,
               db_.Prepare("UPDATE client_blob SET on_server = 1 WHERE sha256 = ?1"));
  DUDAO_ASSIGN(sync::Statement settled,
               db_.Prepare("UPDATE client_space_blob SET doubted = 0 WHERE space = ?1 AND sha256 ="
                           " ?2"));
  for (const std::string& sha256 : asked.sha256) {
    if (std::find(missing.begin(), missing.end(), sha256) != missing.end()) {
      DUDAO_TRY(QueueAgain(asked.space, sha256));
    } else {
      DUDAO_TRY(held.BindText(1, sha256).Run());
      held.Reset();
    }
    DUDAO_TRY(settled.BindText(1, asked.space).BindText(2, sha256).Run());
    settled.Reset();
  }
  return transaction.Commit();
}

absl::StatusOr<Blobs::Freed> Blobs::FreeDelivered(std::string_view space) {
  // A file that is also waiting to be sent for another space stays.
  constexpr char kMayGo[] =
      "SELECT sha256, byte_size FROM client_blob WHERE on_server AND sha256 IN"
      " (SELECT sha256 FROM client_own_blob WHERE space = ?1) AND sha256 NOT IN"
      " (SELECT sha256 FROM client_transfer WHERE upload)";
  std::vector<std::string> names;
  Freed freed;
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  {
    DUDAO_ASSIGN(sync::Statement row, db_.Prepare(kMayGo));
    row.BindText(1, space);
    while (true) {
      DUDAO_ASSIGN(const bool any, row.Step());
      if (!any) break;
      names.emplace_back(row.Text(0));
      freed.bytes += static_cast<uint64_t>(row.Int(1));
    }
  }
  freed.files = static_cast<uint32_t>(names.size());
  DUDAO_ASSIGN(sync::Statement drop, db_.Prepare("DELETE FROM client_blob WHERE sha256 = ?1"));
  for (const std::string& name : names) {
    DUDAO_TRY(DropPieces(name));
    DUDAO_TRY(drop.BindText(1, name).Run());
    drop.Reset();
  }
  DUDAO_TRY(transaction.Commit());
  return freed;
}

absl::StatusOr<std::vector<std::string>> Blobs::Add(const std::vector<NewBlob>& blobs) {
  std::vector<std::string> names;
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  for (const NewBlob& blob : blobs) {
    if (blob.bytes.size() > kBlobBytesMax)
      return Error(absl::StatusCode::kInvalidArgument, kBlobTooLarge);
    names.push_back(NameOf(blob.bytes));
    DUDAO_TRY(File(names.back(), blob.bytes, blob.media_type, false));
    if (!blob.space.empty()) {
      DUDAO_TRY(Queue(blob.space, names.back(), true, blob.thumbnail, blob.bytes.size()));
      if (!blob.thumbnail) DUDAO_TRY(NoteOwn(blob.space, names.back()));
    }
  }
  DUDAO_TRY(transaction.Commit());
  return names;
}

absl::StatusOr<uint64_t> Blobs::Stage(std::string_view staged_id, bool first,
                                      std::string_view piece) {
  const std::string name = StagedName(staged_id);
  uint64_t size = 0;
  {
    DUDAO_ASSIGN(sync::Statement row,
                 db_.Prepare("SELECT max(position + length(data)) FROM client_blob_chunk"
                             " WHERE blob = ?1"));
    DUDAO_ASSIGN(const bool any, row.BindText(1, name).Step());
    if (!first && (!any || row.IsNull(0)))
      return Error(absl::StatusCode::kNotFound, kStagedNotFound);
    size = any ? static_cast<uint64_t>(row.Int(0)) : 0;
  }
  if (size + piece.size() > kBlobBytesMax)
    return Error(absl::StatusCode::kInvalidArgument, kBlobTooLarge);
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  DUDAO_TRY(Append(name, size, piece));
  DUDAO_TRY(transaction.Commit());
  return size + piece.size();
}

absl::StatusOr<std::string> Blobs::ReadAll(const std::string& blob) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("SELECT data FROM client_blob_chunk WHERE blob = ?1 ORDER BY position"));
  row.BindText(1, blob);
  std::string bytes;
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return bytes;
    bytes.append(row.Blob(0));
  }
}

absl::StatusOr<std::string> Blobs::TakeStaged(std::string_view staged_id) {
  DUDAO_ASSIGN(std::string bytes, ReadAll(StagedName(staged_id)));
  if (bytes.empty()) return Error(absl::StatusCode::kNotFound, kStagedNotFound);
  return bytes;
}

absl::Status Blobs::ForgetStaged(std::string_view staged_id) {
  return DropPieces(StagedName(staged_id));
}

absl::Status Blobs::DropPieces(const std::string& blob) {
  DUDAO_ASSIGN(sync::Statement row, db_.Prepare("DELETE FROM client_blob_chunk WHERE blob = ?1"));
  return row.BindText(1, blob).Run();
}

absl::Status Blobs::DropTransfer(int64_t number) {
  DUDAO_ASSIGN(sync::Statement row, db_.Prepare("DELETE FROM client_transfer WHERE number = ?1"));
  return row.BindInt(1, number).Run();
}

absl::StatusOr<std::optional<BlobInfo>> Blobs::Find(std::string_view sha256) {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("SELECT byte_size, media_type, on_server FROM client_blob WHERE sha256 = ?1"));
  DUDAO_ASSIGN(const bool any, row.BindText(1, sha256).Step());
  if (!any) return std::nullopt;
  return std::optional<BlobInfo>(
      {static_cast<uint64_t>(row.Int(0)), std::string(row.Text(1)), row.Int(2) != 0});
}

absl::StatusOr<std::string> Blobs::Read(std::string_view sha256, uint64_t offset, size_t count) {
  // Pieces have any length, so look for the one that `offset` is in.
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("SELECT position, data FROM client_blob_chunk WHERE blob = ?1 AND position >="
                  " coalesce((SELECT max(position) FROM client_blob_chunk WHERE blob = ?1 AND"
                  " position <= ?2), 0) ORDER BY position"));
  row.BindText(1, sha256).BindInt(2, static_cast<int64_t>(offset));
  std::string bytes;
  while (bytes.size() < count) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) break;
    const auto position = static_cast<uint64_t>(row.Int(0));
    std::string_view piece = row.Blob(1);
    const uint64_t skip = offset + bytes.size() - position;
    if (skip >= piece.size()) continue;
    bytes.append(piece.substr(static_cast<size_t>(skip), count - bytes.size()));
  }
  return bytes;
}

absl::Status Blobs::QueueDownload(std::string_view space, std::string_view sha256) {
  return Queue(space, sha256, false, false, 0);
}

absl::StatusOr<std::vector<TransferEntry>> Blobs::Transfers() {
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("SELECT number, sha256, space, upload, thumbnail, bytes_done, byte_size, reason"
                  " FROM client_transfer ORDER BY thumbnail DESC, number"));
  std::vector<TransferEntry> all;
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return all;
    all.push_back({row.Int(0), std::string(row.Text(1)), std::string(row.Text(2)), row.Int(3) != 0,
                   row.Int(4) != 0, static_cast<uint64_t>(row.Int(5)),
                   static_cast<uint64_t>(row.Int(6)), std::string(row.Text(7))});
  }
}

absl::Status Blobs::Uploaded(const TransferEntry& transfer, uint64_t bytes_done) {
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  if (bytes_done >= transfer.byte_size) {
    DUDAO_TRY(DropTransfer(transfer.number));
    DUDAO_ASSIGN(sync::Statement row,
                 db_.Prepare("UPDATE client_blob SET on_server = 1 WHERE sha256 = ?1"));
    DUDAO_TRY(row.BindText(1, transfer.sha256).Run());
  } else {
    DUDAO_ASSIGN(
        sync::Statement row,
        db_.Prepare("UPDATE client_transfer SET bytes_done = ?2, reason = '' WHERE number = ?1"));
    DUDAO_TRY(row.BindInt(1, transfer.number).BindInt(2, static_cast<int64_t>(bytes_done)).Run());
  }
  return transaction.Commit();
}

absl::Status Blobs::Downloaded(const TransferEntry& transfer, std::string_view piece,
                               uint64_t byte_size, std::string_view media_type) {
  if (byte_size > kBlobBytesMax) return Error(absl::StatusCode::kInvalidArgument, kBlobTooLarge);
  const std::string part = PartName(transfer.sha256);
  const uint64_t done = transfer.bytes_done + piece.size();
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  DUDAO_TRY(Append(part, transfer.bytes_done, piece));
  if (done < byte_size) {
    DUDAO_ASSIGN(sync::Statement row,
                 db_.Prepare("UPDATE client_transfer SET bytes_done = ?2, byte_size = ?3,"
                             " reason = '' WHERE number = ?1"));
    row.BindInt(1, transfer.number).BindInt(2, static_cast<int64_t>(done));
    DUDAO_TRY(row.BindInt(3, static_cast<int64_t>(byte_size)).Run());
    return transaction.Commit();
  }
  DUDAO_ASSIGN(const std::string bytes, ReadAll(part));
  DUDAO_TRY(DropPieces(part));
  if (NameOf(bytes) != transfer.sha256) {
    DUDAO_ASSIGN(sync::Statement row,
                 db_.Prepare("UPDATE client_transfer SET bytes_done = 0 WHERE number = ?1"));
    DUDAO_TRY(row.BindInt(1, transfer.number).Run());
    DUDAO_TRY(transaction.Commit());
    return absl::DataLossError("the fetched file is not the one that was asked for");
  }
  DUDAO_TRY(File(transfer.sha256, bytes, media_type, true));
  DUDAO_TRY(DropTransfer(transfer.number));
  return transaction.Commit();
}

absl::Status Blobs::Failed(const TransferEntry& transfer, std::string_view reason) {
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("UPDATE client_transfer SET reason = ?2 WHERE number = ?1"));
  return row.BindInt(1, transfer.number).BindText(2, reason).Run();
}

}  // namespace dudao::client
