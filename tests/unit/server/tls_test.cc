#include "dudao/server/tls.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr int64_t kNow = 1790000000000;  // 2026-09-21
constexpr int64_t kDay = int64_t{86400} * 1000;

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

// The certificates in a file, in order.
std::vector<X509Ptr> CertificatesIn(const std::string& path) {
  const std::string pem = *ReadFile(path);
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  std::vector<X509Ptr> all;
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
    all.emplace_back(one, &X509_free);
  return all;
}

// What a TLS client does: builds the chain to `root` for this name at this time.
bool Believes(X509* root, X509* leaf, const std::string& name, bool address, int64_t at_ms) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> roots(X509_STORE_new(),
                                                                      &X509_STORE_free);
  X509_STORE_add_cert(roots.get(), root);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                              &X509_STORE_CTX_free);
  X509_STORE_CTX_init(check.get(), roots.get(), leaf, nullptr);
  X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(check.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_time(rules, at_ms / 1000);
  if (address) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size());
  }
  return X509_verify_cert(check.get()) == 1;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
  }
  TlsFiles Prepare(const std::vector<std::string>& names, int64_t now_ms) {
    auto files = PrepareTls(folder_, names, now_ms);
    EXPECT_TRUE(files.ok()) << files.status();
    return files.ok() ? *files : TlsFiles();
  }
  bool Serves(const TlsFiles& files, const std::string& name, bool address, int64_t at_ms) {
    const auto chain = CertificatesIn(files.certificate_file);
    const auto root = CertificatesIn(files.ca_file);
    return chain.size() == 2 && root.size() == 1 &&
           Believes(root[0].get(), chain[0].get(), name, address, at_ms);
  }
  std::string folder_;
};

TEST_F(TlsTest, MakesACertificateThatAStrictClientBelievesForEachName) {
  const TlsFiles files =
      Prepare({"Dudao.Example.Gov.CN", "10.20.0.5", "::1", "0:0:0:0:0:0:0:2"}, kNow);
  EXPECT_TRUE(Serves(files, "dudao.example.gov.cn", false, kNow));
  EXPECT_TRUE(Serves(files, "10.20.0.5", true, kNow));
  EXPECT_TRUE(Serves(files, "::1", true, kNow));
  EXPECT_TRUE(Serves(files, "::2", true, kNow));
  EXPECT_TRUE(Serves(files, "10.20.0.5", true, kNow - kDay)) << "a tablet a day behind";
  EXPECT_FALSE(Serves(files, "other.example.gov.cn", false, kNow));
  EXPECT_FALSE(Serves(files, "10.20.0.6", true, kNow));
  EXPECT_FALSE(Serves(files, "::1", true, kNow + 398 * kDay));
}

TEST_F(TlsTest, DoesNotMakeTheServersCertificateAnAuthority) {
  const TlsFiles files = Prepare({"localhost"}, kNow);
  const auto chain = CertificatesIn(files.certificate_file);
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(X509_check_ca(chain[0].get()), 0);
  EXPECT_EQ(X509_check_ca(chain[1].get()), 1);
  EXPECT_EQ(X509_get_pathlen(chain[1].get()), 0);
}

TEST_F(TlsTest, KeepsEveryFileToItsOwner) {
  Prepare({"localhost"}, kNow);
  for (const char* name : {"ca.pem", "ca.key", "server.pem", "server.key"}) {
    struct stat info {};
    ASSERT_EQ(stat((folder_ + "/" + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  struct stat info {};
  ASSERT_EQ(stat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(TlsTest, LeavesAGoodCertificateAlone) {
  const TlsFiles first = Prepare({"localhost", "10.20.0.5"}, kNow);
  EXPECT_TRUE(first.renewed);
  const std::string pem = *ReadFile(first.certificate_file);
  const TlsFiles again = Prepare({}, kNow + 300 * kDay);
  EXPECT_FALSE(again.renewed);
  EXPECT_EQ(*ReadFile(first.certificate_file), pem);
  EXPECT_EQ(again.names, first.names);
}

TEST_F(TlsTest, RenewsNearTheEndWithTheSameKeyNamesAndAuthority) {
  const TlsFiles first = Prepare({"localhost", "10.20.0.5"}, kNow);
  const std::string key = *ReadFile(first.key_file);
  const int64_t later = kNow + 340 * kDay;
  const TlsFiles renewed = Prepare({}, later);
  EXPECT_TRUE(renewed.renewed);
  EXPECT_EQ(renewed.fingerprint, first.fingerprint) << "tablets go on trusting it";
  EXPECT_EQ(*ReadFile(first.key_file), key);
  EXPECT_EQ(renewed.not_after_ms, later + 397 * kDay);
  EXPECT_TRUE(Serves(renewed, "10.20.0.5", true, kNow + 700 * kDay));
}

TEST_F(TlsTest, MakesTheCertificateAnewForANewNameAndKeepsTheOldOnes) {
  Prepare({"old.example.cn"}, kNow);
  const TlsFiles files = Prepare({"new.example.cn"}, kNow);
  EXPECT_TRUE(files.renewed);
  EXPECT_TRUE(Serves(files, "old.example.cn", false, kNow));
  EXPECT_TRUE(Serves(files, "new.example.cn", false, kNow));
}

TEST_F(TlsTest, HasAnAuthorityForTenYearsThatNoCertificateOutlives) {
  const TlsFiles files = Prepare({"localhost"}, kNow);
  EXPECT_EQ(files.ca_not_after_ms, kNow + 3650 * kDay);
  const TlsFiles late = Prepare({}, kNow + 3600 * kDay);
  EXPECT_EQ(late.not_after_ms, files.ca_not_after_ms);
  EXPECT_FALSE(Prepare({}, kNow + 3601 * kDay).renewed) << "it could not live longer";
  const TlsFiles after = Prepare({}, kNow + 3651 * kDay);
  EXPECT_NE(after.fingerprint, files.fingerprint) << "a new authority, tablets must be told";
  EXPECT_TRUE(Serves(after, "localhost", false, kNow + 3651 * kDay));
}

TEST_F(TlsTest, TellsTheFingerprintThatAClientComputesFromWhatItIsShown) {
  const TlsFiles files = Prepare({"localhost"}, kNow);
  EXPECT_EQ(files.fingerprint.size(), 64u);
  EXPECT_EQ(CertificateFingerprint(*ReadFile(files.certificate_file)), files.fingerprint);
  EXPECT_EQ(CertificateFingerprint(*ReadFile(files.ca_file)), files.fingerprint);
  EXPECT_EQ(CertificateFingerprint("no certificate"), "");
}

TEST_F(TlsTest, RefusesNamesThatAreNone) {
  for (const char* name : {"", "a b", "x,DNS:evil.example", "-a.example", ".a", "a..b", "名", "a/b",
                           "*.", "10.0.0.1:7447"}) {
    const auto files = PrepareTls(folder_, {name}, kNow);
    ASSERT_FALSE(files.ok()) << name;
    EXPECT_EQ(ReasonOf(files.status()), "OPTIONS_INVALID") << name;
  }
  EXPECT_FALSE(PrepareTls(folder_, {}, kNow).ok()) << "nothing to make a certificate for";
}

TEST_F(TlsTest, SaysWhenFilesDoNotBelongTogether) {
  Prepare({"localhost"}, kNow);
  const TlsFiles other = *PrepareTls(folder_ + "-other", {"localhost"}, kNow);
  for (const char* name : {"ca.key", "server.key"}) {
    const std::string good = *ReadFile(folder_ + "/" + name);
    for (const std::string& bad :
         {*ReadFile(folder_ + "-other/" + name), std::string("broken"), good.substr(0, 60)}) {
      ASSERT_TRUE(WriteFile(folder_ + "/" + name, bad).ok());
      const auto files = PrepareTls(folder_, {}, kNow);
      ASSERT_FALSE(files.ok()) << name;
      EXPECT_EQ(ReasonOf(files.status()), "TLS_FILES_DAMAGED") << name;
    }
    ASSERT_TRUE(WriteFile(folder_ + "/" + name, good).ok());
  }
  EXPECT_FALSE(Prepare({}, kNow).renewed);
}

TEST(NamesOfThisMachine, HoldLoopbackAndFitIntoACertificate) {
  const std::vector<std::string> names = NamesOfThisMachine();
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
  EXPECT_TRUE(PrepareTls("machine", names, kNow).ok());
}

}  // namespace
}  // namespace dudao::server
