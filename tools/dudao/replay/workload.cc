#include "replay/workload.h"

#include <fstream>
#include <map>

#include "absl/status/status.h"

namespace dudao::command {
namespace {

using nlohmann::json;

const std::map<std::string, WorkKind>& Kinds() {
  static const auto& kinds = *new std::map<std::string, WorkKind>{
      {"create", WorkKind::kCreate},
      {"set", WorkKind::kSet},
      {"check_set", WorkKind::kCheckSet},
      {"finding_add", WorkKind::kFindingAdd},
      {"finding_set", WorkKind::kFindingSet},
      {"set_add", WorkKind::kSetAdd},
      {"set_remove", WorkKind::kSetRemove},
      {"counter", WorkKind::kCounter},
      {"text_insert", WorkKind::kTextInsert},
      {"text_delete", WorkKind::kTextDelete},
      {"sync", WorkKind::kSync},
  };
  return kinds;
}

class Loader {
 public:
  absl::Status Take(const json& line) {
    if (!line.is_object() || !line.contains("kind") || !line["kind"].is_string()) {
      return absl::InvalidArgumentError("not a workload line");
    }
    const auto kind = line["kind"].get<std::string>();
    if (kind == "header") return TakeHeader(line);
    if (work_.header.is_null()) return absl::InvalidArgumentError("the first line is no header");
    if (kind == "conflict") return TakeConflict(line);
    if (kind == "expect") {
      work_.expectations.push_back(line);
      return absl::OkStatus();
    }
    if (kind == "summary") {
      work_.summary = line;
      return absl::OkStatus();
    }
    return TakeStep(kind, line);
  }

  absl::StatusOr<Workload> Finish() {
    if (work_.summary.is_null()) {
      return absl::InvalidArgumentError("the workload has no summary: cut off?");
    }
    return std::move(work_);
  }

 private:
  absl::Status TakeHeader(const json& line) {
    if (line.value("format", "") != "peerbench-1") {
      return absl::InvalidArgumentError("format is not peerbench-1");
    }
    work_.header = line;
    for (const auto& name : line.at("replicas")) {
      index_[name.get<std::string>()] = work_.replicas.size();
      work_.replicas.push_back(name.get<std::string>());
    }
    return absl::OkStatus();
  }

  absl::Status TakeConflict(const json& line) {
    ExpectedConflict conflict;
    conflict.visit = line.at("visit").get<std::string>();
    conflict.field = line.at("field").get<std::string>();
    for (const auto& value : line.at("values")) conflict.values.push_back(value);
    work_.conflicts.push_back(std::move(conflict));
    return absl::OkStatus();
  }

  absl::Status TakeStep(const std::string& kind, const json& line) {
    const auto found = Kinds().find(kind);
    if (found == Kinds().end()) return absl::InvalidArgumentError("unknown kind " + kind);
    const auto replica = index_.find(line.value("replica", ""));
    if (replica == index_.end()) return absl::InvalidArgumentError("unknown replica");
    WorkStep step;
    step.kind = found->second;
    step.replica = replica->second;
    step.time_ms = line.value("t", int64_t{0});
    step.visit = line.value("visit", "");
    step.field = line.value("field", "");
    if (line.contains("value")) step.value = line["value"];
    step.position = line.value("pos", size_t{0});
    step.length = line.value("len", size_t{0});
    work_.steps.push_back(std::move(step));
    return absl::OkStatus();
  }

  Workload work_;
  std::map<std::string, size_t> index_;
};

absl::Status TakeText(Loader& loader, const std::string& text) {
  const json line = json::parse(text, nullptr, false);
  if (line.is_discarded()) return absl::InvalidArgumentError("not JSON");
  try {
    return loader.Take(line);
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace

absl::StatusOr<Workload> LoadWorkload(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError("cannot read " + path);
  Loader loader;
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    const absl::Status taken = TakeText(loader, text);
    if (!taken.ok()) {
      return absl::InvalidArgumentError(path + ":" + std::to_string(number) + ": " +
                                        std::string(taken.message()));
    }
  }
  return loader.Finish();
}

}  // namespace dudao::command
