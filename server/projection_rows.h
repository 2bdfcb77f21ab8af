// From merged records to the rows of the projection. Private to it; the caller holds its mutex and
// a transaction.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/domain/working_calendar.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::server {

// Every text of a visit that people search for, one a line.
std::string SearchText(const records::v1::Visit& visit);

// Writes or removes the row of a record; other types are passed over. `calendar` follows the years.
absl::Status ProjectRecord(sync::Database& db, std::string_view space,
                           const sync::StoredRecord& stored, domain::WorkingCalendar& calendar);

// From the years that were projected.
absl::StatusOr<domain::WorkingCalendar> LoadCalendar(sync::Database& db);

}  // namespace dudao::server
