#include "space_tables.h"

#include <algorithm>
#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "schema.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

// What an operation adds to a decoded record beside its bytes.
constexpr size_t kOperationBytes = 160;

}  // namespace

SpaceTables::SpaceTables(Database& database, std::string name)
    : db(database),
      space(std::move(name)),
      replicas(db),
      heads(db, replicas),
      records(db),
      fresh(db),
      segments(db, replicas),
      quarantine(db, replicas),
      peers(db),
      proofs(db, replicas),
      receipts(db, replicas),
      verdicts(db, replicas),
      formers(db, replicas) {}

absl::Status SpaceTables::Open(const IncarnationOptions& incarnation) {
  if (space.empty() || space.size() > kSpaceBytesMax) {
    return absl::InvalidArgumentError("a space has a name of 1 to 64 bytes");
  }
  if (incarnation.fresh_replica.IsZero() || incarnation.fresh_history_id.empty()) {
    return absl::InvalidArgumentError("a fresh replica id and history id are needed");
  }
  DUDAO_TRY(db.Migrate(SchemaSteps()));
  DUDAO_ASSIGN(const bool found, Find());
  if (!found) DUDAO_TRY(Create(incarnation));
  DUDAO_TRY(Load());
  DUDAO_TRY(FillHashes());
  return CheckToken(incarnation);
}

absl::StatusOr<bool> SpaceTables::Find() {
  DUDAO_ASSIGN(Statement find,
               db.Prepare("SELECT ix, self, history_id, token FROM space WHERE id = ?1"));
  find.BindBlob(1, space);
  DUDAO_ASSIGN(const bool found, find.Step());
  if (!found) return false;
  ix_ = find.Int(0);
  DUDAO_ASSIGN(self, replicas.IdOf(find.Int(1)));
  history_id = std::string(find.Blob(2));
  token_ = std::string(find.Blob(3));
  return true;
}

absl::Status SpaceTables::Create(const IncarnationOptions& incarnation) {
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  DUDAO_ASSIGN(const int64_t self_ix, replicas.Intern(incarnation.fresh_replica));
  DUDAO_ASSIGN(Statement insert,
               db.Prepare("INSERT INTO space(self, id, history_id, token) VALUES(?1, ?2, ?3, ?4)"));
  insert.BindInt(1, self_ix).BindBlob(2, space);
  insert.BindBlob(3, incarnation.fresh_history_id).BindBlob(4, incarnation.token);
  DUDAO_TRY(insert.Run());
  return transaction.Commit();
}

absl::Status SpaceTables::CheckToken(const IncarnationOptions& incarnation) {
  if (incarnation.token.empty() || incarnation.token == token_) return absl::OkStatus();
  return Reincarnate(incarnation);
}

// The first token is written down; any other means that this file is a copy. Saves of the old
// replica go into segments first, so that the open ones are always those of `self`.
absl::Status SpaceTables::Reincarnate(const IncarnationOptions& incarnation) {
  const bool is_copy = !token_.empty();
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  if (is_copy) DUDAO_TRY(SealAll());
  const FreshIdentity identity =
      is_copy ? FreshIdentity{incarnation.fresh_replica, incarnation.fresh_history_id}
              : FreshIdentity{self, history_id};
  if (is_copy) DUDAO_TRY(formers.Add({self, heads.Get(self).seq, {}, 0}));
  DUDAO_TRY(BecomeReplica(identity, incarnation.token));
  DUDAO_TRY(transaction.Commit());
  return Load();
}

absl::Status SpaceTables::BecomeReplica(const FreshIdentity& identity, const std::string& token) {
  DUDAO_ASSIGN(const int64_t self_ix, replicas.Intern(identity.replica));
  DUDAO_ASSIGN(Statement update,
               db.Prepare("UPDATE space SET self = ?2, history_id = ?3, token = ?4 WHERE ix = ?1"));
  update.BindInt(1, ix_).BindInt(2, self_ix).BindBlob(3, identity.history_id).BindBlob(4, token);
  DUDAO_TRY(update.Run());
  self = identity.replica;
  history_id = identity.history_id;
  token_ = token;
  return absl::OkStatus();
}

absl::Status SpaceTables::Load() {
  saves_not_written_back_ = 0;
  replicas.Forget();
  DUDAO_ASSIGN(const bool found, Find());
  if (!found) return absl::DataLossError("the space is no longer in the file");
  DUDAO_TRY(heads.Load(ix_));
  DUDAO_TRY(records.Reload(ix_));
  DUDAO_TRY(segments.Load(ix_));
  DUDAO_TRY(quarantine.Load(ix_));
  DUDAO_TRY(verdicts.Load(ix_));
  DUDAO_TRY(formers.Load(ix_));
  peers.Load(ix_);
  proofs.Load(ix_);
  receipts.Load(ix_);
  return fresh.Load(ix_, heads.Get(self).seq, [this](const Change& change, const Hash& hash) {
    return Replay(change, hash);
  });
}

absl::Status SpaceTables::Replay(const Change& change, const Hash& hash) {
  const HeadState head = heads.Get(self);
  const bool next = change.replica == self && change.seq == head.seq + 1;
  if (!next || ChainHash(head.hash, space, change) != hash) {
    return absl::DataLossError("the list of local saves is damaged: the chain is broken");
  }
  DUDAO_TRY(ApplyChange(change, hash));
  CountSave();
  // While the file is being read, only clean records may go.
  return absl::OkStatus();
}

void SpaceTables::Apply(CachedRecord& record, const Change& change, const Operation& op) {
  record.record.Apply(change, op, heads.delivered());
  records.Changed(record, kOperationBytes + op.path.bytes().size() + op.value.bytes.size());
}

absl::Status SpaceTables::ApplyChange(const Change& change, const Hash& hash) {
  std::vector<CachedRecord*> touched;
  for (const Operation& op : change.ops) {
    CachedRecord* record = touched.empty() ? nullptr : touched.back();
    if (record == nullptr || record->id != op.record) {
      DUDAO_ASSIGN(record, records.Load(op.record));
      touched.push_back(record);
    }
    Apply(*record, change, op);
  }
  std::sort(touched.begin(), touched.end(),
            [](const CachedRecord* a, const CachedRecord* b) { return a->id < b->id; });
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (CachedRecord* record : touched) records.NextRevision(*record);
  heads.Advance(change.replica, {change.seq, hash, change.time});
  return absl::OkStatus();
}

absl::Status SpaceTables::WriteBack() {
  DUDAO_TRY(records.WriteBack());
  DUDAO_TRY(heads.WriteBack());
  saves_not_written_back_ = 0;
  return absl::OkStatus();
}

absl::Status SpaceTables::Flush() {
  if (!dirty()) return absl::OkStatus();
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  DUDAO_TRY(WriteBack());
  if (fresh.size() >= kSealChangesMax) DUDAO_TRY(Seal(kSealBytesMax));
  return transaction.Commit();
}

absl::Status SpaceTables::SealAlone(size_t bytes_max) {
  if (fresh.size() == 0) return absl::OkStatus();
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(db));
  DUDAO_TRY(WriteBack());
  DUDAO_TRY(Seal(bytes_max));
  return transaction.Commit();
}

absl::Status SpaceTables::Seal(size_t bytes_max) {
  const size_t bytes = std::clamp(bytes_max, kSealBytesMin, kSealBytesMax);
  const size_t count = fresh.CountWithin(kSealChangesMax, bytes);
  if (count == 0) return absl::OkStatus();
  DUDAO_ASSIGN(const std::vector<Change> changes, fresh.ReadFirst(count));
  DUDAO_ASSIGN(const int64_t source, replicas.Intern(self));
  DUDAO_ASSIGN(const uint64_t pos,
               segments.Add(changes, EncodeSegment(space, changes), source,
                            [this](const Dot& dot) { return fresh.HashOf(dot.seq); }));
  DUDAO_TRY(LinkRecords(pos, changes));
  return fresh.RemoveFirst(count);
}

absl::Status SpaceTables::LinkRecords(uint64_t pos, absl::Span<const Change> changes) {
  absl::btree_set<int64_t> linked;
  const RecordId* last = nullptr;
  for (const Change& change : changes) {
    if (quarantine.Aside(change.dot()) != nullptr) continue;
    for (const Operation& op : change.ops) {
      if (last != nullptr && *last == op.record) continue;
      last = &op.record;
      DUDAO_ASSIGN(const int64_t ix, records.IxOf(op.record));
      linked.insert(ix);
    }
  }
  return segments.Link(pos, linked);
}

}  // namespace dudao::sync
