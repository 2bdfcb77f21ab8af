// What is left when a tablet cannot be opened any more: the office opens its file.
//
// Given the encrypted database, the bytes of its key file and the office's private sealing key,
// makes the package that the tablet would have made (docs/trust-format.md), signed with the
// tablet's own key. Reads the database only; what must be written while it is read goes into a
// working copy, encrypted with the same key, which the caller deletes (with -wal and -shm).
// Threading: none of its own. Errors: DATA_LOSS (VAULT_DAMAGED), UNAUTHENTICATED (KEY_MISSING) for
// a key file or office key of another tablet, FAILED_PRECONDITION (NOT_ENROLLED), those of the
// storage.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/identity.pb.h"
#include "dudao/sync/trust/sealing.h"

namespace dudao::client {

// What the office's copy of a database key (KeyVault::office_box) is bound to.
inline constexpr char kOfficeBoxBound[] = "dudao.database-key.1";

struct RescueOptions {
  std::string database_path;
  // Of the working copy; nothing exists there.
  std::string copy_path;
  // Bytes of the key file; empty for a database in the clear.
  std::string vault;
  // The office's: private and public sealing key.
  sync::SealingKey office;
  // Clock and randomness are used.
  Seams seams;
};

absl::StatusOr<v1::ExportPackageResponse> Rescue(const RescueOptions& options,
                                                 const v1::ExportPackageRequest& request);

}  // namespace dudao::client
