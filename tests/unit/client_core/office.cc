#include "office.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/blob/v1/blob.pb.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/trust/statements.h"
#include "dudao/sync/v1/sync.pb.h"

namespace dudao::client {
namespace {

constexpr char kExchange[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr char kConfirm[] = "/dudao.sync.v1.SyncService/ConfirmDelivery";
constexpr char kEnrol[] = "/dudao.identity.v1.IdentityService/Enrol";
constexpr char kRotateKey[] = "/dudao.identity.v1.IdentityService/RotateKey";
constexpr int64_t kWindowMs = 300'000;

}  // namespace

void MustBeOk(const absl::Status& status) {
  if (status.ok()) return;
  ADD_FAILURE() << status;
  std::fflush(nullptr);
  std::abort();
}

std::string FreshPath(const std::string& name) {
  static int count = 0;
  const std::string path = absl::StrCat(name, "-", ++count, ".db");
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  return path;
}

std::string SeededRandom::Bytes(size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    bytes.append(sync::HashBytes(sync::Sha256(absl::StrCat(seed_, "/", ++calls_))));
  }
  bytes.resize(count);
  return bytes;
}

Office::Office(const std::string& name) : name_(name), random_(name) {
  keys_.push_back(Must(sync::KeyFromSeed(sync::kDefaultSuite, random_.Bytes(32))));
  sealing_ = Must(sync::SealingKeyFromSeed(random_.Bytes(32)));
  OpenDatabase();
  trust::v1::ControlBody body;
  trust::v1::ServerKey* key = body.mutable_server_key();
  key->set_key(1);
  key->set_suite(keys_[0].suite);
  key->set_public_key(keys_[0].public_key);
  key->set_sealing_key(sealing_.public_key);
  key->set_server_id(random_.Bytes(16));
  Append(body);
  body.mutable_space()->set_space(kOffice);
  body.mutable_space()->set_shared(true);
  Append(body);
  body.Clear();
  body.mutable_space()->set_space(kSpace);
  body.mutable_space()->set_team_id("D2");
  Append(body);
}

void Office::OpenDatabase() {
  spaces_.clear();
  db_ = Must(sync::Database::Open(FreshPath(name_)));
}

sync::Store& Office::Space(const std::string& space) {
  auto& store = spaces_[space];
  if (store == nullptr) {
    sync::IncarnationOptions incarnation;
    incarnation.fresh_replica = sync::ReplicaId::FromBytes(random_.Bytes(16));
    incarnation.fresh_history_id = random_.Bytes(8);
    store = Must(sync::SqliteStore::Open(*db_, space, incarnation));
  }
  return *store;
}

trust::v1::ControlEntry Office::Sign(const trust::v1::ControlBody& body, uint64_t position) const {
  trust::v1::ControlEntry entry;
  entry.set_position(position);
  entry.set_time_ms(kMonday);
  entry.set_actor("admin");
  entry.set_body(body.SerializeAsString());
  entry.set_previous(chain_.hash());
  entry.set_key(KeyNumber());
  MustBeOk(sync::SignControl(keys_.back(), entry));
  return entry;
}

void Office::ReplaceKey() {
  const sync::KeyPair next = Must(sync::KeyFromSeed(sync::kDefaultSuite, random_.Bytes(32)));
  trust::v1::ControlBody body;
  trust::v1::ServerKey* key = body.mutable_server_key();
  *key = *chain_.newest_key();
  key->set_key(KeyNumber() + 1);
  key->set_suite(next.suite);
  key->set_public_key(next.public_key);
  MustBeOk(sync::SignServerKey(next, chain_.hash(), *key));
  Append(body);
  keys_.push_back(next);
}

trust::v1::ControlEntry Office::Append(const trust::v1::ControlBody& body) {
  control.push_back(Sign(body, control.size() + 1));
  MustBeOk(chain_.Append(control.back()));
  authority_.Apply(control.back());
  return control.back();
}

void Office::SetPerson(const std::string& person, records::v1::PersonRole role,
                       const std::string& team) {
  trust::v1::ControlBody body;
  trust::v1::PersonRule* rule = body.mutable_person();
  rule->set_person_id(person);
  rule->set_role(role);
  rule->set_team_id(team);
  rule->set_active(true);
  Append(body);
}

std::string Office::NewCode(const std::string& person) {
  const std::string code = absl::StrCat("CODE", codes_.size() + 1000);
  codes_[sync::CanonicalCode(code)].person = person;
  return code;
}

void Office::SetDevice(const std::string& device, trust::v1::DeviceState state) {
  trust::v1::ControlBody body;
  *body.mutable_device() = *authority_.Device(device);
  body.mutable_device()->set_state(state);
  Append(body);
}

void Office::Judge(const std::string& space, const sync::Dot& dot, bool released) {
  for (const sync::QuarantineEntry& entry : Must(Space(space).Quarantine())) {
    if (entry.what.dot != dot) continue;
    trust::v1::ControlBody body;
    trust::v1::Verdict* verdict = body.mutable_verdict();
    verdict->set_space(space);
    verdict->set_replica(std::string(dot.replica.AsBytes()));
    verdict->set_seq(dot.seq);
    verdict->set_change_hash(entry.change_hash);
    verdict->set_released(released);
    verdict->set_reason("checked by phone");
    Append(body);
    MustBeOk(Space(space).Judge(dot, sync::HashFromBytes(entry.change_hash), released));
    return;
  }
  ADD_FAILURE() << "nothing to judge";
}

void Office::Restore(size_t entries) {
  OpenDatabase();
  files.clear();
  const std::vector<trust::v1::ControlEntry> old = control;
  control.clear();
  chain_ = sync::ControlChain();
  authority_ = domain::Authority();
  for (size_t i = 0; i < entries; ++i) {
    control.push_back(old[i]);
    MustBeOk(chain_.Append(old[i]));
    authority_.Apply(old[i]);
  }
}

Office::Refusal Office::CheckCall(const v1::OutgoingCall& call) {
  constexpr int kUnauthenticated = 16;
  caller_.clear();
  if (call.method() == kEnrol) return {};
  std::map<std::string, std::string> headers;
  for (const v1::Header& header : call.headers()) headers[header.name()] = header.value();
  if (headers.empty() && !strict) return {};
  const trust::v1::DeviceRule* device = authority_.Device(headers["dudao-device"]);
  if (device == nullptr) return {kUnauthenticated, "DEVICE_UNKNOWN", {}};
  const std::vector<std::string> parts = absl::StrSplit(headers["dudao-signature"], '.');
  int64_t time_ms = 0;
  std::string signature;
  const bool shaped = parts.size() == 4 && parts[1] == absl::StrCat(device->key()) &&
                      absl::SimpleAtoi(parts[2], &time_ms) &&
                      absl::WebSafeBase64Unescape(parts[3], &signature);
  if (!shaped || !sync::Verify(device->suite(), device->public_key(),
                               sync::CallStatement(call.method(), call.request(),
                                                   device->device_id(), time_ms),
                               signature))
    return {kUnauthenticated, "SIGNATURE_INVALID", {}};
  if (device->state() == trust::v1::DEVICE_STATE_REVOKED) {
    const std::string entry =
        control[authority_.DeviceSince(device->device_id()) - 1].SerializeAsString();
    return {
        kUnauthenticated, "DEVICE_REVOKED", {{"control_entry", absl::WebSafeBase64Escape(entry)}}};
  }
  if (std::abs(time_ms - clock.WallMs()) > kWindowMs)
    return {kUnauthenticated, "CLOCK_UNKNOWN", {{"server_time_ms", absl::StrCat(clock.WallMs())}}};
  if (!signatures_.insert(signature).second) return {kUnauthenticated, "CALL_REPLAYED", {}};
  if (call.method() == kRotateKey && device->state() == trust::v1::DEVICE_STATE_RETIRED)
    return {7, "DEVICE_RETIRED", {}};
  caller_ = device->device_id();
  return CheckExchange(call, *device);
}

Office::Refusal Office::CheckExchange(const v1::OutgoingCall& call,
                                      const trust::v1::DeviceRule& device) const {
  constexpr int kPermissionDenied = 7;
  sync::v1::ExchangeRequest ask;
  if (call.method() != kExchange || !ask.ParseFromString(call.request())) return {};
  const auto owner = owners.find(absl::StrCat(ask.space(), " ", ask.replica()));
  if (owner != owners.end() && owner->second != device.device_id())
    return {kPermissionDenied, "REPLICA_FOREIGN", {}};
  if (device.state() == trust::v1::DEVICE_STATE_RETIRED && ask.space() == kOffice)
    return {kPermissionDenied, "SPACE_FORBIDDEN", {}};
  return {};
}

absl::StatusOr<std::string> Office::Serve(const v1::OutgoingCall& call, v1::CallError* error) {
  const Refusal refusal = CheckCall(call);
  absl::StatusOr<std::string> answer =
      refusal.code == 0 ? Answer(call.method(), call.request())
                        : absl::Status(static_cast<absl::StatusCode>(refusal.code), refusal.reason);
  if (answer.ok()) {
    if (tamper) tamper(call.method(), *answer);
    return answer;
  }
  if (refusal.code != 0) calls.push_back(refusal.reason);
  error->set_code(static_cast<int>(answer.status().code()));
  error->set_message(std::string(answer.status().message()));
  error->set_reason(refusal.reason);
  error->mutable_metadata()->insert(refusal.metadata.begin(), refusal.metadata.end());
  return answer;
}

absl::StatusOr<std::string> Office::Answer(const std::string& method, const std::string& request) {
  calls.push_back(method);
  if (method == kExchange) return Exchange(request);
  if (method == kEnrol) return Enrol(request);
  if (method == kRotateKey) return RotateKey(request);
  if (method == kConfirm) return ConfirmDelivery(request);
  return AnswerBlob(method, request);
}

// As the server does after each commit of its own.
void Office::SignOwnHead(sync::Store& store) {
  const auto head = Must(store.HeadOf(store.self()));
  if (!head) return;
  trust::v1::HeadProof proof;
  proof.set_signer(sync::kServerSigner);
  proof.set_key(KeyNumber());
  proof.set_replica(std::string(head->replica.AsBytes()));
  proof.set_seq(head->seq);
  proof.set_hash(std::string(sync::HashBytes(head->hash)));
  MustBeOk(sync::SignProof(keys_.back(), store.space(), proof));
  MustBeOk(store.PutProof(proof));
}

absl::StatusOr<sync::ControlAnswer> Office::LookUp(
    const sync::ControlPosition& asker, absl::Span<const trust::v1::ControlEntry> offered) {
  for (const trust::v1::ControlEntry& entry : offered) {
    if (entry.position() == control.size() + 1 && chain_.Append(entry).ok()) {
      control.push_back(entry);
      authority_.Apply(entry);
    } else if (chain_.IsOurs(entry)) {
      trust::v1::ControlBody body;
      body.mutable_recovered()->set_position(entry.position());
      *body.mutable_recovered()->mutable_entry() = entry;
      Append(body);
    }
  }
  sync::ControlAnswer answer;
  answer.position = control.size();
  if (asker.position > control.size()) return answer;
  const bool prefix = asker.position == 0 ||
                      sync::ControlHash(control[asker.position - 1]).substr(0, 8) == asker.hash8;
  answer.restart = !prefix;
  for (size_t i = prefix ? asker.position : 0; i < control.size(); ++i)
    answer.entries.push_back(control[i]);
  return answer;
}

absl::StatusOr<std::string> Office::Exchange(const std::string& request) {
  sync::v1::ExchangeRequest ask;
  if (!ask.ParseFromString(request)) return absl::InvalidArgumentError("SEGMENT_DAMAGED");
  sync::Store& store = Space(ask.space());
  SignOwnHead(store);
  const std::string space = ask.space();
  sync::ResponderOptions options;
  options.wall_ms = clock.WallMs();
  options.policy = [&](const sync::Change& change,
                       std::string_view) -> std::optional<sync::Quarantined> {
    if (!forbidden || !forbidden(change)) return std::nullopt;
    sync::Quarantined what;
    what.dot = change.dot();
    what.reason = "NOT_PERMITTED";
    what.time = change.time;
    what.author = change.author;
    return what;
  };
  if (!caller_.empty()) {
    options.proofs_required = true;
    options.check_proof = [&](const trust::v1::HeadProof& proof) -> absl::Status {
      if (proof.signer() == sync::kServerSigner)
        return sync::CheckProof(keys_.at(proof.key() - 1).public_key, space, proof);
      const auto* rule = authority_.DeviceKey(proof.signer(), proof.key());
      if (rule == nullptr) return absl::UnauthenticatedError("PROOF_INVALID: unknown device");
      DUDAO_TRY(sync::CheckProof(rule->public_key(), space, proof));
      const auto [owner, fresh] =
          owners.try_emplace(absl::StrCat(space, " ", proof.replica()), proof.signer());
      if (owner->second != proof.signer())
        return absl::UnauthenticatedError("REPLICA_FOREIGN: another device's");
      return absl::OkStatus();
    };
    options.sign_receipt = [&](trust::v1::Receipt& receipt) {
      receipt.set_key(receipt_key == 0 ? KeyNumber() : receipt_key);
      return sync::SignReceipt(keys_.at(receipt.key() - 1), space, receipt);
    };
    options.control = [&](const sync::ControlPosition& asker,
                          absl::Span<const trust::v1::ControlEntry> offered) {
      return LookUp(asker, offered);
    };
    options.control_position = control.size();
    options.deliver_only = authority_.Device(caller_)->state() == trust::v1::DEVICE_STATE_RETIRED;
  }
  DUDAO_ASSIGN(const sync::ExchangeReply reply, sync::Respond(store, request, options));
  return reply.response;
}

absl::StatusOr<std::string> Office::Enrol(const std::string& request) {
  identity::v1::EnrolRequest ask;
  if (!ask.ParseFromString(request)) return absl::InvalidArgumentError("MALFORMED");
  const auto code = codes_.find(ask.code());
  const bool fits = code != codes_.end() &&
                    (code->second.used_by.empty() || code->second.used_by == ask.public_key());
  if (!fits) return absl::PermissionDeniedError("ENROLMENT_CODE_WRONG");
  if (!sync::Verify(ask.suite(), ask.public_key(),
                    sync::EnrolStatement(ask.code(), ask.public_key()), ask.possession()))
    return absl::InvalidArgumentError("KEY_UNFIT");
  const trust::v1::PersonRule* person = authority_.Person(code->second.person);
  if (code->second.used_by.empty()) {
    code->second.used_by = ask.public_key();
    code->second.device = absl::StrCat("dev-", authority_.Devices().size() + 1);
    trust::v1::ControlBody body;
    trust::v1::DeviceRule* rule = body.mutable_device();
    rule->set_device_id(code->second.device);
    rule->set_person_id(code->second.person);
    rule->set_state(trust::v1::DEVICE_STATE_ACTIVE);
    rule->set_key(1);
    rule->set_suite(ask.suite());
    rule->set_public_key(ask.public_key());
    rule->set_tablet_index(authority_.FreeTabletIndex(person->team_id()).value_or(0));
    Append(body);
  }
  identity::v1::EnrolResponse answer;
  answer.set_device_id(code->second.device);
  answer.set_key(1);
  answer.set_person_id(code->second.person);
  answer.set_role(person->role());
  answer.set_team_id(person->team_id());
  answer.set_tablet_index(authority_.Device(code->second.device)->tablet_index());
  for (const std::string& space : authority_.SpacesOf(*person)) answer.add_spaces(space);
  for (const auto& entry : control) *answer.add_control() = entry;
  answer.set_server_time_ms(clock.WallMs());
  return answer.SerializeAsString();
}

absl::StatusOr<std::string> Office::RotateKey(const std::string& request) {
  identity::v1::RotateKeyRequest ask;
  if (!ask.ParseFromString(request)) return absl::InvalidArgumentError("MALFORMED");
  if (!sync::Verify(ask.suite(), ask.public_key(), sync::EnrolStatement(caller_, ask.public_key()),
                    ask.possession()))
    return absl::InvalidArgumentError("KEY_UNFIT");
  trust::v1::ControlBody body;
  trust::v1::DeviceRule* rule = body.mutable_device();
  *rule = *authority_.Device(caller_);
  if (rule->public_key() != ask.public_key()) {
    rule->set_key(rule->key() + 1);
    rule->set_suite(ask.suite());
    rule->set_public_key(ask.public_key());
    Append(body);
  }
  identity::v1::RotateKeyResponse answer;
  answer.set_key(rule->key());
  return answer.SerializeAsString();
}

absl::StatusOr<std::string> Office::ConfirmDelivery(const std::string& request) {
  sync::v1::ConfirmDeliveryRequest ask;
  sync::v1::ConfirmDeliveryResponse answer;
  EXPECT_TRUE(ask.ParseFromString(request));
  sync::Store& store = Space(ask.space());
  for (const auto& record : ask.records()) {
    const auto held = Must(store.Load({record.type_id(), record.key()}));
    if (held) {
      answer.set_records_held(answer.records_held() + 1);
    } else {
      *answer.add_records_missing() = record;
    }
  }
  for (const std::string& blob : ask.blobs()) {
    const auto held = files.find(blob);
    if (held != files.end() && sync::HashBytes(sync::Sha256(held->second)) == blob) {
      answer.set_blobs_held(answer.blobs_held() + 1);
    } else {
      answer.add_blobs_missing(blob);
    }
  }
  answer.set_time_ms(clock.WallMs());
  if (const auto receipt = Must(store.NewestReceipt())) *answer.mutable_receipt() = *receipt;
  return answer.SerializeAsString();
}

absl::StatusOr<std::string> Office::AnswerBlob(const std::string& method,
                                               const std::string& request) {
  if (method == "/dudao.blob.v1.BlobService/StatBlob") {
    blob::v1::StatBlobRequest ask;
    blob::v1::StatBlobResponse answer;
    EXPECT_TRUE(ask.ParseFromString(request));
    const std::string& held = files[ask.sha256()];
    answer.set_offset(held.size());
    answer.set_complete(!held.empty() && sync::HashBytes(sync::Sha256(held)) == ask.sha256());
    return answer.SerializeAsString();
  }
  if (method == "/dudao.blob.v1.BlobService/PutChunk") {
    blob::v1::PutChunkRequest put;
    blob::v1::PutChunkResponse answer;
    EXPECT_TRUE(put.ParseFromString(request));
    std::string& held = files[put.sha256()];
    file_bytes_taken += put.data().size();
    if (put.offset() > held.size()) return absl::InvalidArgumentError("BLOB_OFFSET");
    if (put.offset() == held.size()) held += put.data();
    answer.set_offset(held.size());
    answer.set_complete(held.size() == put.total_bytes());
    return answer.SerializeAsString();
  }
  if (method == "/dudao.blob.v1.BlobService/ListMissingBlobs") {
    blob::v1::ListMissingBlobsRequest ask;
    blob::v1::ListMissingBlobsResponse answer;
    EXPECT_TRUE(ask.ParseFromString(request));
    for (const std::string& sha256 : ask.sha256()) {
      const auto held = files.find(sha256);
      if (held == files.end() || sync::HashBytes(sync::Sha256(held->second)) != sha256)
        answer.add_sha256(sha256);
    }
    return answer.SerializeAsString();
  }
  blob::v1::GetChunkRequest get;
  blob::v1::GetChunkResponse answer;
  EXPECT_TRUE(get.ParseFromString(request));
  if (!files.contains(get.sha256())) return absl::NotFoundError("BLOB_UNKNOWN");
  const std::string& held = files[get.sha256()];
  answer.set_data(held.substr(get.offset(), get.max_bytes()));
  answer.set_total_bytes(held.size());
  return answer.SerializeAsString();
}

}  // namespace dudao::client
