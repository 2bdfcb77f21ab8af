// Limits of a running server: rates by caller and address, a full disk, figures, the log.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "absl/time/clock.h"
#include "dudao/server/names.h"
#include "dudao/sync/log/chain.h"
#include "page.h"
#include "server_fixture.h"

namespace dudao::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::ReadPage;

class LimitsTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
    options_.metrics_listen = "127.0.0.1:0";
  }
  grpc::Status Put(const std::string& person) {
    blob::v1::PutChunkRequest request;
    const std::string data(1000, 'x');
    request.set_space("team-d1-2026");
    request.set_sha256(std::string(sync::HashBytes(sync::Sha256(data))));
    request.set_data(data);
    request.set_total_bytes(data.size());
    AsDevice who(person, kPutChunk, request);
    blob::v1::PutChunkResponse response;
    return blobs_->PutChunk(&who, request, &response);
  }
  grpc::Status Info(const std::string& session) {
    WithSession who(session);
    admin::v1::GetServerInfoResponse response;
    return admin_->GetServerInfo(&who, {}, &response);
  }
  std::string Page(const std::string& path) { return ReadPage(server_->metrics_port(), path); }
  std::string LogText() {
    std::ifstream in(options_.log_file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

TEST_F(LimitsTest, KeepsACallerThatAsksTooOftenFromTheOthers) {
  DeviceOf("ins1");  // enrolled by the administrator, whose calls are counted below
  options_.limits.calls_per_second = 0.001;
  options_.limits.calls_burst = 20;
  Restart();
  grpc::Status last;
  int taken = 0;
  while (taken < 100 && (last = Info(SessionOf("admin"))).ok()) ++taken;
  EXPECT_EQ(taken, 20);
  EXPECT_EQ(last.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(last), "RATE_LIMITED");
  EXPECT_TRUE(Put("ins1").ok()) << "another caller from the same address";
  EXPECT_THAT(Page("/metrics"), HasSubstr("dudao_rate_limited_total{by=\"caller\"} 1\n"));
}

TEST_F(LimitsTest, KeepsAnAddressFromTryingSessionsWithoutEnd) {
  options_.limits.refused_calls_per_second = 0.001;
  options_.limits.refused_calls_burst = 10;
  Restart();
  for (int i = 0; i < 10; ++i) {
    const std::string guess = "guess" + std::to_string(i);
    EXPECT_EQ(Info(guess).error_code(), grpc::StatusCode::UNAUTHENTICATED) << i;
  }
  EXPECT_EQ(ReasonIn(Info("guess")), "RATE_LIMITED");
}

TEST_F(LimitsTest, LimitsWhatIsOpenToEverybodyByAddressAndSize) {
  options_.limits.open_calls_per_second = 0.001;
  options_.limits.open_calls_burst = 5;
  Restart();
  int tries = 0;
  const auto sign_in = [&](const std::string& password, const std::string& from) {
    identity::v1::SignInRequest request;
    // Another one each time: five wrong ones would lock the person instead.
    request.set_person_id("nobody" + std::to_string(tries++));
    request.set_password(password);
    grpc::ClientContext context;
    if (!from.empty()) context.AddMetadata("x-real-ip", from);
    identity::v1::SignInResponse response;
    return ReasonIn(identity_->SignIn(&context, request, &response));
  };
  EXPECT_EQ(sign_in(std::string(70'000, 'p'), ""), "MESSAGE_TOO_LARGE");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("wrong", ""), "CREDENTIALS_WRONG") << i;
  EXPECT_EQ(sign_in("wrong", ""), "RATE_LIMITED");
  EXPECT_EQ(sign_in("wrong", "198.51.100.7"), "CREDENTIALS_WRONG") << "somebody behind our proxy";
}

TEST_F(LimitsTest, RefusesUploadsOnALowDiskWhileReadingWorks) {
  options_.limits.disk_reserve_bytes = int64_t{1} << 60;
  options_.limits.disk_warn_bytes = int64_t{1} << 61;
  Restart();
  const grpc::Status refused = Put("ins1");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(refused), "DISK_LOW");
  EXPECT_TRUE(Info(SessionOf("admin")).ok());
  EXPECT_THAT(LogText(), HasSubstr("\"event\":\"disk_low_uploads_refused\""));
  EXPECT_THAT(Page("/readyz"), HasSubstr("uploads are refused"));
  EXPECT_THAT(Page("/metrics"), HasSubstr("dudao_disk_level 2\n"));
  options_.limits.disk_reserve_bytes = 0;
  Restart();
  EXPECT_TRUE(Put("ins1").ok());
}

TEST_F(LimitsTest, TakesAnExchangeThatBringsNothingOnALowDisk) {
  options_.limits.disk_reserve_bytes = int64_t{1} << 60;
  Restart();
  sync::v1::ExchangeRequest request;
  request.set_space("team-d1-2026");
  sync::v1::ExchangeResponse response;
  const auto reason = [&] {
    AsDevice who("ins1", kExchange, request);
    return ReasonIn(sync_->Exchange(&who, request, &response));
  };
  EXPECT_NE(reason(), "DISK_LOW");
  request.add_segments("bytes");
  EXPECT_EQ(reason(), "DISK_LOW");
}

TEST_F(LimitsTest, ShowsFiguresWithoutNamesOfPeopleAndPlaces) {
  Restart();
  EXPECT_TRUE(Put("ins1").ok());
  EXPECT_TRUE(Info(SessionOf("admin")).ok());
  // A call ends for the server a moment after its answer has arrived.
  std::string page = Page("/metrics");
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (page.find("dudao_calls_open 0\n") == std::string::npos && absl::Now() < end)
    page = Page("/metrics");
  for (const char* figure :
       {"dudao_serving 1\n", "dudao_blobs 1\n", "dudao_calls_open 0\n", "dudao_calls_waiting 0\n",
        "dudao_disk_free_bytes ", "dudao_stored_bytes ", "dudao_memory_bytes ",
        "dudao_calls_total{method=\"/dudao.blob.v1.BlobService/PutChunk\",code=\"OK\"} 1\n"}) {
    EXPECT_THAT(page, HasSubstr(figure));
  }
  for (const char* name : {"ins1", "admin\"", "team-d1", "127.0.0.1"})
    EXPECT_THAT(page, Not(HasSubstr(name)));
  EXPECT_THAT(Page("/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(Page("/readyz"), HasSubstr("\r\n\r\nready\n"));
}

// What people write and type by mistake, sent in every place where a caller can put text.
TEST_F(LimitsTest, WritesNoPersonalDataIntoTheLog) {
  const std::string secrets[] = {"13812345678", "142724199001011234", "李卫东", "hunter2-password"};
  Restart();
  for (const std::string& secret : secrets) {
    identity::v1::SignInRequest sign_in;
    sign_in.set_person_id(secret);
    sign_in.set_password(secret);
    identity::v1::SignInResponse signed_in;
    grpc::ClientContext open;
    EXPECT_FALSE(identity_->SignIn(&open, sign_in, &signed_in).ok());
    EXPECT_FALSE(Info("session-" + std::to_string(secret.size())).ok());
    admin::v1::SetPersonRequest person;
    person.set_person_id("p90");
    person.set_name(secret);
    person.set_role(records::v1::PERSON_ROLE_INSPECTOR);
    person.set_team_id("D1");
    person.set_active(true);
    admin::v1::SetPersonResponse set;
    As admin("admin");
    static_cast<void>(admin_->SetPerson(&admin, person, &set));
    admin::v1::ImportPeopleRequest import;
    import.set_csv("person_id,name\n" + secret + "," + secret + "\n");
    import.set_year(2026);
    admin::v1::ImportPeopleResponse imported;
    As again("admin");
    static_cast<void>(admin_->ImportPeople(&again, import, &imported));
    review::v1::ListVisitsRequest list;
    list.set_text(secret);
    review::v1::ListVisitsResponse rows;
    As reviewer("zhao");
    static_cast<void>(review_->ListVisits(&reviewer, list, &rows));
  }
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr("SetPerson"));
  for (const std::string& secret : secrets) EXPECT_THAT(log, Not(HasSubstr(secret)));
  EXPECT_THAT(log, Not(HasSubstr(SessionOf("admin"))));
  EXPECT_THAT(log, Not(HasSubstr("127.0.0.1"))) << "addresses are personal data too";
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("{\"time\":\"") && line.ends_with("}")) << line;
  }
}

}  // namespace
}  // namespace dudao::server
