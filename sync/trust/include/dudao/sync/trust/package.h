// Packages: what a tablet could not deliver, signed by its device and sealed so that only the
// office opens it (docs/trust-format.md).
//
// Does not: decide what goes into a package or what becomes of it. Pure and thread-safe; randomness
// is passed in. Errors: INVALID_ARGUMENT for what is no package for this key, UNAUTHENTICATED for a
// signature that does not hold.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/trust/sealing.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

// What a sealed package is bound to; also the name of its statement.
inline constexpr char kPackageName[] = "dudao.package.1";

// Name, suite, device id, key number, SHA-256 of the body.
std::string PackageStatement(const trust::v1::Package& package);
// Fills in suite and signature. REQUIRES: device_id, key and body are filled in.
absl::Status SignPackage(const KeyPair& key, trust::v1::Package& package);
// Also that the body names the same device.
absl::StatusOr<trust::v1::PackageBody> CheckPackage(std::string_view public_key,
                                                    const trust::v1::Package& package);

// `sealing_key`: the server's public one; `seed`: 32 fresh random bytes.
absl::StatusOr<std::string> SealPackage(std::string_view sealing_key, std::string_view seed,
                                        const trust::v1::Package& package);
absl::StatusOr<trust::v1::Package> OpenPackage(const SealingKey& key, std::string_view box);

}  // namespace dudao::sync
