// Tablets and a server in one thread, over real SQLite files, through every mishap that a seed can
// think of: lost, repeated and cut messages, crashes at any point (the files as they are on disk at
// that moment, opened anew), forms that stay open while others sync, wrong clocks, tablets that
// meet without the server, a server restored from an older copy, tablets that are brought back from
// an older copy or cloned without anybody telling them, changes that the server keeps aside and
// that somebody decides on. All changes are proven, all pushes confirmed.
//
// After a quiet period: all replicas have equal digests; whatever any of them held is everywhere,
// once, or kept aside; the state of every record equals what the plainest replica
// (support/memory_log.h) makes of the same changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/statements.h"
#include "fake_signer.h"
#include "machine.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations
namespace fs = std::filesystem;

constexpr int64_t kNow = 1'790'000'000'000;
constexpr int64_t k2099 = 4'070'908'800'000;
constexpr uint32_t kSaves = 50;  // field of the set that names every save
const RecordId kJournal = Rec("journal");

// Which mishaps beyond those of the network and the process happen.
struct Weather {
  bool tablets_meet = true;
  bool server_restored = true;
  bool rolled_back = false;  // tablets, and clones of them
  bool judged = false;       // the server keeps some changes aside, and somebody decides
};

// The number of the save that a change is, however often it was made again.
std::string SaveOf(const Change& change) {
  for (const Operation& op : change.ops) {
    const std::vector<PathStep> steps = op.path.Steps();
    if (op.record == kJournal && !steps.empty() && steps.back().key)
      return std::string(*steps.back().key);
  }
  return "";
}

std::string TextOf(const VersionVector& vector) {
  std::string text;
  for (const auto& [replica, seq] : vector.entries())
    text += replica.Short() + ":" + std::to_string(seq) + " ";
  return text;
}

std::vector<Change> ChangesOf(Store& store) {
  std::vector<Change> all;
  VersionVector known;
  for (bool more = true; more;) {
    const auto batch = store.SegmentsSince(known, 1 << 20);
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok()) break;
    for (const std::string& segment : batch->segments) {
      const auto changes = DecodeSegment(kSimulatedSpace, segment);
      EXPECT_TRUE(changes.ok());
      all.insert(all.end(), changes->begin(), changes->end());
    }
    known = batch->reaches;
    more = batch->more;
  }
  return all;
}

class Simulation {
 public:
  Simulation(int tablets, std::string folder, Weather weather)
      : folder_(std::move(folder)),
        weather_(weather),
        server_(folder_ + "/server", kServerSigner, random_) {
    for (int i = 0; i < tablets; ++i) {
      const std::string name = "tablet" + std::to_string(i);
      tablets_.push_back(std::make_unique<Machine>(folder_ + "/" + name + "-", name, random_));
    }
  }

  void Step() {
    Machine& tablet = AnyTablet();
    const size_t what = random_.Below(110);
    if (what < 50) {
      Save(tablet, tablet.device());
    } else if (what < 55) {
      const auto form = tablet.store().OpenForm();
      ASSERT_TRUE(form.ok());
      tablet.form = *form;
    } else if (what < 60) {
      SaveAtServer();
    } else if (what < 85) {
      Sync(tablet, 4, 0.15);
    } else if (what < 90) {
      Machine& other = AnyTablet();
      if (weather_.tablets_meet && other.device() != tablet.device()) Meet(tablet, other);
    } else if (what < 95) {
      tablet.Crash();
    } else if (what < 98) {
      server_.Crash();
    } else if (what < 100) {
      if (weather_.server_restored) CopyOrRestoreServer();
    } else if (what < 105) {
      if (weather_.rolled_back) CopyOrRollBack(tablet);
    } else if (weather_.judged) {
      JudgeSomething();
    }
  }

  void Settle() {
    for (const auto& tablet : tablets_) Remember(tablet->store());
    Remember(server_.store());
    for (int pass = 0; pass < 4; ++pass) {
      for (auto& tablet : tablets_) {
        Hear(tablet->store());
        Sync(*tablet, 1000, 0);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }

  void Check() {
    const Hash digest = *server_.store().StateDigest();
    const VersionVector at_server = *server_.store().Delivered();
    for (auto& tablet : tablets_) {
      ASSERT_EQ(TextOf(*tablet->store().Delivered()), TextOf(at_server)) << tablet->device();
      ASSERT_EQ(HashHex(*tablet->store().StateDigest()), HashHex(digest)) << tablet->device();
      ASSERT_EQ(*tablet->store().UnsentChanges("server"), 0u);
    }
    CheckSaves();
    CheckReceipts();
    CompareWithPlainReplica();
  }

  uint64_t seed() const { return random_.seed(); }

 private:
  Machine& AnyTablet() { return *tablets_[random_.Below(tablets_.size())]; }

  void Save(Machine& machine, const std::string& author) {
    LocalEdit edit;
    edit.author = author;
    edit.wall_ms = author == "tablet0"   ? k2099
                   : author == "tablet1" ? 0
                                         : kNow + static_cast<int64_t>(saves_) * 1000;
    edit.ops = RandomOps(random_);
    edit.ops.push_back(AddToSet(kJournal, kSaves, std::to_string(++saves_)));
    edit.ops.push_back(Increment(kJournal, 40, 1));
    if (machine.form && random_.Chance(0.5)) edit.form = machine.form;
    const auto change = machine.store().Commit(edit);
    ASSERT_TRUE(change.ok()) << change.status();
    if (edit.form) machine.form->own.push_back(change->dot());
  }

  void SaveAtServer() {
    Save(server_, "office");
    const auto head = server_.store().HeadOf(server_.store().self());
    ASSERT_TRUE(head.ok() && *head);
    HeadProof proof;
    proof.set_replica(std::string((*head)->replica.AsBytes()));
    proof.set_seq((*head)->seq);
    proof.set_hash(std::string(HashBytes((*head)->hash)));
    const absl::Status kept = server_.store().PutProof(*Prover(server_)(proof));
    ASSERT_TRUE(kept.ok()) << kept;
  }

  void CopyOrRestoreServer() {
    if (!server_.has_copy() || !random_.Chance(0.3)) return server_.SaveCopy();
    server_.RestoreCopy();
    Hear(server_.store());
  }

  void CopyOrRollBack(Machine& tablet) {
    if (tablets_.size() < 7 && random_.Chance(0.2)) {
      tablets_.push_back(tablet.Clone(folder_ + "/clone" + std::to_string(tablets_.size()) + "-"));
    } else if (tablet.has_copy() && random_.Chance(0.5)) {
      tablet.RollBack();
    } else {
      tablet.SaveCopy();
    }
  }

  ProofSigner Prover(const Machine& machine) {
    return FakeProver(kSimulatedSpace, machine.device());
  }

  // What the server thinks of a change follows from the change alone, so it thinks the same after a
  // restore.
  IngestPolicy Policy() const {
    if (!weather_.judged) return nullptr;
    return [](const Change& change, std::string_view signer) -> std::optional<Quarantined> {
      EXPECT_FALSE(signer.empty());
      if (signer == kServerSigner || std::stoi(SaveOf(change)) % 7 != 0) return std::nullopt;
      return Quarantined{change.dot(), kNotPermitted, "", {}, {}, {}};
    };
  }

  ResponderOptions ServerOptions() const {
    ResponderOptions options;
    options.policy = Policy();
    options.wall_ms = kNow;
    options.check_proof = FakeProofCheck(kSimulatedSpace);
    options.proofs_required = true;
    options.sign_receipt = FakeReceiptSigner(kSimulatedSpace);
    return options;
  }

  void Sync(Machine& tablet, int rounds, double mishap) {
    ExchangeOptions options;
    options.fresh_identity = [&tablet] { return tablet.FreshIdentity(); };
    Exchange(tablet, server_, options, ServerOptions(), rounds, mishap);
  }

  void Meet(Machine& tablet, Machine& other) {
    ExchangeOptions options;
    options.vector_mode = true;
    options.peer = "tablet";
    ResponderOptions answers;
    answers.check_proof = FakeProofCheck(kSimulatedSpace);
    answers.prove = Prover(other);
    answers.on_fork = OnFork::kLeaveOut;
    Exchange(tablet, other, options, answers, 3, 0.1);
  }

  void Exchange(Machine& from, Machine& to, ExchangeOptions options,
                const ResponderOptions& answers, int rounds, double mishap) {
    options.prove = Prover(from);
    options.check_proof = FakeProofCheck(kSimulatedSpace);
    options.check_receipt = FakeReceiptCheck(kSimulatedSpace);
    Initiator initiator(from.store(), std::move(options));
    for (int round = 0; round < rounds; ++round) {
      const auto request = initiator.Next(kNow);
      ASSERT_TRUE(request.ok()) << request.status();
      if (!*request) return;
      std::string sent = **request;
      if (random_.Chance(mishap)) return initiator.Failed();
      if (random_.Chance(mishap)) sent.resize(random_.Below(sent.size()));
      auto reply = Respond(to.store(), sent, answers);
      if (random_.Chance(mishap)) reply = Respond(to.store(), sent, answers);
      if (random_.Chance(mishap / 3)) to.Crash();
      ASSERT_TRUE(reply.ok() || mishap > 0) << reply.status();
      ASSERT_NE(reply.status().code(), absl::StatusCode::kUnauthenticated) << reply.status();
      if (!reply.ok() || random_.Chance(mishap)) continue;
      std::string answer = reply->response;
      if (random_.Chance(mishap)) answer.resize(random_.Below(answer.size() + 1));
      const absl::Status received = initiator.Receive(answer);
      EXPECT_TRUE(initiator.totals().doubts.empty()) << initiator.totals().doubts.front();
      ASSERT_TRUE(received.ok() || mishap > 0) << received;
      if (!received.ok()) return initiator.Failed();
    }
    if (mishap == 0) FAIL() << "the exchange does not come to an end";
  }

  // The server decides, and whoever hears of it does the same, sooner or later.
  void JudgeSomething() {
    const auto aside = server_.store().Quarantine();
    ASSERT_TRUE(aside.ok());
    std::vector<QuarantineEntry> open;
    for (const QuarantineEntry& entry : *aside) {
      if (entry.in_log) open.push_back(entry);
    }
    if (!open.empty() && random_.Chance(0.7)) {
      const Quarantined& what = open[random_.Below(open.size())].what;
      verdicts_.push_back({what.dot, what.hash, random_.Chance(0.5)});
      Hear(server_.store());
    }
    Hear(AnyTablet().store());
  }

  struct Verdict {
    Dot dot;
    Hash hash;
    bool released;
  };

  void Hear(Store& store) {
    for (const Verdict& verdict : verdicts_) {
      const absl::Status status = store.Judge(verdict.dot, verdict.hash, verdict.released);
      ASSERT_TRUE(status.ok() || status.code() == absl::StatusCode::kNotFound) << status;
    }
  }

  void Remember(Store& store) {
    for (const Change& change : ChangesOf(store)) held_.insert(SaveOf(change));
  }

  // Every save that anybody held is merged once, or aside. A server that comes back from a backup
  // may take the other side of a fork than it did before; then one stands there under two ids,
  // alike (docs/protocol.md, "What it does not do").
  void CheckSaves() {
    const bool sides_may_change = weather_.server_restored && weather_.rolled_back;
    std::map<std::string, std::vector<Change>> merged;
    std::set<std::string> aside;
    std::set<Dot> dots_aside;
    const auto note = [&](Store& store, bool dots) {
      const auto entries = store.Quarantine();
      for (const QuarantineEntry& entry : *entries) {
        aside.insert(SaveOf(*DecodeChange(entry.change)));
        if (dots && entry.in_log && entry.state != JudgedState::kReleased)
          dots_aside.insert(entry.what.dot);
      }
    };
    note(server_.store(), true);
    for (const auto& tablet : tablets_) note(tablet->store(), false);
    for (const Change& change : ChangesOf(server_.store())) {
      if (!dots_aside.contains(change.dot())) merged[SaveOf(change)].push_back(change);
    }
    for (const auto& [save, copies] : merged) {
      ASSERT_TRUE(sides_may_change || copies.size() == 1) << "save " << save << " is doubled";
      for (const Change& copy : copies) {
        ASSERT_EQ(copy.author, copies[0].author) << "save " << save;
        ASSERT_EQ(copy.time, copies[0].time) << "save " << save;
        ASSERT_EQ(copy.ops, copies[0].ops) << "save " << save;
      }
    }
    for (const std::string& save : held_)
      ASSERT_TRUE(merged.contains(save) || aside.contains(save)) << "save " << save << " is lost";
  }

  // Without gaps, each naming the one before.
  void CheckReceipts() {
    std::string before(sizeof(Hash), '\0');
    uint64_t position = 0;
    const auto receipts = server_.store().Receipts(0, 100'000);
    for (const Receipt& receipt : *receipts) {
      ASSERT_EQ(receipt.position(), ++position);
      ASSERT_EQ(receipt.previous(), before);
      before = ReceiptHash(kSimulatedSpace, receipt);
    }
    ASSERT_GT(position, 0u);
  }

  void CompareWithPlainReplica() {
    MemoryLog plain('?', kSimulatedSpace);
    for (VersionVector known;;) {
      const auto batch = server_.store().SegmentsSince(known, 1 << 20);
      ASSERT_TRUE(batch.ok());
      if (batch->segments.empty()) break;
      Arrival arrival;
      arrival.segments = batch->segments;
      arrival.from = server_.store().self();
      arrival.set_aside = batch->set_aside;
      ASSERT_TRUE(plain.Ingest(arrival).ok());
      known = batch->reaches;
    }
    ASSERT_EQ(*plain.Delivered(), *server_.store().Delivered());
    for (const auto& [id, record] : plain.records()) {
      const auto stored = server_.store().Load(id);
      ASSERT_TRUE(stored.ok() && *stored);
      ASSERT_EQ((*stored)->record.EncodeShared(), record.EncodeShared()) << id.key;
    }
  }

  SeededTest random_;
  std::string folder_;
  Weather weather_;
  Machine server_;
  std::vector<std::unique_ptr<Machine>> tablets_;
  std::vector<Verdict> verdicts_;
  uint64_t saves_ = 0;
  std::set<std::string> held_;  // saves in the log of anybody before the quiet period
};

void RunMany(const std::string& name, Weather weather) {
  // A given seed is one run; DUDAO_TEST_RUNS asks for more.
  const char* wanted = std::getenv("DUDAO_TEST_RUNS");
  const bool given = std::getenv("DUDAO_TEST_SEED") != nullptr;
  const int runs = given ? 1 : wanted != nullptr ? std::atoi(wanted) : 8;
  for (int run = 0; run < runs; ++run) {
    const std::string folder = name + std::to_string(run);
    fs::create_directory(folder);
    {
      Simulation simulation(5, folder, weather);
      for (int step = 0; step < 150; ++step) {
        simulation.Step();
        ASSERT_FALSE(::testing::Test::HasFailure())
            << "seed " << simulation.seed() << " step " << step;
      }
      simulation.Settle();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << simulation.seed();
      simulation.Check();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << simulation.seed();
    }
    fs::remove_all(folder);
  }
}

TEST(Simulation, LosesNothingAndEndsEqual) { RunMany("calm", {}); }

TEST(Simulation, EndsEqualWhateverIsKeptAsideAndDecided) { RunMany("judged", {.judged = true}); }

TEST(Simulation, RolledBackAndClonedTabletsLoseAndDoubleNothing) {
  RunMany("forks", {.tablets_meet = false, .server_restored = false, .rolled_back = true});
}

TEST(Simulation, ForksThatTabletsHandToEachOtherLoseAndDoubleNothing) {
  RunMany("handed", {.server_restored = false, .rolled_back = true, .judged = true});
}

TEST(Simulation, EndsEqualThroughAllMishapsTogether) {
  RunMany("storm", {.rolled_back = true, .judged = true});
}

}  // namespace
}  // namespace dudao::sync
