#include "uploads.h"

#include <filesystem>
#include <utility>

#include "dudao/server/names.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/trust/statements.h"
#include "reason.h"

namespace dudao::server {
namespace {

using records::v1::PersonRole;

template <typename T>
T Must(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  if (!value.ok()) std::abort();
  return *std::move(value);
}

const uint32_t kVisitType = sync::RecordTypeOf(*records::v1::Visit::descriptor());

}  // namespace

std::string FreshFolder(const std::string& suffix) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(info->test_suite_name()) + "." + info->name() + suffix;
  for (char& c : name) c = c == '/' ? '_' : c;
  std::filesystem::remove_all(name);
  return name;
}

sync::KeyPair KeyOf(const std::string& device_id) {
  return Must(
      sync::KeyFromSeed(sync::kDefaultSuite, sync::HashBytes(sync::Sha256("key of " + device_id))));
}

records::v1::Visit VisitWith(const std::string& temp_no, const std::string& note) {
  records::v1::Visit visit;
  visit.set_temp_no(temp_no);
  visit.set_team_id("D1");
  visit.set_visit_date("2026-09-21");
  visit.set_note(note);
  return visit;
}

Office::Office() : folder_(FreshFolder("")) {
  std::filesystem::create_directories(folder_);
  Open();
  for (const auto& [name, team, shared] :
       {std::tuple<const char*, const char*, bool>{kOfficeSpace, "", true},
        {kTeamSpace, "D1", false},
        {kOtherSpace, "D2", false}}) {
    trust::v1::ControlBody body;
    body.mutable_space()->set_space(name);
    body.mutable_space()->set_team_id(team);
    body.mutable_space()->set_shared(shared);
    Append(body);
  }
  SetPerson("admin", records::v1::PERSON_ROLE_ADMIN, "");
  SetPerson("zhao", records::v1::PERSON_ROLE_REVIEWER, "");
  SetPerson("ld", records::v1::PERSON_ROLE_LEADER, "");
  for (const char* person : {"alice", "bob"})
    SetPerson(person, records::v1::PERSON_ROLE_INSPECTOR, "D1");
  SetPerson("carol", records::v1::PERSON_ROLE_INSPECTOR, "D2");
  SetPerson("lead1", records::v1::PERSON_ROLE_LEAD, "D1");
  SetPerson("lead2", records::v1::PERSON_ROLE_LEAD, "D2");
}

Office::~Office() { Close(); }

void Office::Close() {
  Parts& p = parts_;
  p.review.reset();
  p.packages.reset();
  p.privacy.reset();
  p.delivery.reset();
  p.aside.reset();
  p.exchange.reset();
  p.after.reset();
  p.verdicts.reset();
  p.heads.reset();
  p.tokens.reset();
  p.blobs.reset();
  p.projection.reset();
  p.spaces.reset();
  p.registry.reset();
  p.access.reset();
  p.control.reset();
  p.key.reset();
  p.db.reset();
  p.log.reset();
}

void Office::Reopen() {
  Close();
  Open();
}

void Office::Open() {
  const auto wall = [] { return kTestNow; };
  Parts& p = parts_;
  p.log = Must(Log::Open(folder_ + ".log", wall));
  p.db = Must(ServerDb::Open(folder_ + "/server.db"));
  p.key = Must(ServerKey::Open(folder_ + "/server.key", true));
  p.control = Must(ControlLog::Open(*p.db, *p.key, kTestNow));
  p.access = Must(AccessLog::Open(*p.db, wall));
  p.registry = std::make_unique<Registry>(*p.db);
  p.spaces = Must(Spaces::Open(folder_ + "/spaces", token_, *p.registry, *p.control));
  p.projection = Must(Projection::Open(folder_ + "/projection.db"));
  p.blobs = Must(BlobStore::Open(folder_ + "/blobs", 1 << 20));
  p.tokens = std::make_unique<TokenSigner>(std::string(32, 'k'));
  p.heads = Must(OwnHeads::Create(*p.key, *p.db));
  p.verdicts = std::make_unique<Verdicts>(*p.control, *p.heads);
  p.revisions = std::make_unique<Revisions>(0);
  p.after = std::make_unique<WriteBack>(*p.projection, *p.heads, *p.verdicts, *p.revisions, *p.log);
  const Exchange::Parts parts{*p.spaces, *p.control, *p.heads, *p.verdicts,
                              *p.after,  *p.access,  *p.log,   counters_};
  p.exchange = std::make_unique<Exchange>(parts, size_t{4} << 20);
  p.aside = std::make_unique<AsideDesk>(*p.spaces, *p.control, *p.heads, *p.verdicts, *p.after,
                                        *p.tokens);
  p.delivery = std::make_unique<Delivery>(*p.spaces, *p.blobs);
  p.privacy = std::make_unique<PrivacyDesk>(*p.spaces, *p.projection, *p.blobs, *p.access);
  p.packages = std::make_unique<PackageImport>(parts, *p.blobs, *p.key, folder_ + "/parts");
  p.review = std::make_unique<ReviewDesk>(*p.spaces, *p.projection, *p.after, *p.tokens);
  for (const auto& rule : p.spaces->All()) {
    Space* space = Must(p.spaces->Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    p.after->Written(*space);
  }
}

void Office::Append(const trust::v1::ControlBody& body) {
  Must(parts_.control->Append(body, "admin", kTestNow));
}

Call Office::As(const std::string& person) const {
  const auto authority = parts_.control->Snapshot();
  Call call;
  call.wall_ms = kTestNow;
  call.principal.person_id = person;
  if (const auto* rule = authority->Person(person)) {
    call.principal.role = rule->role();
    call.principal.team_id = rule->team_id();
  }
  return call;
}

Call Office::AsDevice(const std::string& device_id) const {
  const auto* rule = parts_.control->Snapshot()->Device(device_id);
  EXPECT_NE(rule, nullptr) << device_id;
  Call call = As(rule->person_id());
  call.principal.device_id = device_id;
  call.principal.device_state = rule->state();
  call.deliver_only = rule->state() == trust::v1::DEVICE_STATE_RETIRED;
  return call;
}

void Office::Enrol(const std::string& device_id, const std::string& person_id) {
  trust::v1::ControlBody body;
  trust::v1::DeviceRule& rule = *body.mutable_device();
  rule.set_device_id(device_id);
  rule.set_person_id(person_id);
  rule.set_state(trust::v1::DEVICE_STATE_ACTIVE);
  rule.set_key(1);
  rule.set_suite(sync::kDefaultSuite);
  rule.set_public_key(KeyOf(device_id).public_key);
  Append(body);
}

void Office::SetDevice(const std::string& device_id, trust::v1::DeviceState state) {
  trust::v1::ControlBody body;
  *body.mutable_device() = *parts_.control->Snapshot()->Device(device_id);
  body.mutable_device()->set_state(state);
  Append(body);
}

void Office::SetPerson(const std::string& person_id, PersonRole role, const std::string& team_id,
                       bool active) {
  trust::v1::ControlBody body;
  trust::v1::PersonRule& rule = *body.mutable_person();
  rule.set_person_id(person_id);
  rule.set_role(role);
  rule.set_team_id(team_id);
  rule.set_active(active);
  Append(body);
}

void Office::Commit(const std::string& name, const std::string& author, const std::string& key,
                    const records::v1::Visit& visit) {
  Space* space = Must(parts_.spaces->Get(name));
  absl::MutexLock lock(&space->mutex());
  sync::LocalEdit edit;
  edit.author = author;
  edit.wall_ms = kTestNow;
  edit.ops = Must(sync::MessageToOps({kVisitType, key}, visit));
  Must(space->store().Commit(edit));
  parts_.after->Written(*space);
}

std::string Office::Digest(const std::string& name) {
  Space* space = Must(parts_.spaces->Get(name));
  absl::MutexLock lock(&space->mutex());
  return sync::HashHex(Must(space->store().StateDigest()));
}

records::v1::Visit Office::Show(const std::string& key, const std::string& name) {
  Space* space = Must(parts_.spaces->Get(name));
  absl::MutexLock lock(&space->mutex());
  const auto stored = Must(space->store().Load({kVisitType, key}));
  records::v1::Visit visit;
  if (stored) visit.ParseFromString(stored->record.Materialise());
  return visit;
}

std::vector<sync::QuarantineEntry> Office::Aside(const std::string& name) {
  Space* space = Must(parts_.spaces->Get(name));
  absl::MutexLock lock(&space->mutex());
  return Must(space->store().Quarantine());
}

int Office::AccessRows(const std::string& event) {
  int count = 0;
  for (const auto& row : Access()) count += row.event() == event ? 1 : 0;
  return count;
}

std::vector<admin::v1::AccessRow> Office::Access() {
  return Must(parts_.access->RowsAfter(0, 10'000));
}

Device::Device(Office& office, std::string device_id, std::string person_id, uint8_t number,
               std::string space)
    : office_(office),
      id_(std::move(device_id)),
      person_(std::move(person_id)),
      space_(std::move(space)),
      key_(KeyOf(id_)),
      clock_ms_(kTestNow - 100'000'000 + number) {
  if (office_->control->Snapshot()->Device(id_) == nullptr) office_.Enrol(id_, person_);
  // Two devices may go by one replica number: clones.
  static int files = 0;
  const std::string path = FreshFolder("-" + std::to_string(++files) + ".db");
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
  db_ = Must(sync::Database::Open(path));
  sync::IncarnationOptions incarnation;
  incarnation.fresh_replica.bytes.fill(number);
  incarnation.fresh_history_id = std::string(8, static_cast<char>(number));
  store_ = Must(sync::SqliteStore::Open(*db_, space_, incarnation));
}

void Device::Save(std::vector<sync::Operation> ops) {
  sync::LocalEdit edit;
  edit.author = person_;
  edit.wall_ms = clock_ms_ += 1000;
  edit.control_position = office_->control->chain().position;
  edit.ops = std::move(ops);
  Must(store_->Commit(edit));
}

void Device::Save(const std::string& key, const records::v1::Visit& visit) {
  Save(Must(sync::MessageToOps({kVisitType, key}, visit)));
}

void Device::SaveAs(const std::string& author, const std::string& key,
                    const records::v1::Visit& visit) {
  sync::LocalEdit edit;
  edit.author = author;
  edit.wall_ms = clock_ms_ += 1000;
  edit.ops = Must(sync::MessageToOps({kVisitType, key}, visit));
  Must(store_->Commit(edit));
}

absl::StatusOr<sync::HeadProof> Device::Prove(sync::HeadProof proof) const {
  proof.set_signer(id_);
  proof.set_key(1);
  if (absl::Status status = sync::SignProof(key_, space_, proof); !status.ok()) return status;
  return proof;
}

sync::ExchangeOptions Device::Options() {
  sync::ExchangeOptions options;
  options.app_version = "test";
  options.prove = [this](sync::HeadProof proof) { return Prove(std::move(proof)); };
  const auto chain = office_->control->chain();
  options.control = {chain.position, chain.hash8};
  // What the server hands out must be proven to us as well.
  options.check_proof = [this](const sync::HeadProof& proof) {
    if (proof.signer() == sync::kServerSigner)
      return sync::CheckProof(office_->key->signing().public_key, space_, proof);
    const auto authority = office_->control->Snapshot();
    const auto* key = authority->DeviceKey(proof.signer(), proof.key());
    return key == nullptr ? absl::UnauthenticatedError("no such key")
                          : sync::CheckProof(key->public_key(), space_, proof);
  };
  options.check_receipt = [this](const sync::Receipt& receipt) {
    return sync::CheckReceipt(office_->key->signing().public_key, space_, receipt);
  };
  return options;
}

absl::StatusOr<sync::v1::ExchangeResponse> Device::Send(const sync::v1::ExchangeRequest& request) {
  const auto bytes =
      office_->exchange->Answer(office_.AsDevice(id_), space_, request.SerializeAsString());
  if (!bytes.ok()) return bytes.status();
  sync::v1::ExchangeResponse response;
  EXPECT_TRUE(response.ParseFromString(*bytes));
  return response;
}

sync::v1::ExchangeRequest Device::Request() {
  sync::Initiator initiator(*store_, Options());
  const auto next = Must(initiator.Next(clock_ms_));
  EXPECT_TRUE(next.has_value());
  sync::v1::ExchangeRequest request;
  EXPECT_TRUE(request.ParseFromString(next.value_or("")));
  return request;
}

absl::Status Device::Sync(const Alter& alter) {
  sync::Initiator initiator(*store_, Options());
  for (int round = 0; round < 30; ++round) {
    const auto next = initiator.Next(clock_ms_);
    totals_ = initiator.totals();
    if (!next.ok()) return next.status();
    if (!*next) return absl::OkStatus();
    sync::v1::ExchangeRequest request;
    EXPECT_TRUE(request.ParseFromString(**next));
    if (alter) alter(request);
    const auto response = Send(request);
    if (!response.ok()) return response.status();
    if (absl::Status status = initiator.Receive(response->SerializeAsString()); !status.ok())
      return status;
  }
  return absl::InternalError("the exchange does not end");
}

std::string Device::Digest() { return sync::HashHex(Must(store_->StateDigest())); }

}  // namespace dudao::server
