// Changes that move aside and back: the records are those of a replica that knew from the start.
#include <map>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

Hash HashOf(const Change& change) { return Sha256(CanonicalChange(kSpace, change)); }

IngestOutcome Take(Store& store, const Change& change, bool refused = false) {
  const std::string segment = EncodeSegment(kSpace, {&change, 1});
  const IngestPolicy policy = [=](const Change&, std::string_view) {
    std::optional<Quarantined> what;
    if (refused) what = Quarantined{{}, kPermissionEnded, "", {}, {}, {}};
    return what;
  };
  return Must(store.Ingest({&segment, 1}, change.replica, policy, std::nullopt));
}

std::vector<Change> SavesOfBob(int count) {
  MemoryLog bob('B', kSpace);
  for (int i = 1; i <= count; ++i) bob.Commit({SetText(Rec("a"), 2, "save " + std::to_string(i))});
  return bob.changes();
}

JudgedState StateOf(Store& store, const Dot& dot) {
  for (const QuarantineEntry& entry : Must(store.Quarantine())) {
    if (entry.what.dot == dot) return entry.state;
  }
  ADD_FAILURE() << "not in the list";
  return JudgedState::kPending;
}

}  // namespace

TEST_P(StoreContract, AReleasedChangeIsMergedAsIfItHadNeverBeenAside) {
  OpenedStore alice = Open('A');
  OpenedStore plain = Open('P');
  const std::vector<Change> saves = SavesOfBob(3);
  for (const Change& change : saves) {
    Take(*alice, change, change.seq == 2);
    Take(*plain, change);
  }
  EXPECT_EQ(alice->Judge(saves[0].dot(), HashOf(saves[1]), true).code(),
            absl::StatusCode::kNotFound);
  const uint64_t before = Must(alice->Load(Rec("a")))->revision;
  Must(alice->Judge(saves[1].dot(), HashOf(saves[1]), true));
  EXPECT_EQ(Must(alice->StateDigest()), Must(plain->StateDigest()));
  EXPECT_GT(Must(alice->Load(Rec("a")))->revision, before) << "projections hear of it";
  EXPECT_EQ(Must(alice->History(Rec("a"), Path())).size(), 3u);
  EXPECT_EQ(StateOf(*alice, saves[1].dot()), JudgedState::kReleased);
  Must(alice->Judge(saves[1].dot(), HashOf(saves[1]), true));
  alice = {};
  alice = Open('A');
  EXPECT_EQ(Must(alice->StateDigest()), Must(plain->StateDigest()));
  EXPECT_EQ(StateOf(*alice, saves[1].dot()), JudgedState::kReleased);
  EXPECT_TRUE(Must(alice->SegmentsSince({}, 1 << 20)).set_aside.empty());
}

TEST_P(StoreContract, ARecordThatOnlyAReleasedChangeWroteComesIntoBeing) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(1);
  Take(*alice, saves[0], true);
  EXPECT_FALSE(Must(alice->Load(Rec("a"))));
  Must(alice->Judge(saves[0].dot(), HashOf(saves[0]), true));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 1");
  EXPECT_EQ(Must(alice->History(Rec("a"), Path())).size(), 1u);
  EXPECT_EQ(Must(alice->Size()).records, 1u);
}

TEST_P(StoreContract, AChangeThatMovesAsideLeavesNoTraceInTheRecords) {
  OpenedStore alice = Open('A');
  OpenedStore plain = Open('P');
  const std::vector<Change> saves = SavesOfBob(3);
  for (const Change& change : saves) {
    Take(*alice, change);
    Take(*plain, change, change.seq == 3);
  }
  EXPECT_EQ(alice->SetAside({Replica('B'), 4}, kNotPermitted, "").code(),
            absl::StatusCode::kNotFound);
  Must(alice->SetAside(saves[2].dot(), kNotPermitted, "too late"));
  Must(alice->SetAside(saves[2].dot(), kNotPermitted, "again"));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 2") << "what it had replaced is back";
  EXPECT_EQ(Must(alice->StateDigest()), Must(plain->StateDigest()));
  ASSERT_EQ(Must(alice->Quarantine()).size(), 1u);
  EXPECT_EQ(Must(alice->Quarantine())[0].what.detail, "too late");
  EXPECT_EQ(Must(alice->Quarantine())[0].change_hash, HashBytes(HashOf(saves[2])));
  EXPECT_EQ(AllChanges(*alice), saves) << "it still travels";
  EXPECT_EQ(Must(alice->SegmentsSince({}, 1 << 20)).set_aside.size(), 1u);
}

TEST_P(StoreContract, ARecordWhoseOnlyChangeIsAsideIsNotThere) {
  OpenedStore alice = Open('A');
  OpenedStore plain = Open('P');
  const std::vector<Change> saves = SavesOfBob(1);
  Take(*alice, saves[0]);
  Take(*plain, saves[0], true);
  const uint64_t revision = Must(alice->Load(Rec("a")))->revision;
  Must(alice->SetAside(saves[0].dot(), kNotPermitted, ""));
  EXPECT_FALSE(Must(alice->Load(Rec("a"))));
  EXPECT_TRUE(Scanned(*alice).empty());
  EXPECT_EQ(Must(alice->Size()).records, 0u);
  EXPECT_EQ(Must(alice->StateDigest()), Must(plain->StateDigest()));
  int touched = 0;
  Must(alice->ScanTouched(revision, [&](const StoredRecord& stored) {
    EXPECT_FALSE(stored.record.exists());
    return ++touched > 0;
  }));
  EXPECT_EQ(touched, 1) << "projections forget it";
}

TEST_P(StoreContract, AnOwnSaveThatIsNotSentYetCanMoveAside) {
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "first")})));
  const Change second = Must(alice->Commit(Edit({SetText(Rec("a"), 2, "second")})));
  Must(alice->Commit(Edit({SetText(Rec("b"), 2, "third")})));
  Must(alice->SetAside(second.dot(), kNotPermitted, ""));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "first");
  alice = {};
  alice = Open('A');
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "first");
  EXPECT_EQ(Shown(*alice, Rec("b"), 2), "third");
  Must(alice->Judge(second.dot(), HashOf(second), true));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "second");
}

TEST_P(StoreContract, AVerdictHoldsForAChangeThatArrivesLater) {
  for (const bool released : {true, false}) {
    OpenedStore alice = Open(released ? 'A' : 'C');
    const std::vector<Change> saves = SavesOfBob(1);
    EXPECT_EQ(alice->Judge(saves[0].dot(), HashOf(saves[0]), released).code(),
              absl::StatusCode::kNotFound);
    alice = {};
    alice = Open(released ? 'A' : 'C');
    EXPECT_EQ(Take(*alice, saves[0], released).applied, released ? 1u : 0u);
    // Whatever a peer says that has not heard of it.
    EXPECT_TRUE(alice->SetAside(saves[0].dot(), kNotPermitted, "").ok());
    EXPECT_EQ(Must(alice->Load(Rec("a"))).has_value(), released);
    if (!released) {
      EXPECT_EQ(StateOf(*alice, saves[0].dot()), JudgedState::kRefused);
    }
  }
}

TEST_P(StoreContract, ARefusalTakesBackWhatWasMerged) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(2);
  for (const Change& change : saves) Take(*alice, change);
  Must(alice->Judge(saves[1].dot(), HashOf(saves[1]), false));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 1");
  EXPECT_EQ(StateOf(*alice, saves[1].dot()), JudgedState::kRefused);
  // Somebody thinks better of it.
  Must(alice->Judge(saves[1].dot(), HashOf(saves[1]), true));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 2");
  EXPECT_EQ(Must(alice->Size()).quarantined, 1u);
}

TEST_P(StoreContract, AReusedNumberCanBeRefusedAndIsNeverMerged) {
  OpenedStore alice = Open('A');
  const std::vector<Change> saves = SavesOfBob(2);
  for (const Change& change : saves) Take(*alice, change);
  Change twin = saves[1];
  twin.ops[0].value = Value::Bytes("the clone's");
  Take(*alice, twin);
  EXPECT_FALSE(Must(alice->Quarantine())[0].in_log);
  for (const bool released : {false, true}) {
    Must(alice->Judge(twin.dot(), HashOf(twin), released));
    EXPECT_EQ(StateOf(*alice, twin.dot()),
              released ? JudgedState::kReleased : JudgedState::kRefused);
    EXPECT_EQ(Shown(*alice, Rec("a"), 2), "save 2");
  }
}

TEST_P(StoreContract, WhatNoReplicaCanMergeIsNotReleased) {
  OpenedStore alice = Open('A');
  std::vector<Change> saves = SavesOfBob(1);
  saves[0].author = std::string("\xff\xfe", 2);
  Take(*alice, saves[0]);
  Must(alice->Judge(saves[0].dot(), HashOf(saves[0]), true));
  EXPECT_FALSE(Must(alice->Load(Rec("a"))));
  EXPECT_EQ(StateOf(*alice, saves[0].dot()), JudgedState::kPending);
}

// The author hears that a change was kept aside and keeps it aside too.
TEST_P(StoreContract, ARefusedOwnChangeMovesAsideOnTheTabletToo) {
  OpenedStore server = Open('S');
  OpenedStore alice = Open('A');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "fine")})));
  const Change bad = Must(alice->Commit(Edit({SetText(Rec("a"), 2, "not fine")})));
  ResponderOptions options;
  options.policy = [](const Change& change, std::string_view) {
    std::optional<Quarantined> what;
    if (change.seq == 2) what = Quarantined{{}, kNotPermitted, "", {}, {}, {}};
    return what;
  };
  Initiator initiator(*alice, {});
  const auto request = Must(initiator.Next(kWallMs));
  Must(initiator.Receive(Must(Respond(*server, *request, options)).response));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "fine");
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(initiator.totals().refused.size(), 1u);
  EXPECT_TRUE(initiator.totals().set_aside.empty()) << "it is told once";
  for (Store* store : {&*alice, &*server}) Must(store->Judge(bad.dot(), HashOf(bad), true));
  EXPECT_EQ(Must(alice->StateDigest()), Must(server->StateDigest()));
  EXPECT_EQ(Shown(*alice, Rec("a"), 2), "not fine");
}

// Any order of arrivals, refusals, removals and verdicts, with restarts in between.
TEST_P(StoreContract, VerdictsInAnyOrderEndInTheStateOfThePlainestReplica) {
  SeededTest random;
  for (int run = 0; run < 6; ++run) {
    MemoryLog people[] = {{'B', kSpace}, {'C', kSpace}, {'D', kSpace}};
    for (int i = 0; i < 40; ++i) {
      MemoryLog& one = people[random.Below(3)];
      one.Commit(RandomOps(random));
      if (!random.Chance(0.3)) continue;
      MemoryLog& other = people[random.Below(3)];
      const SegmentBatch batch = Must(one.SegmentsSince(Must(other.Delivered()), 1 << 20));
      Must(other.Ingest(batch.segments, one.self(), nullptr, std::nullopt));
    }
    std::vector<Change> all;
    for (MemoryLog& one : people) {
      for (const Change& change : one.changes()) {
        if (change.replica == one.self()) all.push_back(change);
      }
    }
    std::map<Dot, bool> verdicts;  // the last word on some of them
    for (const Change& change : all) {
      if (random.Chance(0.4)) verdicts[change.dot()] = random.Chance(0.5);
    }
    std::vector<std::string> digests;
    for (const char name : {'V', 'W', 'X'}) {
      const std::string file = FileOf(name) + std::to_string(run);
      OpenedStore store = Must(GetParam().open(file, kSpace, Incarnation(name)));
      std::vector<Change> left = all;
      std::map<Dot, bool> unsaid = verdicts;
      while (!left.empty() || !unsaid.empty()) {
        const size_t pick = random.Below(all.size());
        const Change& change = all[pick];
        if (random.Chance(0.5)) {
          Take(*store, change, random.Chance(0.5) && verdicts.contains(change.dot()));
          std::erase_if(left, [&](const Change& one) {
            return Must(store->Delivered()).Contains(one.dot());
          });
        } else if (verdicts.contains(change.dot())) {
          const bool last = random.Chance(0.5);
          if (!last && unsaid.contains(change.dot())) {
            // Said before the last word.
            (void)store->Judge(change.dot(), HashOf(change), random.Chance(0.5));
          } else {
            (void)store->Judge(change.dot(), HashOf(change), verdicts[change.dot()]);
            unsaid.erase(change.dot());
          }
          if (Must(store->Delivered()).Contains(change.dot()))
            Must(store->SetAside(change.dot(), kNotPermitted, ""));
        }
        if (random.Chance(0.02)) {
          store = {};
          store = Must(GetParam().open(file, kSpace, Incarnation(name)));
        }
      }
      digests.push_back(HashHex(Must(store->StateDigest())));
      MemoryLog plain('?', kSpace);
      Pull(*store, plain);
      for (const auto& [dot, released] : verdicts) plain.SetMerged(dot, released);
      std::map<RecordId, std::string> expected;
      for (const auto& [id, record] : plain.records()) expected[id] = record.EncodeShared();
      EXPECT_EQ(Scanned(*store), expected) << "seed " << random.seed();
    }
    EXPECT_EQ(digests[0], digests[1]) << "seed " << random.seed();
    EXPECT_EQ(digests[0], digests[2]) << "seed " << random.seed();
  }
}

}  // namespace dudao::testing
