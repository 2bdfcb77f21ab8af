// Two replicas under one id: files that were cloned, or brought back from an older copy, without
// anything that tells them. Whoever syncs second steps aside; nothing is lost, nothing doubled.
#include <filesystem>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "fake_signer.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

// Draws ids that tests can tell apart.
FreshIdentity NextIdentity() {
  static char name = 'a';
  FreshIdentity fresh{Replica(name), std::string("fresh") + name};
  ++name;
  return fresh;
}

// One session; whoever calls may have it stop after some rounds, as a process that dies does.
ExchangeTotals Sync(Store& client, Store& server, size_t bytes = 64 << 10, int rounds = 100) {
  ExchangeOptions options;
  options.push_bytes_start = bytes;
  options.prove = FakeProver(kSpace, "tablet-a");
  options.check_proof = FakeProofCheck(kSpace);
  options.check_receipt = FakeReceiptCheck(kSpace);
  options.fresh_identity = NextIdentity;
  ResponderOptions answers;
  answers.check_proof = FakeProofCheck(kSpace);
  answers.proofs_required = true;
  answers.sign_receipt = FakeReceiptSigner(kSpace);
  Initiator initiator(client, std::move(options));
  for (int round = 0; round < rounds; ++round) {
    const auto request = Must(initiator.Next(kWallMs));
    if (!request) return initiator.totals();
    const auto reply = Respond(server, *request, answers);
    EXPECT_TRUE(reply.ok()) << reply.status();
    if (!reply.ok()) break;
    Must(initiator.Receive(reply->response));
  }
  EXPECT_LT(rounds, 100) << "the exchange does not end";
  return initiator.totals();
}

// One device meets another: no server that would say whose a forked id is.
void Meet(Store& asks, Store& answers, const ResponderOptions& how) {
  ExchangeOptions options;
  options.vector_mode = true;
  Initiator initiator(asks, options);
  int rounds = 0;
  for (; rounds < 10; ++rounds) {
    const auto request = Must(initiator.Next(kWallMs));
    if (!request) break;
    Must(initiator.Receive(Must(Respond(answers, *request, how)).response));
  }
  EXPECT_LT(rounds, 5);
}

void AddVisit(Store& store, const std::string& key) {
  Must(store.Commit(Edit({SetText(Rec(key), 2, key), Increment(Rec("sum"), 40, 1)})));
}

int64_t SumOf(Store& store) {
  const auto stored = Must(store.Load(Rec("sum")));
  return stored ? stored->record.Find(Path().Field(40))->sum : 0;
}

}  // namespace

// Alice's tablet, whose file can be copied and come back; every file is closed for that.
class ForkTest : public StoreContract {
 protected:
  void Copy(char from, char to) {
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::remove(FileOf(to) + suffix);
      if (std::filesystem::exists(FileOf(from) + suffix))
        std::filesystem::copy_file(FileOf(from) + suffix, FileOf(to) + suffix);
    }
  }
  // Opens a copy of Alice's file as what it was.
  OpenedStore OpenCopy(char name) {
    return Must(GetParam().open(FileOf(name), kSpace, Incarnation('A', "token")));
  }
};

TEST_P(ForkTest, AFileThatIsOlderThanWhatItSentTakesANewId) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  AddVisit(*alice, "two");
  Sync(*alice, *server);
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "three");
  Sync(*alice, *server);
  // The copy comes back; nobody saved in it.
  OpenedStore back = OpenCopy('B');
  const ExchangeTotals totals = Sync(*back, *server);
  EXPECT_TRUE(totals.replica_replaced);
  EXPECT_NE(back->self(), Replica('A'));
  EXPECT_EQ(SumOf(*back), 3) << "the lost save is here again";
  EXPECT_EQ(Must(back->StateDigest()), Must(server->StateDigest()));
  AddVisit(*back, "four");
  EXPECT_FALSE(Sync(*back, *server).replica_replaced) << "once is enough";
  EXPECT_EQ(SumOf(*server), 4);
  EXPECT_EQ(Must(server->Delivered()).Get(Replica('A')), 3u) << "no number is given twice";
}

TEST_P(ForkTest, WhatWasSavedAfterComingBackIsMadeAgainOnce) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "sent");
  Sync(*alice, *server);
  AddVisit(*alice, "unsent when copied");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "only in the first");
  Sync(*alice, *server);
  OpenedStore back = OpenCopy('B');
  AddVisit(*back, "only in the copy");
  const Change last = Must(back->Commit(Edit({SetText(Rec("only in the copy"), 3, "more")})));
  const ExchangeTotals totals = Sync(*back, *server);
  EXPECT_TRUE(totals.replica_replaced);
  EXPECT_EQ(SumOf(*server), 4) << "what both had was not made again";
  EXPECT_EQ(Must(back->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Must(back->UnsentChanges("server")), 0u);
  EXPECT_TRUE(Must(server->Quarantine()).size() <= 2u) << "as evidence, not merged";
  // With author, time and context: the last save still replaces nothing and follows the one before.
  const auto history = Must(server->History(Rec("only in the copy"), Path()));
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[1].time, last.time);
  EXPECT_EQ(history[1].author, last.author);
  EXPECT_EQ(Must(server->Size()).conflicts, 0u);
  Sync(*alice, *server);
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest()));
  back = {};
  back = OpenCopy('B');
  EXPECT_NE(back->self(), Replica('A')) << "the new id is kept";
  EXPECT_EQ(Must(back->StateDigest()), Must(server->StateDigest()));
}

TEST_P(ForkTest, ClonesThatSyncInTurnsEndEqualWithBothPeoplesWork) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "before");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  OpenedStore clone = OpenCopy('B');
  int replaced = 0;
  int visits = 1;
  for (int day = 0; day < 4; ++day) {
    for (Store* one : {&*alice, &*clone}) {
      AddVisit(*one, "visit " + std::to_string(++visits));
      replaced += Sync(*one, *server).replica_replaced ? 1 : 0;
    }
  }
  EXPECT_EQ(replaced, 1);
  EXPECT_NE(alice->self(), clone->self());
  Sync(*alice, *server);
  EXPECT_EQ(SumOf(*server), visits);
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Must(clone->StateDigest()), Must(server->StateDigest()));
}

// Both clones hold the same unsent saves of a fork; whoever makes them again, they are the same.
TEST_P(ForkTest, ClonesOfAForkMakeTheSameChangesOfIt) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  Sync(*alice, *server);
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "two");
  Sync(*alice, *server);
  OpenedStore fork = OpenCopy('B');
  AddVisit(*fork, "the fork's first");
  AddVisit(*fork, "the fork's second");
  fork = {};
  Copy('B', 'C');
  fork = OpenCopy('B');
  OpenedStore again = OpenCopy('C');
  AddVisit(*fork, "only here");
  AddVisit(*again, "only there");
  AddVisit(*again, "and there");
  for (Store* one : {&*fork, &*again, &*fork, &*alice}) Sync(*one, *server);
  EXPECT_EQ(SumOf(*server), 7);
  for (Store* one : {&*fork, &*again, &*alice}) {
    EXPECT_EQ(Must(one->StateDigest()), Must(server->StateDigest()));
    EXPECT_EQ(Must(one->UnsentChanges("server")), 0u);
  }
  EXPECT_EQ(Replayed(*again), Scanned(*again));
}

TEST_P(ForkTest, ALongForkIsFoundInFewRounds) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  for (int i = 0; i < 300; ++i) AddVisit(*alice, "v" + std::to_string(i));
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  OpenedStore back = OpenCopy('B');
  for (int i = 0; i < 50; ++i) {
    AddVisit(*alice, "a" + std::to_string(i));
    AddVisit(*back, "b" + std::to_string(i));
  }
  Sync(*alice, *server);
  const ExchangeTotals totals = Sync(*back, *server);
  EXPECT_TRUE(totals.replica_replaced);
  EXPECT_LE(totals.rounds, 10u);
  EXPECT_EQ(SumOf(*server), 400);
  EXPECT_EQ(Must(back->StateDigest()), Must(server->StateDigest()));
}

// A form that was open when the replica took its new id goes on as if nothing had happened.
TEST_P(ForkTest, AFormThatWasOpenKnowsWhatItShowed) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  Sync(*alice, *server);
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  Must(alice->Commit(Edit({SetText(Rec("one"), 2, "the first's")})));
  Sync(*alice, *server);
  OpenedStore back = OpenCopy('B');
  LocalEdit edit = Edit({SetText(Rec("one"), 3, "the copy's")});
  Must(back->Commit(edit));
  FormContext form = Must(back->OpenForm());  // shows the copy's own save, not the first's
  Sync(*back, *server);
  edit = Edit({SetText(Rec("one"), 3, "the copy's, better"), SetText(Rec("one"), 2, "mine")});
  edit.form = form;
  Must(back->Commit(edit));
  EXPECT_EQ(Competing(*back, Rec("one"), 3), (std::vector<std::string>{"the copy's, better"}));
  EXPECT_EQ(Competing(*back, Rec("one"), 2), (std::vector<std::string>{"mine", "the first's"}));
}

// Carol's tablet got one side of the fork from Alice, and the server holds the other.
TEST_P(ForkTest, AThirdTabletGivesWayToWhatTheServerHolds) {
  OpenedStore server = Open('S');
  OpenedStore carol = Open('C');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "given to Carol alone");
  Pull(*alice, *carol);
  Must(carol->Commit(Edit({SetText(Rec("carol"), 2, "hers")})));
  OpenedStore clone = OpenCopy('B');
  AddVisit(*clone, "given to the server");
  Sync(*clone, *server);
  const ExchangeTotals totals = Sync(*carol, *server);
  EXPECT_EQ(totals.forks_cut, (std::vector<ReplicaId>{Replica('A')}));
  EXPECT_FALSE(totals.replica_replaced);
  EXPECT_EQ(Must(carol->StateDigest()), Must(server->StateDigest()));
  auto entries = Must(carol->Quarantine());
  std::erase_if(entries, [](const QuarantineEntry& entry) {
    return entry.state == JudgedState::kReleased;  // the server's, which was aside for a moment
  });
  ASSERT_EQ(entries.size(), 1u) << "it is kept aside, not lost";
  EXPECT_EQ(entries[0].what.reason, kDotReused);
  EXPECT_FALSE(entries[0].in_log);
  // And Alice, who wrote it, brings it herself.
  Sync(*alice, *server);
  Sync(*carol, *server);
  EXPECT_EQ(SumOf(*server), 3);
  EXPECT_EQ(Must(carol->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest()));
  carol = {};
  carol = Open('C');
  EXPECT_EQ(Replayed(*carol), Scanned(*carol));
  EXPECT_EQ(Shown(*carol, Rec("carol"), 2), "hers");
}

TEST_P(ForkTest, WhoeverStopsWhileMendingGoesOnWhereverItStopped) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  Sync(*alice, *server);
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  for (int i = 0; i < 5; ++i) AddVisit(*alice, "first " + std::to_string(i));
  Sync(*alice, *server);
  OpenedStore back = OpenCopy('B');
  for (int i = 0; i < 7; ++i) AddVisit(*back, "second " + std::to_string(i));
  for (int rounds = 1; rounds < 8; ++rounds) {
    Sync(*back, *server, 200, rounds);
    back = {};
    back = OpenCopy('B');
    Sync(*alice, *server);
    AddVisit(*alice, "meanwhile " + std::to_string(rounds));
  }
  Sync(*alice, *server);
  Sync(*back, *server);
  EXPECT_EQ(SumOf(*server), 1 + 5 + 7 + 7);
  EXPECT_EQ(Must(back->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Must(back->Delivered()), Must(server->Delivered()));
  EXPECT_EQ(Must(back->UnsentChanges("server")), 0u);
}

TEST_P(ForkTest, AnAnswerThatShowsAForkIsNotStored) {
  OpenedStore server = Open('S');
  OpenedStore carol = Open('C');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "given to Carol alone");
  Pull(*alice, *carol);
  OpenedStore clone = OpenCopy('B');
  for (int i = 0; i < 4; ++i) AddVisit(*clone, "given to the server " + std::to_string(i));
  Sync(*clone, *server);
  const VersionVector before = Must(carol->Delivered());
  const PeerState peer = Must(carol->LoadPeer("server"));
  for (int i = 0; i < 3; ++i) {
    Sync(*carol, *server, 64 << 10, 1);
    EXPECT_EQ(Must(carol->Delivered()), before) << "no change goes on top of another chain";
    EXPECT_EQ(Must(carol->LoadPeer("server")).cursor, peer.cursor);
  }
  Sync(*carol, *server);
  EXPECT_EQ(Must(carol->Delivered()), Must(server->Delivered()));
  EXPECT_EQ(Must(carol->StateDigest()), Must(server->StateDigest()));
}

// Carol wrote having seen a number that then becomes the other side's, so on the server her change
// has seen what the other side wrote there. On her tablet it has to come out as well.
TEST_P(ForkTest, ACutIsSeenByWhatWasWrittenInSightOfIt) {
  OpenedStore server = Open('S');
  OpenedStore carol = Open('C');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  AddVisit(*alice, "given to Carol alone");
  Pull(*alice, *carol);
  Must(carol->Commit(Edit({SetText(Rec("both"), 2, "Carol's")})));
  OpenedStore clone = OpenCopy('B');
  Must(clone->Commit(Edit({SetText(Rec("both"), 2, "the clone's")})));
  Sync(*clone, *server);
  Sync(*carol, *server);
  EXPECT_EQ(Must(carol->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Competing(*carol, Rec("both"), 2), Competing(*server, Rec("both"), 2));
}

TEST_P(ForkTest, TabletsAmongThemselvesLeaveAForkAlone) {
  OpenedStore carol = Open('C');
  OpenedStore dave = Open('D');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  OpenedStore clone = OpenCopy('B');
  AddVisit(*alice, "Carol's side");
  AddVisit(*clone, "Dave's side");
  AddVisit(*clone, "and one more");
  Pull(*alice, *carol);
  Pull(*clone, *dave);
  const Hash before = Must(carol->StateDigest());
  Meet(*carol, *dave, {});
  EXPECT_EQ(Must(carol->StateDigest()), before) << "two chains are never mixed";
}

// Erin holds Alice's later changes in one segment with another's. Dave holds the other side of
// Alice's fork, only shorter, so that the later ones would seem to continue it.
TEST_P(ForkTest, ASegmentThatCarriesTheOtherSideOfAForkGoesWithoutIt) {
  for (const bool dave_asks : {true, false}) {
    SCOPED_TRACE(dave_asks);
    const auto file = [&](char name) { return static_cast<char>(name + (dave_asks ? 32 : 0)); };
    const auto open_alice = [&](char name) {
      return Must(GetParam().open(FileOf(file(name)), kSpace, Incarnation('A', "token")));
    };
    OpenedStore alice = open_alice('A');
    AddVisit(*alice, "one");
    alice = {};
    Copy(file('A'), file('B'));
    alice = open_alice('A');
    OpenedStore clone = open_alice('B');
    OpenedStore dave = Open(file('D'));
    OpenedStore erin = Open(file('E'));
    OpenedStore frank = Open(file('F'));
    AddVisit(*clone, "Dave's side");
    Pull(*clone, *dave);
    AddVisit(*alice, "Erin's side");
    Pull(*alice, *erin);
    AddVisit(*alice, "later");
    Pull(*alice, *frank);
    AddVisit(*frank, "Frank's");
    Pull(*frank, *erin);
    ResponderOptions leave_out;
    leave_out.on_fork = OnFork::kLeaveOut;
    Meet(dave_asks ? *dave : *erin, dave_asks ? *erin : *dave, leave_out);
    EXPECT_EQ(Shown(*dave, Rec("Frank's"), 2), "Frank's");
    EXPECT_EQ(Must(dave->Delivered()).Get(Replica('A')), 2U);
    EXPECT_EQ(Must(dave->HashAt({Replica('A'), 2})), Must(clone->HashAt({Replica('A'), 2})));
    EXPECT_EQ(Shown(*dave, Rec("later"), 2), "(none)") << "two chains are never mixed";
  }
}

// The sender of old did not leave it out; its proof shows that the chain is another one.
TEST_P(ForkTest, WhoBringsAnotherChainOfItsOwnIsLeftOut) {
  OpenedStore dave = Open('D');
  OpenedStore alice = Open('A', "token");
  AddVisit(*alice, "one");
  alice = {};
  Copy('A', 'B');
  alice = Open('A', "token");
  OpenedStore clone = OpenCopy('B');
  AddVisit(*clone, "Dave's side");
  Pull(*clone, *dave);
  AddVisit(*alice, "the other side");
  const VersionVector known = Must(alice->Delivered());
  Must(alice->SegmentsSince({}, 1 << 20));  // the next save is in a segment of its own
  AddVisit(*alice, "later");
  const SegmentBatch batch = Must(alice->SegmentsSince(known, 1 << 20));
  ASSERT_EQ(batch.to_prove.size(), 1U);
  HeadProof proof;
  proof.set_replica(std::string(Replica('A').AsBytes()));
  proof.set_seq(batch.to_prove[0].seq);
  proof.set_hash(std::string(HashBytes(batch.to_prove[0].hash)));
  proof = Must(FakeProver(kSpace, "tablet-a")(std::move(proof)));
  proof.clear_hash();
  Arrival arrival;
  arrival.segments = batch.segments;
  arrival.proofs = absl::MakeConstSpan(&proof, 1);
  arrival.from = Replica('A');
  arrival.check_proof = FakeProofCheck(kSpace);
  arrival.on_fork = OnFork::kLeaveOut;
  const IngestOutcome outcome = Must(dave->Ingest(arrival));
  EXPECT_EQ(outcome.applied, 0U);
  EXPECT_FALSE(outcome.own_proof_bad) << "nobody lies";
  EXPECT_EQ(outcome.unproven, (std::vector<Dot>{{Replica('A'), 2}}));
  EXPECT_EQ(Shown(*dave, Rec("later"), 2), "(none)");
}

INSTANTIATE_TEST_SUITE_P(All, ForkTest, ::testing::ValuesIn(StoreKinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace dudao::testing
