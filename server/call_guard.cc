#include "call_guard.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/v1/sync.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kCallersMax = 20000;
// Nothing that is open to everybody is large.
constexpr uint64_t kOpenBytesMax = 64 << 10;
constexpr char kExchange[] = "/dudao.sync.v1.SyncService/Exchange";
constexpr std::array<std::string_view, 3> kAddsInBulk = {
    "/dudao.blob.v1.BlobService/PutChunk",
    "/dudao.admin.v1.AdminService/ImportPackage",
    "/dudao.admin.v1.AdminService/ImportDivisions",
};

// For rates: not the wall clock, which people set.
int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Rate Calls(double per_second, double burst) {
  Rate rate;
  rate.calls_per_second = per_second;
  rate.calls_burst = burst;
  return rate;
}

std::string NameOf(const Principal& principal) {
  return principal.is_device() ? absl::StrCat("d:", principal.device_id)
                               : absl::StrCat("p:", principal.person_id);
}

// True where an exchange brings changes along; without them it only reads.
bool BringsChanges(std::string_view body) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(
      reinterpret_cast<const uint8_t*>(body.data()),  // NOLINT: bytes
      static_cast<int>(body.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == sync::v1::ExchangeRequest::kSegmentsFieldNumber)
      return true;
    if (!WireFormatLite::SkipField(&in, tag)) break;
  }
  return false;
}

bool AddsInBulk(std::string_view method, std::string_view body) {
  if (method == kExchange) return BringsChanges(body);
  return std::find(kAddsInBulk.begin(), kAddsInBulk.end(), method) != kAddsInBulk.end();
}

}  // namespace

CallGuard::CallGuard(const Limits& limits, DiskWatch::Probe disk,
                     std::function<void(DiskLevel, DiskSpace)> disk_changed)
    : open_(Calls(limits.open_calls_per_second, limits.open_calls_burst), kCallersMax),
      credentials_(Calls(limits.refused_calls_per_second, limits.refused_calls_burst), kCallersMax),
      callers_({limits.calls_per_second, limits.calls_burst, limits.bytes_per_second,
                limits.bytes_burst},
               kCallersMax),
      disk_({limits.disk_reserve_bytes, limits.disk_warn_bytes}, std::move(disk),
            std::move(disk_changed)) {}

absl::Status CallGuard::AdmitAddress(const MethodRule& rule, std::string_view peer,
                                     uint64_t bytes) {
  const int64_t now_ms = SteadyMs();
  if (rule.caller != Caller::kAnybody) return credentials_.Check(peer, now_ms);
  if (bytes > kOpenBytesMax)
    return Error(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE");
  return open_.Admit(peer, bytes, now_ms);
}

absl::Status CallGuard::AdmitCaller(const MethodRule& rule, const Principal& principal,
                                    std::string_view body) {
  if (rule.caller == Caller::kAnybody) return absl::OkStatus();
  const int64_t now_ms = SteadyMs();
  DUDAO_TRY(callers_.Admit(NameOf(principal), body.size(), now_ms));
  if (!AddsInBulk(rule.method, body)) return absl::OkStatus();
  return disk_.AdmitBytes(body.size(), now_ms);
}

void CallGuard::RefusedCredentials(std::string_view peer) {
  credentials_.Charge(peer, 1, 0, SteadyMs());
}

void CallGuard::Ended(const MethodRule* rule, const Principal& principal, std::string_view code,
                      int64_t micros, uint64_t bytes_in, uint64_t bytes_out) {
  if (!principal.person_id.empty() || principal.is_device())
    callers_.Charge(NameOf(principal), 0, bytes_out, SteadyMs());
  calls_.Count(rule == nullptr ? "" : rule->method, rule != nullptr, code, micros, bytes_in,
               bytes_out);
}

DiskLevel CallGuard::LookAtDisk() { return disk_.Level(SteadyMs()); }

void CallGuard::Write(MetricsText& text) {
  calls_.Write(text);
  text.Begin("dudao_rate_limited_total", MetricsText::Kind::kCounter, "Calls refused for a rate.");
  text.Value(static_cast<double>(open_.refused()), {{"by", "address"}});
  text.Value(static_cast<double>(credentials_.refused()), {{"by", "refused_credentials"}});
  text.Value(static_cast<double>(callers_.refused()), {{"by", "caller"}});
  const int64_t now_ms = SteadyMs();
  const DiskSpace space = disk_.Space(now_ms);
  text.Gauge("dudao_disk_free_bytes", "Free bytes where the data folder lies.",
             static_cast<double>(space.free_bytes));
  text.Gauge("dudao_disk_total_bytes", "Size of that file system.",
             static_cast<double>(space.total_bytes));
  text.Gauge("dudao_disk_level", "0 enough, 1 warning, 2 uploads are refused.",
             static_cast<double>(disk_.Level(now_ms)));
}

}  // namespace dudao::server
