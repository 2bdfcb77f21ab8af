#include "call_auth.h"

#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/statements.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/sync/v1/sync.pb.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kClockWindowMs = 5 * 60'000;
// More calls than this within ten minutes are no tablets of a county.
constexpr size_t kCallsRememberedMost = 2'000'000;
constexpr char kExchangeMethod[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr char kIdentityService[] = "/dudao.identity.v1.IdentityService/";

absl::Status Unauthenticated(std::string_view reason) {
  return Error(absl::StatusCode::kUnauthenticated, reason);
}

absl::Status Forbidden(std::string_view reason) {
  return Error(absl::StatusCode::kPermissionDenied, reason);
}

struct CallSignature {
  sync::Suite suite = trust::v1::SIGNATURE_SUITE_UNSPECIFIED;
  uint32_t key = 0;
  int64_t time_ms = 0;
  std::string signature;
};

std::optional<CallSignature> Parse(const std::string& text) {
  constexpr size_t kTextBytesMax = 300;
  if (text.size() > kTextBytesMax) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  CallSignature out;
  int suite = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &suite) ||
      !trust::v1::SignatureSuite_IsValid(suite) || !absl::SimpleAtoi(parts[1], &out.key) ||
      !absl::SimpleAtoi(parts[2], &out.time_ms) ||
      !absl::WebSafeBase64Unescape(parts[3], &out.signature))
    return std::nullopt;
  out.suite = static_cast<sync::Suite>(suite);
  return out;
}

// The newest rule for a device among the entries of a request that this server stands for.
// Signatures cost time: not more entries are looked at than a tablet offers at once.
std::optional<trust::v1::DeviceRule> LastRuleOf(const std::string& device_id,
                                                const sync::v1::ExchangeRequest& request,
                                                const ControlLog& control) {
  constexpr int kEntriesMost = 1000;
  if (request.control_size() > kEntriesMost) return std::nullopt;
  const std::vector<trust::v1::ControlEntry> entries(request.control().begin(),
                                                     request.control().end());
  const std::vector<bool> believed = control.Believed(entries);
  std::optional<trust::v1::DeviceRule> last;
  for (size_t i = 0; i < entries.size(); ++i) {
    const trust::v1::ControlEntry& entry = entries[i];
    if (entry.body().find(device_id) == std::string::npos) continue;
    trust::v1::ControlBody body;
    if (!believed[i] || !body.ParseFromString(entry.body())) return std::nullopt;
    if (body.has_recovered()) {
      const std::string inner = body.recovered().entry().body();
      if (!body.ParseFromString(inner)) return std::nullopt;
    }
    if (body.has_device() && body.device().device_id() == device_id) last = body.device();
  }
  return last;
}

std::string InBase64(const trust::v1::ControlEntry& entry) {
  std::string text;
  absl::WebSafeBase64Escape(entry.SerializeAsString(), &text);
  return text;
}

Principal PrincipalOf(const trust::v1::PersonRule& person) {
  Principal principal;
  principal.person_id = person.person_id();
  principal.role = person.role();
  principal.team_id = person.team_id();
  return principal;
}

}  // namespace

absl::StatusOr<Principal> CallAuth::Check(const MethodRule& rule, std::string_view body,
                                          const Credentials& credentials, int64_t now_ms) {
  if (rule.caller == Caller::kAnybody) return Principal();
  if (!credentials.device.empty()) return CheckDevice(rule, body, credentials, now_ms);
  return CheckSession(rule, credentials.session, now_ms);
}

absl::StatusOr<Principal> CallAuth::CheckSession(const MethodRule& rule, const std::string& token,
                                                 int64_t now_ms) {
  if (token.empty()) return Unauthenticated("SIGN_IN_NEEDED");
  const auto person_id = sessions_.Use(token, now_ms);
  if (!person_id) return Unauthenticated("SESSION_ENDED");
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(*person_id);
  if (person == nullptr || !person->active()) return Unauthenticated("SESSION_ENDED");
  if (rule.caller == Caller::kDevice) return Forbidden("SESSION_FORBIDDEN");
  if (people_.StateOf(*person_id).must_change && !rule.method.starts_with(kIdentityService))
    return Forbidden("PASSWORD_CHANGE_NEEDED");
  return PrincipalOf(*person);
}

std::optional<Principal> CallAuth::HolderOf(std::string_view session, int64_t now_ms) const {
  const auto person_id = sessions_.PersonOf(session, now_ms);
  if (!person_id) return std::nullopt;
  const auto authority = control_.Snapshot();
  const auto* person = authority->Person(*person_id);
  if (person == nullptr || !person->active() || people_.StateOf(*person_id).must_change)
    return std::nullopt;
  return PrincipalOf(*person);
}

absl::StatusOr<Principal> CallAuth::CheckDevice(const MethodRule& rule, std::string_view body,
                                                const Credentials& credentials, int64_t now_ms) {
  auto authority = control_.Snapshot();
  const auto given = Parse(credentials.signature);
  const auto* device = authority->Device(credentials.device);
  const bool lost = device == nullptr || (given && given->key > device->key());
  if (lost && TakeBack(rule, body, credentials, now_ms)) {
    authority = control_.Snapshot();
    device = authority->Device(credentials.device);
  }
  if (device == nullptr) return Unauthenticated("DEVICE_UNKNOWN");
  if (!given || given->suite != device->suite() || given->key != device->key() ||
      !sync::Verify(device->suite(), device->public_key(),
                    sync::CallStatement(rule.method, body, credentials.device, given->time_ms),
                    given->signature))
    return Unauthenticated("SIGNATURE_INVALID");
  if (device->state() == trust::v1::DEVICE_STATE_REVOKED)
    return Revoked(*authority, credentials.device);
  DUDAO_TRY(CheckTime(given->time_ms, now_ms));
  if (!RememberCall(given->signature, given->time_ms, now_ms))
    return Unauthenticated("CALL_REPLAYED");
  const auto* person = authority->Person(device->person_id());
  if (person == nullptr) return Unauthenticated("DEVICE_UNKNOWN");
  devices_.Seen(credentials.device, now_ms);
  Principal principal = PrincipalOf(*person);
  principal.device_id = credentials.device;
  const bool in_use = device->state() == trust::v1::DEVICE_STATE_ACTIVE && person->active();
  principal.device_state =
      in_use ? trust::v1::DEVICE_STATE_ACTIVE : trust::v1::DEVICE_STATE_RETIRED;
  if (rule.caller == Caller::kSession) return Forbidden("DEVICE_FORBIDDEN");
  if (!in_use && !rule.retired_too) return Forbidden("DEVICE_RETIRED");
  return principal;
}

bool CallAuth::TakeBack(const MethodRule& rule, std::string_view body,
                        const Credentials& credentials, int64_t now_ms) {
  sync::v1::ExchangeRequest request;
  if (rule.method != kExchangeMethod ||
      !request.ParseFromArray(body.data(), static_cast<int>(body.size())))
    return false;
  const auto given = Parse(credentials.signature);
  const auto last = LastRuleOf(credentials.device, request, control_);
  if (!given || !last || last->state() == trust::v1::DEVICE_STATE_REVOKED ||
      given->suite != last->suite() || given->key != last->key() ||
      !sync::Verify(last->suite(), last->public_key(),
                    sync::CallStatement(rule.method, body, credentials.device, given->time_ms),
                    given->signature))
    return false;
  const std::vector<trust::v1::ControlEntry> entries(request.control().begin(),
                                                     request.control().end());
  const auto adopted = control_.Adopt(entries, now_ms);
  return adopted.ok() && !adopted->empty();
}

absl::Status CallAuth::CheckTime(int64_t time_ms, int64_t now_ms) const {
  // What was signed before this process started may have been answered by the one before, whose
  // memory of calls is gone.
  if (time_ms >= started_ms_ && time_ms >= now_ms - kClockWindowMs &&
      time_ms <= now_ms + kClockWindowMs)
    return absl::OkStatus();
  return WithMetadata(Unauthenticated("CLOCK_UNKNOWN"), "server_time_ms", absl::StrCat(now_ms));
}

bool CallAuth::RememberCall(const std::string& signature, int64_t time_ms, int64_t now_ms) {
  const std::string hash = sync::Digest(sync::kDefaultSuite, signature);
  absl::MutexLock lock(&mutex_);
  while (!forget_at_ms_.empty() && forget_at_ms_.begin()->first < now_ms) {
    seen_.erase(forget_at_ms_.begin()->second);
    forget_at_ms_.erase(forget_at_ms_.begin());
  }
  if (seen_.size() >= kCallsRememberedMost || !seen_.insert(hash).second) return false;
  forget_at_ms_.emplace(time_ms + kClockWindowMs, hash);
  return true;
}

// With the signed entry, so that nobody else can make a tablet believe it.
absl::Status CallAuth::Revoked(const domain::Authority& authority,
                               std::string_view device_id) const {
  const absl::Status status = Unauthenticated("DEVICE_REVOKED");
  const auto entry = control_.EntryAt(authority.DeviceSince(device_id));
  if (!entry.ok() || !*entry) return status;
  const absl::Status proven = WithMetadata(status, "control_entry", InBase64(**entry));
  // A tablet that was away while the server's key was replaced needs them to check the entry.
  constexpr size_t kKeysBytesMost = 4096;
  const auto announced = control_.KeyEntries();
  std::string keys;
  if (announced.ok()) {
    for (const auto& key : *announced)
      absl::StrAppend(&keys, keys.empty() ? "" : ",", InBase64(key));
  }
  if (keys.empty() || keys.size() > kKeysBytesMost) return proven;
  return WithMetadata(proven, "control_keys", keys);
}

}  // namespace dudao::server
