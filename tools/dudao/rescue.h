// Takes what a locked tablet had not delivered out of its file, as a sealed package.
//
// A tablet whose key was destroyed (too many wrong PINs, a revocation) keeps its encrypted file and
// a copy of the key that only the office can open (FILE.keys, docs/client.md). With the key in the
// server's data folder the file is opened here, in a copy: the tablet's own files stay as they are,
// so a rescue may be repeated. The package is signed by the tablet's key and judged like an upload.
// Errors: NOT_FOUND for files that are not there, UNAUTHENTICATED (KEY_MISSING) for the folder of
// another server, FAILED_PRECONDITION (NOT_ENROLLED).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/identity.pb.h"

namespace dudao::command {

absl::StatusOr<client::v1::ExportPackageResponse> RescuePackage(const std::string& database,
                                                                const std::string& data_dir,
                                                                client::Clock& clock);

}  // namespace dudao::command
