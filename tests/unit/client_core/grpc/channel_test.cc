// The native transport against a server in this process that knows no service: TLS and clear text,
// deadline, cancel, headers, details of errors.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dudao/client/grpc_channel.h"
#include "dudao/client/server_certificate.h"
#include "dudao/client/sync_pump.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dudao::client {
namespace {

struct Certificate {
  std::string key_pem;
  std::string pem;
  std::string sha256;
};

std::string Drain(BIO* bio) {
  std::string out(static_cast<size_t>(BIO_ctrl_pending(bio)), '\0');
  BIO_read(bio, out.data(), static_cast<int>(out.size()));
  BIO_free(bio);
  return out;
}

// Signs itself. `begins`, `ends`: days from now.
Certificate MakeCertificate(const std::string& host, long begins, long ends) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_time_adj_ex(X509_getm_notBefore(x509), static_cast<int>(begins), 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(x509), static_cast<int>(ends), 0, nullptr);
  X509_set_pubkey(x509, key);
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("dudao"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, host.c_str());
  X509_add_ext(x509, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(x509, key, EVP_sha256());
  Certificate out;
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  out.key_pem = Drain(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x509);
  out.pem = Drain(bio);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  X509_digest(x509, EVP_sha256(), digest, &size);
  out.sha256 = absl::BytesToHexString(std::string(digest, digest + size));
  X509_free(x509);
  EVP_PKEY_free(key);
  return out;
}

// Answers "/t/Echo" with the request, "/t/Headers" with the header "dudao-device", "/t/Refuse" with
// an error and its details; never answers "/t/Silent".
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Reactor(grpc::GenericCallbackServerContext* context) : context_(context) {
    StartRead(&buffer_);
  }
  void OnReadDone(bool ok) override {
    // A call that is cancelled before its request was read reports both; one of them finishes.
    if (context_->method() == "/t/Silent") return;
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INTERNAL, "no request"));
    if (context_->method() == "/t/Refuse") return Finish(Refusal());
    if (context_->method() == "/t/Headers") {
      const auto found = context_->client_metadata().find("dudao-device");
      const grpc::Slice slice(found == context_->client_metadata().end()
                                  ? std::string("none")
                                  : std::string(found->second.data(), found->second.size()));
      buffer_ = grpc::ByteBuffer(&slice, 1);
    }
    StartWriteAndFinish(&buffer_, {}, grpc::Status::OK);
  }
  void OnCancel() override {
    if (context_->method() == "/t/Silent") Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  static grpc::Status Refusal() {
    google::rpc::ErrorInfo info;
    info.set_reason("CLOCK_UNKNOWN");
    (*info.mutable_metadata())["server_time_ms"] = "1789952400000";
    google::rpc::Status details;
    details.set_code(16);
    details.add_details()->PackFrom(info);
    return {grpc::StatusCode::UNAUTHENTICATED, "clock", details.SerializeAsString()};
  }

  grpc::GenericCallbackServerContext* context_;
  grpc::ByteBuffer buffer_;
};

class Service final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(context);
  }
};

class Server {
 public:
  explicit Server(const Certificate* certificate = nullptr) {
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (certificate != nullptr) {
      grpc::SslServerCredentialsOptions tls;
      tls.pem_key_cert_pairs.push_back({certificate->key_pem, certificate->pem});
      credentials = grpc::SslServerCredentials(tls);
    }
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    target_ = absl::StrCat("127.0.0.1:", port);
  }
  ~Server() { server_->Shutdown(std::chrono::system_clock::now()); }
  const std::string& target() const { return target_; }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string target_;
};

CallResult Echo(const std::string& target, const ChannelOptions& options) {
  GrpcChannel channel(OpenChannel(target, options));
  return channel.Call("/t/Echo", "hello", absl::Seconds(10));
}

TEST(GrpcChannel, CarriesBytesBothWaysAndCountsThem) {
  const Server server;
  GrpcChannel channel(OpenChannel(server.target()));
  const std::string large(3 << 20, 'x');
  for (const std::string& bytes : {std::string("hello"), std::string(), large}) {
    const CallResult result = channel.Call("/t/Echo", bytes, absl::Seconds(20));
    EXPECT_TRUE(result.status.ok()) << result.status.error_message();
    EXPECT_EQ(result.response, bytes);
  }
  EXPECT_EQ(channel.traffic().messages_up, 3U);
  EXPECT_EQ(channel.traffic().bytes_down, large.size() + 5);
}

TEST(GrpcChannel, SendsTheHeadersOfTheCore) {
  const Server server;
  GrpcChannel channel(OpenChannel(server.target()));
  v1::OutgoingCall call;
  call.set_call_id(7);
  call.set_method("/t/Headers");
  call.set_deadline_ms(10'000);
  EXPECT_EQ(CarryOut(channel, call).response(), "none");
  v1::Header* header = call.add_headers();
  header->set_name("dudao-device");
  header->set_value("dev-7");
  const v1::DeliverRequest outcome = CarryOut(channel, call);
  EXPECT_EQ(outcome.call_id(), 7U);
  EXPECT_EQ(outcome.response(), "dev-7");
  GrpcChannel always(OpenChannel(server.target()), {{"dudao-device", "dev-8"}});
  EXPECT_EQ(always.Call("/t/Headers", "", absl::Seconds(10)).response, "dev-8");
}

TEST(GrpcChannel, HandsOnReasonAndMetadataOfAnError) {
  const Server server;
  GrpcChannel channel(OpenChannel(server.target()));
  v1::OutgoingCall call;
  call.set_method("/t/Refuse");
  call.set_deadline_ms(10'000);
  const v1::DeliverRequest outcome = CarryOut(channel, call);
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code(), 16);
  EXPECT_EQ(outcome.error().reason(), "CLOCK_UNKNOWN");
  EXPECT_EQ(outcome.error().metadata().at("server_time_ms"), "1789952400000");
}

TEST(GrpcChannel, GivesUpAtTheDeadline) {
  const Server server;
  GrpcChannel channel(OpenChannel(server.target()));
  const CallResult result = channel.Call("/t/Silent", "", absl::Milliseconds(200));
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(GrpcChannel, IsUnavailableWhereNobodyListens) {
  const std::string target = Server().target();
  GrpcChannel channel(OpenChannel(target));
  EXPECT_EQ(channel.Call("/t/Echo", "", absl::Seconds(10)).status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST(GrpcChannel, CancelEndsTheCallThatIsOutAndAllLaterOnes) {
  const Server server;
  // Before the call, at its start and while the server is silent: which it is differs by run.
  for (int run = 0; run < 100; ++run) {
    GrpcChannel channel(OpenChannel(server.target()));
    std::thread other([&] {
      absl::SleepFor(absl::Microseconds(50 * run));
      channel.Cancel();
    });
    EXPECT_EQ(channel.Call("/t/Silent", "", absl::Seconds(30)).status.error_code(),
              grpc::StatusCode::CANCELLED);
    other.join();
    EXPECT_TRUE(channel.cancelled());
    EXPECT_EQ(channel.Call("/t/Echo", "", absl::Seconds(30)).status.error_code(),
              grpc::StatusCode::CANCELLED);
  }
}

TEST(Tls, BelievesThePinnedServerWhateverTheDate) {
  for (const auto& [begins, ends] :
       std::map<long, long>{{-1, 365}, {-20'000, -19'000}, {10'000, 11'000}}) {
    const Certificate certificate = MakeCertificate("IP:127.0.0.1", begins, ends);
    const Server server(&certificate);
    const CallResult result = Echo(server.target(), {true, certificate.pem});
    EXPECT_TRUE(result.status.ok()) << begins << result.status.error_message();
    EXPECT_EQ(result.response, "hello");
  }
}

TEST(Tls, RefusesAnotherServerAnotherNameAndClearText) {
  const Certificate good = MakeCertificate("IP:127.0.0.1", -1, 365);
  const Certificate other = MakeCertificate("IP:127.0.0.1", -1, 365);
  const Certificate misnamed = MakeCertificate("DNS:elsewhere.example", -1, 365);
  const Server server(&good);
  const Server named(&misnamed);
  const Server clear;
  EXPECT_FALSE(Echo(server.target(), {true, other.pem}).status.ok());
  EXPECT_FALSE(Echo(server.target(), {true, "no certificate"}).status.ok());
  EXPECT_FALSE(Echo(server.target(), {true, ""}).status.ok());  // none of the system's authorities
  EXPECT_FALSE(Echo(server.target(), {false, ""}).status.ok());
  EXPECT_FALSE(Echo(named.target(), {true, misnamed.pem}).status.ok());
  EXPECT_FALSE(Echo(clear.target(), {true, good.pem}).status.ok());
}

TEST(FetchCertificate, GivesWhatBearsTheFingerprintAndNothingElse) {
  const Certificate certificate = MakeCertificate("IP:127.0.0.1", -1, 365);
  const Server server(&certificate);
  const auto pem = FetchCertificate(server.target(), certificate.sha256);
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_TRUE(Echo(server.target(), {true, *pem}).status.ok());
  // As people read it out.
  std::string spelled;
  for (size_t i = 0; i < certificate.sha256.size(); i += 2)
    absl::StrAppend(&spelled, absl::AsciiStrToUpper(certificate.sha256.substr(i, 2)), ":");
  EXPECT_TRUE(FetchCertificate(server.target(), spelled).ok());
  std::string wrong = certificate.sha256;
  wrong[5] = wrong[5] == '0' ? '1' : '0';
  EXPECT_EQ(FetchCertificate(server.target(), wrong).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(FetchCertificate(server.target(), "abc").status().code(),
            absl::StatusCode::kInvalidArgument);
  const Server clear;
  EXPECT_EQ(FetchCertificate(clear.target(), wrong).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace dudao::client
