// Who looks at personal data unmasked: one record at a time, with a purpose, and never without a
// row in the access log.
//
// Also the way to files: what a record marks as showing personal data is not for leaders, who get
// the blurred copy, and each look of the office at the original is logged. Thread-safe. Errors:
// NOT_FOUND (RECORD_UNKNOWN, BLOB_UNKNOWN), INVALID_ARGUMENT (REQUEST_INVALID,
// TEXT_HOLDS_IDENTITY_NUMBER), PERMISSION_DENIED (BLOB_PERSONAL), and the storage's: an answer that
// could not be logged is not given.
#pragma once

#include "absl/status/statusor.h"
#include "access_log.h"
#include "blob_store.h"
#include "call.h"
#include "dudao/blob/v1/blob.pb.h"
#include "dudao/review/v1/review.pb.h"
#include "projection.h"
#include "spaces.h"

namespace dudao::server {

// Events of the access log.
inline constexpr char kPersonalFileShown[] = "PERSONAL_FILE_SHOWN";
inline constexpr char kIdentityNumberFound[] = "IDENTITY_NUMBER_FOUND";

// INVALID_ARGUMENT for words of a person that are empty, too long, or hold an identity number.
absl::Status CheckWords(std::string_view words, std::string_view what);

class PrivacyDesk {
 public:
  PrivacyDesk(Spaces& spaces, Projection& projection, BlobStore& blobs, AccessLog& access)
      : spaces_(spaces), projection_(projection), blobs_(blobs), access_(access) {}

  absl::StatusOr<review::v1::ShowPersonalDataResponse> ShowPersonalData(
      const Call& call, const review::v1::ShowPersonalDataRequest& request);

  // A piece of a file, for those who may see it.
  absl::StatusOr<blob::v1::GetChunkResponse> GetChunk(const Call& call,
                                                      const blob::v1::GetChunkRequest& request);

 private:
  Spaces& spaces_;
  Projection& projection_;
  BlobStore& blobs_;
  AccessLog& access_;
};

}  // namespace dudao::server
