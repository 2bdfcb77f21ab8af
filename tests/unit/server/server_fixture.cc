#include "server_fixture.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dudao/server/names.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::server {
namespace {

constexpr int64_t kNow = 1790000000000;  // 2026-09-21, 22:13 in the county

}  // namespace

As::As(const std::string& person, const std::string& secret) {
  AddMetadata(kUserMetadata, person);
  AddMetadata(kSecretMetadata, secret);
  set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

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

Options ServerTest::MakeOptions(const std::string& data_dir) {
  Options options;
  options.data_dir = data_dir;
  options.log_file = data_dir + ".log";
  options.wall_ms = [] { return kNow; };
  options.users = {{"admin", "s3cret", records::v1::PERSON_ROLE_ADMIN, ""},
                   {"zhao", "s3cret", records::v1::PERSON_ROLE_REVIEWER, ""},
                   {"ld", "s3cret", records::v1::PERSON_ROLE_LEADER, ""},
                   {"ins1", "s3cret", records::v1::PERSON_ROLE_INSPECTOR, "D1"},
                   {"ins2", "s3cret", records::v1::PERSON_ROLE_INSPECTOR, "D1"},
                   {"ins3", "s3cret", records::v1::PERSON_ROLE_INSPECTOR, "D2"},
                   {"lead1", "s3cret", records::v1::PERSON_ROLE_LEAD, "D1"},
                   {"rep", "s3cret", records::v1::PERSON_ROLE_REPORTER, ""}};
  return options;
}

void ServerTest::SetUp() {
  const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::filesystem::remove_all(name);
  std::filesystem::remove(name + ".incarnation");
  options_ = MakeOptions(name);
  Start();
}

void ServerTest::TearDown() { server_.reset(); }

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
  review_ = review::v1::ReviewService::NewStub(channel_);
  sync_ = sync::v1::SyncService::NewStub(channel_);
}

void ServerTest::Restart() {
  ASSERT_TRUE(server_->Shutdown().ok());
  server_.reset();
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

}  // namespace dudao::server
