// What exactly is signed: canonical statements, specified with vectors in docs/trust-format.md.
//
// A statement begins with its name and version, so that a signature for one purpose never serves
// another. Protobuf bytes are not canonical and are never signed, but for ControlEntry::body, which
// is signed as the bytes that it is. Pure functions. Errors of Sign*: INVALID_ARGUMENT for parts
// that do not fit; of Check*: UNAUTHENTICATED for a signature that does not hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::sync {

inline constexpr char kServerSigner[] = "server";

// REQUIRES: proof.hash is filled in.
std::string ProofStatement(std::string_view space, const trust::v1::HeadProof& proof);
std::string ReceiptStatement(std::string_view space, const trust::v1::Receipt& receipt);
std::string ControlStatement(const trust::v1::ControlEntry& entry);
// What a device signs for one call. `time_ms` is the server's time as the device knows it.
std::string CallStatement(std::string_view method, std::string_view body,
                          std::string_view device_id, int64_t time_ms);
// What proves that a key is held. `context`: the one-time code in its canonical spelling, or the
// device id when a key is rotated.
std::string EnrolStatement(std::string_view context, std::string_view public_key);

// What a further key of the server signs when it is announced. `previous`: hash of the entry
// before.
std::string ServerKeyStatement(const trust::v1::ServerKey& key, std::string_view previous);

// Fill in suite and signature.
absl::Status SignProof(const KeyPair& key, std::string_view space, trust::v1::HeadProof& proof);
absl::Status SignReceipt(const KeyPair& key, std::string_view space, trust::v1::Receipt& receipt);
absl::Status SignControl(const KeyPair& key, trust::v1::ControlEntry& entry);
// REQUIRES: `announced` is filled in but for possession.
absl::Status SignServerKey(const KeyPair& key, std::string_view previous,
                           trust::v1::ServerKey& announced);

absl::Status CheckProof(std::string_view public_key, std::string_view space,
                        const trust::v1::HeadProof& proof);
absl::Status CheckReceipt(std::string_view public_key, std::string_view space,
                          const trust::v1::Receipt& receipt);
absl::Status CheckControl(std::string_view public_key, const trust::v1::ControlEntry& entry);
absl::Status CheckServerKey(const trust::v1::ServerKey& announced, std::string_view previous);

// SHA-256 over statement and signature, 32 bytes: what the next of the chain names.
std::string ReceiptHash(std::string_view space, const trust::v1::Receipt& receipt);
std::string ControlHash(const trust::v1::ControlEntry& entry);

// A one-time code without spaces and dashes, upper case, O as 0, I and L as 1.
std::string CanonicalCode(std::string_view typed);

}  // namespace dudao::sync
