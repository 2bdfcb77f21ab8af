// Refusals over the wire, options that are refused, and what the log does not hold. Who may call
// what is role_table_test.cc.
#include <filesystem>
#include <fstream>

#include "dudao/server/names.h"
#include "server_fixture.h"

namespace dudao::server {
namespace {

class AccessTest : public ServerTest {
 protected:
  grpc::Status Digest(const std::string& person, const std::string& space) {
    As who(person);
    review::v1::GetStateDigestRequest request;
    request.set_space(space);
    review::v1::GetStateDigestResponse response;
    return review_->GetStateDigest(&who, request, &response);
  }
};

TEST_F(AccessTest, RefusesCallsWithoutASessionOrWithAnEndedOne) {
  admin::v1::GetServerInfoResponse response;
  As admin("admin");
  EXPECT_TRUE(admin_->GetServerInfo(&admin, {}, &response).ok());
  grpc::ClientContext bare;
  const grpc::Status nobody = admin_->GetServerInfo(&bare, {}, &response);
  EXPECT_EQ(nobody.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonIn(nobody), "SIGN_IN_NEEDED");
  for (const std::string& token : {std::string("x"), std::string(43, 'A')}) {
    WithSession who(token);
    EXPECT_EQ(ReasonIn(admin_->GetServerInfo(&who, {}, &response)), "SESSION_ENDED");
  }
  for (const char* metadata : {"dudao-user", "dudao-secret"}) {
    grpc::ClientContext old;
    old.AddMetadata(metadata, "admin");
    EXPECT_EQ(ReasonIn(admin_->GetServerInfo(&old, {}, &response)), "SIGN_IN_NEEDED");
  }
  now_ms_ += 8 * 3'600'000;
  As late("admin");
  EXPECT_EQ(ReasonIn(admin_->GetServerInfo(&late, {}, &response)), "SESSION_ENDED");
}

TEST_F(AccessTest, KeepsASpaceToThoseWhoMayReadIt) {
  MakeTeamSpaces();
  EXPECT_TRUE(Digest("ins1", "team-d1-2026").ok());
  EXPECT_TRUE(Digest("zhao", "team-d1-2026").ok());
  EXPECT_EQ(ReasonIn(Digest("ins3", "team-d1-2026")), "SPACE_FORBIDDEN");
  EXPECT_EQ(ReasonIn(Digest("ins3", "team-d9-2026")), "SPACE_FORBIDDEN")
      << "it must not learn what exists";
  EXPECT_EQ(ReasonIn(Digest("zhao", "team-d9-2026")), "SPACE_UNKNOWN");
  EXPECT_EQ(ReasonIn(Digest("zhao", "")), "SPACE_UNKNOWN");
}

TEST(Options, ThatOpenTheNetworkInClearTextAreRefusedUnlessSaidSo) {
  Options options;
  options.data_dir = "open";
  options.log_file = "none";
  options.listen = "0.0.0.0:0";
  const auto refused = Server::Start(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(refused.status().message()).find("明文"), std::string::npos);
  EXPECT_NE(std::string(refused.status().message()).find("clear text"), std::string::npos);
  options.allow_clear_text = true;
  EXPECT_TRUE(Server::Start(options).ok());
}

TEST(Options, ThatShareAFolderOrAPortAreRefused) {
  Options options;
  options.data_dir = "shared";
  options.log_file = "none";
  const auto first = Server::Start(options);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Server::Start(options).status().code(), absl::StatusCode::kUnavailable);
  options.data_dir = "shared2";
  options.listen = "127.0.0.1:" + std::to_string((*first)->port());
  EXPECT_EQ(Server::Start(options).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AccessTest, WritesOneJsonLineACallWithoutPayload) {
  Digest("ins3", "team-d1-2026\"\n");
  identity::v1::SignInRequest request;
  request.set_person_id("Secret-in-the-wrong-field");
  request.set_password("Secret-2");
  identity::v1::SignInResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(ReasonIn(identity_->SignIn(&context, request, &response)), "CREDENTIALS_WRONG");
  const EnrolledDevice device = Enrol("ins1");
  Stop();
  std::ifstream in(options_.log_file);
  std::string line;
  bool found = false;
  while (std::getline(in, line)) {
    EXPECT_EQ(line.front(), '{');
    EXPECT_EQ(line.back(), '}');
    EXPECT_EQ(line.find("Secret"), std::string::npos) << line;
    EXPECT_EQ(line.find(SessionOf("ins3")), std::string::npos) << line;
    found |=
        line.find("\"user\":\"ins3\",\"space\":\"team-d1-2026\\\"\\u000a\"") != std::string::npos;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace dudao::server
