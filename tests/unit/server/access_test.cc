// Who may call what: the permission table against the descriptors, and refusals over the wire.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "backend.h"
#include "dudao/server/names.h"
#include "permission.h"
#include "server_fixture.h"

namespace dudao::server {
namespace {

std::set<std::string> MethodsOf(const google::protobuf::FileDescriptor* file) {
  std::set<std::string> methods;
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      methods.insert("/" + file->service(s)->full_name() + "/" +
                     file->service(s)->method(m)->name());
    }
  }
  return methods;
}

std::set<std::string> AllMethods() {
  std::set<std::string> all;
  for (const auto* file : {sync::v1::ExchangeRequest::descriptor()->file(),
                           blob::v1::StatBlobRequest::descriptor()->file(),
                           review::v1::GetRecordRequest::descriptor()->file(),
                           admin::v1::CreateSpaceRequest::descriptor()->file()}) {
    all.merge(MethodsOf(file));
  }
  return all;
}

TEST(PermissionTable, HasExactlyOneRuleForEachMethod) {
  std::set<std::string> ruled;
  for (const MethodRule& rule : MethodRules()) {
    EXPECT_TRUE(ruled.insert(std::string(rule.method)).second) << rule.method << " has two rules";
    EXPECT_NE(rule.roles, 0u) << rule.method;
  }
  EXPECT_EQ(ruled, AllMethods());
}

TEST(PermissionTable, AsksForTheSpaceWhereverARequestNamesOne) {
  // CreateSpace names a space that need not exist; it asks for the administrator.
  const std::set<std::string> exempt = {"/dudao.admin.v1.AdminService/CreateSpace"};
  for (const MethodRule& rule : MethodRules()) {
    const std::string method(rule.method);
    const std::string name = method.substr(method.rfind('/') + 1);
    const std::string package = method.substr(1, method.find('.', method.find(".v1") + 1) - 1);
    const auto* request = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        package + "." + name + "Request");
    ASSERT_NE(request, nullptr) << package << " " << name;
    const bool names_space = request->FindFieldByName("space") != nullptr;
    EXPECT_EQ(names_space && !exempt.contains(method), rule.space != SpaceNeed::kNone) << method;
  }
}

TEST(PermissionTable, HasAHandlerForEachMethod) {
  std::filesystem::remove_all("handlers");
  std::filesystem::create_directories("handlers");
  Options options;
  options.data_dir = "handlers";
  options.log_file = "none";
  options.wall_ms = [] { return int64_t{1790000000000}; };
  const auto backend = Backend::Open(options);
  ASSERT_TRUE(backend.ok()) << backend.status();
  const auto methods = (*backend)->dispatcher().Methods();
  EXPECT_EQ(std::set<std::string>(methods.begin(), methods.end()), AllMethods());
}

TEST(SpaceRules, KeepTeamsApartAndTheOfficeSpaceToTheOffice) {
  const SpaceTraits d1{"team-d1-2026", "D1", false};
  const SpaceTraits office{"office", "", true};
  const SpaceTraits common{"common", "", false};
  const Principal one{"ins1", records::v1::PERSON_ROLE_INSPECTOR, "D1"};
  const Principal two{"ins3", records::v1::PERSON_ROLE_INSPECTOR, "D2"};
  const Principal leader{"ld", records::v1::PERSON_ROLE_LEADER, ""};
  const Principal reviewer{"zhao", records::v1::PERSON_ROLE_REVIEWER, ""};
  const Principal nobody{"x", records::v1::PERSON_ROLE_UNSPECIFIED, "D1"};
  EXPECT_TRUE(MayRead(d1, one) && MayWrite(d1, one));
  EXPECT_FALSE(MayRead(d1, two) || MayWrite(d1, two));
  EXPECT_TRUE(MayRead(d1, leader));
  EXPECT_FALSE(MayWrite(d1, leader) || MayWrite(office, leader) || MayWrite(common, leader));
  EXPECT_TRUE(MayRead(office, one) && MayRead(office, two));
  EXPECT_FALSE(MayWrite(office, one));
  EXPECT_TRUE(MayWrite(office, reviewer) && MayWrite(d1, reviewer));
  EXPECT_TRUE(MayWrite(common, one) && MayWrite(common, two));
  EXPECT_FALSE(MayRead(office, nobody) || MayRead(d1, nobody) || MayWrite(common, nobody));
}

class AccessTest : public ServerTest {
 protected:
  grpc::Status Info(const std::string& person, const std::string& secret) {
    As who(person, secret);
    admin::v1::GetServerInfoResponse response;
    return admin_->GetServerInfo(&who, {}, &response);
  }
  grpc::Status Digest(const std::string& person, const std::string& space) {
    As who(person);
    review::v1::GetStateDigestRequest request;
    request.set_space(space);
    review::v1::GetStateDigestResponse response;
    return review_->GetStateDigest(&who, request, &response);
  }
};

TEST_F(AccessTest, RefusesWrongSecretsAndUnknownPeopleAlike) {
  EXPECT_TRUE(Info("admin", "s3cret").ok());
  for (const auto& [person, secret] :
       std::initializer_list<std::pair<std::string, std::string>>{{"admin", "wrong"},
                                                                  {"admin", ""},
                                                                  {"nobody", "s3cret"},
                                                                  {"", ""},
                                                                  {"admin", "s3cret "}}) {
    const grpc::Status status = Info(person, secret);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << person;
    EXPECT_EQ(ReasonIn(status), "CREDENTIALS_WRONG");
  }
  grpc::ClientContext bare;
  admin::v1::GetServerInfoResponse response;
  EXPECT_EQ(admin_->GetServerInfo(&bare, {}, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, KeepsTheAdministratorsMethodsToTheAdministrator) {
  for (const char* person : {"zhao", "ld", "ins1", "lead1", "rep"}) {
    EXPECT_EQ(ReasonIn(Info(person, "s3cret")), "ROLE_FORBIDDEN") << person;
  }
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

TEST_F(AccessTest, LetsImportedPeopleInOnlyWithTheSharedSecret) {
  admin::v1::ImportPeopleRequest request;
  request.set_csv(DataFile("sample-people.csv"));
  request.set_year(2026);
  admin::v1::ImportPeopleResponse response;
  As admin("admin");
  ASSERT_TRUE(admin_->ImportPeople(&admin, request, &response).ok());
  ASSERT_EQ(response.problems_size(), 0);
  EXPECT_EQ(ReasonIn(Digest("p01", "office")), "CREDENTIALS_WRONG") << "no shared secret is set";
  As empty("p01", "");
  review::v1::GetStateDigestResponse digest;
  EXPECT_EQ(ReasonIn(review_->GetStateDigest(&empty, {}, &digest)), "CREDENTIALS_WRONG")
      << "no secret is no key";
  options_.shared_secret = "s3cret";
  Restart();
  EXPECT_TRUE(Digest("p01", "team-d1-2026").ok());
  EXPECT_EQ(ReasonIn(Digest("p01", "team-d2-2026")), "SPACE_FORBIDDEN");
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

TEST(Options, ReadUsersAndSayWhichLineIsWrong) {
  const auto users = ParseUsers("# people\nadmin, a b ,admin\nins1,x,inspector,D1\n\n");
  ASSERT_TRUE(users.ok()) << users.status();
  ASSERT_EQ(users->size(), 2u);
  EXPECT_EQ((*users)[0].secret, "a b");
  EXPECT_EQ((*users)[1].team_id, "D1");
  EXPECT_FALSE(ParseUsers("a,b").ok());
  EXPECT_FALSE(ParseUsers("a,b,king").ok());
  EXPECT_FALSE(ParseUsers("a,,admin").ok());
}

TEST_F(AccessTest, WritesOneJsonLineACallWithoutPayload) {
  Digest("ins3", "team-d1-2026\"\n");
  ASSERT_TRUE(server_->Shutdown().ok());
  std::ifstream in(options_.log_file);
  std::string line;
  bool found = false;
  while (std::getline(in, line)) {
    EXPECT_EQ(line.front(), '{');
    EXPECT_EQ(line.back(), '}');
    EXPECT_EQ(line.find("s3cret"), std::string::npos);
    found |=
        line.find("\"user\":\"ins3\",\"space\":\"team-d1-2026\\\"\\u000a\"") != std::string::npos;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace dudao::server
