// A real server process with one space in which everybody may write, for the replay and the figures
// of tests/bench.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "office.h"
#include "server_process.h"
#include "tablet.h"

namespace dudao::command {

inline constexpr uint32_t kSiteVisitType = 900;
inline constexpr char kBenchSpace[] = "bench";

class BenchServer {
 public:
  // `people` have tablets. `program` is the dudao command; empty for the program that is running.
  static absl::StatusOr<std::unique_ptr<BenchServer>> Start(const std::string& directory,
                                                            const std::vector<std::string>& people,
                                                            const std::string& program = "");

  Office& office() { return *office_; }
  ServerProcess& process() { return *process_; }
  // Makes a tablet of one of the people: its encrypted database and its identity, with a real
  // one-time code. Nothing but the reference to its person is in it yet.
  absl::Status Enrol(const std::string& database, const std::string& person);

 private:
  BenchServer() = default;
  std::unique_ptr<ServerProcess> process_;
  std::unique_ptr<Office> office_;
};

}  // namespace dudao::command
