// Every method with every role, with sessions and devices, on every kind of space: what
// docs/server.md says is what the server does.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend.h"
#include "dudao/review/v1/ledger.pb.h"
#include "dudao/review/v1/rectification.pb.h"
#include "dudao/sync/trust/statements.h"
#include "google/protobuf/dynamic_message.h"
#include "permission.h"
#include "reason.h"
#include "server_fixture.h"

namespace dudao::server {
namespace {

using records::v1::PersonRole;

constexpr int64_t kNow = 1790000000000;
constexpr char kOwn[] = "team-d1-2026";
constexpr char kOther[] = "team-d2-2026";
constexpr char kShared[] = "office";
constexpr char kCommon[] = "common";
constexpr char kNowhere[] = "nowhere";
constexpr PersonRole kRoles[] = {
    records::v1::PERSON_ROLE_INSPECTOR, records::v1::PERSON_ROLE_LEAD,
    records::v1::PERSON_ROLE_REVIEWER,  records::v1::PERSON_ROLE_LEADER,
    records::v1::PERSON_ROLE_REPORTER,  records::v1::PERSON_ROLE_ADMIN};

// --- what is written down

struct Row {
  std::set<PersonRole> roles;
  std::string caller;  // "everybody", "session", "device", "either"
  bool retired_too = false;
  std::string space;  // "–", "reads", "reads, or all", "writes", "delivers", "uploads", "unit"
};

// By "/package.Service/Method".
std::map<std::string, Row> WrittenTable() {
  const char* root = std::getenv("DUDAO_SOURCE_DIR");
  std::ifstream in(std::string(root != nullptr ? root : ".") + "/docs/server.md");
  std::map<std::string, Row> table;
  std::string line;
  while (std::getline(in, line)) {
    std::vector<std::string> cells = absl::StrSplit(line, '|');
    for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
    if (cells.size() != 11 || !cells[1].starts_with("`")) continue;
    const std::string name = cells[1].substr(1, cells[1].size() - 2);
    const std::string service = name.substr(0, name.find('.'));
    std::string package = service.substr(0, service.size() - std::string("Service").size());
    absl::AsciiStrToLower(&package);
    if (package == "rectification" || package == "ledger") package = "review";
    Row row;
    for (size_t i = 0; i < std::size(kRoles); ++i) {
      if (!cells[2 + i].empty()) row.roles.insert(kRoles[i]);
    }
    row.retired_too = cells[8].find("(retired too)") != std::string::npos;
    row.caller = cells[8].substr(0, cells[8].find(' '));
    row.space = cells[9];
    const std::string method =
        absl::StrCat("/dudao.", package, ".v1.", service, "/", name.substr(name.find('.') + 1));
    EXPECT_TRUE(table.emplace(method, row).second) << method << " stands twice in docs/server.md";
  }
  return table;
}

// --- what is served

std::map<std::string, const google::protobuf::MethodDescriptor*> AllMethods() {
  std::map<std::string, const google::protobuf::MethodDescriptor*> methods;
  for (const auto* file : {identity::v1::SignInRequest::descriptor()->file(),
                           sync::v1::ExchangeRequest::descriptor()->file(),
                           blob::v1::StatBlobRequest::descriptor()->file(),
                           review::v1::GetRecordRequest::descriptor()->file(),
                           review::v1::GetFindingRequest::descriptor()->file(),
                           review::v1::GetRevisionRequest::descriptor()->file(),
                           admin::v1::CreateSpaceRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        methods[absl::StrCat("/", file->service(s)->full_name(), "/", method->name())] = method;
      }
    }
  }
  return methods;
}

template <typename Map>
std::set<std::string> KeysOf(const Map& map) {
  std::set<std::string> keys;
  for (const auto& [key, value] : map) keys.insert(key);
  return keys;
}

TEST(RoleTable, HasExactlyOneRuleForEachMethodAndIsWrittenDown) {
  std::set<std::string> ruled;
  for (const MethodRule& rule : MethodRules()) {
    EXPECT_TRUE(ruled.insert(std::string(rule.method)).second) << rule.method << " has two rules";
    EXPECT_NE(rule.roles, 0u) << rule.method;
  }
  EXPECT_EQ(ruled, KeysOf(AllMethods()));
  EXPECT_EQ(KeysOf(WrittenTable()), KeysOf(AllMethods()));
}

TEST(RoleTable, AsksForTheSpaceWhereverARequestNamesOne) {
  // CreateSpace names a space that need not exist; it asks for the administrator.
  const std::set<std::string> exempt = {"/dudao.admin.v1.AdminService/CreateSpace"};
  const auto methods = AllMethods();
  for (const MethodRule& rule : MethodRules()) {
    const std::string method(rule.method);
    const bool names_space = methods.at(method)->input_type()->FindFieldByName("space") != nullptr;
    EXPECT_EQ(names_space && !exempt.contains(method), rule.space != SpaceNeed::kNone) << method;
  }
}

// --- who tries

struct Someone {
  std::string label;
  PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
  std::string person;
  bool has_session = false;
  std::string device;  // empty: no device
  trust::v1::DeviceState state = trust::v1::DEVICE_STATE_ACTIVE;
};

bool InField(PersonRole role) {
  return role == records::v1::PERSON_ROLE_INSPECTOR || role == records::v1::PERSON_ROLE_LEAD;
}
bool InOffice(PersonRole role) {
  return role == records::v1::PERSON_ROLE_REVIEWER || role == records::v1::PERSON_ROLE_ADMIN;
}

// Everybody in the field here is of team D1.
bool Writes(PersonRole role, const std::string& space) {
  if (space == kNowhere) return false;
  return InOffice(role) || (InField(role) && (space == kOwn || space == kCommon));
}
bool Reads(PersonRole role, const std::string& space) {
  if (space == kNowhere) return false;
  return Writes(role, space) || role == records::v1::PERSON_ROLE_LEADER ||
         (InField(role) && space == kShared);
}

// The reason of the refusal; empty where the call gets through to its handler.
std::string Expected(const Row& row, const Someone& who, const std::string& space) {
  if (row.caller == "everybody") return "";
  const bool device = !who.device.empty();
  if (!device && !who.has_session) return "SIGN_IN_NEEDED";
  if (who.state == trust::v1::DEVICE_STATE_REVOKED) return "DEVICE_REVOKED";
  if (device && row.caller == "session") return "DEVICE_FORBIDDEN";
  if (!device && row.caller == "device") return "SESSION_FORBIDDEN";
  const bool retired = who.state == trust::v1::DEVICE_STATE_RETIRED;
  if (retired && !row.retired_too) return "DEVICE_RETIRED";
  if (!row.roles.contains(who.role)) return "ROLE_FORBIDDEN";
  if (row.space == "–") return "";
  // Which findings are a reporter's own, their handler asks.
  if (row.space == "unit" && who.role == records::v1::PERSON_ROLE_REPORTER) return "";
  if (row.space == "delivers" || row.space == "uploads") {
    if (Writes(who.role, space)) return "";  // the retired one could, once
    if (row.space == "delivers" && !retired && Reads(who.role, space)) return "";
  } else if (row.space == "writes" ? Writes(who.role, space) : Reads(who.role, space)) {
    return "";
  }
  const bool sees_all = InOffice(who.role) || who.role == records::v1::PERSON_ROLE_LEADER;
  return space == kNowhere && sees_all ? "SPACE_UNKNOWN" : "SPACE_FORBIDDEN";
}

bool IsRefusal(const std::string& reason) {
  static const std::set<std::string> all = {
      "SIGN_IN_NEEDED", "SESSION_ENDED",  "SESSION_FORBIDDEN", "DEVICE_FORBIDDEN",
      "DEVICE_RETIRED", "DEVICE_REVOKED", "DEVICE_UNKNOWN",    "SIGNATURE_INVALID",
      "CLOCK_UNKNOWN",  "CALL_REPLAYED",  "ROLE_FORBIDDEN",    "SPACE_FORBIDDEN",
      "SPACE_UNKNOWN",  "METHOD_UNKNOWN", "INTERNAL",          "PASSWORD_CHANGE_NEEDED"};
  return all.contains(reason);
}

class RoleTableRun : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all("roles");
    std::filesystem::create_directories("roles");
    Options options;
    options.data_dir = "roles";
    options.log_file = "none";
    options.password_cost_log2 = 10;
    options.wall_ms = [] { return kNow; };
    auto backend = Backend::Open(options);
    ASSERT_TRUE(backend.ok()) << backend.status();
    backend_ = *std::move(backend);
    MakeSpace(kOwn, "D1", false);
    MakeSpace(kOther, "D2", false);
    MakeSpace(kCommon, "", false);
    for (const PersonRole role : kRoles) MakePerson(role);
    MakeLost("retired", trust::v1::DEVICE_STATE_RETIRED);
    MakeLost("revoked", trust::v1::DEVICE_STATE_REVOKED);
    people_.push_back({"nobody", records::v1::PERSON_ROLE_UNSPECIFIED, "", false, "", {}});
  }
  void Append(const trust::v1::ControlBody& body) {
    ASSERT_TRUE(backend_->control().Append(body, "system", kNow).ok());
  }
  void MakeSpace(const char* name, const char* team, bool shared) {
    trust::v1::ControlBody body;
    body.mutable_space()->set_space(name);
    body.mutable_space()->set_team_id(team);
    body.mutable_space()->set_shared(shared);
    Append(body);
  }
  void Rule(const std::string& person, PersonRole role, bool active) {
    trust::v1::ControlBody body;
    body.mutable_person()->set_person_id(person);
    body.mutable_person()->set_role(role);
    if (InField(role)) body.mutable_person()->set_team_id("D1");
    body.mutable_person()->set_active(active);
    Append(body);
  }
  void Device(const std::string& id, const std::string& person, trust::v1::DeviceState state) {
    trust::v1::ControlBody body;
    body.mutable_device()->set_device_id(id);
    body.mutable_device()->set_person_id(person);
    body.mutable_device()->set_state(state);
    body.mutable_device()->set_key(1);
    body.mutable_device()->set_suite(KeyOf(id).suite);
    body.mutable_device()->set_public_key(KeyOf(id).public_key);
    Append(body);
  }
  void MakePerson(PersonRole role) {
    const std::string name = records::v1::PersonRole_Name(role);
    Rule(name, role, true);
    Device("d-" + name, name, trust::v1::DEVICE_STATE_ACTIVE);
    people_.push_back({name + " signed in", role, name, true, "", {}});
    people_.push_back(
        {name + " by device", role, name, false, "d-" + name, trust::v1::DEVICE_STATE_ACTIVE});
  }
  // The device of an inspector who could write in the own space and the common one.
  void MakeLost(const std::string& name, trust::v1::DeviceState state) {
    const auto role = records::v1::PERSON_ROLE_INSPECTOR;
    Rule(name, role, true);
    Device("d-" + name, name, state);
    Rule(name, role, false);
    people_.push_back({name, role, name, false, "d-" + name, state});
  }
  static sync::KeyPair KeyOf(const std::string& id) {
    return *sync::KeyFromSeed(sync::kDefaultSuite, sync::Digest(sync::kDefaultSuite, id));
  }

  std::string Try(const std::string& method, const google::protobuf::Message& request,
                  const Someone& who) {
    Incoming incoming;
    incoming.method = method;
    incoming.bytes = request.SerializeAsString();
    if (who.has_session) {
      // A fresh one each time: some methods end it.
      const auto session = backend_->sessions().Start(who.person, kNow);
      EXPECT_TRUE(session.ok());
      incoming.credentials.session = session->token;
    }
    if (!who.device.empty()) {
      EnrolledDevice device;
      device.id = who.device;
      device.key = KeyOf(who.device);
      incoming.credentials.device = who.device;
      incoming.credentials.signature = device.Sign(method, incoming.bytes, kNow + ++ticks_);
    }
    const Outcome outcome = backend_->dispatcher().Run(incoming);
    if (outcome.status.ok()) return "";
    const std::string reason = ReasonOf(outcome.status);
    // The device that a request is about, not the one that calls.
    const bool asked_for = absl::IsNotFound(outcome.status) && reason == "DEVICE_UNKNOWN";
    return asked_for ? "" : reason;
  }

  std::unique_ptr<Backend> backend_;
  std::vector<Someone> people_;
  int ticks_ = 0;
};

TEST_F(RoleTableRun, IsWhatTheServerDoes) {
  google::protobuf::DynamicMessageFactory factory;
  int let_in = 0;
  int refused = 0;
  for (const auto& [method, row] : WrittenTable()) {
    const auto* descriptor = AllMethods().at(method);
    const auto* type = descriptor->input_type();
    const auto* field = row.space == "–" ? nullptr : type->FindFieldByName("space");
    for (const char* space : {kOwn, kOther, kShared, kCommon, kNowhere}) {
      const std::unique_ptr<google::protobuf::Message> request(factory.GetPrototype(type)->New());
      if (field != nullptr) request->GetReflection()->SetString(request.get(), field, space);
      for (const Someone& who : people_) {
        const std::string expected = Expected(row, who, space);
        const std::string reason = Try(method, *request, who);
        const std::string what = absl::StrCat(method, " by ", who.label, " on ", space);
        if (expected.empty()) {
          EXPECT_FALSE(IsRefusal(reason)) << what << " was refused: " << reason;
          ++let_in;
        } else {
          EXPECT_EQ(reason, expected) << what;
          ++refused;
        }
      }
      if (field == nullptr) break;
    }
  }
  EXPECT_GT(let_in, 300);
  EXPECT_GT(refused, 1000);
}

TEST_F(RoleTableRun, LetsWhoeverWasMovedDeliverWhatWasWrittenBefore) {
  const std::string name = records::v1::PersonRole_Name(records::v1::PERSON_ROLE_INSPECTOR);
  trust::v1::ControlBody body;
  body.mutable_person()->set_person_id(name);
  body.mutable_person()->set_role(records::v1::PERSON_ROLE_REPORTER);
  body.mutable_person()->set_active(true);
  Append(body);
  const Someone who{"moved", records::v1::PERSON_ROLE_REPORTER, name, false, "d-" + name, {}};
  sync::v1::ExchangeRequest exchange;
  blob::v1::PutChunkRequest chunk;
  blob::v1::GetChunkRequest get;
  for (const auto& [space, expected] : std::map<std::string, std::string>{
           {kOwn, ""}, {kCommon, ""}, {kOther, "ROLE_FORBIDDEN"}, {kShared, "ROLE_FORBIDDEN"}}) {
    exchange.set_space(space);
    chunk.set_space(space);
    get.set_space(space);
    for (const std::string& reason : {Try(kExchange, exchange, who), Try(kPutChunk, chunk, who)}) {
      EXPECT_TRUE(expected.empty() ? !IsRefusal(reason) : reason == expected)
          << space << " " << reason;
    }
    EXPECT_EQ(Try("/dudao.blob.v1.BlobService/GetChunk", get, who), "ROLE_FORBIDDEN") << space;
  }
}

TEST_F(RoleTableRun, HasAHandlerForEachMethod) {
  const auto methods = backend_->dispatcher().Methods();
  EXPECT_EQ(std::set<std::string>(methods.begin(), methods.end()), KeysOf(AllMethods()));
}

TEST_F(RoleTableRun, TakesOddBytesForNoReasonToFail) {
  for (const std::string& odd :
       {std::string("' OR 1=1; --"), std::string("a\0b", 3), std::string("\xff\xfe"),
        std::string(100'000, 'x'), std::string("../../etc/passwd"), std::string("赵审")}) {
    Incoming incoming;
    incoming.method = "/dudao.identity.v1.IdentityService/GetSelf";
    incoming.credentials.session = odd;
    EXPECT_EQ(ReasonOf(backend_->dispatcher().Run(incoming).status), "SESSION_ENDED");
    incoming.credentials.device = odd;
    EXPECT_EQ(ReasonOf(backend_->dispatcher().Run(incoming).status), "DEVICE_UNKNOWN");
    incoming.method = odd;
    EXPECT_EQ(ReasonOf(backend_->dispatcher().Run(incoming).status), "METHOD_UNKNOWN");
    review::v1::GetStateDigestRequest request;
    request.set_space(odd == "\xff\xfe" ? "bytes" : odd);
    const Someone ins{"", {}, records::v1::PersonRole_Name(kRoles[0]), true, "", {}};
    EXPECT_EQ(Try("/dudao.review.v1.ReviewService/GetStateDigest", request, ins),
              "SPACE_FORBIDDEN");
  }
}

}  // namespace
}  // namespace dudao::server
