// What a tablet has that the server has not confirmed, as a package for the office
// (docs/trust-format.md).
//
// Own changes with a proof of their head, changes of others that the server is not known to hold
// with the proofs held of them, files on request. Reads; the stores may seal open saves into
// segments while they are read. Errors: FAILED_PRECONDITION (NOT_ENROLLED), those of the storage.
#pragma once

#include "absl/status/statusor.h"
#include "blobs.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/identity.pb.h"
#include "spaces.h"
#include "trust.h"

namespace dudao::client {

struct PackageParts {
  Spaces& spaces;
  Blobs& blobs;
  Trust& trust;
  const Seams& seams;
};

absl::StatusOr<v1::ExportPackageResponse> WritePackage(const PackageParts& parts,
                                                       const v1::ExportPackageRequest& request);

}  // namespace dudao::client
