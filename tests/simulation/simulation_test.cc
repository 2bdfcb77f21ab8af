// Tablets and a server in one thread, over real SQLite files, through every mishap that a seed can
// think of: lost, repeated and cut messages, crashes at any point (the files as they are on disk at
// that moment, opened anew), forms that stay open while others sync, wrong clocks, tablets that
// meet without the server, a server restored from an older copy.
//
// After a quiet period: all replicas have equal digests; every acknowledged save is everywhere; the
// state of every record equals what the plainest replica (support/memory_log.h) makes of the same
// changes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/sqlite_store.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations
namespace fs = std::filesystem;

constexpr int64_t kNow = 1'790'000'000'000;
constexpr int64_t k2099 = 4'070'908'800'000;

// A replica on disk that can be killed.
class Machine {
 public:
  Machine(std::string name, SeededTest& random) : name_(std::move(name)), random_(random) {
    Open();
  }

  Store& store() { return *store_; }

  // The process dies; what the file system has at this moment is what is left.
  void Crash() {
    const std::string before = path_;
    const std::string after = NextPath();
    for (const char* suffix : {"", "-wal"}) {
      if (fs::exists(before + suffix)) fs::copy_file(before + suffix, after + suffix);
    }
    Replace(after);
  }

  void SaveCopy() {
    copy_ = NextPath();
    for (const char* suffix : {"", "-wal"}) {
      if (fs::exists(path_ + suffix)) fs::copy_file(path_ + suffix, copy_ + suffix);
    }
  }
  bool has_copy() const { return !copy_.empty(); }
  // The machine comes back from its saved copy; the token beside the database tells it so.
  void RestoreCopy() {
    token_ = "restored" + std::to_string(++files_);
    Replace(copy_);
    copy_.clear();
  }

 private:
  std::string NextPath() { return name_ + std::to_string(++files_) + ".db"; }

  void Replace(const std::string& path) {
    store_.reset();
    database_.reset();
    path_ = path;
    Open();
  }

  void Open() {
    if (path_.empty()) path_ = NextPath();
    auto database = Database::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    IncarnationOptions incarnation;
    for (uint8_t& b : incarnation.fresh_replica.bytes) b = static_cast<uint8_t>(random_.Below(256));
    incarnation.fresh_history_id = "h" + std::to_string(random_.Below(1'000'000'000));
    incarnation.token = token_;
    auto store = SqliteStore::Open(*database_, "team-2", incarnation);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  std::string name_;
  SeededTest& random_;
  std::string path_;
  std::string copy_;
  std::string token_ = "first";
  int files_ = 0;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Store> store_;
};

class Simulation {
 public:
  Simulation(int tablets, const std::string& folder) : server_(folder + "/server", random_) {
    for (int i = 0; i < tablets; ++i) {
      tablets_.push_back(
          std::make_unique<Machine>(folder + "/tablet" + std::to_string(i) + "-", random_));
      forms_.emplace_back();
    }
  }

  void Step() {
    const size_t who = random_.Below(tablets_.size());
    Machine& tablet = *tablets_[who];
    const size_t what = random_.Below(100);
    if (what < 50) {
      Save(who);
    } else if (what < 60) {
      const auto form = tablet.store().OpenForm();
      ASSERT_TRUE(form.ok());
      forms_[who] = *form;
    } else if (what < 85) {
      Sync(tablet, server_, 4, false, 0.15);
    } else if (what < 90) {
      Machine& other = *tablets_[random_.Below(tablets_.size())];
      if (&other != &tablet) Sync(tablet, other, 3, true, 0.1);
    } else if (what < 95) {
      tablet.Crash();
    } else if (what < 98) {
      server_.Crash();
    } else if (server_.has_copy() && random_.Chance(0.3)) {
      server_.RestoreCopy();
    } else {
      server_.SaveCopy();
    }
  }

  void Settle() {
    for (int pass = 0; pass < 3; ++pass) {
      for (auto& tablet : tablets_) Sync(*tablet, server_, 1000, false, 0);
    }
  }

  void Check() {
    const Hash digest = *server_.store().StateDigest();
    const VersionVector at_server = *server_.store().Delivered();
    for (auto& tablet : tablets_) {
      ASSERT_EQ(HashHex(*tablet->store().StateDigest()), HashHex(digest));
      ASSERT_EQ(*tablet->store().Delivered(), at_server);
      ASSERT_EQ(*tablet->store().UnsentChanges("server"), 0u);
    }
    for (const Dot& dot : acknowledged_)
      ASSERT_TRUE(at_server.Contains(dot)) << "an acknowledged save is lost";
    CompareWithPlainReplica();
  }

  uint64_t seed() const { return random_.seed(); }

 private:
  void Save(size_t who) {
    LocalEdit edit;
    edit.author = "p" + std::to_string(who);
    edit.wall_ms = who == 0   ? k2099
                   : who == 1 ? 0
                              : kNow + static_cast<int64_t>(acknowledged_.size()) * 1000;
    edit.ops = RandomOps(random_);
    if (forms_[who] && random_.Chance(0.5)) edit.form = forms_[who];
    const auto change = tablets_[who]->store().Commit(edit);
    ASSERT_TRUE(change.ok()) << change.status();
    acknowledged_.push_back(change->dot());
    if (edit.form) forms_[who]->own.push_back(change->dot());
  }

  void Sync(Machine& from, Machine& to, int rounds, bool vector_mode, double mishap) {
    ExchangeOptions options;
    options.vector_mode = vector_mode;
    if (vector_mode) options.peer = "tablet";
    Initiator initiator(from.store(), options);
    for (int round = 0; round < rounds; ++round) {
      const auto request = initiator.Next(kNow);
      ASSERT_TRUE(request.ok()) << request.status();
      if (!*request) return;
      std::string sent = **request;
      if (random_.Chance(mishap)) return initiator.Failed();
      if (random_.Chance(mishap)) sent.resize(random_.Below(sent.size()));
      auto reply = Respond(to.store(), sent, {nullptr, 4 << 20, kNow});
      if (random_.Chance(mishap)) reply = Respond(to.store(), sent, {nullptr, 4 << 20, kNow});
      if (random_.Chance(mishap / 3)) to.Crash();
      if (!reply.ok() || random_.Chance(mishap)) continue;
      std::string answer = reply->response;
      if (random_.Chance(mishap)) answer.resize(random_.Below(answer.size() + 1));
      const absl::Status received = initiator.Receive(answer);
      if (mishap == 0) {
        ASSERT_TRUE(received.ok()) << received;
      } else if (!received.ok()) {
        return initiator.Failed();
      }
    }
    if (mishap == 0) FAIL() << "the exchange does not come to an end";
  }

  void CompareWithPlainReplica() {
    MemoryLog plain('?', "team-2");
    for (VersionVector known;;) {
      const auto batch = server_.store().SegmentsSince(known, 1 << 20);
      ASSERT_TRUE(batch.ok());
      if (batch->segments.empty()) break;
      const auto outcome =
          plain.Ingest(batch->segments, server_.store().self(), nullptr, std::nullopt);
      ASSERT_TRUE(outcome.ok());
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
  Machine server_;
  std::vector<std::unique_ptr<Machine>> tablets_;
  std::vector<std::optional<FormContext>> forms_;
  std::vector<Dot> acknowledged_;
};

TEST(Simulation, LosesNothingAndEndsEqual) {
  const int runs = std::getenv("DUDAO_TEST_SEED") != nullptr ? 1 : 12;  // a given seed is one run
  for (int run = 0; run < runs; ++run) {
    const std::string folder = "run" + std::to_string(run);
    fs::create_directory(folder);
    Simulation simulation(5, folder);
    for (int step = 0; step < 150; ++step) {
      simulation.Step();
      ASSERT_FALSE(::testing::Test::HasFatalFailure())
          << "seed " << simulation.seed() << " step " << step;
    }
    simulation.Settle();
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << simulation.seed();
    simulation.Check();
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << simulation.seed();
  }
}

}  // namespace
}  // namespace dudao::sync
