// From merged records to the rows of the projection. Private to it; the caller holds its mutex and
// a transaction.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::server {

// Every text of a visit that people search for, one a line.
std::string SearchText(const records::v1::Visit& visit);

// Writes or removes the row of a record; other types are passed over.
absl::Status ProjectRecord(sync::Database& db, std::string_view space,
                           const sync::StoredRecord& stored);

}  // namespace dudao::server
