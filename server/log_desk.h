// The control log and the access log, as the administrator reads them.
//
// Thread-safe. Errors: INVALID_ARGUMENT (PAGE_TOKEN_INVALID), and the storage's.
#pragma once

#include "absl/status/statusor.h"
#include "access_log.h"
#include "call.h"
#include "control_log.h"
#include "dudao/admin/v1/admin.pb.h"
#include "token.h"

namespace dudao::server {

class LogDesk {
 public:
  LogDesk(const ControlLog& control, AccessLog& access, const TokenSigner& tokens)
      : control_(control), access_(access), tokens_(tokens) {}

  absl::StatusOr<admin::v1::ListControlResponse> ListControl(
      const Call& call, const admin::v1::ListControlRequest& request);
  absl::StatusOr<admin::v1::ListAccessResponse> ListAccess(
      const Call& call, const admin::v1::ListAccessRequest& request);

 private:
  const ControlLog& control_;
  AccessLog& access_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
