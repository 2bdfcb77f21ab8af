// The process is killed at a random moment; every change that was acknowledged is there afterwards.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "dudao/sync/log/segment.h"
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

namespace {

struct Acknowledged {
  uint64_t own = 0;   // number of Alice's newest acknowledged save
  uint64_t bobs = 0;  // and of Bob's newest change that she acknowledged
};

// Runs in the child until it is killed.
[[noreturn]] void Work(const StoreKind& kind, const std::string& file, SeededTest& random,
                       MemoryLog& bob, int pipe) {
  OpenedStore alice = Must(kind.open(file, kSpace, Incarnation('A')));
  Acknowledged acknowledged;
  while (true) {
    if (random.Chance(0.03)) {
      for (int i = 0; i < 5; ++i) bob.Commit(RandomOps(random));
      const SegmentBatch batch = Must(bob.SegmentsSince(Must(alice->Delivered()), 1 << 20));
      PeerState peer;
      peer.name = "bob";
      peer.cursor = bob.changes().size();
      Must(alice->Ingest(batch.segments, bob.self(), nullptr, peer));
      acknowledged.bobs = Must(bob.Delivered()).Get(bob.self());
    } else if (random.Chance(0.01)) {
      Must(alice->SegmentsSince({}, 1 << 20));
    } else {
      acknowledged.own = Must(alice->Commit(Edit(RandomOps(random)))).seq;
    }
    if (write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) _exit(1);
  }
}

// Kills the child after so many answers, wherever it is by then.
Acknowledged RunAndKill(const StoreKind& kind, const std::string& file, SeededTest& random,
                        MemoryLog& bob, size_t answers) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    Work(kind, file, random, bob, pipe_ends[1]);
  }
  close(pipe_ends[1]);
  Acknowledged last;
  Acknowledged answer;
  for (; answers > 0; --answers) {
    if (read(pipe_ends[0], &answer, sizeof answer) != sizeof answer) break;
    last = answer;
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  while (read(pipe_ends[0], &answer, sizeof answer) == sizeof answer) last = answer;
  close(pipe_ends[0]);
  return last;
}

}  // namespace

TEST_P(StoreContract, EveryAcknowledgedChangeSurvivesTheKillingOfTheProcess) {
  SeededTest random;
  const std::string file = FileOf('A');
  for (int round = 0; round < 12; ++round) {
    // What the child draws and what Bob wrote there is lost with it; Bob goes on from what Alice
    // holds.
    MemoryLog bob('B', kSpace);
    {
      OpenedStore alice = Open('A');
      Pull(*alice, bob);
    }
    random.rng().discard(1);
    const Acknowledged acknowledged =
        RunAndKill(GetParam(), file, random, bob, 1 + random.Below(700));
    OpenedStore alice = Open('A');
    const VersionVector delivered = Must(alice->Delivered());
    EXPECT_GE(delivered.Get(Replica('A')), acknowledged.own);
    EXPECT_LE(delivered.Get(Replica('A')), acknowledged.own + 1) << "at most the one in flight";
    EXPECT_GE(delivered.Get(Replica('B')), acknowledged.bobs);
    const Hash digest = Must(alice->StateDigest());
    EXPECT_EQ(Replayed(*alice), Scanned(*alice)) << "seed " << random.seed() << " round " << round;
    // Position and changes are of one transaction.
    const PeerState peer = Must(alice->LoadPeer("bob"));
    EXPECT_EQ(peer.known.Get(Replica('B')), delivered.Get(Replica('B')));
    alice = {};
    EXPECT_EQ(Must(Open('A')->StateDigest()), digest);
    if (HasFailure()) return;
  }
}

}  // namespace dudao::testing
