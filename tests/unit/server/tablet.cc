#include "tablet.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/store/sqlite_store.h"
#include "server_fixture.h"

namespace dudao::server {

Tablet::Tablet(std::string person, std::string space, uint8_t number)
    : person_(std::move(person)), clock_ms_(1789900000000 + number) {
  const std::string path =
      std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + "-tablet" +
      std::to_string(number) + ".db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  auto db = sync::Database::Open(path);
  EXPECT_TRUE(db.ok()) << db.status();
  db_ = *std::move(db);
  sync::IncarnationOptions incarnation;
  incarnation.fresh_replica.bytes.fill(number);
  incarnation.fresh_history_id = std::string(8, static_cast<char>(number));
  auto store = sync::SqliteStore::Open(*db_, space, incarnation);
  EXPECT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void Tablet::Save(std::vector<sync::Operation> ops, const sync::FormContext* form) {
  sync::LocalEdit edit;
  edit.author = person_;
  edit.wall_ms = clock_ms_ += 1000;
  edit.ops = std::move(ops);
  if (form != nullptr) edit.form = *form;
  const auto change = store_->Commit(edit);
  ASSERT_TRUE(change.ok()) << change.status();
}

void Tablet::Save(const std::string& key, const records::v1::Visit& visit,
                  const sync::FormContext* form) {
  const sync::RecordId id{sync::RecordTypeOf(*records::v1::Visit::descriptor()), key};
  auto ops = sync::MessageToOps(id, visit);
  ASSERT_TRUE(ops.ok()) << ops.status();
  Save(*std::move(ops), form);
}

sync::FormContext Tablet::OpenForm() { return *store_->OpenForm(); }

grpc::Status Tablet::Sync(sync::v1::SyncService::Stub& server) {
  sync::ExchangeOptions options;
  options.app_version = "test";
  sync::Initiator initiator(*store_, options);
  for (int round = 0; round < 50; ++round) {
    const auto next = initiator.Next(clock_ms_);
    EXPECT_TRUE(next.ok()) << next.status();
    totals_ = initiator.totals();
    if (!next.ok() || !*next) return grpc::Status::OK;
    sync::v1::ExchangeRequest request;
    EXPECT_TRUE(request.ParseFromString(**next));
    sync::v1::ExchangeResponse response;
    As who(person_);
    const grpc::Status status = server.Exchange(&who, request, &response);
    if (!status.ok()) return status;
    const absl::Status received = initiator.Receive(response.SerializeAsString());
    EXPECT_TRUE(received.ok()) << received;
    if (!received.ok()) break;
  }
  ADD_FAILURE() << "the exchange does not end";
  return grpc::Status::OK;
}

records::v1::Visit MakeVisit(const std::string& team, const std::string& unit,
                             const std::string& day, const std::string& temp_no,
                             const std::string& problem) {
  records::v1::Visit visit;
  visit.set_temp_no(temp_no);
  visit.set_team_id(team);
  visit.set_unit_code(unit);
  visit.set_visit_date(day);
  visit.set_state(records::v1::VISIT_STATE_SUBMITTED);
  auto& finding = *visit.add_findings();
  finding.set_id("f1");
  finding.set_problem(problem);
  return visit;
}

}  // namespace dudao::server
