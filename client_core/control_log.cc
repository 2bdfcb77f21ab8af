#include "control_log.h"

#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"

namespace dudao::client {
namespace {

using trust::v1::ControlBody;
using trust::v1::ControlEntry;

// More wait for the next exchange.
constexpr size_t kOfferMax = 1000;

absl::Status Refused(const absl::Status& why) {
  return Error(absl::StatusCode::kUnauthenticated, kControlRefused, std::string(why.message()));
}

// Entries as they are on the wire: what makes two of them the same.
std::string NameOf(const ControlEntry& entry) {
  return std::to_string(entry.position()) + "/" + entry.signature();
}

}  // namespace

absl::StatusOr<std::vector<ControlLog::Kept>> ControlLog::ReadAll() const {
  DUDAO_ASSIGN(sync::Statement row, db_->Prepare("SELECT generation, entry FROM client_control"
                                                 " ORDER BY generation, position"));
  std::vector<Kept> all;
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return all;
    Kept kept{row.Int(0), {}};
    if (!kept.entry.ParseFromString(std::string(row.Blob(1))))
      return Error(absl::StatusCode::kDataLoss, kStorageDamaged, "control log");
    all.push_back(std::move(kept));
  }
}

absl::Status ControlLog::Load() {
  DUDAO_ASSIGN(const std::vector<Kept> all, ReadAll());
  generation_ = all.empty() ? 0 : all.back().generation;
  sync::ControlChain chain;
  domain::Authority authority;
  for (const Kept& kept : all) {
    if (kept.generation != generation_) continue;
    if (!chain.Append(kept.entry).ok())
      return Error(absl::StatusCode::kDataLoss, kStorageDamaged, "control log");
    authority.Apply(kept.entry);
  }
  chain_ = std::move(chain);
  authority_ = std::move(authority);
  return absl::OkStatus();
}

absl::Status ControlLog::Admit(Entries entries) {
  while (!entries.empty() && entries.front().position() <= chain_.position())
    entries.remove_prefix(1);
  if (entries.empty()) return absl::OkStatus();
  sync::ControlChain chain = chain_;
  domain::Authority authority = authority_;
  for (const ControlEntry& entry : entries) {
    if (const absl::Status status = chain.Append(entry); !status.ok()) return Refused(status);
    authority.Apply(entry);
  }
  for (const ControlEntry& entry : entries) unsaved_.push_back({generation_, entry});
  chain_ = std::move(chain);
  authority_ = std::move(authority);
  return absl::OkStatus();
}

absl::Status ControlLog::Restart(Entries entries, std::string_view server_key) {
  sync::ControlChain chain;
  domain::Authority authority;
  for (const ControlEntry& entry : entries) {
    if (const absl::Status status = chain.Append(entry); !status.ok()) return Refused(status);
    authority.Apply(entry);
  }
  if (chain.position() == 0)
    return Error(absl::StatusCode::kUnauthenticated, kControlRefused, "an empty log");
  if (chain.keys().begin()->second.public_key() != server_key)
    return Error(absl::StatusCode::kUnauthenticated, kServerUnproven);
  // Another log of the same server knows the newest key that we know: who has only an older one may
  // have stolen it.
  const trust::v1::ServerKey* newest = chain_.newest_key();
  if (newest != nullptr && chain_.keys().begin()->second.public_key() == server_key) {
    const trust::v1::ServerKey* now = chain.KeyOf(newest->key());
    if (now == nullptr || now->public_key() != newest->public_key())
      return Error(absl::StatusCode::kUnauthenticated, kServerKeyOld);
  }
  ++generation_;
  for (const ControlEntry& entry : entries) unsaved_.push_back({generation_, entry});
  chain_ = std::move(chain);
  authority_ = std::move(authority);
  return absl::OkStatus();
}

absl::Status ControlLog::Flush(const std::function<absl::Status()>& with) {
  if (unsaved_.empty() && with == nullptr) return absl::OkStatus();
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(*db_));
  DUDAO_ASSIGN(sync::Statement row,
               db_->Prepare("INSERT INTO client_control (generation, position, entry)"
                            " VALUES (?1, ?2, ?3)"));
  for (const Kept& kept : unsaved_) {
    row.BindInt(1, kept.generation).BindInt(2, static_cast<int64_t>(kept.entry.position()));
    DUDAO_TRY(row.BindBlob(3, kept.entry.SerializeAsString()).Run());
    row.Reset();
  }
  if (with != nullptr) DUDAO_TRY(with());
  DUDAO_TRY(transaction.Commit());
  unsaved_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<trust::v1::Verdict>> ControlLog::VerdictsSince(std::string_view space,
                                                                          std::string& mark) const {
  const std::string now = absl::StrCat(generation_, "/", chain_.position());
  std::vector<trust::v1::Verdict> verdicts;
  if (mark == now) return verdicts;
  const std::vector<std::string> parts = absl::StrSplit(mark, '/');
  int64_t generation = 0;
  uint64_t position = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &generation) ||
      !absl::SimpleAtoi(parts[1], &position) || generation != generation_)
    position = 0;
  DUDAO_ASSIGN(const std::vector<Kept> all, ReadAll());
  for (const Kept& kept : all) {
    if (kept.generation != generation_ || kept.entry.position() <= position) continue;
    ControlBody body;
    if (!body.ParseFromString(kept.entry.body())) continue;
    if (body.has_recovered()) {
      const std::string lost = body.recovered().entry().body();
      if (!body.ParseFromString(lost)) continue;
    }
    if (body.has_verdict() && body.verdict().space() == space) verdicts.push_back(body.verdict());
  }
  mark = now;
  return verdicts;
}

absl::StatusOr<std::vector<ControlEntry>> ControlLog::Offer(uint64_t peer_position) const {
  std::vector<ControlEntry> offer;
  // Where there is one generation and the server knows all of it there is nothing to read.
  if (generation_ <= 1 && peer_position >= chain_.position()) return offer;
  DUDAO_ASSIGN(const std::vector<Kept> all, ReadAll());
  std::set<std::string> known;
  for (const Kept& kept : all) {
    if (kept.generation != generation_) continue;
    if (kept.entry.position() <= peer_position) known.insert(NameOf(kept.entry));
    ControlBody body;
    if (body.ParseFromString(kept.entry.body()) && body.has_recovered())
      known.insert(NameOf(body.recovered().entry()));
  }
  for (const Kept& kept : all) {
    const bool lacking = chain_.IsOurs(kept.entry) && known.insert(NameOf(kept.entry)).second;
    if (lacking && offer.size() < kOfferMax) offer.push_back(kept.entry);
  }
  return offer;
}

absl::StatusOr<bool> ControlLog::ProvesRevocation(const ControlEntry& entry, Entries keys,
                                                  std::string_view device) const {
  ControlBody body;
  if (!chain_.Foreseeing(keys).IsOurs(entry) || !body.ParseFromString(entry.body())) return false;
  if (body.device().device_id() != device ||
      body.device().state() != trust::v1::DEVICE_STATE_REVOKED)
    return false;
  // A key that was replaced may be in other hands; what it signed in its time is held.
  const bool newest = entry.key() >= chain_.newest_key()->key();
  if (entry.position() > chain_.position()) return newest;
  // One that is held already was judged with what came after it; one that is not is of a log that
  // the server started anew.
  DUDAO_ASSIGN(const std::vector<Kept> all, ReadAll());
  for (const Kept& kept : all) {
    if (NameOf(kept.entry) != NameOf(entry)) continue;
    const trust::v1::DeviceRule* rule = authority_.Device(device);
    return rule != nullptr && rule->state() == trust::v1::DEVICE_STATE_REVOKED;
  }
  return newest;
}

}  // namespace dudao::client
