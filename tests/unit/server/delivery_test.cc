// "12 records, 31 photos; the server has 12 and 31": counted, never guessed.
#include <gtest/gtest.h>

#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "uploads.h"

namespace dudao::server {
namespace {

const uint32_t kVisit = sync::RecordTypeOf(*records::v1::Visit::descriptor());

void Name(sync::v1::ConfirmDeliveryRequest& request, const std::string& key) {
  request.add_records()->set_type_id(kVisit);
  request.mutable_records(request.records_size() - 1)->set_key(key);
}

std::string Put(Office& office, const std::string& content, const std::string& space = kTeamSpace,
                size_t bytes = std::string::npos) {
  const std::string hash(sync::HashBytes(sync::Sha256(content)));
  blob::v1::PutChunkRequest put;
  put.set_space(space);
  put.set_sha256(hash);
  put.set_total_bytes(content.size());
  put.set_data(content.substr(0, bytes));
  EXPECT_TRUE(office->blobs->Put(put).ok());
  return hash;
}

TEST(Delivery, CountsWhatIsHereAndNamesWhatIsNot) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  sync::v1::ConfirmDeliveryRequest request;
  request.set_space(kTeamSpace);
  for (int i = 0; i < 12; ++i) {
    alice.Save("v" + std::to_string(i), VisitWith("D1", "x"));
    Name(request, "v" + std::to_string(i));
  }
  ASSERT_TRUE(alice.Sync().ok());
  for (int i = 0; i < 31; ++i) request.add_blobs(Put(office, "photo " + std::to_string(i)));
  auto answer = office->delivery->Confirm(office.AsDevice("tab-a"), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->records_held(), 12u);
  EXPECT_EQ(answer->blobs_held(), 31u);
  EXPECT_EQ(answer->records_missing_size() + answer->blobs_missing_size(), 0);
  EXPECT_EQ(answer->time_ms(), kTestNow);
  EXPECT_EQ(answer->receipt().seq(), 12u);
  // One that was not sent, one only half, one sent to another space.
  Name(request, "unsent");
  request.add_blobs(Put(office, "half", kTeamSpace, 2));
  request.add_blobs(Put(office, "elsewhere", kOtherSpace));
  answer = office->delivery->Confirm(office.AsDevice("tab-a"), request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->records_held(), 12u);
  EXPECT_EQ(answer->blobs_held(), 31u);
  ASSERT_EQ(answer->records_missing_size(), 1);
  EXPECT_EQ(answer->records_missing(0).key(), "unsent");
  EXPECT_EQ(answer->blobs_missing_size(), 2);
}

TEST(Delivery, DoesNotCountWhatIsKeptAside) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.SaveAs("bob", "v1", VisitWith("D1", "in another's name"));
  ASSERT_TRUE(alice.Sync().ok());
  sync::v1::ConfirmDeliveryRequest request;
  request.set_space(kTeamSpace);
  Name(request, "v1");
  const auto answer = office->delivery->Confirm(office.AsDevice("tab-a"), request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->records_held(), 0u);
}

TEST(Delivery, HasLimits) {
  Office office;
  office.Enrol("tab-a", "alice");
  const auto reason_of = [&](const sync::v1::ConfirmDeliveryRequest& request) {
    return ReasonOf(office->delivery->Confirm(office.AsDevice("tab-a"), request).status());
  };
  sync::v1::ConfirmDeliveryRequest request;
  request.set_space(kTeamSpace);
  for (int i = 0; i <= 2000; ++i) Name(request, "v");
  EXPECT_EQ(reason_of(request), "REQUEST_INVALID");
  request.clear_records();
  for (int i = 0; i <= 5000; ++i) request.add_blobs(std::string(32, 'x'));
  EXPECT_EQ(reason_of(request), "REQUEST_INVALID");
  request.clear_blobs();
  request.add_blobs("short");
  EXPECT_EQ(reason_of(request), "HASH_INVALID");
  request.clear_blobs();
  Name(request, "");
  EXPECT_EQ(reason_of(request), "REQUEST_INVALID");
  request.clear_records();
  request.set_space("nowhere");
  EXPECT_EQ(reason_of(request), "SPACE_UNKNOWN");
}

}  // namespace
}  // namespace dudao::server
