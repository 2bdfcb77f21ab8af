#include "control_audit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "access_log.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::server {
namespace {

using trust::v1::ControlBody;
using trust::v1::ControlEntry;

constexpr int kRecoveredDepthMost = 8;
constexpr size_t kHashBytes = 32;

absl::Status Differs(std::optional<sync::AuditBreak>& found, const char* reason, uint64_t number,
                     std::string_view detail) {
  found = sync::AuditBreak{reason, "", "", number, std::string(detail)};
  return absl::DataLossError(reason);
}

std::string VerdictKey(std::string_view space, std::string_view replica, uint64_t seq,
                       std::string_view change_hash) {
  std::string key;
  sync::PutBytes(key, space);
  sync::PutBytes(key, replica);
  sync::PutVarint(key, seq);
  sync::PutBytes(key, change_hash);
  return key;
}

}  // namespace

absl::Status ControlAudit::Read(sync::Database& db, const VisitEntry& entry,
                                const VisitAccess& access, std::optional<sync::AuditBreak>& found) {
  if (const absl::Status pages = db.CheckIntegrity(); !pages.ok()) {
    return Differs(found, "FILE_DAMAGED", 0, std::string(pages.message()));
  }
  DUDAO_TRY(db.Execute("BEGIN"));
  absl::Status read = ReadControl(db, entry, found);
  if (read.ok()) read = ReadAccess(db, access, found);
  static_cast<void>(db.Execute("ROLLBACK"));
  if (read.code() == absl::StatusCode::kDataLoss && !found) {
    return Differs(found, "FILE_DAMAGED", 0, std::string(read.message()));
  }
  return read;
}

absl::Status ControlAudit::ReadControl(sync::Database& db, const VisitEntry& visit,
                                       std::optional<sync::AuditBreak>& found) {
  DUDAO_ASSIGN(
      auto rows,
      db.Prepare("SELECT position, entry, hash, recovered FROM control ORDER BY position"));
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    const auto position = static_cast<uint64_t>(rows.Int(0));
    ControlEntry entry;
    const bool parsed = entry.ParseFromString(std::string(rows.Blob(1))) &&
                        entry.SerializeAsString() == rows.Blob(1);
    if (!parsed) return Differs(found, "CONTROL_ENTRY_WRONG", position, "it does not decode");
    if (position != chain_.position() + 1 || entry.position() != position) {
      return Differs(found, "CONTROL_ENTRY_MISSING", chain_.position() + 1,
                     absl::StrCat("found is position ", position));
    }
    if (const absl::Status next = chain_.Append(entry); !next.ok()) {
      return Differs(found, "CONTROL_ENTRY_WRONG", position, std::string(next.message()));
    }
    ControlBody body;
    body.ParseFromString(entry.body());
    const std::string recovered =
        body.has_recovered() ? sync::ControlHash(body.recovered().entry()) : "";
    if (rows.Blob(2) != chain_.hash() || rows.Blob(3) != recovered ||
        rows.IsNull(3) != recovered.empty()) {
      return Differs(found, "CONTROL_ENTRY_WRONG", position, "the row does not fit the entry");
    }
    Fold(entry, position, 0);
    if (visit) DUDAO_TRY(visit(entry));
  }
}

absl::Status ControlAudit::ReadAccess(sync::Database& db, const VisitAccess& visit,
                                      std::optional<sync::AuditBreak>& found) {
  DUDAO_ASSIGN(auto rows, db.Prepare("SELECT position, time_ms, actor, event, subject, hash "
                                     "FROM access ORDER BY position"));
  access_hash_ = std::string(kHashBytes, '\0');
  while (true) {
    DUDAO_ASSIGN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    admin::v1::AccessRow row;
    row.set_position(static_cast<uint64_t>(rows.Int(0)));
    row.set_time_ms(rows.Int(1));
    row.set_actor(std::string(rows.Text(2)));
    row.set_event(std::string(rows.Text(3)));
    row.set_subject(std::string(rows.Text(4)));
    if (row.position() != accesses_ + 1 || rows.Blob(5) != AccessLog::RowHash(access_hash_, row)) {
      return Differs(found, "ACCESS_LOG_DAMAGED", accesses_ + 1, "the row or the one before");
    }
    access_hash_ = std::string(rows.Blob(5));
    ++accesses_;
    if (visit) DUDAO_TRY(visit(row, access_hash_));
  }
}

// A Recovered entry counts as what it carries, from where it stands on.
void ControlAudit::Fold(const ControlEntry& entry, uint64_t position, int depth) {
  ControlBody body;
  if (!body.ParseFromString(entry.body())) return;
  if (body.has_recovered() && depth < kRecoveredDepthMost) {
    Fold(body.recovered().entry(), position, depth + 1);
  }
  if (body.has_space()) spaces_[body.space().space()] = true;
  if (body.has_device()) {
    devices_[body.device().device_id()].push_back({position, body.device()});
  }
  if (!body.has_verdict()) return;
  const auto& verdict = body.verdict();
  const std::string key =
      VerdictKey(verdict.space(), verdict.replica(), verdict.seq(), verdict.change_hash());
  verdicts_[key] = verdict.released();
  unseen_[key] = position;
}

std::optional<sync::SignerKey> ControlAudit::KeyOf(std::string_view signer, uint32_t number) const {
  if (signer == sync::kServerSigner) {
    const auto* key = chain_.KeyOf(number);
    if (key == nullptr) return std::nullopt;
    return sync::SignerKey{key->suite(), key->public_key()};
  }
  const auto device = devices_.find(signer);
  if (device == devices_.end()) return std::nullopt;
  for (const DeviceAt& at : device->second) {
    if (at.rule.key() != number || at.rule.public_key().empty()) continue;
    return sync::SignerKey{at.rule.suite(), at.rule.public_key()};
  }
  return std::nullopt;
}

bool ControlAudit::UsableAt(std::string_view signer, uint32_t number, uint64_t position) const {
  if (signer == sync::kServerSigner) return true;
  const auto device = devices_.find(signer);
  if (device == devices_.end()) return false;
  // A device that was handed over or revoked may have delivered since (itself, or by a package that
  // the office took in); what it brought is kept aside for a decision.
  for (const DeviceAt& at : device->second) {
    if (at.position > position) break;
    if (at.rule.key() == number) return true;
  }
  return false;
}

sync::AuditVerdict ControlAudit::VerdictOn(std::string_view space, const sync::ReplicaId& replica,
                                           uint64_t seq, std::string_view change_hash) const {
  const std::string key = VerdictKey(space, replica.AsBytes(), seq, change_hash);
  const auto verdict = verdicts_.find(key);
  if (verdict == verdicts_.end()) return sync::AuditVerdict::kNone;
  unseen_.erase(key);
  return verdict->second ? sync::AuditVerdict::kReleased : sync::AuditVerdict::kRefused;
}

}  // namespace dudao::server
