#include "devices.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/suite.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kStoreEveryMs = 60'000;
constexpr size_t kCodeCharacters = 12;

std::string HashOf(std::string_view text) { return sync::Digest(sync::kDefaultSuite, text); }

absl::Status WrongCode() {
  return Error(absl::StatusCode::kPermissionDenied, "ENROLMENT_CODE_WRONG");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Devices>> Devices::Open(ServerDb& db) {
  std::unique_ptr<Devices> devices(new Devices(db));
  absl::MutexLock lock(&devices->mutex_);
  absl::MutexLock db_lock(&db.mutex());
  DUDAO_ASSIGN(auto read,
               db.db().Prepare("SELECT device_id, name, enrolled_ms, last_seen_ms FROM device"));
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return devices;
    devices->devices_[std::string(read.Text(0))] = {
        {std::string(read.Text(1)), read.Int(2), read.Int(3)}, read.Int(3)};
  }
}

DeviceFacts Devices::FactsOf(std::string_view device_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = devices_.find(device_id);
  return found == devices_.end() ? DeviceFacts() : found->second.facts;
}

absl::Status Devices::Put(std::string_view device_id, std::string_view name, int64_t enrolled_ms) {
  absl::MutexLock lock(&mutex_);
  {
    absl::MutexLock db_lock(&db_.mutex());
    DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT OR REPLACE INTO device VALUES(?, ?, ?, 0)"));
    put.BindText(1, device_id).BindText(2, name).BindInt(3, enrolled_ms);
    DUDAO_TRY(put.Run());
  }
  devices_[std::string(device_id)] = {{std::string(name), enrolled_ms, 0}, 0};
  return absl::OkStatus();
}

void Devices::Seen(std::string_view device_id, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  // A device that came back through the control log after a restore has no row yet.
  Known& known = devices_[std::string(device_id)];
  known.facts.last_seen_ms = now_ms;
  if (now_ms - known.stored_ms < kStoreEveryMs && known.stored_ms <= now_ms) return;
  absl::MutexLock db_lock(&db_.mutex());
  auto put = db_.db().Prepare("INSERT OR REPLACE INTO device VALUES(?, ?, ?, ?)");
  if (!put.ok()) return;
  put->BindText(1, device_id)
      .BindText(2, known.facts.name)
      .BindInt(3, known.facts.enrolled_ms)
      .BindInt(4, now_ms);
  if (put->Run().ok()) known.stored_ms = now_ms;
}

absl::StatusOr<std::string> Devices::MakeCode(std::string_view person_id, int64_t expires_ms,
                                              int64_t now_ms) {
  // Douglas Crockford's base 32: no I, L, O and U.
  static constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string code;
  for (const char c : RandomBytes(kCodeCharacters))
    code.push_back(kAlphabet[static_cast<unsigned char>(c) & 31]);
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto forget, db_.db().Prepare("DELETE FROM enrolment WHERE expires_ms <= ?"));
  forget.BindInt(1, now_ms);
  DUDAO_TRY(forget.Run());
  DUDAO_ASSIGN(auto put, db_.db().Prepare("INSERT INTO enrolment VALUES(?, ?, ?, '', x'')"));
  put.BindBlob(1, HashOf(code)).BindText(2, person_id).BindInt(3, expires_ms);
  DUDAO_TRY(put.Run());
  return code;
}

absl::StatusOr<Devices::Enrolment> Devices::FindCode(std::string_view canonical_code,
                                                     std::string_view public_key, int64_t now_ms) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto read, db_.db().Prepare("SELECT person_id, expires_ms, device_id, key_hash "
                                           "FROM enrolment WHERE code_hash = ?"));
  read.BindBlob(1, HashOf(canonical_code));
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found || read.Int(1) <= now_ms) return WrongCode();
  Enrolment enrolment{std::string(read.Text(0)), std::string(read.Text(2))};
  if (!enrolment.device_id.empty() && read.Blob(3) != HashOf(public_key)) return WrongCode();
  return enrolment;
}

absl::StatusOr<bool> Devices::UseCode(std::string_view canonical_code, std::string_view public_key,
                                      std::string_view device_id) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto use, db_.db().Prepare("UPDATE enrolment SET device_id = ?, key_hash = ? "
                                          "WHERE code_hash = ? AND device_id = ''"));
  use.BindText(1, device_id).BindBlob(2, HashOf(public_key)).BindBlob(3, HashOf(canonical_code));
  DUDAO_TRY(use.Run());
  return db_.db().changes() > 0;
}

absl::Status Devices::DropCodesOf(std::string_view person_id) {
  absl::MutexLock lock(&db_.mutex());
  DUDAO_ASSIGN(auto drop, db_.db().Prepare("DELETE FROM enrolment WHERE person_id = ?"));
  drop.BindText(1, person_id);
  return drop.Run();
}

}  // namespace dudao::server
