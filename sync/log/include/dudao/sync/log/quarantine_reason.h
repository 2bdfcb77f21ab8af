// Why a change is kept aside. Stable names; texts for people are in the catalogue under the same
// names.
#pragma once

namespace dudao::sync {

// Another change with the same dot is already held: a cloned or restored device. Both are kept.
inline constexpr char kDotReused[] = "DOT_REUSED";
// The change breaks a rule that every replica can check (paths, kinds, lengths).
inline constexpr char kMalformedChange[] = "MALFORMED_CHANGE";
// Only the server may write this field.
inline constexpr char kIssuedByTablet[] = "ISSUED_BY_TABLET";
// The author may not write in this space.
inline constexpr char kNotPermitted[] = "NOT_PERMITTED";
// A field that is set at creation was written again with another value.
inline constexpr char kFixedChanged[] = "FIXED_CHANGED";
// The author could write here once and cannot any more; or the tablet was handed over.
inline constexpr char kPermissionEnded[] = "PERMISSION_ENDED";
// Somebody entitled to it decided against a change that is merged elsewhere.
inline constexpr char kDecidedAgainst[] = "REFUSED";

}  // namespace dudao::sync
