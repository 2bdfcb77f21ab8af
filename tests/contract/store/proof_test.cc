// Nothing is taken that its device has not signed, and what was taken is confirmed. Real keys.
#include <algorithm>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/statements.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

KeyPair KeyOf(const std::string& signer) {
  return Must(KeyFromSeed(kDefaultSuite, HashBytes(Sha256("key of " + signer))));
}

// Signs a head of the log as `signer`.
HeadProof Signed(ReplicaLog& log, const Dot& dot, const std::string& signer) {
  HeadProof proof;
  proof.set_signer(signer);
  proof.set_key(1);
  proof.set_replica(std::string(dot.replica.AsBytes()));
  proof.set_seq(dot.seq);
  proof.set_hash(std::string(HashBytes(Must(log.HashAt(dot)).value())));
  Must(SignProof(KeyOf(signer), kSpace, proof));
  return proof;
}

ProofSigner ProverOf(const std::string& signer) {
  return [signer](HeadProof proof) -> absl::StatusOr<HeadProof> {
    proof.set_signer(signer);
    proof.set_key(1);
    Must(SignProof(KeyOf(signer), kSpace, proof));
    return proof;
  };
}

absl::Status CheckKnown(const HeadProof& proof) {
  return CheckProof(KeyOf(proof.signer()).public_key, kSpace, proof);
}

absl::Status SignAsServer(Receipt& receipt) {
  receipt.set_key(1);
  return SignReceipt(KeyOf(kServerSigner), kSpace, receipt);
}

ResponderOptions ServerOptions() {
  ResponderOptions options;
  options.wall_ms = kWallMs;
  options.check_proof = CheckKnown;
  options.proofs_required = true;
  options.sign_receipt = SignAsServer;
  return options;
}

// One sync to its end as `signer`.
ExchangeTotals Sync(Store& client, Store& server, const std::string& signer) {
  ExchangeOptions options;
  options.prove = ProverOf(signer);
  options.check_proof = CheckKnown;
  options.check_receipt = [](const Receipt& receipt) {
    return CheckReceipt(KeyOf(kServerSigner).public_key, kSpace, receipt);
  };
  options.fresh_identity = [] { return FreshIdentity{Replica('F'), "historyF"}; };
  Initiator initiator(client, std::move(options));
  for (int round = 0; round < 100; ++round) {
    const auto request = Must(initiator.Next(kWallMs));
    if (!request) return initiator.totals();
    Must(initiator.Receive(Must(Respond(server, *request, ServerOptions())).response));
  }
  ADD_FAILURE() << "the exchange does not end";
  return initiator.totals();
}

// Bob's saves, as they come to a server.
class Delivery {
 public:
  explicit Delivery(int saves) {
    for (int i = 1; i <= saves; ++i)
      bob_.Commit({SetText(Rec("a"), 2, "save " + std::to_string(i))});
  }
  MemoryLog& log() { return bob_; }
  HeadProof ProofAt(uint64_t seq, const std::string& signer = "tablet-b") {
    return Signed(bob_, {Replica('B'), seq}, signer);
  }
  IngestOutcome To(Store& server, std::vector<Change> changes, std::vector<HeadProof> proofs,
                   IngestPolicy policy = nullptr) {
    const std::string segment = EncodeSegment(kSpace, changes);
    Arrival arrival;
    arrival.segments = {&segment, 1};
    arrival.proofs = proofs;
    arrival.from = Replica('B');
    arrival.policy = std::move(policy);
    arrival.check_proof = CheckKnown;
    arrival.proofs_required = true;
    arrival.sign_receipt = SignAsServer;
    return Must(server.Ingest(arrival));
  }
  std::vector<Change> Range(size_t first, size_t last) const {
    return {bob_.changes().begin() + static_cast<ptrdiff_t>(first) - 1,
            bob_.changes().begin() + static_cast<ptrdiff_t>(last)};
  }

 private:
  MemoryLog bob_{'B', kSpace};
};

}  // namespace

TEST_P(StoreContract, TakesOnlyWhatAValidProofCovers) {
  OpenedStore server = Open('S');
  Delivery bob(5);
  // Nothing without a proof.
  IngestOutcome outcome = bob.To(*server, bob.Range(1, 5), {});
  EXPECT_EQ(outcome.applied, 0u);
  ASSERT_EQ(outcome.unproven.size(), 1u);
  EXPECT_EQ(outcome.unproven[0], (Dot{Replica('B'), 0}));
  EXPECT_EQ(outcome.gap, 0u);
  EXPECT_TRUE(Must(server->Delivered()).empty());
  EXPECT_FALSE(outcome.receipt) << "there is nothing to confirm";
  // As far as it reaches.
  outcome = bob.To(*server, bob.Range(1, 5), {bob.ProofAt(3)});
  EXPECT_EQ(outcome.applied, 3u);
  ASSERT_EQ(outcome.unproven.size(), 1u);
  EXPECT_EQ(outcome.unproven[0], (Dot{Replica('B'), 3}));
  // One that reaches beyond what came says nothing yet.
  outcome = bob.To(*server, bob.Range(4, 4), {bob.ProofAt(5)});
  EXPECT_EQ(outcome.applied, 0u);
  EXPECT_TRUE(outcome.bad_proofs.empty());
  outcome = bob.To(*server, bob.Range(3, 5), {bob.ProofAt(5)});
  EXPECT_EQ(outcome.applied, 2u);
  EXPECT_EQ(outcome.duplicate, 1u);
  EXPECT_TRUE(outcome.unproven.empty());
  EXPECT_EQ(AllChanges(*server), bob.log().changes());
  EXPECT_EQ(Must(server->Proofs()).size(), 2u) << "all are kept";
}

TEST_P(StoreContract, ComputesTheHashThatAnUploadLeavesOut) {
  OpenedStore server = Open('S');
  Delivery bob(2);
  HeadProof proof = bob.ProofAt(2);
  proof.clear_hash();
  EXPECT_EQ(bob.To(*server, bob.Range(1, 2), {proof}).applied, 2u);
  const auto kept = Must(server->Proofs());
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].hash(), HashBytes(Must(server->HashAt({Replica('B'), 2})).value()));
}

TEST_P(StoreContract, BelievesNoProofThatWasAltered) {
  const std::vector<std::function<void(HeadProof&)>> alterations = {
      [](HeadProof& proof) { proof.set_seq(1); },
      [](HeadProof& proof) { proof.set_signer("tablet-c"); },
      [](HeadProof& proof) { proof.set_key(2); },
      [](HeadProof& proof) { (*proof.mutable_hash())[0] ^= 1; },
      [](HeadProof& proof) { proof.set_receipt_position(7); },
      [](HeadProof& proof) { (*proof.mutable_signature())[5] ^= 1; },
      [](HeadProof& proof) { proof.clear_signature(); },
      [](HeadProof& proof) { proof.clear_signer(); },
      [](HeadProof& proof) { proof.set_replica("short"); },
  };
  for (size_t i = 0; i < alterations.size(); ++i) {
    OpenedStore server = Open(static_cast<char>('a' + i));
    Delivery bob(2);
    HeadProof proof = bob.ProofAt(2);
    alterations[i](proof);
    const IngestOutcome outcome = bob.To(*server, bob.Range(1, 2), {proof});
    EXPECT_EQ(outcome.applied, 0u) << i;
    EXPECT_EQ(outcome.bad_proofs.size(), 1u) << i;
    EXPECT_TRUE(Must(server->Proofs()).empty()) << i;
  }
}

TEST_P(StoreContract, AChangeThatWasAlteredIsNotCovered) {
  OpenedStore server = Open('S');
  Delivery bob(3);
  std::vector<Change> forged = bob.Range(1, 3);
  forged[1].author = "somebody else";
  HeadProof proof = bob.ProofAt(3);
  proof.clear_hash();
  const IngestOutcome outcome = bob.To(*server, forged, {proof});
  EXPECT_EQ(outcome.applied, 0u);
  EXPECT_TRUE(outcome.own_proof_bad);
}

TEST_P(StoreContract, AReplicaBelongsToTheDeviceThatSignedItFirst) {
  OpenedStore server = Open('S');
  Delivery bob(3);
  bob.To(*server, bob.Range(1, 1), {bob.ProofAt(1)});
  IngestOutcome outcome = bob.To(*server, bob.Range(2, 2), {bob.ProofAt(2, "tablet-c")});
  EXPECT_EQ(outcome.applied, 0u);
  ASSERT_EQ(outcome.bad_proofs.size(), 1u);
  EXPECT_EQ(outcome.bad_proofs[0].code(), absl::StatusCode::kUnauthenticated);
  // Nor the server, once a device has signed.
  outcome = bob.To(*server, bob.Range(2, 2), {bob.ProofAt(2, kServerSigner)});
  EXPECT_EQ(outcome.applied, 0u);
  outcome = bob.To(*server, bob.Range(2, 3), {bob.ProofAt(3), bob.ProofAt(2, "tablet-c")});
  EXPECT_EQ(outcome.applied, 2u) << "the other one does no harm";
}

TEST_P(StoreContract, TheServerMayHaveVouchedBeforeTheDeviceSigned) {
  OpenedStore server = Open('S');
  Delivery bob(3);
  const std::string segment = EncodeSegment(kSpace, bob.Range(1, 2));
  Must(server->Ingest({&segment, 1}, Replica('B'), nullptr, std::nullopt));
  Must(server->PutProof(Signed(*server, {Replica('B'), 2}, kServerSigner)));
  EXPECT_EQ(bob.To(*server, bob.Range(3, 3), {bob.ProofAt(3)}).applied, 1u);
  HeadProof other = bob.ProofAt(2);
  other.set_hash(std::string(32, 'x'));
  EXPECT_EQ(server->PutProof(other).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreContract, ThePolicyHearsWhoSigned) {
  OpenedStore server = Open('S');
  Delivery bob(2);
  std::vector<std::string> signers;
  bob.To(*server, bob.Range(1, 2), {bob.ProofAt(2)},
         [&](const Change&, std::string_view signer) -> std::optional<Quarantined> {
           signers.emplace_back(signer);
           return std::nullopt;
         });
  EXPECT_EQ(signers, (std::vector<std::string>{"tablet-b", "tablet-b"}));
}

TEST_P(StoreContract, ReceiptsFormAChainAndARepeatedHeadGetsTheSame) {
  OpenedStore server = Open('S');
  Delivery bob(3);
  const Receipt first = bob.To(*server, bob.Range(1, 1), {bob.ProofAt(1)}).receipt.value();
  const Receipt second = bob.To(*server, bob.Range(2, 2), {bob.ProofAt(2)}).receipt.value();
  EXPECT_EQ(first.position(), 1u);
  EXPECT_EQ(second.position(), 2u);
  EXPECT_EQ(second.seq(), 2u);
  EXPECT_EQ(second.previous(), ReceiptHash(kSpace, first));
  EXPECT_TRUE(CheckReceipt(KeyOf(kServerSigner).public_key, kSpace, second).ok());
  server = {};
  server = Open('S');
  const IngestOutcome again = bob.To(*server, bob.Range(1, 2), {bob.ProofAt(2)});
  EXPECT_EQ(again.receipt->SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(Must(server->Receipts(0, 10)).size(), 2u);
  EXPECT_EQ(Must(server->Receipts(1, 10)).size(), 1u);
  EXPECT_EQ(Must(server->NewestReceipt())->position(), 2u);
}

TEST_P(StoreContract, AnIngestThatFailsLeavesNoReceiptBehind) {
  OpenedStore server = Open('S');
  Delivery bob(1);
  const std::string segment = EncodeSegment(kSpace, bob.Range(1, 1));
  const std::vector<HeadProof> proofs = {bob.ProofAt(1)};
  Arrival arrival;
  arrival.segments = {&segment, 1};
  arrival.proofs = proofs;
  arrival.from = Replica('B');
  arrival.sign_receipt = [](Receipt&) { return absl::UnavailableError("no key"); };
  EXPECT_EQ(server->Ingest(arrival).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Must(server->Delivered()).empty());
  EXPECT_TRUE(Must(server->Proofs()).empty());
  EXPECT_FALSE(Must(server->NewestReceipt()));
}

TEST_P(StoreContract, ProofsAndReceiptsTravelThroughTheExchange) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(bob->Commit(Edit({SetText(Rec("b"), 2, "bob's")})));
  const ExchangeTotals sent = Sync(*bob, *server, "tablet-b");
  EXPECT_EQ(sent.rounds, 1u);
  ASSERT_TRUE(sent.receipt);
  EXPECT_EQ(Must(bob->NewestReceipt())->SerializeAsString(), sent.receipt->SerializeAsString());
  Must(bob->Commit(Edit({SetText(Rec("b"), 2, "again")})));
  Sync(*bob, *server, "tablet-b");
  const auto proofs = Must(server->Proofs());
  ASSERT_EQ(proofs.size(), 2u);
  EXPECT_EQ(proofs[1].receipt_position(), 1u) << "it names the receipt that Bob had seen";
  EXPECT_EQ(proofs[1].receipt_hash(), ReceiptHash(kSpace, *sent.receipt));
  EXPECT_TRUE(Sync(*alice, *server, "tablet-a").doubts.empty());
  EXPECT_EQ(Must(alice->Proofs()).size(), 1u) << "the one that covers what was handed over";
  // A server that knows nothing takes Bob's changes from Alice.
  OpenedStore replacement = Open('R');
  const ExchangeTotals totals = Sync(*alice, *replacement, "tablet-a");
  EXPECT_TRUE(totals.unproven.empty());
  EXPECT_EQ(Must(replacement->StateDigest()), Must(server->StateDigest()));
}

TEST_P(StoreContract, WhatIsNotProvenIsNotOfferedForEver) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A');
  const std::string segment = EncodeSegment(kSpace, Delivery(3).Range(1, 3));
  Must(alice->Ingest({&segment, 1}, Replica('B'), nullptr, std::nullopt));  // nobody signed it
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "alice's")})));
  const ExchangeTotals totals = Sync(*alice, *server, "tablet-a");
  EXPECT_LE(totals.rounds, 4u);
  ASSERT_FALSE(totals.unproven.empty());
  EXPECT_EQ(totals.unproven[0].replica, Replica('B'));
  EXPECT_EQ(Must(server->Delivered()).Get(Replica('A')), 1u);
  EXPECT_EQ(Must(server->Delivered()).Get(Replica('B')), 0u);
  EXPECT_EQ(Must(alice->Delivered()).Get(Replica('B')), 3u) << "it is still here";
}

TEST_P(StoreContract, AnUploadThatSomebodyElseSignedIsRefused) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  ExchangeOptions options;
  options.prove = [](HeadProof proof) -> absl::StatusOr<HeadProof> {
    proof.set_signer("tablet-a");
    proof.set_key(1);
    Must(SignProof(KeyOf("a thief"), kSpace, proof));
    return proof;
  };
  Initiator initiator(*alice, std::move(options));
  const auto request = Must(initiator.Next(kWallMs));
  const auto reply = Respond(*server, *request, ServerOptions());
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(Must(server->Delivered()).empty());
}

// A handed-on batch ends where somebody has signed, whatever the budget.
TEST_P(StoreContract, WhatIsHandedOnEndsWithAProof) {
  OpenedStore alice = Open('A');
  OpenedStore server = Open('S');
  MemoryLog bob('B', kSpace);
  for (int i = 0; i < 40; ++i) bob.Commit({SetText(Rec("a"), 2, std::string(300, 'x'))});
  std::vector<std::string> segments;
  for (const Change& change : bob.changes())
    segments.push_back(EncodeSegment(kSpace, {&change, 1}));
  const std::vector<HeadProof> proofs = {Signed(bob, {Replica('B'), 20}, "tablet-b"),
                                         Signed(bob, {Replica('B'), 40}, "tablet-b")};
  Arrival arrival;
  arrival.segments = segments;
  arrival.proofs = proofs;
  arrival.from = Replica('B');
  Must(alice->Ingest(arrival));
  const SegmentBatch batch = Must(alice->SegmentsSince({}, 1));
  EXPECT_EQ(batch.reaches.Get(Replica('B')), 20u);
  EXPECT_TRUE(batch.more);
  ASSERT_EQ(batch.proofs.size(), 1u);
  EXPECT_EQ(batch.proofs[0].seq(), 20u);
  Sync(*alice, *server, "tablet-a");
  EXPECT_EQ(Must(server->Delivered()).Get(Replica('B')), 40u);
}

TEST_P(StoreContract, KnowsTheChainHashAfterEveryChange) {
  OpenedStore alice = Open('A');
  MemoryLog bob('B', kSpace);
  for (int i = 0; i < 30; ++i) bob.Commit({SetText(Rec("a"), 2, std::to_string(i))});
  for (const size_t cut : {1u, 7u, 30u}) {
    const std::string segment =
        EncodeSegment(kSpace, absl::MakeConstSpan(bob.changes()).subspan(0, cut));
    Must(alice->Ingest({&segment, 1}, Replica('B'), nullptr, std::nullopt));
  }
  for (int i = 0; i < 5; ++i) Must(alice->Commit(Edit({SetText(Rec("b"), 2, "x")})));
  Must(alice->SegmentsSince({}, 1));
  for (int i = 0; i < 5; ++i) Must(alice->Commit(Edit({SetText(Rec("b"), 2, "y")})));
  for (const char name : {'A', 'B'}) {
    Hash expected{};
    uint64_t seq = 0;
    for (const Change& change : AllChanges(*alice)) {
      if (change.replica != Replica(name)) continue;
      expected = ChainHash(expected, kSpace, change);
      EXPECT_EQ(Must(alice->HashAt({Replica(name), ++seq})), expected) << name << seq;
    }
    EXPECT_FALSE(Must(alice->HashAt({Replica(name), seq + 1})));
  }
  EXPECT_EQ(Must(alice->HashAt({Replica('Z'), 0})), Hash{});
  EXPECT_FALSE(Must(alice->HashAt({Replica('Z'), 1})));
}

}  // namespace dudao::testing
