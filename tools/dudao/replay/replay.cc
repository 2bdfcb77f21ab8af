#include "replay/replay.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "replay/bench_server.h"
#include "replay/site_replica.h"

namespace dudao::command {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kBootstraps = 3;

double NowMs() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

uint64_t OwnPeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

uint64_t StoredBytes(const std::string& database) {
  uint64_t bytes = 0;
  for (const char* ending : {"", "-wal"}) {
    std::error_code error;
    const auto size = fs::file_size(database + ending, error);
    if (!error) bytes += size;
  }
  return bytes;
}

struct Timings {
  std::vector<double> edits_ms;
  std::vector<double> syncs_ms;
  double wall_ms = 0;
};

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

class Run {
 public:
  Run(const Console& console, const ReplayOptions& options, const Workload& work)
      : console_(console), options_(options), work_(work) {}

  absl::StatusOr<json> Go();

 private:
  absl::Status Prepare();
  absl::Status Play();
  absl::Status Measure();
  absl::Status ReadBack();
  absl::Status Bootstrap();
  absl::Status JudgeValues();
  std::string File(const std::string& name) const {
    return options_.directory + "/" + name + ".db";
  }
  json Line() const;

  const Console& console_;
  const ReplayOptions& options_;
  const Workload& work_;
  std::unique_ptr<BenchServer> server_;
  std::vector<std::unique_ptr<SiteReplica>> replicas_;
  WireCount wire_;
  Timings timings_;
  json out_;
  SiteContents first_;
};

absl::Status Run::Prepare() {
  fs::remove_all(options_.directory);
  fs::create_directories(options_.directory);
  auto started = BenchServer::Start(options_.directory, work_.replicas);
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  for (const std::string& name : work_.replicas) {
    if (const absl::Status enrolled = server_->Enrol(File(name), name); !enrolled.ok())
      return enrolled;
    auto replica = SiteReplica::Open(File(name));
    if (!replica.ok()) return replica.status();
    replicas_.push_back(*std::move(replica));
  }
  return absl::OkStatus();
}

absl::Status Run::Play() {
  Progress progress(console_, Text::kReplaying, work_.steps.size());
  timings_.edits_ms.reserve(work_.steps.size());
  const double started = NowMs();
  for (const WorkStep& step : work_.steps) {
    SiteReplica& replica = *replicas_[step.replica];
    const double compressing = wire_.compressing_ms();
    const double from = NowMs();
    const absl::Status done =
        step.kind == WorkKind::kSync ? replica.Sync(&wire_) : replica.Apply(step);
    const double took = NowMs() - from - (wire_.compressing_ms() - compressing);
    if (!done.ok()) return done;
    (step.kind == WorkKind::kSync ? timings_.syncs_ms : timings_.edits_ms).push_back(took);
    progress.Advance();
  }
  timings_.wall_ms = NowMs() - started - wire_.compressing_ms();
  return absl::OkStatus();
}

absl::Status Run::Measure() {
  const auto info = server_->office().ServerInfo();
  if (!info.ok()) return info.status();
  const auto edits = work_.summary.at("edits").get<double>();
  out_["version"] = info->version();
  out_["server_push_ms"] = info->ingest_ms();
  out_["server_edits_per_s"] = edits / (info->ingest_ms() / 1000);
  out_["server_pull_ms"] = info->respond_ms();
  out_["server_rss_peak"] = info->rss_peak_bytes();
  out_["server_rss_base"] = info->rss_base_bytes();
  const auto stored = server_->office().Checkpoint();
  if (!stored.ok()) return stored.status();
  out_["stored_bytes_server"] = *stored;
  const double in_edits_ms = Sum(timings_.edits_ms);
  out_["edits_per_s"] = edits / (in_edits_ms / 1000);
  out_["edit_p50_us"] = Quantile(timings_.edits_ms, 0.5) * 1000;
  out_["edit_p99_us"] = Quantile(timings_.edits_ms, 0.99) * 1000;
  out_["sync_ms_p50"] = Quantile(timings_.syncs_ms, 0.5);
  out_["sync_ms_p99"] = Quantile(timings_.syncs_ms, 0.99);
  out_["sync_total_ms"] = Sum(timings_.syncs_ms);
  out_["wall_ms"] = timings_.wall_ms;
  out_["wire"] = wire_.Totals();
  return absl::OkStatus();
}

absl::Status Run::ReadBack() {
  Progress progress(console_, Text::kReadingBack, replicas_.size());
  std::set<std::string> states;
  std::set<std::string> digests;
  for (const auto& replica : replicas_) {
    auto contents = replica->Read();
    if (!contents.ok()) return contents.status();
    const auto digest = replica->Digest();
    if (!digest.ok()) return digest.status();
    states.insert(HashContents(*contents));
    digests.insert(*digest);
    if (first_.empty()) first_ = *std::move(contents);
    progress.Advance();
  }
  // The server shows people masked records, so the states are compared by their digest.
  const auto server = server_->office().StateDigest(kBenchSpace);
  if (!server.ok()) return server.status();
  const bool server_same = digests.size() == 1 && digests.contains(*server);
  out_["distinct_states"] = states.size();
  out_["converged"] = states.size() == 1 && server_same;
  out_["server_same_as_r1"] = server_same;
  out_["server_hash"] = *server;
  out_["verify"] = VerifyContents(first_, work_);
  return absl::OkStatus();
}

absl::Status Run::Bootstrap() {
  std::vector<double> took_ms;
  bool same = true;
  for (int i = 0; i < kBootstraps; ++i) {
    const std::string name = "fresh" + std::to_string(i);
    // Enrolled before the clock starts: what is timed is getting and reading everything.
    const absl::Status enrolled = server_->Enrol(File(name), work_.replicas.front());
    if (!enrolled.ok()) return enrolled;
    const double from = NowMs();
    const auto fresh = SiteReplica::Open(File(name));
    if (!fresh.ok()) return fresh.status();
    if (const absl::Status synced = (*fresh)->Sync(nullptr); !synced.ok()) return synced;
    const auto contents = (*fresh)->Read();
    if (!contents.ok()) return contents.status();
    took_ms.push_back(NowMs() - from);
    const auto digest = (*fresh)->Digest();
    if (!digest.ok()) return digest.status();
    out_["bootstrap_bytes"] = (*fresh)->bytes_of_last_sync();
    same = same && *digest == out_["server_hash"].get<std::string>() &&
           HashContents(*contents) == HashContents(first_);
  }
  out_["bootstrap_ms"] = Quantile(took_ms, 0.5);
  out_["bootstrap_same"] = same;
  return absl::OkStatus();
}

absl::Status Run::JudgeValues() {
  int64_t values = 0;
  int64_t current = 0;
  int64_t by_conflict = 0;
  int64_t by_history = 0;
  for (const ExpectedConflict& conflict : work_.conflicts) {
    const auto found = replicas_.front()->FindValues(conflict.visit, conflict.field);
    if (!found.ok()) return found.status();
    const json shown = ShownValue(first_, conflict);
    const auto among = [](const std::vector<json>& list, const json& value) {
      return std::any_of(list.begin(), list.end(),
                         [&](const json& other) { return SameValue(other, value); });
    };
    for (const json& value : conflict.values) {
      ++values;
      if (SameValue(value, shown)) ++current;
      if (among(found->competing, value)) ++by_conflict;
      if (among(found->past, value)) ++by_history;
    }
  }
  const auto groups = static_cast<int64_t>(work_.conflicts.size());
  out_["retained"] = {{"groups", groups},
                      {"values", values},
                      {"losers", values - groups},
                      {"current", current},
                      {"by_conflict_api", by_conflict},
                      {"by_history", by_history}};
  return absl::OkStatus();
}

absl::StatusOr<json> Run::Go() {
  for (const auto step : {&Run::Prepare, &Run::Play, &Run::Measure, &Run::ReadBack, &Run::Bootstrap,
                          &Run::JudgeValues}) {
    if (const absl::Status done = (this->*step)(); !done.ok()) return done;
  }
  out_["client_rss_peak"] = OwnPeakBytes();
  replicas_.clear();  // closing writes the write-ahead logs back
  out_["stored_bytes_r1"] = StoredBytes(File(work_.replicas.front()));
  if (const absl::Status stopped = server_->process().Stop(); !stopped.ok()) return stopped;
  return Line();
}

json Run::Line() const {
  json line = out_;
  line.erase("server_hash");
  line["engine"] = "dudao";
  line["unit"] = "one record a visit";
  line["edits"] = "one durable save per edit, WAL FULL";
  line["server_store"] = "WAL FULL, one transaction per exchange";
  line["workload"] = {{"size", work_.header.at("size")},
                      {"seed", work_.header.at("seed")},
                      {"edits", work_.summary.at("edits")},
                      {"syncs", work_.summary.at("syncs")},
                      {"visits", work_.summary.at("visits")}};
  return line;
}

}  // namespace

absl::StatusOr<json> Replay(const Console& console, const ReplayOptions& options) {
  const auto work = LoadWorkload(options.workload);
  if (!work.ok()) return work.status();
  return Run(console, options, *work).Go();
}

}  // namespace dudao::command
