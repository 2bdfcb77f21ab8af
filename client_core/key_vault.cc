#include "key_vault.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/client/rescue.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/trust/sealing.h"

namespace dudao::client {
namespace {

constexpr uint32_t kVersion = 1;
constexpr uint32_t kTriesDefault = 10;
constexpr size_t kSaltBytes = 16;
constexpr char kPinBound[] = "dudao.pin.1";

absl::Status PinWrong(uint32_t tries_left) {
  return Error(absl::StatusCode::kUnauthenticated, kPinWrong,
               ReasonText{absl::StrCat("密码不正确，还可以试 ", tries_left,
                                       " 次。用完后本机密钥将被销毁，需由办公室恢复。"),
                          absl::StrCat("The PIN is wrong; ", tries_left,
                                       " tries are left. After them this tablet's key is destroyed"
                                       " and the office must recover the data.")});
}

}  // namespace

absl::Status KeyDestroyed() { return Error(absl::StatusCode::kFailedPrecondition, kKeyDestroyed); }

absl::StatusOr<v1::KeyVault> ParseVault(std::string_view bytes) {
  v1::KeyVault vault;
  if (!vault.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || vault.version() == 0)
    return Error(absl::StatusCode::kDataLoss, kVaultDamaged);
  if (vault.version() > kVersion)
    return Error(absl::StatusCode::kFailedPrecondition, kStorageNewer);
  return vault;
}

absl::Status KeyVault::Read() {
  kept_.Clear();
  if (file_ == nullptr) return absl::OkStatus();
  DUDAO_ASSIGN(const std::optional<std::string> bytes, file_->Read());
  if (!bytes || bytes->empty()) return absl::OkStatus();
  DUDAO_ASSIGN(kept_, ParseVault(*bytes));
  return absl::OkStatus();
}

absl::Status KeyVault::Write(v1::KeyVault next) {
  std::string bytes = next.SerializeAsString();
  const absl::Status written = file_->Write(bytes);
  sync::Wipe(bytes);
  DUDAO_TRY(written);
  kept_ = std::move(next);
  return absl::OkStatus();
}

absl::StatusOr<std::string> KeyVault::Create() {
  v1::KeyVault next;
  next.set_version(kVersion);
  next.set_plain_key(random_.Bytes(sync::kDatabaseKeyBytes));
  next.set_encrypting(true);
  DUDAO_TRY(Write(std::move(next)));
  return kept_.plain_key();
}

absl::Status KeyVault::Encrypted() {
  if (!kept_.encrypting()) return absl::OkStatus();
  v1::KeyVault next = kept_;
  next.clear_encrypting();
  return Write(std::move(next));
}

absl::StatusOr<std::string> KeyVault::Unlock(std::string_view pin) {
  if (!kept_.plain_key().empty()) return kept_.plain_key();
  if (!kept_.has_pin()) return KeyDestroyed();
  // The last try was under way when the power failed.
  if (kept_.pin().tries_left() == 0) {
    DUDAO_TRY(Destroy(v1::KEY_DESTRUCTION_PIN_LIMIT));
    return KeyDestroyed();
  }
  if (pin.empty()) return Error(absl::StatusCode::kUnauthenticated, kPinNeeded);
  return TryPin(pin);
}

absl::StatusOr<std::string> KeyVault::TryPin(std::string_view pin) {
  v1::KeyVault counted = kept_;
  counted.mutable_pin()->set_tries_left(kept_.pin().tries_left() - 1);
  DUDAO_TRY(Write(std::move(counted)));
  const v1::PinWrapped& wrapped = kept_.pin();
  sync::ScryptCost cost;
  cost.log2_n = static_cast<int>(wrapped.log2_n());
  DUDAO_ASSIGN(std::string wrap, sync::KeyFromPassword(pin, wrapped.salt(), cost));
  absl::StatusOr<std::string> key = sync::Decrypt(wrap, kPinBound, wrapped.box());
  sync::Wipe(wrap);
  if (key.ok()) {
    v1::KeyVault fresh = kept_;
    fresh.mutable_pin()->set_tries_left(wrapped.tries_max());
    DUDAO_TRY(Write(std::move(fresh)));
    return key;
  }
  if (wrapped.tries_left() > 0) return PinWrong(wrapped.tries_left());
  DUDAO_TRY(Destroy(v1::KEY_DESTRUCTION_PIN_LIMIT));
  return KeyDestroyed();
}

absl::Status KeyVault::SetPin(std::string_view key, std::string_view pin, uint32_t tries_max) {
  v1::KeyVault next = kept_;
  next.clear_plain_key();
  next.clear_pin();
  if (pin.empty()) {
    next.set_plain_key(std::string(key));
    return Write(std::move(next));
  }
  v1::PinWrapped* wrapped = next.mutable_pin();
  const sync::ScryptCost cost;
  wrapped->set_salt(random_.Bytes(kSaltBytes));
  wrapped->set_log2_n(static_cast<uint32_t>(cost.log2_n));
  wrapped->set_tries_max(tries_max == 0 ? kTriesDefault : tries_max);
  wrapped->set_tries_left(wrapped->tries_max());
  DUDAO_ASSIGN(std::string wrap, sync::KeyFromPassword(pin, wrapped->salt(), cost));
  DUDAO_ASSIGN(*wrapped->mutable_box(),
               sync::Encrypt(wrap, random_.Bytes(sync::kNonceBytes), kPinBound, key));
  sync::Wipe(wrap);
  return Write(std::move(next));
}

absl::Status KeyVault::SealToOffice(std::string_view key, const trust::v1::ServerKey& office) {
  if (!used() || (sealed() && kept_.office_key() >= office.key())) return absl::OkStatus();
  v1::KeyVault next = kept_;
  next.set_office_key(office.key());
  DUDAO_ASSIGN(*next.mutable_office_box(),
               sync::SealTo(office.sealing_key(), random_.Bytes(sync::kSecretKeyBytes),
                            kOfficeBoxBound, key));
  return Write(std::move(next));
}

absl::Status KeyVault::Destroy(v1::KeyDestruction why) {
  if (!used()) return absl::OkStatus();
  v1::KeyVault next = kept_;
  next.clear_plain_key();
  next.clear_pin();
  next.set_destroyed(why);
  return Write(std::move(next));
}

}  // namespace dudao::client
