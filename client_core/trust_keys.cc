// Signing calls, and replacing the key that signs them.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "tables.h"
#include "trust.h"

namespace dudao::client {
namespace {

constexpr char kDeviceHeader[] = "dudao-device";
constexpr char kSignatureHeader[] = "dudao-signature";
// Well within what a server allows.
constexpr int64_t kCallAheadMaxMs = 60'000;

}  // namespace

absl::Status Trust::SignCallAs(const sync::KeyPair& key, uint32_t number, v1::OutgoingCall& call) {
  // A signature is taken once, so a repeated call needs a time of its own; one that was far off was
  // not taken.
  const int64_t now_ms = options_.seams.clock->WallMs() + call_offset_ms_;
  const bool far_off = last_call_ms_ > now_ms + kCallAheadMaxMs;
  last_call_ms_ = far_off ? now_ms : std::max(now_ms, last_call_ms_ + 1);
  DUDAO_ASSIGN(const std::string signature,
               sync::Sign(key, sync::CallStatement(call.method(), call.request(),
                                                   identity_.device_id(), last_call_ms_)));
  v1::Header* device = call.add_headers();
  device->set_name(kDeviceHeader);
  device->set_value(identity_.device_id());
  v1::Header* header = call.add_headers();
  header->set_name(kSignatureHeader);
  header->set_value(absl::StrCat(static_cast<int>(key.suite), ".", number, ".", last_call_ms_, ".",
                                 absl::WebSafeBase64Escape(signature)));
  return absl::OkStatus();
}

absl::Status Trust::SignCall(v1::OutgoingCall& call) {
  if (!enrolled()) return absl::OkStatus();
  return SignCallAs(key_, identity_.key(), call);
}

absl::Status Trust::SignCallWith(bool new_key, v1::OutgoingCall& call) {
  const v1::KeyChange& change = *key_change_;
  DUDAO_ASSIGN(const sync::KeyPair key,
               new_key ? sync::KeyFromSeed(change.suite(), change.seed())
                       : sync::KeyFromSeed(change.old_suite(), change.old_seed()));
  return SignCallAs(key, change.old_key() + (new_key ? 1 : 0), call);
}

absl::Status Trust::LoadKeyChange() {
  key_change_.reset();
  DUDAO_ASSIGN(const std::optional<std::string> bytes, LoadSetting(db_, kKeyChangeSetting));
  if (!bytes || bytes->empty() || !enrolled()) return absl::OkStatus();
  v1::KeyChange change;
  if (!change.ParseFromString(*bytes))
    return Error(absl::StatusCode::kDataLoss, kStorageDamaged, kKeyChangeSetting);
  key_change_ = std::move(change);
  return SettleKeyChange();
}

absl::StatusOr<v1::KeyChange> Trust::PrepareKeyChange(sync::Suite suite) {
  if (key_change_) return *key_change_;
  v1::KeyChange change;
  change.set_old_key(identity_.key());
  change.set_old_suite(identity_.suite());
  change.set_old_seed(identity_.seed());
  change.set_suite(suite == trust::v1::SIGNATURE_SUITE_UNSPECIFIED ? sync::kDefaultSuite : suite);
  change.set_seed(options_.seams.random->Bytes(sync::kSeedBytes));
  // Also says whether there is such a suite.
  DUDAO_TRY(sync::KeyFromSeed(change.suite(), change.seed()).status());
  DUDAO_TRY(SaveSetting(db_, kKeyChangeSetting, change.SerializeAsString()));
  key_change_ = change;
  return change;
}

absl::Status Trust::KeepKey(uint32_t number, sync::Suite suite, const std::string& seed) {
  v1::DeviceIdentity next = identity_;
  next.set_key(number);
  next.set_suite(suite);
  next.set_seed(seed);
  DUDAO_ASSIGN(sync::KeyPair key, sync::KeyFromSeed(suite, seed));
  DUDAO_TRY(SaveSetting(db_, kIdentitySetting, next.SerializeAsString()));
  identity_ = std::move(next);
  key_ = std::move(key);
  return absl::OkStatus();
}

absl::Status Trust::UseNewKey(uint32_t number) {
  return KeepKey(number, key_change_->suite(), key_change_->seed());
}

absl::Status Trust::UseOldKey() {
  return KeepKey(key_change_->old_key(), key_change_->old_suite(), key_change_->old_seed());
}

absl::Status Trust::SettleKeyChange() {
  const trust::v1::DeviceRule* rule = Rule();
  if (!key_change_ || rule == nullptr || identity_.seed() != key_change_->seed() ||
      rule->key() != identity_.key() || rule->public_key() != key_.public_key)
    return absl::OkStatus();
  DUDAO_TRY(SaveSetting(db_, kKeyChangeSetting, ""));
  key_change_.reset();
  return absl::OkStatus();
}

void Trust::TakeClockHints(const v1::CallError& error) {
  const auto time = error.metadata().find("server_time_ms");
  int64_t server_ms = 0;
  if (error.reason() == kClockUnknown && time != error.metadata().end() &&
      absl::SimpleAtoi(time->second, &server_ms))
    NoteServerTime(server_ms);
  if (error.reason() == kCallReplayed) NoteReplay();
}

}  // namespace dudao::client
