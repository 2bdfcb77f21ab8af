// A real server on a loopback port, with people who may call it, and stubs that speak for them.
//
// One server a test, in a folder of its own; Restart stops and starts it on the same folder. Not
// thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "dudao/admin/v1/admin.grpc.pb.h"
#include "dudao/blob/v1/blob.grpc.pb.h"
#include "dudao/review/v1/review.grpc.pb.h"
#include "dudao/server/server.h"
#include "dudao/sync/v1/sync.grpc.pb.h"

namespace dudao::server {

// A call's credentials and deadline.
class As : public grpc::ClientContext {
 public:
  explicit As(const std::string& person, const std::string& secret = "s3cret");
};

// The reason in the details of a failed call; checks that both languages are there.
std::string ReasonIn(const grpc::Status& status);

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // People: admin; zhao (reviewer); ld (leader); ins1, ins2 (team D1); ins3 (team D2); lead1 (lead
  // of D1); rep (reporter).
  static Options MakeOptions(const std::string& data_dir);
  void Start();
  void Restart();
  // A space of team D1 (team-d1-2026), one of D2 (team-d2-2026), both empty.
  void MakeTeamSpaces();
  void ImportPlaces();
  std::string DataFile(const std::string& name) const;

  Options options_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<admin::v1::AdminService::Stub> admin_;
  std::unique_ptr<blob::v1::BlobService::Stub> blobs_;
  std::unique_ptr<review::v1::ReviewService::Stub> review_;
  std::unique_ptr<sync::v1::SyncService::Stub> sync_;
};

}  // namespace dudao::server
