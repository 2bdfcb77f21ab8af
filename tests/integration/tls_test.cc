// TLS as tablets meet it: the server's own certificate, pinned; anything else fails.
#include "dudao/server/tls.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "own_server.h"

namespace dudao::integration {
namespace {

constexpr int64_t kDay = int64_t{86400} * 1000;

int64_t Now() { return absl::ToUnixMillis(absl::Now()); }

class Tls : public ::testing::Test {
 protected:
  Tls()
      : folder_(::testing::UnitTest::GetInstance()->current_test_info()->name()),
        server_(folder_) {}

  std::string Root() const { return server_.RootPem(); }
  grpc::StatusCode CallWith(const std::string& root) const {
    return OwnServer::Ask(server_.Connect(root), "no session").error_code();
  }

  const std::string folder_;
  OwnServer server_;
};

TEST_F(Tls, LetsInWhoPinsTheServersAuthorityAndNobodyElse) {
  server_.options().tls_names = {"localhost"};
  const absl::Status started = server_.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_TRUE(
      OwnServer::Ask(server_.Connect(Root()), server_.SignIn(server_.Connect(Root()))).ok());
  const auto other = server::PrepareTls(folder_ + "-other", {"localhost"}, Now());
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(CallWith(FileText(other->ca_file)), grpc::StatusCode::UNAVAILABLE) << "another root";
  EXPECT_EQ(CallWith(""), grpc::StatusCode::UNAVAILABLE) << "clear text";
  EXPECT_EQ(CallWith(Root()), grpc::StatusCode::UNAUTHENTICATED) << "TLS alone lets nobody in";
}

TEST_F(Tls, IsKeptOverARestartWithoutBeingAskedForAgain) {
  server_.options().tls_names = {"localhost"};
  ASSERT_TRUE(server_.Start().ok());
  const std::string root = Root();
  server_.Stop();
  server_.options().tls_names.clear();
  ASSERT_TRUE(server_.Start().ok());
  EXPECT_EQ(CallWith(root), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CallWith(""), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, RefusesToStartInClearOffLoopbackUnlessToldSo) {
  server_.options().listen = "0.0.0.0:0";
  const absl::Status refused = server_.Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.message().find("明文"), std::string::npos) << refused;
  server_.options().allow_clear_text = true;
  EXPECT_TRUE(server_.Start().ok());
  server_.Stop();
  server_.options().allow_clear_text = false;
  server_.options().public_address = "localhost:7447";
  ASSERT_TRUE(server_.Start().ok()) << "a certificate is made for the address that was named";
  EXPECT_EQ(CallWith(Root()), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(Tls, TakesUpACertificateThatWasReplacedWhileItRuns) {
  const auto first = server::PrepareTls("given-one", {"localhost"}, Now());
  const auto second = server::PrepareTls("given-two", {"localhost"}, Now() + kDay);
  ASSERT_TRUE(first.ok() && second.ok());
  const std::string old_root = FileText(first->ca_file);
  server_.options().tls_certificate_file = first->certificate_file;
  server_.options().tls_key_file = first->key_file;
  server_.options().tls_look_every = absl::Seconds(1);
  ASSERT_TRUE(server_.Start().ok());
  EXPECT_EQ(CallWith(old_root), grpc::StatusCode::UNAUTHENTICATED);
  std::filesystem::rename(second->key_file, first->key_file);
  std::filesystem::rename(second->certificate_file, first->certificate_file);
  const absl::Time limit = absl::Now() + absl::Seconds(20);
  grpc::StatusCode code = grpc::StatusCode::OK;
  while (absl::Now() < limit &&
         (code = CallWith(FileText(second->ca_file))) != grpc::StatusCode::UNAUTHENTICATED) {
  }
  EXPECT_EQ(code, grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CallWith(old_root), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, SaysWhichFilesDoNotFit) {
  const auto one = server::PrepareTls("pair-one", {"localhost"}, Now());
  const auto two = server::PrepareTls("pair-two", {"localhost"}, Now());
  ASSERT_TRUE(one.ok() && two.ok());
  server_.options().tls_certificate_file = one->certificate_file;
  server_.options().tls_key_file = two->key_file;
  EXPECT_EQ(server_.Start().code(), absl::StatusCode::kDataLoss);
  server_.options().tls_key_file = "absent.key";
  EXPECT_EQ(server_.Start().code(), absl::StatusCode::kInvalidArgument);
  server_.options().tls_key_file.clear();
  EXPECT_EQ(server_.Start().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dudao::integration
