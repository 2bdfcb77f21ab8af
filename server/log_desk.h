// The control log, the access log and what retention says is due, as the administrator reads them.
//
// Thread-safe. Errors: INVALID_ARGUMENT (PAGE_TOKEN_INVALID), and the storage's.
#pragma once

#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "control_log.h"
#include "dudao/admin/v1/admin.pb.h"
#include "projection.h"
#include "token.h"

namespace dudao::server {

class LogDesk {
 public:
  LogDesk(const ControlLog& control, AccessLog& access, Projection& projection,
          const TokenSigner& tokens)
      : control_(control), access_(access), projection_(projection), tokens_(tokens) {}

  absl::StatusOr<admin::v1::ListControlResponse> ListControl(
      const Call& call, const admin::v1::ListControlRequest& request);
  absl::StatusOr<admin::v1::ListAccessResponse> ListAccess(
      const Call& call, const admin::v1::ListAccessRequest& request);
  absl::StatusOr<admin::v1::ListRetentionResponse> ListRetention(
      const Call& call, const admin::v1::ListRetentionRequest& request);

 private:
  const ControlLog& control_;
  AccessLog& access_;
  Projection& projection_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
