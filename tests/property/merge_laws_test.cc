// The laws of docs/algebra.md, each checked over random histories. A law's number there stands in
// the test's name here.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dudao/sync/crdt/record.h"
#include "memory_log.h"
#include "workload.h"

namespace dudao::sync {
namespace {

using namespace dudao::testing;  // NOLINT: shorthands for operations

constexpr int kHistories = 60;

using State = std::map<RecordId, std::string>;

// A random history of five people who meet now and then; some type into forms they opened long ago.
std::vector<Change> RandomHistory(SeededTest& random) {
  std::vector<MemoryLog> people;
  for (const char name : {'A', 'B', 'C', 'D', 'E'}) people.emplace_back(name, "s");
  std::map<size_t, Context> forms;
  for (int step = 0; step < 60; ++step) {
    const size_t who = random.Below(people.size());
    if (random.Chance(0.2)) forms[who] = Context(*people[who].Delivered());
    if (random.Chance(0.35)) {
      MemoryLog& other = people[random.Below(people.size())];
      const auto batch = other.SegmentsSince(*people[who].Delivered(), 1 << 30);
      EXPECT_TRUE(people[who].Ingest(batch->segments, other.self(), nullptr, std::nullopt).ok());
    } else if (forms.contains(who) && random.Chance(0.4)) {
      Context& form = forms[who];
      const Dot dot = people[who].Commit(RandomOps(random), form).dot();
      form.Add(dot);
    } else {
      people[who].Commit(RandomOps(random));
    }
  }
  std::map<Dot, Change> all;
  for (const MemoryLog& person : people) {
    for (const Change& change : person.changes()) all.emplace(change.dot(), change);
  }
  std::vector<Change> changes;
  for (auto& [dot, change] : all) changes.push_back(std::move(change));
  return changes;
}

// A random order in which each replica's changes stay in their own order, and nothing else is
// promised.
std::vector<const Change*> RandomOrder(const std::vector<Change>& changes, SeededTest& random) {
  std::map<ReplicaId, std::vector<const Change*>> queues;
  for (const Change& change : changes) queues[change.replica].push_back(&change);
  std::vector<const Change*> order;
  std::map<ReplicaId, size_t> next;
  while (order.size() < changes.size()) {
    auto it = queues.begin();
    std::advance(it, random.Below(queues.size()));
    if (next[it->first] < it->second.size()) order.push_back(it->second[next[it->first]++]);
  }
  return order;
}

std::map<RecordId, Record> Apply(const std::vector<const Change*>& order,
                                 VersionVector* delivered_out = nullptr) {
  std::map<RecordId, Record> records;
  VersionVector delivered;
  for (const Change* change : order) {
    for (const Operation& op : change->ops) records[op.record].Apply(*change, op, delivered);
    delivered.Set(change->replica, change->seq);
  }
  for (auto& [id, record] : records) record.Settle(delivered);
  if (delivered_out != nullptr) *delivered_out = delivered;
  return records;
}

State Shared(const std::map<RecordId, Record>& records) {
  State state;
  for (const auto& [id, record] : records) state[id] = record.EncodeShared();
  return state;
}

TEST(MergeLaws, Law1_AnyOrderGivesEqualState) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    const std::vector<Change> changes = RandomHistory(random);
    const State reference = Shared(Apply(RandomOrder(changes, random)));
    for (int k = 0; k < 4; ++k)
      ASSERT_EQ(Shared(Apply(RandomOrder(changes, random))), reference) << "history " << i;
  }
}

struct Write {
  const Change* change;
  Value value;
};
// Of one cell, by dot.
using Writes = std::map<Dot, Write>;
using Where = std::pair<RecordId, std::string>;

std::map<Where, Writes> WritesOf(const std::vector<Change>& changes) {
  std::map<Where, Writes> writes;
  for (const Change& change : changes) {
    for (const Operation& op : change.ops) {
      for (const size_t n : op.path.Above()) {
        writes[{op.record, op.path.bytes().substr(0, n)}][change.dot()] = {&change,
                                                                           Value::Present()};
      }
      if (op.kind != MergeKind::kCounter)
        writes[{op.record, op.path.bytes()}][change.dot()] = {&change, op.value};
    }
  }
  return writes;
}

// The definition, computed the slow way: a written value survives unless some write of the same
// cell had seen it that it had not seen itself.
std::map<Dot, Value> Keep(const Writes& writes) {
  std::map<Dot, Value> kept;
  for (const auto& [dot, write] : writes) {
    const Context& seen = write.change->seen;
    const auto overwrites = [&, d = dot](const auto& other) {
      return other.first != d && other.second.change->seen.Contains(d) &&
             !seen.Contains(other.first);
    };
    if (std::none_of(writes.begin(), writes.end(), overwrites)) kept[dot] = write.value;
  }
  return kept;
}

void ExpectKept(const std::vector<Change>& changes, const std::map<RecordId, Record>& records) {
  for (const auto& [where, writes] : WritesOf(changes)) {
    const Cell* cell = records.at(where.first).Find(*Path::Parse(where.second));
    ASSERT_NE(cell, nullptr);
    std::map<Dot, Value> actual;
    for (const Version& version : cell->versions) actual[version.dot] = version.value;
    ASSERT_EQ(actual, Keep(writes));
  }
}

TEST(MergeLaws, Law2_ExactlyTheValuesNobodyHadSeenSurvive) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    SCOPED_TRACE(i);
    const std::vector<Change> changes = RandomHistory(random);
    const auto records = Apply(RandomOrder(changes, random));
    ExpectKept(changes, records);
    std::map<Where, int64_t> sums;
    for (const Change& change : changes) {
      for (const Operation& op : change.ops) {
        if (op.kind == MergeKind::kCounter)
          sums[{op.record, op.path.bytes()}] += *CounterDelta(op.value);
      }
    }
    for (const auto& [where, sum] : sums)
      ASSERT_EQ(records.at(where.first).Find(*Path::Parse(where.second))->sum, sum);
  }
}

// Contexts as mended forks and hostile replicas make them: whatever they name, also what came
// later.
TEST(MergeLaws, Law1And2_HoldForContextsThatNoHonestReplicaMakes) {
  SeededTest random;
  int mutual = 0;
  for (int i = 0; i < kHistories; ++i) {
    SCOPED_TRACE(i);
    std::vector<Change> changes = RandomHistory(random);
    for (Change& change : changes) {
      for (size_t n = random.Chance(0.3) ? random.Below(12) : 0; n > 0; --n) {
        const Change& other = changes[random.Below(changes.size())];
        if (other.replica != change.replica) change.seen.Add(other.dot());
      }
    }
    for (const auto& [where, writes] : WritesOf(changes)) {
      for (const auto& [a, write] : writes) {
        mutual += static_cast<int>(
            std::count_if(writes.begin(), writes.end(), [&, d = a, w = write](const auto& other) {
              return w.change->seen.Contains(other.first) && other.second.change->seen.Contains(d);
            }));
      }
    }
    for (int k = 0; k < 4; ++k) {
      const auto order = RandomOrder(changes, random);
      VersionVector delivered;
      const auto records = Apply(order, &delivered);
      ExpectKept(changes, records);
      for (const auto& [id, record] : records) ASSERT_EQ(record.overtakers(), 0U);
    }
  }
  EXPECT_GT(mutual, 0) << "no pair that matters was made";
}

TEST(MergeLaws, Law3_AWriterWhoSawAllSettlesEverything) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    const std::vector<Change> changes = RandomHistory(random);
    VersionVector delivered;
    auto records = Apply(RandomOrder(changes, random), &delivered);
    uint64_t seq = 0;
    for (auto& [id, record] : records) {
      for (const Conflict& conflict : record.Conflicts()) {
        Change settle;
        settle.replica = Replica('Z');
        settle.seq = ++seq;
        settle.seen = Context(delivered);
        settle.ops = {{id, conflict.path, conflict.kind, conflict.versions[conflict.shown].value}};
        record.Apply(settle, settle.ops[0], delivered);
        delivered.Set(settle.replica, settle.seq);
      }
      ASSERT_FALSE(record.HasConflict());
    }
  }
}

TEST(MergeLaws, Law4_StateSurvivesItsOwnEncoding) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    const std::vector<Change> changes = RandomHistory(random);
    const auto order = RandomOrder(changes, random);
    const size_t half = order.size() / 2;
    VersionVector delivered;
    auto first = Apply({order.begin(), order.begin() + static_cast<ptrdiff_t>(half)}, &delivered);
    for (auto& [id, record] : first) {
      const auto decoded = Record::Decode(record.Encode());
      ASSERT_TRUE(decoded.ok());
      ASSERT_EQ(decoded->Encode(), record.Encode());
      record = *decoded;  // goes on from what was stored, late arrivals included
    }
    for (size_t k = half; k < order.size(); ++k) {
      for (const Operation& op : order[k]->ops) first[op.record].Apply(*order[k], op, delivered);
      delivered.Set(order[k]->replica, order[k]->seq);
    }
    ASSERT_EQ(Shared(first), Shared(Apply(order))) << "history " << i;
  }
}

TEST(MergeLaws, Law5_EditsAndAdditionsBeatConcurrentRemovals) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    const auto records = Apply(RandomOrder(RandomHistory(random), random));
    for (const auto& [id, record] : records) {
      for (const Cell& cell : record.cells()) {
        if (cell.kind != MergeKind::kSet && cell.kind != MergeKind::kKeyed) continue;
        const bool any_present = std::any_of(cell.versions.begin(), cell.versions.end(),
                                             [](const Version& v) { return !v.value.is_absent(); });
        ASSERT_EQ(record.Shown(cell)->value.is_absent(), !any_present);
      }
    }
  }
}

TEST(MergeLaws, Law6_NoClockChangesWhatIsKeptOrShown) {
  SeededTest random;
  for (int i = 0; i < kHistories; ++i) {
    std::vector<Change> changes = RandomHistory(random);
    const auto before = Apply(RandomOrder(changes, random));
    for (Change& change : changes)
      change.time = {static_cast<int64_t>(random.Below(4'102'444'800'000)), 0};
    const auto after = Apply(RandomOrder(changes, random));
    for (const auto& [id, record] : before)
      ASSERT_EQ(record.Materialise(), after.at(id).Materialise());
  }
}

}  // namespace
}  // namespace dudao::sync
