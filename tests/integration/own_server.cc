#include "own_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/time/clock.h"
#include "dudao/identity/v1/identity.grpc.pb.h"
#include "dudao/server/names.h"

namespace dudao::integration {
namespace {

constexpr char kAdmin[] = "admin";
constexpr char kPassword[] = "grain-in-ear-2026";

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

}  // namespace

std::string FileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

OwnServer::OwnServer(const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::remove(folder + ".incarnation");
  options_.data_dir = folder;
  options_.log_file = folder + ".log";
  options_.password_cost_log2 = 10;
  const auto password =
      server::SetUp(folder, {kAdmin, "系统管理员", kPassword}, absl::ToUnixMillis(absl::Now()));
  EXPECT_TRUE(password.ok()) << password.status();
}

absl::Status OwnServer::Start() {
  auto started = server::Server::Start(options_);
  if (started.ok()) server_ = *std::move(started);
  return started.status();
}

std::shared_ptr<grpc::Channel> OwnServer::Connect(const std::string& root_pem) const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const std::string target = "localhost:" + std::to_string(port());
  if (root_pem.empty())
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = root_pem;
  return grpc::CreateCustomChannel(target, grpc::SslCredentials(tls), arguments);
}

std::string OwnServer::SignIn(const std::shared_ptr<grpc::Channel>& channel) const {
  identity::v1::SignInRequest request;
  request.set_person_id(kAdmin);
  request.set_password(kPassword);
  identity::v1::SignInResponse response;
  grpc::ClientContext context;
  SetDeadline(context);
  const grpc::Status status =
      identity::v1::IdentityService::NewStub(channel)->SignIn(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.session();
}

grpc::Status OwnServer::Ask(const std::shared_ptr<grpc::Channel>& channel,
                            const std::string& session) {
  grpc::ClientContext context;
  SetDeadline(context);
  context.AddMetadata(server::kSessionMetadata, session);
  admin::v1::GetServerInfoResponse response;
  return admin::v1::AdminService::NewStub(channel)->GetServerInfo(&context, {}, &response);
}

}  // namespace dudao::integration
