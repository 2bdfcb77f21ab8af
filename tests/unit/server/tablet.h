// A replica that stands for a tablet: an enrolled device with its own database, saves, and
// exchanges with the server under test.
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
#include "server_fixture.h"

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
  // One request as this tablet would send it, signed.
  grpc::Status Send(sync::v1::SyncService::Stub& server, const sync::v1::ExchangeRequest& request,
                    sync::v1::ExchangeResponse* response) const;
  // The first request of a sync; it proves what it carries.
  sync::v1::ExchangeRequest Request();

  const EnrolledDevice& device() const { return device_; }
  const sync::ExchangeTotals& totals() const { return totals_; }
  sync::Store& store() { return *store_; }

 private:
  sync::ExchangeOptions Options() const;

  std::string person_;
  EnrolledDevice device_;
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
