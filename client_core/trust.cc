#include "trust.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/package.h"
#include "dudao/sync/trust/statements.h"
#include "record_types.h"
#include "tables.h"

namespace dudao::client {
namespace {

constexpr char kPendingSetting[] = "enrolment";
// Smaller differences are travel time of the answer.
constexpr int64_t kClockOffsetStepMs = 2000;

absl::Status Unproven(std::string_view what) {
  return Error(absl::StatusCode::kUnauthenticated, kServerUnproven, what);
}

absl::Status Refused(std::string_view what) {
  return Error(absl::StatusCode::kUnauthenticated, kEnrolmentRefused, what);
}

// The device's rule, as the enrolment must have written it.
absl::Status CheckRule(const domain::Authority& authority, const sync::KeyPair& key,
                       const identity::v1::EnrolResponse& answer) {
  const trust::v1::DeviceRule* rule = authority.Device(answer.device_id());
  if (rule == nullptr || rule->state() != trust::v1::DEVICE_STATE_ACTIVE)
    return Refused("the log does not know this device");
  if (rule->key() != answer.key() || rule->suite() != key.suite ||
      rule->public_key() != key.public_key || rule->person_id() != answer.person_id())
    return Refused("the log names another key or person");
  return absl::OkStatus();
}

// As an error's metadata carries it.
bool ReadEntry(std::string_view text, trust::v1::ControlEntry& entry) {
  std::string bytes;
  return absl::WebSafeBase64Unescape(std::string(text), &bytes) && entry.ParseFromString(bytes);
}

}  // namespace

Trust::Trust(sync::Database& db, const Options& options)
    : db_(db), options_(options), control_(db) {}

absl::Status Trust::MakeKey() {
  if (!enrolled()) return absl::OkStatus();
  DUDAO_ASSIGN(key_, sync::KeyFromSeed(identity_.suite(), identity_.seed()));
  return absl::OkStatus();
}

absl::Status Trust::Load() {
  DUDAO_ASSIGN(const std::optional<std::string> bytes, LoadSetting(db_, kIdentitySetting));
  if (bytes && !identity_.ParseFromString(*bytes))
    return Error(absl::StatusCode::kDataLoss, kStorageDamaged, kIdentitySetting);
  DUDAO_TRY(MakeKey());
  DUDAO_ASSIGN(const std::optional<std::string> offset, LoadSetting(db_, kClockOffsetSetting));
  if (offset && !absl::SimpleAtoi(*offset, &kept_offset_ms_)) kept_offset_ms_ = 0;
  call_offset_ms_ = kept_offset_ms_;
  DUDAO_TRY(control_.Load());
  return LoadKeyChange();
}

const trust::v1::DeviceRule* Trust::Rule() const {
  return enrolled() ? authority().Device(identity_.device_id()) : nullptr;
}

const trust::v1::PersonRule* Trust::Person() const {
  return enrolled() ? authority().Person(person_id()) : nullptr;
}

std::string Trust::person_id() const {
  if (!enrolled()) return options_.person_id;
  const trust::v1::DeviceRule* rule = Rule();
  return rule == nullptr ? identity_.person_id() : rule->person_id();
}

std::optional<records::v1::PersonRole> Trust::role() const {
  const trust::v1::PersonRule* person = Person();
  if (person == nullptr) return std::nullopt;
  return person->role();
}

std::string Trust::team_id() const {
  const trust::v1::PersonRule* person = Person();
  return person == nullptr ? identity_.team_id() : person->team_id();
}

int Trust::tablet_index() const {
  if (!enrolled()) return options_.tablet_index;
  const trust::v1::DeviceRule* rule = Rule();
  return static_cast<int>(rule == nullptr ? identity_.tablet_index() : rule->tablet_index());
}

std::string Trust::device_id() const {
  return enrolled() ? identity_.device_id() : options_.device_name;
}

std::string Trust::device_name() const {
  return identity_.device_name().empty() ? options_.device_name : identity_.device_name();
}

trust::v1::DeviceState Trust::state() const {
  const trust::v1::DeviceRule* rule = Rule();
  return rule == nullptr ? trust::v1::DEVICE_STATE_UNSPECIFIED : rule->state();
}

bool Trust::retired() const {
  const trust::v1::PersonRule* person = Person();
  return state() == trust::v1::DEVICE_STATE_RETIRED || (person != nullptr && !person->active());
}

std::vector<std::string> Trust::spaces() const {
  const trust::v1::PersonRule* person = Person();
  std::vector<std::string> spaces;
  if (person != nullptr) spaces = authority().SpacesOf(*person);
  if (!spaces.empty()) return spaces;
  return {identity_.spaces().begin(), identity_.spaces().end()};
}

absl::StatusOr<v1::PendingEnrolment> Trust::Prepare(std::string_view code, sync::Suite suite) {
  const std::string canonical = sync::CanonicalCode(code);
  if (suite == trust::v1::SIGNATURE_SUITE_UNSPECIFIED) suite = sync::kDefaultSuite;
  v1::PendingEnrolment pending;
  DUDAO_ASSIGN(const std::optional<std::string> bytes, LoadSetting(db_, kPendingSetting));
  if (bytes && pending.ParseFromString(*bytes) && pending.code() == canonical &&
      pending.suite() == suite)
    return pending;
  pending.set_code(canonical);
  pending.set_suite(suite);
  pending.set_seed(options_.seams.random->Bytes(sync::kSeedBytes));
  DUDAO_TRY(SaveSetting(db_, kPendingSetting, pending.SerializeAsString()));
  return pending;
}

absl::Status Trust::Adopt(const v1::PendingEnrolment& pending, std::string_view device_name,
                          const identity::v1::EnrolResponse& answer) {
  DUDAO_ASSIGN(const sync::KeyPair key, sync::KeyFromSeed(pending.suite(), pending.seed()));
  // Checked on a copy of the log in memory first: what does not hold leaves no trace.
  sync::ControlChain chain;
  domain::Authority authority;
  for (const trust::v1::ControlEntry& entry : answer.control()) {
    if (const absl::Status status = chain.Append(entry); !status.ok())
      return Refused(std::string(status.message()));
    authority.Apply(entry);
  }
  if (answer.device_id().empty() || chain.position() == 0) return Refused("an empty answer");
  DUDAO_TRY(CheckRule(authority, key, answer));
  v1::DeviceIdentity next;
  next.set_device_id(answer.device_id());
  next.set_key(answer.key());
  next.set_suite(pending.suite());
  next.set_seed(pending.seed());
  next.set_device_name(std::string(device_name));
  *next.mutable_spaces() = answer.spaces();
  next.set_server_key(chain.keys().begin()->second.public_key());
  next.set_person_id(answer.person_id());
  next.set_team_id(answer.team_id());
  next.set_tablet_index(answer.tablet_index());
  const std::vector<trust::v1::ControlEntry> log(answer.control().begin(), answer.control().end());
  DUDAO_TRY(control_.Restart(log, next.server_key()));
  const absl::Status kept = control_.Flush([&]() -> absl::Status {
    DUDAO_TRY(SaveSetting(db_, kPendingSetting, ""));
    DUDAO_TRY(SaveSetting(db_, kKeyChangeSetting, ""));
    return SaveSetting(db_, kIdentitySetting, next.SerializeAsString());
  });
  if (!kept.ok()) {
    // As if the answer had not come.
    control_ = ControlLog(db_);
    DUDAO_TRY(control_.Load());
    return kept;
  }
  identity_ = std::move(next);
  key_ = key;
  key_change_.reset();
  if (answer.server_time_ms() != 0) NoteServerTime(answer.server_time_ms());
  return KeepClockOffset();
}

absl::Status Trust::Sign(trust::v1::Package& package) const {
  package.set_key(identity_.key());
  return sync::SignPackage(key_, package);
}

absl::StatusOr<trust::v1::HeadProof> Trust::Prove(std::string_view space,
                                                  trust::v1::HeadProof proof) {
  proof.set_signer(identity_.device_id());
  proof.set_key(identity_.key());
  DUDAO_TRY(sync::SignProof(key_, space, proof));
  return proof;
}

absl::Status Trust::CheckProof(std::string_view space, const trust::v1::HeadProof& proof) const {
  if (proof.signer() == sync::kServerSigner) {
    const trust::v1::ServerKey* server = control_.chain().KeyOf(proof.key());
    if (server == nullptr || server->suite() != proof.suite())
      return Unproven("proof of a server key that is not known");
    return sync::CheckProof(server->public_key(), space, proof);
  }
  const trust::v1::DeviceRule* rule = authority().DeviceKey(proof.signer(), proof.key());
  if (rule == nullptr || rule->suite() != proof.suite())
    return Unproven("proof of a device key that is not known");
  return sync::CheckProof(rule->public_key(), space, proof);
}

absl::Status Trust::CheckReceipt(std::string_view space, const trust::v1::Receipt& receipt) const {
  const trust::v1::ServerKey* server = control_.chain().KeyOf(receipt.key());
  if (server == nullptr || server->suite() != receipt.suite())
    return Error(absl::StatusCode::kUnauthenticated, kReceiptInvalid, "key");
  // A key that was replaced signs no receipt of a later time.
  const sync::ControlChain& chain = control_.chain();
  if (receipt.key() < chain.newest_key()->key() &&
      receipt.control_position() >= chain.AnnouncedAt(receipt.key() + 1))
    return Error(absl::StatusCode::kUnauthenticated, kReceiptInvalid, "a key that was replaced");
  if (sync::CheckReceipt(server->public_key(), space, receipt).ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnauthenticated, kReceiptInvalid, "signature");
}

absl::Status Trust::ApplyVerdicts(sync::Store& store) {
  if (!enrolled()) return absl::OkStatus();
  const std::string name = absl::StrCat("judged/", store.space());
  DUDAO_ASSIGN(const std::optional<std::string> before, LoadSetting(db_, name));
  std::string mark = before.value_or("");
  DUDAO_ASSIGN(const auto verdicts, control_.VerdictsSince(store.space(), mark));
  for (const trust::v1::Verdict& verdict : verdicts) {
    const sync::Dot dot{sync::ReplicaId::FromBytes(verdict.replica()), verdict.seq()};
    const absl::Status judged =
        store.Judge(dot, sync::HashFromBytes(verdict.change_hash()), verdict.released());
    // On a change that is not here yet the verdict waits for it.
    if (!judged.ok() && !absl::IsNotFound(judged)) return judged;
  }
  // After the verdicts: a crash in between judges once more, which changes nothing.
  return mark == before.value_or("") ? absl::OkStatus() : SaveSetting(db_, name, mark);
}

absl::StatusOr<bool> Trust::ProvesRevocation(const v1::CallError& error) const {
  const auto text = error.metadata().find("control_entry");
  const auto keys = error.metadata().find("control_keys");
  trust::v1::ControlEntry entry;
  if (!enrolled() || text == error.metadata().end() || !ReadEntry(text->second, entry))
    return false;
  std::vector<trust::v1::ControlEntry> announcements;
  if (keys != error.metadata().end()) {
    const std::vector<std::string> texts = absl::StrSplit(keys->second, ',');
    for (const std::string& one : texts) {
      trust::v1::ControlEntry announcement;
      if (ReadEntry(one, announcement)) announcements.push_back(std::move(announcement));
    }
  }
  return control_.ProvesRevocation(entry, announcements, identity_.device_id());
}

void Trust::NoteServerTime(int64_t server_ms) {
  call_offset_ms_ = server_ms - options_.seams.clock->WallMs();
}

void Trust::NoteReplay() {
  const std::string random = options_.seams.random->Bytes(2);
  last_call_ms_ += static_cast<uint8_t>(random[0]) + 256 * (static_cast<uint8_t>(random[1]) % 16);
}

absl::Status Trust::KeepClockOffset() {
  if (std::abs(call_offset_ms_ - kept_offset_ms_) <= kClockOffsetStepMs) return absl::OkStatus();
  DUDAO_TRY(SaveSetting(db_, kClockOffsetSetting, absl::StrCat(call_offset_ms_)));
  kept_offset_ms_ = call_offset_ms_;
  return absl::OkStatus();
}

}  // namespace dudao::client
