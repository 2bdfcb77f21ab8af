#include <cstdlib>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/segment.h"
#include "fuzz_entry.h"
#include "memory_log.h"
#include "workload.h"

// A server and a tablet are given any bytes; neither may lose what it held.
DUDAO_FUZZ_ENTRY(Exchange);
DUDAO_FUZZ_ENTRY(Exchange) {
  using namespace dudao::sync;     // NOLINT: one function
  using namespace dudao::testing;  // NOLINT: one function
  const std::string_view bytes(reinterpret_cast<const char*>(data),
                               size);  // NOLINT: bytes as characters
  MemoryLog server('S', "s", "history1");
  server.Commit({SetText(Rec("a"), 2, "kept")});
  const IngestPolicy policy = [](const Change& change, std::string_view) {
    std::optional<Quarantined> reason;
    if (!CheckChange(change).ok()) reason.emplace();
    return reason;
  };
  (void)Respond(server, bytes, {policy, 1 << 20, 0}).ok();
  if (server.changes().empty() || server.changes().front().replica != Replica('S')) std::abort();
  MemoryLog tablet('A', "s", "");
  tablet.Commit({SetText(Rec("a"), 2, "mine")});
  Initiator initiator(tablet, {});
  (void)initiator.Next(0).ok();
  (void)initiator.Receive(bytes).ok();
  if (tablet.changes().empty() || tablet.changes().front().replica != Replica('A')) std::abort();
  return 0;
}
