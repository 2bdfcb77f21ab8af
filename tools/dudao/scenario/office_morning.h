// What the sample office does in a morning: confirms visits, decides findings, enters what the
// villages answered on paper.
//
// Each finding has a fate that follows from its number, so that in the end every state has some.
// Does only what the server says may be done. Used by one thread.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "finding_office.h"
#include "office.h"

namespace dudao::command {

class OfficeMorning {
 public:
  OfficeMorning(Office& reviewer, FindingOffice& findings, absl::CivilDay today)
      : visits_(reviewer), findings_(findings), today_(today) {}

  absl::Status Work();

 private:
  absl::Status ConfirmVisits();
  absl::Status Follow(const review::v1::FindingRow& row);
  absl::Status DecideNew(const review::v1::GetFindingResponse& finding, unsigned fate);
  absl::Status Issue(const review::v1::GetFindingResponse& finding);
  absl::Status EnterAnswer(const review::v1::GetFindingResponse& finding, unsigned fate);
  absl::Status Check(const review::v1::GetFindingResponse& finding, unsigned fate);

  Office& visits_;
  FindingOffice& findings_;
  const absl::CivilDay today_;
};

}  // namespace dudao::command
