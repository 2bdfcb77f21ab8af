// Counts the bytes of messages, raw and compressed on their own with zlib -6 and zstd -3; says how
// long the compressing took, so that it can be taken out of a timing. Used by one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace dudao::command {

class WireCount {
 public:
  void Up(const std::string& message) { Count("up", message); }
  void Down(const std::string& message) { Count("down", message); }
  // Milliseconds spent on compressing so far.
  double compressing_ms() const { return compressing_ms_; }
  // {"up", "down", "messages", "up_gz", "down_gz", "up_zstd", "down_zstd"}.
  nlohmann::json Totals() const { return totals_; }

 private:
  void Count(const std::string& direction, const std::string& message);

  nlohmann::json totals_ = {{"up", 0},      {"down", 0},    {"messages", 0}, {"up_gz", 0},
                            {"down_gz", 0}, {"up_zstd", 0}, {"down_zstd", 0}};
  double compressing_ms_ = 0;
};

}  // namespace dudao::command
