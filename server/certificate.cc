#include "certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kSerialBytes = 16;
constexpr size_t kNameMax = 253;
constexpr int kCommonNameMax = 64;
constexpr long kVersion3 = 2;  // NOLINT: OpenSSL's type

absl::Status Failed(std::string_view what) {
  return Error(absl::StatusCode::kInternal, "INTERNAL", what);
}

absl::Status Damaged(std::string_view detail) {
  return Error(absl::StatusCode::kDataLoss, "TLS_FILES_DAMAGED", detail);
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio Reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string TextOf(const Bio& bio) {
  BUF_MEM* memory = nullptr;
  BIO_get_mem_ptr(bio.get(), &memory);
  return memory == nullptr ? std::string() : std::string(memory->data, memory->length);
}

// As it is written in one way only; empty for what is no address.
std::string AddressIn(const std::string& name) {
  for (const int family : {AF_INET, AF_INET6}) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_pton(family, name.c_str(), address.data()) == 1 &&
        inet_ntop(family, address.data(), text.data(), text.size()) != nullptr) {
      return text.data();
    }
  }
  return {};
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool SetTime(ASN1_TIME* time, int64_t ms) {
  return ASN1_TIME_adj(time, static_cast<time_t>(ms / 1000), 0, 0) != nullptr;
}

// 127 random bits: positive, and never the same twice.
bool SetSerial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), &BN_free);
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetName(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [&](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(
               name, field, MBSTRING_UTF8,
               reinterpret_cast<const unsigned char*>(value.data()),  // NOLINT: C interface
               static_cast<int>(value.size()), -1, 0) == 1;
  };
  return add("O", "Dudao") && add("CN", common_name);
}

bool Begin(X509* certificate, const PrivateKey& key, Validity validity) {
  return X509_set_version(certificate, kVersion3) == 1 && SetSerial(certificate) &&
         SetTime(X509_getm_notBefore(certificate), validity.from_ms) &&
         SetTime(X509_getm_notAfter(certificate), validity.to_ms) &&
         X509_set_pubkey(certificate, key.get()) == 1;
}

std::string AlternativeNames(const std::vector<std::string>& names) {
  return absl::StrJoin(names, ",", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, AddressIn(name).empty() ? "DNS:" : "IP:", name);
  });
}

std::string TextOfName(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    const ASN1_STRING* text = name.d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),  // NOLINT: C interface
            static_cast<size_t>(ASN1_STRING_length(text))};
  }
  if (name.type != GEN_IPADD) return {};
  const int family = ASN1_STRING_length(name.d.iPAddress) == 4 ? AF_INET : AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, ASN1_STRING_get0_data(name.d.iPAddress), text.data(), text.size());
  return text.data();
}

}  // namespace

std::string CertificateName(std::string_view text) {
  const std::string name = absl::AsciiStrToLower(std::string(text));
  if (const std::string address = AddressIn(name); !address.empty()) return address;
  if (name.size() > kNameMax) return {};
  const std::string_view host = std::string_view(name).substr(name.starts_with("*.") ? 2 : 0);
  const bool fits =
      !host.empty() && host.front() != '.' && host.front() != '-' && host.back() != '.' &&
      host.find("..") == std::string_view::npos &&
      std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
      });
  return fits ? name : std::string();
}

absl::StatusOr<PrivateKey> PrivateKey::Make() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  if (key == nullptr) return Failed("making a key");
  return PrivateKey(key);
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(const std::string& pem) {
  EVP_PKEY* key = PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return Damaged("a key file");
  return PrivateKey(key);
}

std::string PrivateKey::Pem() const {
  const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
      1) {
    return {};
  }
  return TextOf(out);
}

absl::StatusOr<Certificate> Certificate::MakeAuthority(const PrivateKey& key, Validity validity) {
  Certificate out(X509_new());
  X509* self = out.certificate_.get();
  // A name of its own: who trusts two authorities of one name mixes them up.
  const std::string name = absl::StrCat("Dudao CA ", absl::BytesToHexString(RandomBytes(4)));
  const bool made = self != nullptr && Begin(self, key, validity) && SetName(self, name) &&
                    X509_set_issuer_name(self, X509_get_subject_name(self)) == 1 &&
                    AddExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    AddExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    AddExtension(self, self, NID_subject_key_identifier, "hash") &&
                    X509_sign(self, key.get(), EVP_sha256()) > 0;
  if (!made) return Failed("making an authority");
  return out;
}

absl::StatusOr<Certificate> Certificate::Make(const std::vector<std::string>& names,
                                              const PrivateKey& key, const Certificate& authority,
                                              const PrivateKey& authority_key, Validity validity) {
  Certificate out(X509_new());
  X509* self = out.certificate_.get();
  X509* issuer = authority.certificate_.get();
  const std::string common = names.front().substr(0, kCommonNameMax);
  const bool made = self != nullptr && Begin(self, key, validity) && SetName(self, common) &&
                    X509_set_issuer_name(self, X509_get_subject_name(issuer)) == 1 &&
                    AddExtension(self, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    AddExtension(self, issuer, NID_key_usage, "critical,digitalSignature") &&
                    AddExtension(self, issuer, NID_ext_key_usage, "serverAuth") &&
                    AddExtension(self, issuer, NID_subject_key_identifier, "hash") &&
                    AddExtension(self, issuer, NID_authority_key_identifier, "keyid:always") &&
                    AddExtension(self, issuer, NID_subject_alt_name, AlternativeNames(names)) &&
                    X509_sign(self, authority_key.get(), EVP_sha256()) > 0;
  if (!made) return Failed("making a certificate");
  return out;
}

absl::StatusOr<Certificate> Certificate::FromPem(const std::string& pem) {
  X509* certificate = PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr);
  if (certificate == nullptr) return Damaged("a certificate file");
  return Certificate(certificate);
}

std::string Certificate::Pem() const {
  const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_X509(out.get(), certificate_.get()) != 1) return {};
  return TextOf(out);
}

std::string Certificate::Fingerprint() const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
  return absl::BytesToHexString(
      std::string(reinterpret_cast<const char*>(digest.data()), size));  // NOLINT: C interface
}

std::vector<std::string> Certificate::Names() const {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  const int count = all == nullptr ? 0 : sk_GENERAL_NAME_num(all.get());
  for (int i = 0; i < count; ++i) {
    names.push_back(TextOfName(*sk_GENERAL_NAME_value(all.get(), i)));
  }
  return names;
}

int64_t Certificate::not_after_ms() const {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &time) != 1) return 0;
  return absl::ToUnixMillis(absl::FromTM(time, absl::UTCTimeZone()));
}

bool Certificate::Holds(const PrivateKey& key) const {
  return EVP_PKEY_eq(X509_get0_pubkey(certificate_.get()), key.get()) == 1;
}

bool Certificate::SignedBy(const Certificate& authority) const {
  return X509_verify(certificate_.get(), X509_get0_pubkey(authority.certificate_.get())) == 1;
}

}  // namespace dudao::server
