// Segments out: every change reaches every peer, in portions, and a sync that moves nothing stays
// silent.
#include "dudao/sync/log/exchange.h"

#include "dudao/sync/log/segment.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

// One sync to its end; gives the number of rounds.
uint64_t Sync(Store& client, Store& server) {
  ExchangeOptions options;
  options.push_bytes_start = 4096;
  Initiator initiator(client, options);
  while (true) {
    const auto request = Must(initiator.Next(kWallMs));
    if (!request) break;
    Must(initiator.Receive(Must(Respond(server, *request, {})).response));
  }
  return initiator.totals().rounds;
}

// However many segments they come in.
size_t CountChanges(const SegmentBatch& batch) {
  size_t count = 0;
  for (const std::string& segment : batch.segments) {
    count += Must(DecodeSegment(kSpace, segment)).size();
  }
  return count;
}

}  // namespace

TEST_P(StoreContract, TabletsAndServerBecomeEqualThroughTheExchange) {
  SeededTest random;
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  OpenedStore server = Open('S');
  for (int i = 0; i < 150; ++i) {
    Store* stores[] = {&*alice, &*bob, &*server};
    Must(stores[random.Below(3)]->Commit(Edit(RandomOps(random))));
    if (random.Chance(0.1)) Sync(random.Chance(0.5) ? *alice : *bob, *server);
  }
  for (Store* tablet : {&*alice, &*bob, &*alice}) Sync(*tablet, *server);
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest())) << "seed " << random.seed();
  EXPECT_EQ(Must(bob->StateDigest()), Must(server->StateDigest())) << "seed " << random.seed();
  EXPECT_EQ(Must(alice->UnsentChanges("server")), 0u);
  EXPECT_EQ(Sync(*alice, *server), 1u) << "nothing new takes one round trip";
}

TEST_P(StoreContract, SegmentsSinceGivesAtLeastOneAndKeepsToTheBudget) {
  OpenedStore alice = Open('A');
  for (int i = 0; i < 300; ++i) {
    Must(alice->Commit(Edit({SetText(Rec(std::to_string(i)), 2, std::string(200, 'x'))})));
  }
  MemoryLog peer('P', kSpace);
  int batches = 0;
  for (bool more = true; more; ++batches) {
    const SegmentBatch batch = Must(alice->SegmentsSince(Must(peer.Delivered()), 1));
    ASSERT_EQ(batch.segments.size(), 1u);
    const auto outcome = Must(peer.Ingest(batch.segments, alice->self(), nullptr, std::nullopt));
    EXPECT_GT(outcome.applied, 0u);
    EXPECT_EQ(batch.reaches, Must(peer.Delivered()));
    more = batch.more;
    ASSERT_LT(batches, 300);
  }
  EXPECT_GT(batches, 1);
  EXPECT_EQ(Must(peer.Delivered()).Get(alice->self()), 300u);
  EXPECT_TRUE(Must(alice->SegmentsSince(Must(peer.Delivered()), 1)).segments.empty());
}

// The positions of a replica are looked up a batch at a time.
TEST_P(StoreContract, VeryManySmallSegmentsArriveWholeAndInOrder) {
  MemoryLog bob('B', kSpace);
  MemoryLog carol('C', kSpace);
  for (int i = 0; i < 1300; ++i) {
    MemoryLog& one = i % 5 == 0 ? carol : bob;
    one.Commit({SetText(Rec("a"), 2, std::to_string(i))});
  }
  OpenedStore alice = Open('A');
  std::vector<Change> arrived;
  for (MemoryLog* log : {&bob, &carol}) {
    arrived.insert(arrived.end(), log->changes().begin(), log->changes().end());
    const SegmentBatch batch = Must(log->SegmentsSince({}, 1 << 20));  // one change a segment
    Must(alice->Ingest(batch.segments, log->self(), nullptr, std::nullopt));
  }
  MemoryLog peer('P', kSpace);
  Pull(*alice, peer);
  EXPECT_EQ(Must(peer.Delivered()), Must(alice->Delivered()));
  EXPECT_TRUE(peer.changes() == arrived) << "each once, in the order of arrival here";
}

TEST_P(StoreContract, ARepeatedRequestGetsTheSameSegments) {
  OpenedStore alice = Open('A');
  for (int i = 0; i < 20; ++i) Must(alice->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  const SegmentBatch first = Must(alice->SegmentsSince({}, 1 << 20));
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "y")})));
  alice = {};
  alice = Open('A');
  const SegmentBatch second = Must(alice->SegmentsSince({}, 1));
  ASSERT_EQ(second.segments.size(), 1u);
  EXPECT_EQ(second.segments[0], first.segments[0]);
  EXPECT_TRUE(second.more);
}

TEST_P(StoreContract, SegmentsAfterGivesWhatArrivedSinceButNotToItsDeliverer) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "alice's")})));
  Must(bob->Commit(Edit({SetText(Rec("b"), 2, "bob's")})));
  Pull(*alice, *server);
  Pull(*bob, *server);
  Must(server->Commit(Edit({SetText(Rec("c"), 2, "the office's")})));
  const SegmentBatch for_alice = Must(server->SegmentsAfter(0, Replica('A'), 1 << 20));
  EXPECT_EQ(CountChanges(for_alice), 2u);
  EXPECT_FALSE(for_alice.more);
  const SegmentBatch rest = Must(server->SegmentsAfter(for_alice.cursor, Replica('A'), 1 << 20));
  EXPECT_TRUE(rest.segments.empty());
  EXPECT_EQ(rest.cursor, for_alice.cursor);
  EXPECT_EQ(CountChanges(Must(server->SegmentsAfter(0, Replica('C'), 1 << 20))), 3u);
  // Only what Alice herself delivered is left: the cursor still moves over it.
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "again")})));
  Pull(*alice, *server);
  const SegmentBatch skipped = Must(server->SegmentsAfter(for_alice.cursor, Replica('A'), 1));
  EXPECT_TRUE(skipped.segments.empty());
  EXPECT_GT(skipped.cursor, for_alice.cursor);
  EXPECT_TRUE(Must(server->SegmentsAfter(UINT64_MAX, Replica('A'), 1)).segments.empty());
}

TEST_P(StoreContract, PeerStateIsKeptWithTheSegmentsItTellsOf) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  EXPECT_EQ(Must(alice->LoadPeer("bob")).cursor, 0u);
  PeerState peer;
  peer.name = "bob";
  peer.history_id = "historyB";
  peer.cursor = 42;
  peer.known.Set(Replica('A'), 0);
  Must(alice->Ingest(AllSegments(*bob), bob->self(), nullptr, peer));
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "y")})));
  EXPECT_EQ(Must(alice->UnsentChanges("bob")), 1u);
  alice = {};
  alice = Open('A');
  peer = Must(alice->LoadPeer("bob"));
  EXPECT_EQ(peer.history_id, "historyB");
  EXPECT_EQ(peer.cursor, 42u);
  EXPECT_EQ(peer.known.Get(Replica('B')), 1u) << "whoever sent it holds it";
  peer.known.Set(Replica('A'), 1);
  Must(alice->Ingest({}, bob->self(), nullptr, peer));
  EXPECT_EQ(Must(alice->UnsentChanges("bob")), 0u);
  EXPECT_EQ(Must(alice->UnsentChanges("somebody else")), 1u);
  EXPECT_EQ(Must(alice->LoadPeer("carol")).name, "carol");
}

TEST_P(StoreContract, AnIngestThatFailsKeepsNeitherChangesNorPeerState) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "x")})));
  std::vector<std::string> segments = AllSegments(*bob);
  segments.push_back("not a segment");
  PeerState peer;
  peer.name = "bob";
  peer.cursor = 42;
  EXPECT_EQ(alice->Ingest(segments, bob->self(), nullptr, peer).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Must(alice->Delivered()).empty());
  EXPECT_EQ(Must(alice->LoadPeer("bob")).cursor, 0u);
  const std::string foreign = EncodeSegment("another space", AllChanges(*bob));
  EXPECT_EQ(alice->Ingest({&foreign, 1}, bob->self(), nullptr, peer).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Must(alice->Size()).segments, 0u);
}

}  // namespace dudao::testing
