// A replica that stands for a tablet: its own database, saves, and exchanges with the server under
// test.
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "dudao/sync/v1/sync.grpc.pb.h"

namespace dudao::server {

class Tablet {
 public:
  Tablet(std::string person, std::string space, uint8_t number);

  // One save; null on failure with a test failure.
  void Save(std::vector<sync::Operation> ops, const sync::FormContext* form = nullptr);
  // Writes the fields that the message has.
  void Save(const std::string& key, const records::v1::Visit& visit,
            const sync::FormContext* form = nullptr);
  sync::FormContext OpenForm();
  // Until both are equal; the first error otherwise.
  grpc::Status Sync(sync::v1::SyncService::Stub& server);

  const sync::ExchangeTotals& totals() const { return totals_; }
  sync::Store& store() { return *store_; }

 private:
  std::string person_;
  int64_t clock_ms_;
  std::unique_ptr<sync::Database> db_;
  std::unique_ptr<sync::Store> store_;
  sync::ExchangeTotals totals_;
};

// A visit with what lists show.
records::v1::Visit MakeVisit(const std::string& team, const std::string& unit,
                             const std::string& day, const std::string& temp_no,
                             const std::string& problem);

}  // namespace dudao::server
