// Tells the service manager what this process is doing: systemd's notification protocol.
//
// One datagram to the socket in NOTIFY_SOCKET; without that variable nothing happens. Does not link
// libsystemd. Any thread. Best effort: a manager that does not listen changes nothing. Protocol:
// sd_notify(3).
#pragma once

#include <string_view>

namespace dudao::server {

// E.g. "READY=1", "STOPPING=1"; several lines may go together. True where it was handed over.
bool NotifyService(std::string_view state);

}  // namespace dudao::server
