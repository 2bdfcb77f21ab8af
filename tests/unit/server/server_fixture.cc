#include "server_fixture.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/server/names.h"
#include "dudao/sync/trust/statements.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::server {
namespace {

constexpr int64_t kNow = 1790000000000;  // 2026-09-21, 22:13 in the county

ServerTest* running = nullptr;

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

}  // namespace

std::string EnrolledDevice::Sign(const std::string& method, const std::string& body,
                                 int64_t time_ms) const {
  const auto signature = sync::Sign(key, sync::CallStatement(method, body, id, time_ms));
  std::string text;
  absl::WebSafeBase64Escape(signature.value_or(""), &text);
  return absl::StrCat(static_cast<int>(key.suite), ".", key_number, ".", time_ms, ".", text);
}

As::As(const std::string& person) {
  AddMetadata(kSessionMetadata, ServerTest::current().SessionOf(person));
  SetDeadline(*this);
}

WithSession::WithSession(const std::string& session) {
  AddMetadata(kSessionMetadata, session);
  SetDeadline(*this);
}

AsDevice::AsDevice(const EnrolledDevice& device, const std::string& method,
                   const google::protobuf::Message& request) {
  AddMetadata(kDeviceMetadata, device.id);
  AddMetadata(kSignatureMetadata,
              device.Sign(method, request.SerializeAsString(), ServerTest::current().CallTime()));
  SetDeadline(*this);
}

AsDevice::AsDevice(const std::string& person, const std::string& method,
                   const google::protobuf::Message& request)
    : AsDevice(ServerTest::current().DeviceOf(person), method, request) {}

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  if (status.ok() || !details.ParseFromString(status.error_details())) return {};
  std::string reason;
  int texts = 0;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::LocalizedMessage text;
    if (any.UnpackTo(&info)) {
      EXPECT_EQ(info.domain(), kErrorDomain);
      EXPECT_FALSE(info.metadata().at("request_id").empty());
      reason = info.reason();
    } else if (any.UnpackTo(&text)) {
      EXPECT_FALSE(text.message().empty());
      texts += text.locale() == "zh-CN" || text.locale() == "en" ? 1 : 0;
    }
  }
  EXPECT_EQ(texts, 2) << reason;
  return reason;
}

std::string MetadataIn(const grpc::Status& status, const std::string& key) {
  google::rpc::Status details;
  if (status.ok() || !details.ParseFromString(status.error_details())) return {};
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info) && info.metadata().contains(key)) return info.metadata().at(key);
  }
  return {};
}

ServerTest& ServerTest::current() { return *running; }

Options ServerTest::MakeOptions(const std::string& data_dir) {
  Options options;
  options.data_dir = data_dir;
  options.log_file = data_dir + ".log";
  options.password_cost_log2 = 10;
  options.wall_ms = [this] { return now_ms_.load(); };
  return options;
}

void ServerTest::SetUp() {
  running = this;
  now_ms_ = kNow;
  std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  for (char& c : name) c = c == '/' ? '_' : c;
  std::filesystem::remove_all(name);
  std::filesystem::remove(name + ".incarnation");
  std::filesystem::remove(name + ".anchor");
  std::filesystem::remove(name + ".log");
  std::filesystem::create_directories(name);
  options_ = MakeOptions(name);
  MakePeople();
  Start();
}

void ServerTest::TearDown() {
  server_.reset();
  running = nullptr;
}

void ServerTest::Offline(const std::function<void(Backend&)>& work) {
  const auto backend = Backend::Open(options_);
  ASSERT_TRUE(backend.ok()) << backend.status();
  work(**backend);
}

void ServerTest::MakePeople() {
  struct Row {
    const char* id;
    records::v1::PersonRole role;
    const char* team;
  };
  constexpr Row kPeople[] = {{"admin", records::v1::PERSON_ROLE_ADMIN, ""},
                             {"zhao", records::v1::PERSON_ROLE_REVIEWER, ""},
                             {"ld", records::v1::PERSON_ROLE_LEADER, ""},
                             {"ins1", records::v1::PERSON_ROLE_INSPECTOR, "D1"},
                             {"ins2", records::v1::PERSON_ROLE_INSPECTOR, "D1"},
                             {"ins3", records::v1::PERSON_ROLE_INSPECTOR, "D2"},
                             {"lead1", records::v1::PERSON_ROLE_LEAD, "D1"},
                             {"rep", records::v1::PERSON_ROLE_REPORTER, ""}};
  Offline([&](Backend& backend) {
    for (const Row& row : kPeople) {
      trust::v1::ControlBody body;
      body.mutable_person()->set_person_id(row.id);
      body.mutable_person()->set_role(row.role);
      body.mutable_person()->set_team_id(row.team);
      body.mutable_person()->set_active(true);
      ASSERT_TRUE(backend.control().Append(body, "system", kNow).ok());
      const auto session = backend.sessions().Start(row.id, kNow);
      ASSERT_TRUE(session.ok()) << session.status();
      sessions_[row.id] = session->token;
    }
  });
}

EnrolledDevice ServerTest::Enrol(const std::string& person) {
  admin::v1::CreateEnrolmentRequest wanted;
  wanted.set_person_id(person);
  admin::v1::CreateEnrolmentResponse code;
  As admin("admin");
  const grpc::Status made = admin_->CreateEnrolment(&admin, wanted, &code);
  EXPECT_TRUE(made.ok()) << ReasonIn(made);

  EnrolledDevice device;
  const std::string seed = absl::StrCat(person, " ", ++enrolled_);
  device.key = *sync::KeyFromSeed(sync::kDefaultSuite, sync::Digest(sync::kDefaultSuite, seed));
  identity::v1::EnrolRequest request;
  request.set_code(code.code());
  request.set_suite(device.key.suite);
  request.set_public_key(device.key.public_key);
  request.set_possession(*sync::Sign(
      device.key, sync::EnrolStatement(sync::CanonicalCode(code.code()), device.key.public_key)));
  request.set_device_name("a tablet");
  identity::v1::EnrolResponse response;
  grpc::ClientContext open;
  SetDeadline(open);
  const grpc::Status enrolled = identity_->Enrol(&open, request, &response);
  EXPECT_TRUE(enrolled.ok()) << ReasonIn(enrolled);
  device.id = response.device_id();
  device.person_id = response.person_id();
  device.tablet_index = response.tablet_index();
  device.control_position = static_cast<uint64_t>(response.control_size());
  return device;
}

const EnrolledDevice& ServerTest::DeviceOf(const std::string& person) {
  const auto found = devices_.find(person);
  if (found != devices_.end()) return found->second;
  return devices_[person] = Enrol(person);
}

void ServerTest::Start() {
  auto server = Server::Start(options_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                       grpc::InsecureChannelCredentials(), arguments);
  admin_ = admin::v1::AdminService::NewStub(channel_);
  blobs_ = blob::v1::BlobService::NewStub(channel_);
  identity_ = identity::v1::IdentityService::NewStub(channel_);
  ledger_ = review::v1::LedgerService::NewStub(channel_);
  findings_ = review::v1::RectificationService::NewStub(channel_);
  review_ = review::v1::ReviewService::NewStub(channel_);
  sync_ = sync::v1::SyncService::NewStub(channel_);
}

void ServerTest::Stop() {
  ASSERT_TRUE(server_->Shutdown().ok());
  server_.reset();
}

void ServerTest::Restart() {
  Stop();
  Start();
}

void ServerTest::MakeTeamSpaces() {
  for (const char* team : {"D1", "D2"}) {
    admin::v1::CreateSpaceRequest request;
    request.set_space(TeamSpace(team, 2026));
    request.set_team_id(team);
    admin::v1::CreateSpaceResponse response;
    As admin("admin");
    const grpc::Status status = admin_->CreateSpace(&admin, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_TRUE(response.created());
  }
}

void ServerTest::ImportPlaces() {
  admin::v1::ImportDivisionsRequest request;
  request.set_csv(DataFile("jishan-divisions.csv"));
  request.set_pinyin_csv(DataFile("jishan-pinyin.csv"));
  admin::v1::ImportDivisionsResponse response;
  As admin("admin");
  ASSERT_TRUE(admin_->ImportDivisions(&admin, request, &response).ok());
  ASSERT_EQ(response.problems_size(), 0) << response.ShortDebugString();
  ASSERT_EQ(response.created(), 161);
}

std::string ServerTest::DataFile(const std::string& name) const {
  const char* root = std::getenv("DUDAO_SOURCE_DIR");
  std::ifstream in(std::string(root != nullptr ? root : ".") + "/data/" + name, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

admin::v1::ListAccessResponse ServerTest::Accesses() {
  admin::v1::ListAccessRequest request;
  request.set_page_size(500);
  admin::v1::ListAccessResponse response;
  As admin("admin");
  EXPECT_TRUE(admin_->ListAccess(&admin, request, &response).ok());
  return response;
}

}  // namespace dudao::server
