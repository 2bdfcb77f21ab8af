#include "store_contract.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "dudao/sync/log/segment.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

void Must(const absl::Status& status) {
  if (status.ok()) return;
  ADD_FAILURE() << status;
  std::abort();
}

IncarnationOptions Incarnation(char name, std::string token) {
  return {Replica(name), std::string("history") + name, std::move(token)};
}

LocalEdit Edit(std::vector<Operation> ops, std::string author) {
  LocalEdit edit;
  edit.author = std::move(author);
  edit.wall_ms = kWallMs;
  edit.ops = std::move(ops);
  return edit;
}

std::string StoreContract::FileOf(char name) const {
  const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const auto dir = std::filesystem::current_path() / ("dudao-store-" + std::to_string(::getpid())) /
                   test.substr(0, test.find('/'));
  std::filesystem::create_directories(dir);
  return (dir / (std::string(1, name) + ".db")).string();
}

OpenedStore StoreContract::Open(char name, const std::string& token) {
  return Must(GetParam().open(FileOf(name), kSpace, Incarnation(name, token)));
}

void Pull(Store& from, Store& to, size_t bytes_max) {
  for (bool more = true; more;) {
    const SegmentBatch batch = Must(from.SegmentsSince(Must(to.Delivered()), bytes_max));
    Must(to.Ingest(batch.segments, from.self(), nullptr, std::nullopt));
    more = batch.more;
  }
}

void Pull(Store& from, MemoryLog& to) {
  for (bool more = true; more;) {
    const SegmentBatch batch = Must(from.SegmentsSince(Must(to.Delivered()), 1 << 20));
    Must(to.Ingest(batch.segments, from.self(), nullptr, std::nullopt));
    more = batch.more;
  }
}

std::string Shown(Store& store, const RecordId& id, uint32_t field) {
  const auto stored = Must(store.Load(id));
  const Cell* cell = stored ? stored->record.Find(Path().Field(field)) : nullptr;
  const Version* shown = cell != nullptr ? stored->record.Shown(*cell) : nullptr;
  return shown != nullptr ? shown->value.bytes : "(none)";
}

std::vector<std::string> Competing(Store& store, const RecordId& id, uint32_t field) {
  std::vector<std::string> values;
  const auto stored = Must(store.Load(id));
  const Cell* cell = stored ? stored->record.Find(Path().Field(field)) : nullptr;
  if (cell == nullptr) return values;
  for (const Version& version : cell->versions) values.push_back(version.value.bytes);
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<std::string> AllSegments(Store& store) {
  std::vector<std::string> segments;
  VersionVector known;
  for (bool more = true; more;) {
    SegmentBatch batch = Must(store.SegmentsSince(known, 1 << 20));
    for (std::string& segment : batch.segments) segments.push_back(std::move(segment));
    known = batch.reaches;
    more = batch.more;
  }
  return segments;
}

std::vector<Change> AllChanges(Store& store) {
  std::vector<Change> all;
  for (const std::string& segment : AllSegments(store)) {
    for (Change& change : Must(DecodeSegment(kSpace, segment))) all.push_back(std::move(change));
  }
  return all;
}

std::map<RecordId, std::string> Replayed(Store& store) {
  std::map<RecordId, Record> records;
  VersionVector delivered;
  for (const Change& change : AllChanges(store)) {
    EXPECT_EQ(change.seq, delivered.Get(change.replica) + 1) << "a hole in the log";
    for (const Operation& op : change.ops) records[op.record].Apply(change, op, delivered);
    delivered.Set(change.replica, change.seq);
  }
  EXPECT_EQ(delivered, Must(store.Delivered()));
  std::map<RecordId, std::string> out;
  for (const auto& [id, record] : records) out[id] = record.EncodeShared();
  return out;
}

std::map<RecordId, std::string> Scanned(Store& store) {
  std::map<RecordId, std::string> out;
  Must(store.Scan(10, "", [&](const StoredRecord& stored) {
    out[stored.id] = stored.record.EncodeShared();
    return true;
  }));
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, StoreContract, ::testing::ValuesIn(StoreKinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace dudao::testing
