// Names that the server and those who call it agree on.
//
// Pure functions and constants. Nothing here fails.
#pragma once

#include <string>
#include <string_view>

namespace dudao::server {

// Metadata of a call: the session of a person, or a device's id and signature (docs/server.md).
inline constexpr char kSessionMetadata[] = "dudao-session";
inline constexpr char kDeviceMetadata[] = "dudao-device";
inline constexpr char kSignatureMetadata[] = "dudao-signature";
// Domain of every google.rpc.ErrorInfo.
inline constexpr char kErrorDomain[] = "dudao";

// The space with people, places and forms: everybody reads, the office writes. Always there.
inline constexpr char kOfficeSpace[] = "office";

// Stands for the county leaders where a visit names its team (领导调研). Nobody is in it.
inline constexpr char kLeadersTeam[] = "LDR";

// Largest message, either way.
inline constexpr int kMessageBytesMax = 8 << 20;
// Largest piece of a file.
inline constexpr int kChunkBytesMax = 256 << 10;

// The space of a team in a programme year, e.g. "team-d2-2026".
std::string TeamSpace(std::string_view team_id, int year);

// Lower-case letters, digits and dashes, 1 to 64 of them.
bool IsSpaceName(std::string_view name);

}  // namespace dudao::server
