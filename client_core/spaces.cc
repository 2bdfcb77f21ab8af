#include "spaces.h"

#include <algorithm>
#include <vector>

#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/sqlite_store.h"
#include "schema.h"

namespace dudao::client {
namespace {

constexpr size_t kTokenBytes = 16;
constexpr size_t kHistoryIdBytes = 8;
constexpr size_t kSpaceBytesMax = 64;

absl::Status CheckName(std::string_view space) {
  const bool plain = std::none_of(space.begin(), space.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
  if (!space.empty() && space.size() <= kSpaceBytesMax && plain && IsUtf8(space))
    return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, kSpaceInvalid);
}

}  // namespace

absl::Status Spaces::ReadToken() {
  if (seams_.incarnation == nullptr || !token_.empty()) return absl::OkStatus();
  DUDAO_ASSIGN(const std::optional<std::string> token, seams_.incarnation->Read());
  if (token && token->size() == kTokenBytes) {
    token_ = *token;
    return absl::OkStatus();
  }
  // Written before any store sees it: a database that then does not know it is a copy.
  token_ = seams_.random->Bytes(kTokenBytes);
  return seams_.incarnation->Write(token_);
}

absl::Status Spaces::OpenKnown() {
  DUDAO_TRY(ReadToken());
  std::vector<std::string> names;
  {
    DUDAO_ASSIGN(sync::Statement row, db_.Prepare("SELECT space FROM client_space"));
    while (true) {
      DUDAO_ASSIGN(const bool any, row.Step());
      if (!any) break;
      names.emplace_back(row.Text(0));
    }
  }
  for (const std::string& name : names) DUDAO_TRY(Open(name).status());
  return absl::OkStatus();
}

absl::StatusOr<sync::Store*> Spaces::Open(const std::string& space) {
  sync::IncarnationOptions incarnation;
  incarnation.fresh_replica =
      sync::ReplicaId::FromBytes(seams_.random->Bytes(sync::kReplicaIdBytes));
  incarnation.fresh_history_id = seams_.random->Bytes(kHistoryIdBytes);
  incarnation.token = token_;
  DUDAO_ASSIGN(std::unique_ptr<sync::Store> store,
               sync::SqliteStore::Open(db_, space, incarnation));
  return (stores_[space] = std::move(store)).get();
}

absl::Status Spaces::RenewReplicas() {
  for (const auto& [space, store] : stores_) {
    DUDAO_ASSIGN(const auto head, store->HeadOf(store->self()));
    const sync::FreshIdentity fresh{
        sync::ReplicaId::FromBytes(seams_.random->Bytes(sync::kReplicaIdBytes)),
        seams_.random->Bytes(kHistoryIdBytes)};
    if (head) DUDAO_TRY(store->NewIncarnation(fresh, head->seq).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<sync::Store*> Spaces::Get(std::string_view space) {
  if (const auto it = stores_.find(space); it != stores_.end()) return it->second.get();
  DUDAO_TRY(CheckName(space));
  DUDAO_ASSIGN(sync::Statement row,
               db_.Prepare("INSERT OR IGNORE INTO client_space (space) VALUES (?1)"));
  DUDAO_TRY(row.BindText(1, space).Run());
  return Open(std::string(space));
}

absl::StatusOr<sync::Store*> Spaces::FindKnown(std::string_view space) {
  if (const auto it = stores_.find(space); it != stores_.end()) return it->second.get();
  DUDAO_TRY(CheckName(space));
  return nullptr;
}

}  // namespace dudao::client
