// What a durable local save and a merge cost, beside the same SQLite doing nothing else. One run,
// ratios:
//   store_bench [folder]
// Prints JSON: commits a second of both, their ratio, WAL pages a save, field edits a second of
// Ingest on one core.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "dudao/sync/log/segment.h"
#include "dudao/sync/store/sqlite_store.h"
#include "must.h"

namespace {

using dudao::bench::Must;

using namespace dudao::sync;  // NOLINT: a program about nothing else

constexpr int kRounds = 8;
constexpr int kCommits = 500;
constexpr int kIngestChanges = 40'000;
constexpr int kIngestBatch = 2'000;
constexpr uint32_t kFields = 10;

ReplicaId Id(char name) {
  ReplicaId id;
  id.bytes.fill(static_cast<uint8_t>(name));
  return id;
}

template <typename F>
double Seconds(F run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string FieldValue(int save, uint32_t field) {
  return "value " + std::to_string(save * 31 % 997) + " of field " + std::to_string(field);
}

std::vector<Operation> TenFields(int record, int save) {
  const RecordId id{10, "record-" + std::to_string(record)};
  std::vector<Operation> ops;
  for (uint32_t field = 2; field < 2 + kFields; ++field) {
    ops.push_back(
        {id, Path().Field(field), MergeKind::kRegister, Value::Bytes(FieldValue(save, field))});
  }
  return ops;
}

LocalEdit Edit(int record, int save) {
  LocalEdit edit;
  edit.author = "inspector-7";
  edit.wall_ms = 1'790'000'000'000 + save * 1000;
  edit.ops = TenFields(record, save);
  return edit;
}

// The floor: one row of ten columns a transaction.
class BareTable {
 public:
  explicit BareTable(const std::string& path) : db_(Must(Database::Open(path))) {
    Must(db_->Execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c, d, e, f, g, h, i, j)"));
  }
  void Insert(int save) {
    Statement insert =
        Must(db_->Prepare("INSERT INTO t(a, b, c, d, e, f, g, h, i, j) VALUES(?1, ?2, ?3, ?4, ?5, "
                          "?6, ?7, ?8, ?9, ?10)"));
    for (uint32_t field = 0; field < kFields; ++field) {
      insert.BindText(static_cast<int>(field) + 1, FieldValue(save, field + 2));
    }
    Must(insert.Run());
  }

 private:
  std::unique_ptr<Database> db_;
};

struct Commits {
  double bare_per_s = 0;
  double store_per_s = 0;
  double pages_per_save = 0;
};

// Rounds of both take turns, so that a slow minute of the disk hits both; the medians are compared.
Commits MeasureCommits(const std::filesystem::path& dir, int records) {
  const std::string name = std::to_string(records);
  BareTable bare((dir / ("bare" + name)).string());
  auto db = Must(Database::Open((dir / ("store" + name)).string()));
  auto store = Must(SqliteStore::Open(*db, "bench", {Id('A'), "history", ""}));
  std::vector<double> bare_s;
  std::vector<double> store_s;
  int written = 0;
  for (int round = 0; round < kRounds; ++round) {
    bare_s.push_back(Seconds([&] {
      for (int i = 0; i < kCommits; ++i) bare.Insert(i);
    }));
    int cache_write = 0;
    int unused = 0;
    sqlite3_db_status(db->handle(), SQLITE_DBSTATUS_CACHE_WRITE, &unused, &unused, 1);
    store_s.push_back(Seconds([&] {
      for (int i = 0; i < kCommits; ++i) {
        const int save = round * kCommits + i;
        Must(store->Commit(Edit(save % records, save)).status());
      }
    }));
    sqlite3_db_status(db->handle(), SQLITE_DBSTATUS_CACHE_WRITE, &cache_write, &unused, 1);
    written += cache_write;
  }
  std::sort(bare_s.begin(), bare_s.end());
  std::sort(store_s.begin(), store_s.end());
  return {kCommits / bare_s[kRounds / 2], kCommits / store_s[kRounds / 2],
          static_cast<double>(written) / (kRounds * kCommits)};
}

double MeasureIngest(const std::filesystem::path& dir, int records) {
  std::vector<std::string> segments;
  std::vector<Change> batch;
  for (int save = 0; save < kIngestChanges; ++save) {
    Change change;
    change.replica = Id('B');
    change.seq = static_cast<uint64_t>(save) + 1;
    VersionVector seen;
    seen.Set(change.replica, change.seq - 1);
    change.seen = Context(seen);
    change.time.ms = 1'790'000'000'000 + save * 1000;
    change.author = "inspector-7";
    change.ops = TenFields(save % records, save);
    batch.push_back(std::move(change));
    if (batch.size() < kIngestBatch) continue;
    segments.push_back(EncodeSegment("bench", batch));
    batch.clear();
  }
  auto db = Must(Database::Open((dir / ("ingest" + std::to_string(records))).string()));
  auto store = Must(SqliteStore::Open(*db, "bench", {Id('S'), "history", ""}));
  const double seconds = Seconds([&] {
    for (const std::string& segment : segments) {
      Must(store->Ingest({&segment, 1}, Id('B'), nullptr, std::nullopt).status());
    }
  });
  return kIngestChanges * kFields / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path dir = argc > 1 ? argv[1] : "store_bench_data";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  for (const int records : {100, 1'000'000}) {
    const Commits commits = MeasureCommits(dir, records);
    std::printf(
        "{\"name\":\"commit\",\"records\":%d,\"bare_per_s\":%.0f,\"store_per_s\":%.0f,"
        "\"ratio\":%.3f,\"pages_per_save\":%.2f}\n",
        records, commits.bare_per_s, commits.store_per_s, commits.store_per_s / commits.bare_per_s,
        commits.pages_per_save);
  }
  for (const int records : {1000, 40'000}) {
    std::printf("{\"name\":\"ingest\",\"records\":%d,\"field_edits_per_s\":%.0f}\n", records,
                MeasureIngest(dir, records));
  }
  std::filesystem::remove_all(dir);
  return 0;
}
