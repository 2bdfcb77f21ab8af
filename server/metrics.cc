#include "metrics.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dudao::server {
namespace {

constexpr double kMicrosPerSecond = 1e6;

std::string Number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  if (value == std::floor(value) && std::abs(value) < 1e15) return absl::StrFormat("%.0f", value);
  return absl::StrFormat("%.9g", value);
}

// Values of labels and help: backslash, quote and new line are written as two characters.
std::string Escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || (quotes && c == '"')) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void MetricsText::Begin(std::string_view name, Kind kind, std::string_view help) {
  name_ = std::string(name);
  const char* kind_name = kind == Kind::kCounter ? "counter"
                          : kind == Kind::kGauge ? "gauge"
                                                 : "histogram";
  absl::StrAppend(&text_, "# HELP ", name_, " ", Escaped(help, false), "\n# TYPE ", name_, " ",
                  kind_name, "\n");
}

void MetricsText::Value(double value, const MetricLabels& labels, std::string_view suffix) {
  absl::StrAppend(&text_, name_, std::string(suffix));
  const char* before = "{";
  for (const auto& [label, text] : labels) {
    absl::StrAppend(&text_, before, std::string(label), "=\"", Escaped(text, true), "\"");
    before = ",";
  }
  absl::StrAppend(&text_, labels.empty() ? " " : "} ", Number(value), "\n");
}

void MetricsText::Gauge(std::string_view name, std::string_view help, double value) {
  Begin(name, Kind::kGauge, help);
  Value(value);
}

void MetricsText::Counter(std::string_view name, std::string_view help, double value) {
  Begin(name, Kind::kCounter, help);
  Value(value);
}

void CallMetrics::Count(std::string_view method, bool known, std::string_view code, int64_t micros,
                        uint64_t bytes_in, uint64_t bytes_out) {
  const double seconds = static_cast<double>(micros) / kMicrosPerSecond;
  size_t bucket = 0;
  while (bucket < kSeconds.size() && seconds > kSeconds[bucket]) ++bucket;
  absl::MutexLock lock(&mutex_);
  Method& counted = methods_[known ? std::string(method) : "other"];
  ++counted.by_code[std::string(code)];
  ++counted.by_duration[bucket];
  counted.seconds += seconds;
  counted.bytes_in += bytes_in;
  counted.bytes_out += bytes_out;
}

void CallMetrics::WriteDurations(std::string_view name, const Method& method, MetricsText& text) {
  uint64_t below = 0;
  for (size_t i = 0; i < method.by_duration.size(); ++i) {
    below += method.by_duration[i];
    const std::string end = i < kSeconds.size() ? Number(kSeconds[i]) : "+Inf";
    text.Value(static_cast<double>(below), {{"method", name}, {"le", end}}, "_bucket");
  }
  text.Value(method.seconds, {{"method", name}}, "_sum");
  text.Value(static_cast<double>(below), {{"method", name}}, "_count");
}

void CallMetrics::Write(MetricsText& text) const {
  using Kind = MetricsText::Kind;
  absl::MutexLock lock(&mutex_);
  text.Begin("dudao_calls_total", Kind::kCounter, "Calls answered, by method and gRPC code.");
  for (const auto& [name, method] : methods_) {
    for (const auto& [code, count] : method.by_code)
      text.Value(static_cast<double>(count), {{"method", name}, {"code", code}});
  }
  text.Begin("dudao_call_seconds", Kind::kHistogram, "How long handlers took.");
  for (const auto& [name, method] : methods_) WriteDurations(name, method, text);
  text.Begin("dudao_call_bytes_total", Kind::kCounter, "Bytes of messages, by direction.");
  for (const auto& [name, method] : methods_) {
    text.Value(static_cast<double>(method.bytes_in), {{"method", name}, {"direction", "in"}});
    text.Value(static_cast<double>(method.bytes_out), {{"method", name}, {"direction", "out"}});
  }
}

}  // namespace dudao::server
