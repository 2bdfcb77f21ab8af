// What was kept aside: who may see it, and who decides on it.
//
// A lead sees and decides on changes of the own team, the office on all; nobody on their own, and
// only the office releases what only the office may write. Every decision is an entry of the
// control log with its reason. Thread-safe. Errors: NOT_FOUND (CHANGE_NOT_ASIDE), ABORTED
// (ALREADY_JUDGED), PERMISSION_DENIED (OWN_CHANGE, ROLE_FORBIDDEN), FAILED_PRECONDITION
// (CHANGE_NOT_RELEASABLE), INVALID_ARGUMENT (REQUEST_INVALID, PAGE_TOKEN_INVALID,
// TEXT_HOLDS_IDENTITY_NUMBER), and the storage's. Durability: a decision that was answered survives
// power loss and is carried out, at the latest at the next start.
#pragma once

#include "absl/status/statusor.h"
#include "call.h"
#include "control_log.h"
#include "dudao/review/v1/review.pb.h"
#include "own_heads.h"
#include "spaces.h"
#include "token.h"
#include "verdicts.h"
#include "write_back.h"

namespace dudao::server {

class AsideDesk {
 public:
  AsideDesk(Spaces& spaces, ControlLog& control, const OwnHeads& heads, Verdicts& verdicts,
            WriteBack& after, const TokenSigner& tokens)
      : spaces_(spaces),
        control_(control),
        heads_(heads),
        verdicts_(verdicts),
        after_(after),
        tokens_(tokens) {}

  absl::StatusOr<review::v1::ListKeptAsideResponse> ListKeptAside(
      const Call& call, const review::v1::ListKeptAsideRequest& request);
  absl::StatusOr<review::v1::JudgeChangeResponse> JudgeChange(
      const Call& call, const review::v1::JudgeChangeRequest& request);

 private:
  Spaces& spaces_;
  ControlLog& control_;
  const OwnHeads& heads_;
  Verdicts& verdicts_;
  WriteBack& after_;
  const TokenSigner& tokens_;
};

}  // namespace dudao::server
