#include "tablet.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::server {

Tablet::Tablet(std::string person, std::string space, uint8_t number)
    : person_(std::move(person)),
      device_(ServerTest::current().Enrol(person_)),
      clock_ms_(1789900000000 + number) {
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
  edit.control_position = device_.control_position;
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

sync::ExchangeOptions Tablet::Options() const {
  sync::ExchangeOptions options;
  options.app_version = "test";
  options.prove = [this](sync::HeadProof proof) -> absl::StatusOr<sync::HeadProof> {
    proof.set_signer(device_.id);
    proof.set_key(device_.key_number);
    if (absl::Status status = sync::SignProof(device_.key, store_->space(), proof); !status.ok())
      return status;
    return proof;
  };
  return options;
}

grpc::Status Tablet::Send(sync::v1::SyncService::Stub& server,
                          const sync::v1::ExchangeRequest& request,
                          sync::v1::ExchangeResponse* response) const {
  AsDevice who(device_, kExchange, request);
  return server.Exchange(&who, request, response);
}

sync::v1::ExchangeRequest Tablet::Request() {
  sync::Initiator initiator(*store_, Options());
  const auto next = initiator.Next(clock_ms_);
  sync::v1::ExchangeRequest request;
  EXPECT_TRUE(next.ok() && *next && request.ParseFromString(**next));
  return request;
}

grpc::Status Tablet::Sync(sync::v1::SyncService::Stub& server) {
  sync::Initiator initiator(*store_, Options());
  for (int round = 0; round < 50; ++round) {
    const auto next = initiator.Next(clock_ms_);
    EXPECT_TRUE(next.ok()) << next.status();
    totals_ = initiator.totals();
    if (!next.ok() || !*next) return grpc::Status::OK;
    sync::v1::ExchangeRequest request;
    EXPECT_TRUE(request.ParseFromString(**next));
    sync::v1::ExchangeResponse response;
    const grpc::Status status = Send(server, request, &response);
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
