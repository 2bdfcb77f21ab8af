// Which uploads are taken, merged, kept aside or refused, and what hostile ones do: nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "dudao/server/names.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/trust/statements.h"
#include "reason.h"
#include "uploads.h"

namespace dudao::server {
namespace {

using sync::v1::ExchangeRequest;

constexpr auto kRetired = trust::v1::DEVICE_STATE_RETIRED;
constexpr auto kRevoked = trust::v1::DEVICE_STATE_REVOKED;

std::vector<std::string> ReasonsOf(const std::vector<sync::QuarantineEntry>& entries) {
  std::vector<std::string> reasons;
  for (const auto& entry : entries) reasons.push_back(entry.what.reason);
  return reasons;
}

TEST(Uploads, AreTakenFromTheDeviceThatSignedThemAndGiveAReceipt) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", VisitWith("D1-0921-01", "晴"));
  alice.Save("v2", VisitWith("D1-0921-02", "阴"));
  ASSERT_TRUE(alice.Sync().ok());
  const auto receipt = alice.totals().receipt;
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->seq(), 2u);
  EXPECT_EQ(receipt->position(), 1u);
  EXPECT_EQ(receipt->control_position(), office->control->chain().position);
  EXPECT_TRUE(sync::CheckReceipt(office->key->signing().public_key, kTeamSpace, *receipt).ok());
  EXPECT_FALSE(sync::CheckReceipt(office->key->signing().public_key, kOtherSpace, *receipt).ok());
  ASSERT_TRUE(bob.Sync().ok());
  EXPECT_EQ(alice.Digest(), office.Digest());
  EXPECT_EQ(bob.Digest(), office.Digest());
  EXPECT_TRUE(bob.totals().doubts.empty()) << bob.totals().doubts.front();
}

TEST(Uploads, RepeatedGiveTheSameReceiptAndChangeNothing) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "晴"));
  const ExchangeRequest request = alice.Request();
  const auto first = alice.Send(request);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string digest = office.Digest();
  for (int i = 0; i < 3; ++i) {
    const auto again = alice.Send(request);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->receipt().SerializeAsString(), first->receipt().SerializeAsString());
  }
  EXPECT_EQ(office.Digest(), digest);
  EXPECT_TRUE(office.Aside().empty());
}

// One hostile request, made from an honest one of alice's, and what it meets.
struct Hostile {
  const char* name;
  // Alters the request that alice's tablet would send. Bob has synced once.
  std::function<void(Office&, Device& alice, Device& bob, ExchangeRequest&)> alter;
  // Refused with this reason; empty: answered, and nothing was merged.
  const char* reason;
  // Rows of the access log afterwards with this event; empty: none needed.
  const char* logged;
};

void SignAgain(const Device& signer, const std::string& space, sync::HeadProof& proof,
               sync::Store& store) {
  const auto replica = sync::ReplicaId::FromBytes(proof.replica());
  const auto head = store.HeadOf(replica);
  proof.set_hash(std::string(sync::HashBytes((*head)->hash)));
  ASSERT_TRUE(sync::SignProof(signer.key(), space, proof).ok());
  proof.clear_hash();
}

class HostileUpload : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileUpload, IsRefusedLoggedAndHarmless) {
  const Hostile& hostile = GetParam();
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  bob.Save("vb", VisitWith("D1-0921-09", "bob"));
  ASSERT_TRUE(bob.Sync().ok());
  bob.Save("vc", VisitWith("D1-0921-10", "not sent"));
  alice.Save("v1", VisitWith("D1-0921-01", "晴"));
  alice.Save("v2", VisitWith("D1-0921-02", "阴"));
  const std::string before = office.Digest();
  const size_t aside_before = office.Aside().size();
  ExchangeRequest request = alice.Request();
  ASSERT_EQ(request.proofs_size(), 1);
  hostile.alter(office, alice, bob, request);
  const auto answer = alice.Send(request);
  if (*hostile.reason != '\0') {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(ReasonOf(answer.status()), hostile.reason) << answer.status();
  } else {
    EXPECT_TRUE(answer.ok()) << answer.status();
  }
  EXPECT_EQ(office.Digest(), before) << "nothing was merged";
  if (*hostile.logged != '\0') {
    EXPECT_GE(office.AccessRows(hostile.logged), 1) << hostile.logged;
  }
  // The next honest sync works, and everybody ends equal.
  ASSERT_TRUE(alice.Sync().ok());
  ASSERT_TRUE(bob.Sync().ok());
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(alice.Digest(), office.Digest());
  EXPECT_EQ(bob.Digest(), office.Digest());
  EXPECT_EQ(office.Show("v2").note(), "阴");
  EXPECT_EQ(office.Aside().size(), aside_before);
}

std::string SegmentsOfOthers(Device& device, ExchangeRequest& request) {
  const auto batch = device.store().SegmentsSince({}, 1 << 20);
  request.clear_segments();
  for (const std::string& segment : batch->segments) request.add_segments(segment);
  return std::string(device.store().self().AsBytes());
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Policy, HostileUpload, ::testing::Values(
    Hostile{"DowngradedProtocol", [](Office&, Device&, Device&, ExchangeRequest& r) { r.set_protocol(1); },
            "PROTOCOL_TOO_OLD", ""},
    Hostile{"ProtocolOfTheFuture", [](Office&, Device&, Device&, ExchangeRequest& r) { r.set_protocol(99); },
            "PROTOCOL_TOO_NEW", ""},
    Hostile{"Cut", [](Office&, Device&, Device&, ExchangeRequest& r) { r.set_complete(false); }, "SEGMENT_DAMAGED", ""},
    Hostile{"Unsigned", [](Office&, Device&, Device&, ExchangeRequest& r) { r.clear_proofs(); },
            "PROOF_MISSING", "PROOF_MISSING"},
    Hostile{"FlippedSignature", [](Office&, Device&, Device&, ExchangeRequest& r) {
              std::string& s = *r.mutable_proofs(0)->mutable_signature(); s[7] = static_cast<char>(s[7] ^ 1); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"ProofOfAnotherSpace", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              SignAgain(alice, kOtherSpace, *r.mutable_proofs(0), alice.store()); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"ForgedSigner", [](Office&, Device& alice, Device& bob, ExchangeRequest& r) {
              r.mutable_proofs(0)->set_signer(bob.id());
              SignAgain(alice, kTeamSpace, *r.mutable_proofs(0), alice.store()); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"ForgedServer", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              r.mutable_proofs(0)->set_signer(sync::kServerSigner);
              SignAgain(alice, kTeamSpace, *r.mutable_proofs(0), alice.store()); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"UnknownSigner", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              r.mutable_proofs(0)->set_signer("tab-z");
              SignAgain(alice, kTeamSpace, *r.mutable_proofs(0), alice.store()); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"KeyThatDoesNotExist", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              r.mutable_proofs(0)->set_key(2);
              SignAgain(alice, kTeamSpace, *r.mutable_proofs(0), alice.store()); },
            "PROOF_INVALID", "PROOF_INVALID"},
    Hostile{"ReplicaOfAnotherDevice", [](Office&, Device&, Device& bob, ExchangeRequest& r) {
              r.set_replica(SegmentsOfOthers(bob, r)); r.clear_proofs(); },
            "REPLICA_FOREIGN", "REPLICA_FOREIGN"},
    Hostile{"ReplicaOfTheServer", [](Office& office, Device&, Device&, ExchangeRequest& r) {
              Space* space = *office->spaces->Get(kTeamSpace);
              absl::MutexLock lock(&space->mutex());
              r.set_replica(std::string(space->store().self().AsBytes())); },
            "REPLICA_FOREIGN", "REPLICA_FOREIGN"},
    Hostile{"NoReplica", [](Office&, Device&, Device&, ExchangeRequest& r) { r.clear_replica(); }, "SEGMENT_DAMAGED", ""},
    Hostile{"ReplicaOfZeros", [](Office&, Device&, Device&, ExchangeRequest& r) { r.set_replica(std::string(16, '\0')); },
            "SEGMENT_DAMAGED", ""},
    // Bob's changes, whose proof does not come along: alice may not speak for him.
    Hostile{"UnprovenHandOn", [](Office&, Device&, Device& bob, ExchangeRequest& r) { SegmentsOfOthers(bob, r); },
            "", ""},
    // The same, signed by alice's device.
    Hostile{"HandOnSignedByTheCarrier", [](Office&, Device& alice, Device& bob, ExchangeRequest& r) {
              sync::HeadProof& proof = *r.mutable_proofs(0);
              proof.set_replica(SegmentsOfOthers(bob, r));
              proof.set_seq(2);
              SignAgain(alice, kTeamSpace, proof, bob.store()); },
            "", "PROOF_INVALID"},
    Hostile{"CutChain", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              const auto batch = alice.store().SegmentsSince({}, 1 << 20);
              auto changes = sync::DecodeSegment(kTeamSpace, batch->segments.front());
              changes->erase(changes->begin());
              r.clear_segments();
              r.add_segments(sync::EncodeSegment(kTeamSpace, *changes)); },
            "", ""},
    Hostile{"DamagedSegment", [](Office&, Device&, Device&, ExchangeRequest& r) {
              r.set_segments(0, r.segments(0).substr(0, r.segments(0).size() / 2)); },
            "SEGMENT_DAMAGED", ""},
    Hostile{"ProofOfAStranger", [](Office&, Device&, Device&, ExchangeRequest& r) {
              r.mutable_proofs(0)->set_replica(std::string(16, '\x55')); },
            "PROOF_MISSING", "PROOF_MISSING"},
    Hostile{"SegmentsOfAnotherSpace", [](Office&, Device& alice, Device&, ExchangeRequest& r) {
              const auto batch = alice.store().SegmentsSince({}, 1 << 20);
              auto changes = sync::DecodeSegment(kTeamSpace, batch->segments.front());
              r.clear_segments();
              r.add_segments(sync::EncodeSegment(kOtherSpace, *changes)); },
            "SEGMENT_DAMAGED", ""},
    Hostile{"GiantCounts", [](Office&, Device&, Device&, ExchangeRequest& r) {
              r.clear_segments();
              r.mutable_proofs(0)->set_seq(~uint64_t{0});
              r.set_budget_bytes(~uint32_t{0});
              r.set_control_position(~uint64_t{0});
              r.set_control_hash(std::string(1 << 20, 'x'));
              for (int i = 0; i < 100'000; ++i) {
                auto& entry = *r.mutable_vector()->add_entries();
                entry.set_replica("0123456789abcde" + std::string(1, static_cast<char>(i)));
                entry.set_seq(~uint64_t{0} - static_cast<uint64_t>(i));
              } },
            "", ""},
    Hostile{"ManyProofs", [](Office&, Device&, Device&, ExchangeRequest& r) {
              sync::HeadProof proof = r.proofs(0);
              proof.set_signature(std::string(64, 'x'));
              for (int i = 0; i < 20'000; ++i) {
                proof.set_replica("0123456789ab" + std::to_string(1000 + i % 9000));
                *r.add_proofs() = proof;
              }
              r.mutable_proofs(0)->set_signature("short"); },
            "PROOF_INVALID", "PROOF_INVALID"}),
    [](const auto& test) { return test.param.name; });
// clang-format on

TEST(Uploads, ComeFromDevicesOnly) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "晴"));
  const std::string request = alice.Request().SerializeAsString();
  const auto answer = office->exchange->Answer(office.As("alice"), kTeamSpace, request);
  EXPECT_EQ(ReasonOf(answer.status()), "SESSION_FORBIDDEN");
  // A second device may not go on as the first one.
  ASSERT_TRUE(alice.Sync().ok());
  office.Enrol("tab-a2", "alice");
  const auto other = office->exchange->Answer(office.AsDevice("tab-a2"), kTeamSpace, request);
  EXPECT_EQ(ReasonOf(other.status()), "REPLICA_FOREIGN");
}

TEST(Uploads, InAnothersNameAreKeptAside) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.SaveAs("bob", "v1", VisitWith("D1-0921-01", "forged"));
  alice.SaveAs("zhao", "v1", VisitWith("D1-0921-01", "forged"));
  alice.Save("v2", VisitWith("D1-0921-02", "own"));
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(ReasonsOf(office.Aside()),
            (std::vector<std::string>{"NOT_PERMITTED", "NOT_PERMITTED"}));
  EXPECT_EQ(office.Show("v1").note(), "");
  EXPECT_EQ(office.Show("v2").note(), "own");
  EXPECT_EQ(alice.totals().refused.size(), 2u);
  EXPECT_EQ(alice.Digest(), office.Digest()) << "the tablet moves them aside as well";
}

TEST(Uploads, OfTheServersOwnReplicaNeedTheServersSignature) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  office.Commit(kTeamSpace, "zhao", "v1", VisitWith("D1-0921-01", "office"));
  ASSERT_TRUE(alice.Sync().ok());
  // A change that goes on where the server's replica stands, made up by a tablet.
  sync::Change forged;
  {
    Space* space = *office->spaces->Get(kTeamSpace);
    absl::MutexLock lock(&space->mutex());
    forged.replica = space->store().self();
  }
  forged.seq = 2;
  forged.time.ms = kTestNow;
  forged.author = "zhao";
  const sync::RecordId visit{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  forged.ops.push_back(
      {visit, sync::Path().Field(19), sync::MergeKind::kText, sync::Value::Bytes("forged")});
  const std::string before = office.Digest();
  alice.Save("v2", VisitWith("D1-0921-02", "own"));
  for (const bool with_proof : {false, true}) {
    ExchangeRequest request = alice.Request();
    request.add_segments(sync::EncodeSegment(kTeamSpace, {{forged}}));
    if (with_proof) {
      sync::HeadProof& proof = *request.add_proofs();
      proof = request.proofs(0);
      proof.set_replica(std::string(forged.replica.AsBytes()));
      proof.set_seq(2);
      proof.set_signer(sync::kServerSigner);
    }
    const auto answer = alice.Send(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->unproven().entries_size(), 1);
    EXPECT_EQ(office.Show("v1").note(), "office");
  }
  EXPECT_EQ(office.AccessRows("PROOF_INVALID"), 1);
  EXPECT_NE(office.Digest(), before) << "alice's own change was taken";
}

TEST(Uploads, OfAHandedOverDeviceAreKeptAsideAndNothingGoesBack) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", VisitWith("D1-0921-01", "before"));
  ASSERT_TRUE(alice.Sync().ok());
  bob.Save("v2", VisitWith("D1-0921-02", "bob"));
  ASSERT_TRUE(bob.Sync().ok());
  alice.Save("v3", VisitWith("D1-0921-03", "late"));
  office.SetDevice("tab-a", kRetired);
  const auto answer = alice.Send(alice.Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->segments_size(), 0);
  EXPECT_TRUE(answer->has_receipt());
  ASSERT_EQ(answer->quarantined_size(), 1);
  EXPECT_EQ(answer->quarantined(0).reason(), "PERMISSION_ENDED");
  EXPECT_EQ(office.Show("v1").note(), "before");
  EXPECT_EQ(office.Show("v3").note(), "");
}

TEST(Uploads, OfALostDeviceThatAnotherHandsOnAreKeptAside) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", VisitWith("D1-0921-01", "from tablet to tablet"));
  const ExchangeRequest sealed = alice.Request();
  office.SetDevice("tab-a", kRevoked);
  bob.Save("v2", VisitWith("D1-0921-02", "bob"));
  ExchangeRequest request = bob.Request();
  for (const auto& segment : sealed.segments()) request.add_segments(segment);
  for (const auto& proof : sealed.proofs()) *request.add_proofs() = proof;
  const auto answer = bob.Send(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ReasonsOf(office.Aside()), (std::vector<std::string>{"DEVICE_REVOKED"}));
  EXPECT_EQ(office.Show("v2").note(), "bob");
}

TEST(Uploads, AreJudgedByWhatTheAuthorMayNowAndCouldThen) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "made in time"));
  office.SetPerson("alice", records::v1::PERSON_ROLE_INSPECTOR, "D2");
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(ReasonsOf(office.Aside()), (std::vector<std::string>{"PERMISSION_ENDED"}));
  Device carol(office, "tab-c", "carol", 3);
  carol.Save("v2", VisitWith("D1-0921-02", "never"));
  ASSERT_TRUE(carol.Sync().ok());
  EXPECT_EQ(ReasonsOf(office.Aside()),
            (std::vector<std::string>{"PERMISSION_ENDED", "NOT_PERMITTED"}));
}

TEST(Uploads, OfOfficeWritesAndIssuedFieldsAreKeptAside) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  const sync::RecordId visit{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  alice.Save({{visit, sync::Path().Field(2), sync::MergeKind::kIssued,
               sync::Value::Bytes("督〔2026〕1号")}});
  alice.Save({{visit, sync::Path().Field(8), sync::MergeKind::kLifecycle,
               sync::Value::Varint(records::v1::VISIT_STATE_CONFIRMED)}});
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_EQ(ReasonsOf(office.Aside()),
            (std::vector<std::string>{"ISSUED_BY_TABLET", "NOT_PERMITTED"}));
}

TEST(Uploads, AreSignedWithTheNewestKey) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  alice.Save("v1", VisitWith("D1-0921-01", "old key"));
  const ExchangeRequest sealed = alice.Request();
  trust::v1::ControlBody body;
  *body.mutable_device() = *office->control->Snapshot()->Device("tab-a");
  body.mutable_device()->set_key(2);
  body.mutable_device()->set_public_key(KeyOf("another").public_key);
  ASSERT_TRUE(office->control->Append(body, "alice", kTestNow).ok());
  EXPECT_EQ(ReasonOf(alice.Send(sealed).status()), "PROOF_INVALID");
  EXPECT_EQ(office.Show("v1").note(), "");
  // What another tablet had got before is still alice's.
  ExchangeRequest request = bob.Request();
  for (const auto& segment : sealed.segments()) request.add_segments(segment);
  for (const auto& proof : sealed.proofs()) *request.add_proofs() = proof;
  ASSERT_TRUE(bob.Send(request).ok());
  EXPECT_EQ(office.Show("v1").note(), "old key");
}

// Two clones of one tablet: the second is noticed, its change is kept, and nothing goes round.
TEST(Uploads, OfACloneAreKeptAndRaiseAnAlarm) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  alice.Save("v1", VisitWith("D1-0921-01", "first"));
  ASSERT_TRUE(alice.Sync().ok());
  office.Enrol("tab-x", "alice");
  // The same replica number in another file: what a copy of the tablet looks like.
  Device clone(office, "tab-a", "alice", 1, kTeamSpace);
  clone.Save("v1", VisitWith("D1-0921-01", "second"));
  const auto answer = clone.Send(clone.Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ReasonsOf(office.Aside()), (std::vector<std::string>{"DOT_REUSED"}));
  EXPECT_EQ(office.AccessRows("DOT_REUSED"), 1);
  EXPECT_EQ(office.Show("v1").note(), "first");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(clone.Send(clone.Request()).ok());
  EXPECT_EQ(office.Aside().size(), 1u);
}

TEST(Uploads, SignTheServersOwnHeadsBeforeTheyAreHandedOut) {
  Office office;
  for (int i = 0; i < 3; ++i) {
    office.Commit(kTeamSpace, "zhao", "v" + std::to_string(i), VisitWith("D1", "office"));
    Space* space = *office->spaces->Get(kTeamSpace);
    absl::MutexLock lock(&space->mutex());
    const auto proofs = *space->store().Proofs();
    ASSERT_FALSE(proofs.empty());
    const auto head = *space->store().HeadOf(space->store().self());
    const bool held = std::any_of(proofs.begin(), proofs.end(), [&](const auto& proof) {
      return proof.seq() == head->seq && proof.signer() == sync::kServerSigner &&
             sync::CheckProof(office->key->signing().public_key, kTeamSpace, proof).ok();
    });
    EXPECT_TRUE(held) << "head " << head->seq;
  }
  Device alice(office, "tab-a", "alice", 1);
  ASSERT_TRUE(alice.Sync().ok());
  EXPECT_TRUE(alice.totals().doubts.empty());
  EXPECT_EQ(alice.Digest(), office.Digest());
}

// A folder from before signatures: the server vouches for what it finds, once.
TEST(Uploads, VouchForAnOldFolderOnce) {
  Office office;
  const auto smuggle = [&](uint8_t number, const char* note) {
    Space* space = *office->spaces->Get(kTeamSpace);
    absl::MutexLock lock(&space->mutex());
    sync::Change change;
    change.replica.bytes.fill(number);
    change.seq = 1;
    change.author = "alice";
    change.time.ms = kTestNow;
    change.ops.push_back({{sync::RecordTypeOf(*records::v1::Visit::descriptor()), note},
                          sync::Path().Field(19),
                          sync::MergeKind::kText,
                          sync::Value::Bytes(note)});
    const std::vector<std::string> segments = {sync::EncodeSegment(kTeamSpace, {{change}})};
    ASSERT_TRUE(space->store().Ingest(segments, change.replica, nullptr, std::nullopt).ok());
  };
  const auto proven = [&](uint8_t number) {
    Space* space = *office->spaces->Get(kTeamSpace);
    absl::MutexLock lock(&space->mutex());
    const auto proofs = *space->store().Proofs();
    return std::any_of(proofs.begin(), proofs.end(), [&](const auto& proof) {
      return proof.replica() == std::string(16, static_cast<char>(number));
    });
  };
  smuggle(77, "old");
  {
    absl::MutexLock lock(&office->db->mutex());
    ASSERT_TRUE(office->db->db().Execute("DELETE FROM vouched").ok());
  }
  office.Reopen();
  EXPECT_TRUE(proven(77));
  smuggle(78, "later");
  office.Reopen();
  EXPECT_FALSE(proven(78)) << "only what was there before signatures";
}

TEST(Uploads, BringTheControlLogAlongBothWays) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  const uint64_t newest = office->control->chain().position;
  ExchangeRequest request = alice.Request();
  const auto entries_for = [&](uint64_t position, const std::string& hash8) {
    request.set_control_position(position);
    request.set_control_hash(hash8);
    return *alice.Send(request);
  };
  const auto all = entries_for(0, "");
  EXPECT_EQ(static_cast<uint64_t>(all.control_size()), newest);
  EXPECT_FALSE(all.control_restart());
  const auto rest = entries_for(newest - 2, **office->control->Hash8At(newest - 2));
  ASSERT_EQ(rest.control_size(), 2);
  EXPECT_EQ(rest.control(0).position(), newest - 1);
  const auto forked = entries_for(newest, "forkfork");
  EXPECT_TRUE(forked.control_restart());
  EXPECT_EQ(static_cast<uint64_t>(forked.control_size()), newest);
  const auto ahead = entries_for(newest + 5, "whatever");
  EXPECT_FALSE(ahead.control_restart()) << "it offers what we lack next time";
  EXPECT_EQ(ahead.control_size(), 0);
  EXPECT_EQ(ahead.control_position(), newest);
}

// The server comes back from a backup and hears of a revocation that it has lost.
TEST(Uploads, GiveARestoredServerItsControlEntriesBack) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  Device bob(office, "tab-b", "bob", 2);
  office.Close();
  const std::string backup = FreshFolder("-backup");
  std::filesystem::copy(office.folder(), backup, std::filesystem::copy_options::recursive);
  office.Open();
  office.SetDevice("tab-a", kRevoked);
  const auto lost = *office->control->EntryAt(office->control->chain().position);
  office.Close();
  std::filesystem::remove_all(office.folder());
  std::filesystem::copy(backup, office.folder(), std::filesystem::copy_options::recursive);
  office.Open();
  ASSERT_EQ(office->control->Snapshot()->Device("tab-a")->state(), trust::v1::DEVICE_STATE_ACTIVE);
  ExchangeRequest request = bob.Request();
  request.set_control_position(lost->position());
  *request.add_control() = *lost;
  ASSERT_TRUE(bob.Send(request).ok());
  EXPECT_EQ(office->control->Snapshot()->Device("tab-a")->state(), kRevoked);
}

// What checking costs an upload of one small save; printed, with no verdict on the machine.
TEST(Uploads, CostOfCheckingIsMeasured) {
  Office office;
  Device alice(office, "tab-a", "alice", 1);
  constexpr int kUploads = 200;
  std::vector<ExchangeRequest> requests;
  double checked_us = 0;
  for (int i = 0; i < kUploads; ++i) {
    alice.Save("v" + std::to_string(i), VisitWith("D1-0921-01", "晴"));
    const ExchangeRequest request = alice.Request();
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(alice.Send(request).ok());
    checked_us +=
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    ASSERT_TRUE(alice.Sync().ok());
  }
  // The same uploads into a store that checks nothing.
  Device plain(office, "tab-p", "alice", 9);
  Device again(office, "tab-q", "alice", 8);
  double plain_us = 0;
  for (int i = 0; i < kUploads; ++i) {
    plain.Save("v" + std::to_string(i), VisitWith("D1-0921-01", "晴"));
    const std::string request = plain.Request().SerializeAsString();
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(sync::Respond(again.store(), request, {}).ok());
    plain_us +=
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  }
  std::printf(
      "one save an upload, %d uploads: %.0f us with checks, receipts and own heads, %.0f us "
      "without\n",
      kUploads, checked_us / kUploads, plain_us / kUploads);
  RecordProperty("checked_us", static_cast<int>(checked_us / kUploads));
}

}  // namespace
}  // namespace dudao::server
