// Figures of the server in Prometheus' text form, and the counts of calls behind them.
//
// MetricsText writes the format (version 0.0.4); CallMetrics counts calls by method and code, with
// a histogram of their duration. Labels are names of methods, codes and states only: never a
// person, a space or an address, so that figures hold no personal data and their number is bounded.
// CallMetrics is thread-safe; a MetricsText belongs to one thread. Nothing here fails.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

class MetricsText {
 public:
  enum class Kind : uint8_t { kCounter, kGauge, kHistogram };
  // Names what follows.
  void Begin(std::string_view name, Kind kind, std::string_view help);
  // A value of what Begin named. `suffix` is for histograms.
  void Value(double value, const MetricLabels& labels = {}, std::string_view suffix = "");
  // Both in one.
  void Gauge(std::string_view name, std::string_view help, double value);
  void Counter(std::string_view name, std::string_view help, double value);

  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

class CallMetrics {
 public:
  // Upper ends in seconds; one more bucket takes the rest.
  static constexpr std::array<double, 8> kSeconds = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60};

  // `method` must be one of a known list: what callers send freely is counted as "other".
  void Count(std::string_view method, bool known, std::string_view code, int64_t micros,
             uint64_t bytes_in, uint64_t bytes_out);
  void Write(MetricsText& text) const;

 private:
  struct Method {
    std::map<std::string, uint64_t, std::less<>> by_code;
    std::array<uint64_t, kSeconds.size() + 1> by_duration{};
    double seconds = 0;
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;
  };
  static void WriteDurations(std::string_view name, const Method& method, MetricsText& text);

  mutable absl::Mutex mutex_;
  std::map<std::string, Method, std::less<>> methods_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
