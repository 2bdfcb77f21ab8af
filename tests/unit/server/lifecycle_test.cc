// The life of the process: signals, health, a full queue, a folder that was restored.
#include <grpcpp/generic/generic_stub.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "executor.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

constexpr char kSpace[] = "team-d1-2026";

TEST(RunServerDeathTest, EndsWellOnASignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(
        {
          Options options;
          options.data_dir = "signal-" + std::to_string(signal);
          options.log_file = "none";
          const absl::Status status = RunServer(options, [signal](const Server& server) {
            kill(server.port() > 0 ? getpid() : 0, signal);
          });
          std::exit(status.ok() ? 0 : 1);
        },
        ::testing::ExitedWithCode(0), "");
  }
}

class LifecycleTest : public ServerTest {};

TEST_F(LifecycleTest, AnswersHealthChecks) {
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  const grpc::Slice empty;
  const grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  ASSERT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(response.Dump(&slices).ok());
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(std::string(slices[0].begin(), slices[0].end()), std::string("\x08\x01", 2))
      << "SERVING";
}

TEST_F(LifecycleTest, RefusesUnknownMethods) {
  grpc::GenericStub stub(channel_);
  As context("admin");
  const grpc::Slice empty;
  const grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/dudao.admin.v1.AdminService/DropEverything", {}, &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ReasonIn(status), "METHOD_UNKNOWN");
}

TEST_F(LifecycleTest, SaysThatItIsBusyRatherThanQueueWithoutEnd) {
  options_.limits.queue_max = 0;
  Restart();
  As admin("admin");
  admin::v1::GetServerInfoResponse response;
  const grpc::Status status = admin_->GetServerInfo(&admin, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(status), "SERVER_BUSY");
}

TEST(Executor, RunsWhatItAcceptedAndNothingAfterItStopped) {
  int ran = 0;
  Executor executor(1, 100);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(executor.Submit([&ran] { ++ran; }));
  executor.Stop();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(executor.Submit([&ran] { ++ran; }));
  EXPECT_EQ(ran, 50);
}

// The runbook: restore the folder, remove the incarnation file, start. What tablets hold comes
// back.
TEST_F(LifecycleTest, GetsBackFromTheTabletsWhatABackupLacks) {
  MakeTeamSpaces();
  Tablet alice("ins1", kSpace, 1);
  Tablet bob("ins2", kSpace, 2);
  alice.Save("v1", MakeVisit("D1", "140824103200", "2026-09-21", "one", "a"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  Stop();
  std::filesystem::remove_all("backup");
  std::filesystem::copy(options_.data_dir, "backup", std::filesystem::copy_options::recursive);
  Start();
  alice.Save("v2", MakeVisit("D1", "140824103200", "2026-09-22", "two", "b"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  Stop();
  std::filesystem::remove_all(options_.data_dir);
  std::filesystem::rename("backup", options_.data_dir);
  std::filesystem::remove(options_.data_dir + ".incarnation");
  Start();
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  EXPECT_TRUE(bob.totals().history_replaced);
  review::v1::ListVisitsResponse visits;
  As who("zhao");
  ASSERT_TRUE(review_->ListVisits(&who, {}, &visits).ok());
  EXPECT_EQ(visits.total_size(), 2) << "another tablet brought back what alice had sent";
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  EXPECT_EQ(*alice.store().StateDigest(), *bob.store().StateDigest());
}

}  // namespace
}  // namespace dudao::server
