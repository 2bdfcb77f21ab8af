#include "dudao/sync/trust/package.h"

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {

using trust::v1::Package;
using trust::v1::PackageBody;

std::string PackageStatement(const Package& package) {
  std::string out;
  PutBytes(out, kPackageName);
  PutVarint(out, static_cast<uint64_t>(package.suite()));
  PutBytes(out, package.device_id());
  PutVarint(out, package.key());
  PutBytes(out, Digest(trust::v1::SIGNATURE_SUITE_ED25519_SHA256, package.body()));
  return out;
}

absl::Status SignPackage(const KeyPair& key, Package& package) {
  package.set_suite(key.suite);
  DUDAO_ASSIGN(*package.mutable_signature(), Sign(key, PackageStatement(package)));
  return absl::OkStatus();
}

absl::StatusOr<PackageBody> CheckPackage(std::string_view public_key, const Package& package) {
  if (!Verify(package.suite(), public_key, PackageStatement(package), package.signature()))
    return absl::UnauthenticatedError("the signature of the package does not hold");
  PackageBody body;
  if (!body.ParseFromString(package.body()))
    return absl::InvalidArgumentError("the body of the package is damaged");
  if (body.device_id() != package.device_id())
    return absl::UnauthenticatedError("the package names another device than its body");
  return body;
}

absl::StatusOr<std::string> SealPackage(std::string_view sealing_key, std::string_view seed,
                                        const Package& package) {
  return SealTo(sealing_key, seed, kPackageName, package.SerializeAsString());
}

absl::StatusOr<Package> OpenPackage(const SealingKey& key, std::string_view box) {
  DUDAO_ASSIGN(const std::string plain, OpenSealed(key, kPackageName, box));
  Package package;
  if (!package.ParseFromString(plain)) return absl::InvalidArgumentError("no package");
  return package;
}

}  // namespace dudao::sync
