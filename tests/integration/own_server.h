// A server in this process with its administrator signed in, for tests of the connection itself.
//
// One folder a server, below the working folder. Not thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "dudao/admin/v1/admin.grpc.pb.h"
#include "dudao/server/server.h"

namespace dudao::integration {

// A whole file; empty where there is none.
std::string FileText(const std::string& path);

class OwnServer {
 public:
  // Sets the folder up; a test failure where that does not work.
  explicit OwnServer(const std::string& folder);

  // May be changed before Start.
  server::Options& options() { return options_; }
  absl::Status Start();
  void Stop() { server_.reset(); }

  int port() const { return server_->port(); }
  int web_port() const { return server_->web_port(); }
  int metrics_port() const { return server_->metrics_port(); }

  // A connection of its own to "localhost". Empty root: clear text.
  std::shared_ptr<grpc::Channel> Connect(const std::string& root_pem) const;
  // The administrator's session. Signs in over this channel.
  std::string SignIn(const std::shared_ptr<grpc::Channel>& channel) const;
  // The authority of the certificate that the server made for itself.
  std::string RootPem() const { return FileText(options_.data_dir + "/tls/ca.pem"); }
  // A call that reads all databases' sizes.
  static grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& session);

 private:
  server::Options options_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace dudao::integration
