// From merged records to the projection's rows of findings: what visits found, what the office
// decided, what look-backs saw. Private to the projection; the caller holds its mutex and a
// transaction.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::server {

// What a decision on a finding rests on, as 64 hex digits: every value of the finding, competing
// ones too, and the supplements that name it. Empty where the visit does not have it.
std::string FindingDigest(const sync::Record& visit_record, const records::v1::Visit& visit,
                          std::string_view finding_id);
// Who wrote the conclusion of a look-back; empty where there is none.
std::string CheckerOf(const sync::Record& visit_record, std::string_view finding_id);
// RectificationCheck.id of a look-back.
std::string LookBackCheckId(std::string_view visit_key, std::string_view finding_id);

// The visit's part of its findings, and its look-backs. `exists` false: what it had is gone.
absl::Status ProjectFindings(sync::Database& db, std::string_view space,
                             const sync::StoredRecord& stored, const records::v1::Visit& visit,
                             bool exists);
// The office's part.
absl::Status ProjectRectification(sync::Database& db, std::string_view space,
                                  const sync::StoredRecord& stored,
                                  const domain::WorkingCalendar& calendar);
// What follows from several parts of a finding's row: search text and waiting look-backs. Of one
// visit's row, or (null) of every row with that id: ids are the tablets' words, and one that stands
// in all visits must not cost all of them each time.
absl::Status FollowFinding(sync::Database& db, std::string_view space, std::string_view finding_id,
                           const std::string* visit_key);
// A calendar changed: clocks in working time are computed anew.
absl::Status RefreshClocks(sync::Database& db, const domain::WorkingCalendar& calendar);

}  // namespace dudao::server
