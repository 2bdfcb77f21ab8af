// Figures that the design wants held, measured on this machine and printed as JSON:
// dudao_bench_figures DIR DUDAO.
//
// The changes are those of the design's figure: 10 of some 40 small fields (short options, numbers)
// of one of 2,000 records. Ratios are taken against a bare SQLite loop of the same SQLite in the
// same run, in alternating blocks.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "dudao/sync/store/database.h"
#include "field_edit.h"
#include "replay/bench_server.h"
#include "replay/site_replica.h"
#include "replay/wire_count.h"

namespace {

using dudao::client::v1::EditRequest;
using dudao::command::BenchServer;
using dudao::command::SiteReplica;
using dudao::command::WireCount;
using nlohmann::json;

constexpr int kRecords = 2000;
constexpr int kFieldsOfChange = 10;

double NowMs() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "figures: " << status << '\n';
  std::exit(1);
}

template <typename Value>
Value Need(absl::StatusOr<Value> value) {
  Check(value.status());
  return *std::move(value);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

std::string Text(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

class Changes {
 public:
  explicit Changes(uint64_t seed) : dice_(seed) {
    std::mt19937_64 ids(4711);  // the records are the same for everybody
    for (int i = 0; i < kRecords; ++i) {
      std::string key;
      for (int byte = 0; byte < 12; ++byte) key += static_cast<char>(ids() & 0xFF);
      keys_.push_back(key);
    }
  }

  EditRequest Next() {
    EditRequest request;
    request.mutable_record()->set_space(dudao::command::kBenchSpace);
    request.mutable_record()->set_type_id(dudao::command::kSiteVisitType);
    request.mutable_record()->set_key(keys_[Roll(0, kRecords - 1)]);
    std::vector<int> fields(46);
    for (size_t i = 0; i < fields.size(); ++i) fields[i] = static_cast<int>(i);
    std::shuffle(fields.begin(), fields.end(), dice_);
    for (int i = 0; i < kFieldsOfChange; ++i) AddField(request, fields[static_cast<size_t>(i)]);
    return request;
  }

 private:
  size_t Roll(int from, int to) {
    return static_cast<size_t>(std::uniform_int_distribution<int>(from, to)(dice_));
  }

  void AddField(EditRequest& request, int field) {
    static constexpr const char* kResults[] = {"pass", "fail", "na", "todo"};
    auto& edit = *request.add_edits();
    char code[8];
    std::snprintf(code, sizeof code, "c%02d", 1 + field % 23);
    if (field < 23) {
      edit.set_path(std::string("checks[") + code + "].result");
      edit.mutable_set()->set_text(kResults[Roll(0, 3)]);
    } else {
      edit.set_path(std::string("checks[") + code + "].score");
      edit.mutable_set()->set_integer(static_cast<int64_t>(Roll(0, 10)));
    }
  }

  std::mt19937_64 dice_;
  std::vector<std::string> keys_;
};

json Figure(const std::string& what, const std::string& measured, const std::string& hold) {
  return {{"what", what}, {"measured", measured}, {"hold", hold}};
}

// One row of about the size of such a change, committed on its own. Milliseconds.
double BareCommits(dudao::sync::Database& db, int count, int64_t& next) {
  const std::string row(160, 'x');
  const double from = NowMs();
  for (int i = 0; i < count; ++i) {
    auto insert = Need(db.Prepare("INSERT INTO bare(id, body) VALUES(?, ?)"));
    Check(insert.BindInt(1, next++).BindBlob(2, row).Run());
  }
  return NowMs() - from;
}

double Saves(SiteReplica& replica, Changes& changes, int count) {
  std::vector<EditRequest> requests;
  for (int i = 0; i < count; ++i) requests.push_back(changes.Next());
  const double from = NowMs();
  for (const EditRequest& request : requests) Check(replica.core().Edit(request).status());
  return NowMs() - from;
}

// Short blocks in turn, so that a disk that is slow for a while is slow for both.
void MeasureSaves(const std::string& directory, SiteReplica& replica, json& figures) {
  constexpr int kBlocks = 100;
  constexpr int kBlock = 25;
  auto db = Need(dudao::sync::Database::Open(directory + "/bare.db"));
  Check(db->Execute("CREATE TABLE bare(id INTEGER PRIMARY KEY, body BLOB)"));
  Changes changes(1);
  int64_t next = 1;
  double saves_ms = 0;
  double bare_ms = 0;
  for (int block = 0; block < kBlocks; ++block) {
    bare_ms += BareCommits(*db, kBlock, next);
    saves_ms += Saves(replica, changes, kBlock);
  }
  const double each = kBlocks * kBlock * 1000.0;
  figures.push_back(
      Figure("local save of 10 fields, durable, against bare SQLite's single-row commit",
             Text(100 * bare_ms / saves_ms, 0) + " % (" + Text(each / saves_ms, 0) + " against " +
                 Text(each / bare_ms, 0) + " a second)",
             ">= 70 %"));
}

void MeasureUploads(SiteReplica& replica, json& figures) {
  constexpr int kUploads = 20;
  constexpr int kChanges = 50;
  Changes changes(2);
  std::vector<double> bytes;
  for (int upload = 0; upload < kUploads; ++upload) {
    for (int i = 0; i < kChanges; ++i) Check(replica.core().Edit(changes.Next()).status());
    WireCount wire;
    Check(replica.Sync(&wire));
    bytes.push_back(wire.Totals()["up"].get<double>() / kChanges);
  }
  figures.push_back(
      Figure("bytes per 10-field change, upload of 50 changes", Text(Median(bytes), 1), "<= 45"));
  WireCount idle;
  Check(replica.Sync(&idle));
  const json totals = idle.Totals();
  figures.push_back(Figure("sync with nothing to do",
                           totals["messages"].dump() + " messages, " + totals["up"].dump() +
                               " bytes up, " + totals["down"].dump() + " bytes down",
                           "2 messages, <= 300 bytes each way"));
}

std::unique_ptr<SiteReplica> OpenReplica(BenchServer& server, const std::string& database,
                                         const std::string& person) {
  Check(server.Enrol(database, person));
  return Need(SiteReplica::Open(database));
}

void MeasureBulk(const std::string& directory, BenchServer& server,
                 const std::vector<std::string>& people, json& figures) {
  constexpr int kChanges = 1000;
  const double before = Need(server.office().ServerInfo()).ingest_ms();
  double up = 0;
  double changes_made = 0;
  for (size_t i = 1; i < people.size(); ++i) {
    auto replica = OpenReplica(server, directory + "/" + people[i] + ".db", people[i]);
    Changes changes(100 + i);
    for (int n = 0; n < kChanges; ++n) Check(replica->core().Edit(changes.Next()).status());
    changes_made += kChanges;
    // Only the way up counts: what it pulls is what the others have sent before.
    WireCount wire;
    Check(replica->Sync(&wire));
    up += wire.Totals()["up"].get<double>();
  }
  const double ingest_ms = Need(server.office().ServerInfo()).ingest_ms() - before;
  figures.push_back(Figure("bytes per 10-field change, upload of 1,000 changes",
                           Text(up / changes_made, 1), "<= 22"));
  figures.push_back(Figure("server merge, 10-field changes, field edits a second",
                           Text(changes_made * kFieldsOfChange / (ingest_ms / 1000), 0),
                           ">= 100,000"));
  auto fresh = OpenReplica(server, directory + "/fresh.db", people.front());
  const double from = NowMs();
  Check(fresh->Sync(nullptr));
  const double took = NowMs() - from;
  const auto held = Need(fresh->core().GetStatus({}));
  uint64_t changes_held = 0;
  for (const auto& space : held.spaces())
    changes_held = std::max<uint64_t>(changes_held, space.changes());
  const auto bytes = static_cast<double>(fresh->bytes_of_last_sync());
  figures.push_back(Figure("bytes per 10-field change, a fresh tablet gets everything",
                           Text(bytes / static_cast<double>(changes_held), 1), "<= 22"));
  figures.push_back(Figure("a fresh tablet gets " + std::to_string(changes_held) + " changes",
                           Text(took, 0) + " ms", ""));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: dudao_bench_figures DIR DUDAO\n";
    return 2;
  }
  const std::string directory = argv[1];
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  std::vector<std::string> people;
  for (int i = 1; i <= 20; ++i) people.push_back("r" + std::to_string(i));
  auto server = Need(BenchServer::Start(directory, people, argv[2]));
  json figures = json::array();
  {
    auto replica = OpenReplica(*server, directory + "/r1.db", "r1");
    MeasureSaves(directory, *replica, figures);
    Check(replica->Sync(nullptr));
    MeasureUploads(*replica, figures);
  }
  MeasureBulk(directory, *server, people, figures);
  Check(server->process().Stop());
  std::cout << json{{"figures", figures}}.dump() << '\n';
  return 0;
}
