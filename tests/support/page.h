// Reads a page of the server's own HTTP listener on loopback, for tests. Blocks, at most a few
// seconds.
#pragma once

#include <string>

namespace dudao::testing_support {

// The whole answer, heading included; empty where there is none.
std::string ReadPage(int port, const std::string& path);

// A connected socket on 127.0.0.1 with a time limit for reading; -1 where nobody listens.
int ConnectLoopback(int port, int read_limit_seconds);

}  // namespace dudao::testing_support
