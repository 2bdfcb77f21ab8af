// A real server on a loopback port, with people who have sessions, devices that are enrolled, and
// stubs that speak for them.
//
// One server a test, in a folder of its own; Restart stops and starts it on the same folder. The
// clock stands still unless a test moves it. Not thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "backend.h"
#include "dudao/admin/v1/admin.grpc.pb.h"
#include "dudao/blob/v1/blob.grpc.pb.h"
#include "dudao/identity/v1/identity.grpc.pb.h"
#include "dudao/review/v1/ledger.grpc.pb.h"
#include "dudao/review/v1/rectification.grpc.pb.h"
#include "dudao/review/v1/review.grpc.pb.h"
#include "dudao/server/server.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/sync/v1/sync.grpc.pb.h"
#include "google/protobuf/message.h"

namespace dudao::server {

// A device with its key, as the server knows it.
struct EnrolledDevice {
  std::string id;
  std::string person_id;
  uint32_t key_number = 1;
  sync::KeyPair key;
  uint32_t tablet_index = 0;
  uint64_t control_position = 0;  // as it was told

  // The value of dudao-signature.
  std::string Sign(const std::string& method, const std::string& body, int64_t time_ms) const;
};

// A call of a person, with a session and a deadline.
class As : public grpc::ClientContext {
 public:
  explicit As(const std::string& person);
};

// A call with this session.
class WithSession : public grpc::ClientContext {
 public:
  explicit WithSession(const std::string& session);
};

// A call of a device. `method`: "/package.Service/Method".
class AsDevice : public grpc::ClientContext {
 public:
  AsDevice(const EnrolledDevice& device, const std::string& method,
           const google::protobuf::Message& request);
  // The person's device, enrolled at the first use.
  AsDevice(const std::string& person, const std::string& method,
           const google::protobuf::Message& request);
};

inline constexpr char kExchange[] = "/dudao.sync.v1.SyncService/Exchange";
inline constexpr char kPutChunk[] = "/dudao.blob.v1.BlobService/PutChunk";
inline constexpr char kStatBlob[] = "/dudao.blob.v1.BlobService/StatBlob";

// The reason in the details of a failed call; checks that both languages are there.
std::string ReasonIn(const grpc::Status& status);
// A value of ErrorInfo.metadata.
std::string MetadataIn(const grpc::Status& status, const std::string& key);

class ServerTest : public ::testing::Test {
 public:
  static ServerTest& current();

  // Through CreateEnrolment and Enrol. `seed` makes the key.
  EnrolledDevice Enrol(const std::string& person);
  const EnrolledDevice& DeviceOf(const std::string& person);
  const std::string& SessionOf(const std::string& person) const { return sessions_.at(person); }
  // The server's time now, and one millisecond more each time, so that no two calls are alike.
  int64_t CallTime() { return now_ms_ + ticks_++; }

 protected:
  void SetUp() override;
  void TearDown() override;

  // People: admin; zhao (reviewer); ld (leader); ins1, ins2 (team D1); ins3 (team D2); lead1 (lead
  // of D1); rep (reporter). Each has a session, none a password.
  Options MakeOptions(const std::string& data_dir);
  void Start();
  void Stop();
  void Restart();
  // With the parts of the stopped server.
  void Offline(const std::function<void(Backend&)>& work);
  // A space of team D1 (team-d1-2026), one of D2 (team-d2-2026), both empty.
  void MakeTeamSpaces();
  void ImportPlaces();
  std::string DataFile(const std::string& name) const;
  admin::v1::ListAccessResponse Accesses();

  std::atomic<int64_t> now_ms_{0};
  Options options_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<admin::v1::AdminService::Stub> admin_;
  std::unique_ptr<blob::v1::BlobService::Stub> blobs_;
  std::unique_ptr<identity::v1::IdentityService::Stub> identity_;
  std::unique_ptr<review::v1::LedgerService::Stub> ledger_;
  std::unique_ptr<review::v1::RectificationService::Stub> findings_;
  std::unique_ptr<review::v1::ReviewService::Stub> review_;
  std::unique_ptr<sync::v1::SyncService::Stub> sync_;

 private:
  void MakePeople();

  int ticks_ = 0;
  int enrolled_ = 0;
  std::map<std::string, std::string> sessions_;
  std::map<std::string, EnrolledDevice> devices_;
};

}  // namespace dudao::server
