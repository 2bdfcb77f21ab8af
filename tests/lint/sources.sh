#!/usr/bin/env bash
# Rules about our text that no compiler checks. Only committed files count.
# A line that must break a rule says so at its end, with the reason:  // lint: allow <reason>
set -euo pipefail
cd "${DUDAO_SOURCE_DIR:-$(dirname "$0")/../..}"
problems=$(mktemp)
complain() { # title; the offending lines on stdin
  local lines
  lines=$(grep -v "lint: allow " || true)
  [ -z "$lines" ] || { printf "%s:\n" "$1"; sed "s|^|  |" <<<"$lines"; } >>"$problems"
}
find_in_texts() { grep -nE -- "$1" "${all[@]}" /dev/null || true; }
listed() { git ls-files --cached -- "$@" | while read -r f; do if [ -e "$f" ]; then echo "$f"; fi; done; }

# Code without its // comments, as file:line:text.
code() { # file...
  [ $# -gt 0 ] || return 0
  awk '{ text = $0; if (text !~ /lint: allow /) sub(/(^|[ \t;{}])\/\/.*/, "", text); if (text ~ /[^ \t]/) print FILENAME ":" FNR ":" text }' "$@"
}
# Matches a pattern in the text part only.
matching() { awk -v pattern="$1" '{ text = $0; sub(/^[^:]*:[0-9]+:/, "", text); if (text ~ pattern) print }'; }

mapfile -t pure < <(listed 'sync/*.cc' 'sync/*.h' 'domain/*.cc' 'domain/*.h' 'client_core/*.cc' 'client_core/*.h' | grep -v '^client_core/adapters/' || true)
mapfile -t own < <(listed '*.cc' '*.h' '*.c')
mapfile -t headers < <(listed '*.h')
mapfile -t all < <(git grep -Il '' -- . ':!tests/lint/sources.sh' ':!LICENSE')

pure_code=$(mktemp)
own_code=$(mktemp)
trap 'rm -f "$problems" "$pure_code" "$own_code"' EXIT
code "${pure[@]}" >"$pure_code"
code "${own[@]}" >"$own_code"

# --- what the pure rooms may not reach for: the host gives them time, randomness, transport and threads -------------------
matching '#include *[<"]grpc|\\.grpc\\.pb\\.h' <"$pure_code" | complain "gRPC in a room that must not know it"
matching 'system_clock|steady_clock|high_resolution_clock|absl::Now\\(|gettimeofday|clock_gettime|std::time\\(|[^_a-zA-Z]time\\((NULL|nullptr|0)\\)|localtime|LocalTimeZone' <"$pure_code" |
  complain "a clock of its own (take the Clock seam)"
matching 'sleep_for|sleep_until|SleepFor|[^_a-zA-Z](usleep|nanosleep)\\(' <"$pure_code" | complain "sleeping"
matching 'random_device|std::rand|[^_a-zA-Z]rand\\(|absl::BitGen|RAND_bytes|mt19937' <"$pure_code" | complain "randomness of its own (take the Random seam)"
matching 'getenv' <"$pure_code" | complain "reading the environment"
matching '#include <iostream>|std::cout|std::cerr|std::clog|[^_a-zA-Zn]printf\\(' <"$pure_code" | complain "writing to the terminal"
matching 'std::thread|std::jthread|std::async|#include <thread>' <"$pure_code" | complain "a thread of its own"
# g++ 12 has no std::format, the WebAssembly library no from_chars for doubles: both must compile the portable rooms.
matching 'std::format|#include <format>|std::jthread|std::atomic_ref|std::execution' <"$pure_code" | complain "not in both standard libraries"
matching '#include *[<"]sqlite3\\.h' <"$own_code" | { grep -vE '^(sync/store|server|tests/(bench|contract/store|unit/sync/store))/' || true; } | complain "SQLite outside the stores"
matching '(^|[^_a-zA-Z])throw($|[^_a-zA-Z(])' <"$own_code" | complain "throwing (return a Status)"

# --- headers, sizes ------------------------------------------------------------------------------------------------------
for file in "${headers[@]}"; do
  case $(head -n 1 "$file") in //*) ;; *) echo "$file" ;; esac
done | complain "headers that do not open with a comment (purpose, threading, ownership, errors)"
for file in "${own[@]}" $(listed '*.proto' '*.sh' '*.mjs' '*.ts' 'tools/*'); do
  lines=$(wc -l <"$file")
  case $file in *package-lock.json | tools/npm/*) continue ;; esac
  if [ "$lines" -gt 800 ]; then echo "$file: $lines lines"
  elif [ "$lines" -gt 400 ]; then echo "note: $file has $lines lines" >&2; fi
done | complain "files over 800 lines (split along a seam)"

# --- texts ---------------------------------------------------------------------------------------------------------------
find_in_texts 'TODO' | { grep -vE 'TODO\(#[0-9]+\)|FINDING_VIEW_TODO|FindingView\.TODO' || true; } | complain "TODO without an issue number: TODO(#12)"
find_in_texts '(FIXME|XXX:)' | complain "FIXME"
find_in_texts '(^|[^A-Za-z0-9_.$}-])/(home|root|Users|work|mnt)/[A-Za-z.]' | complain "paths of one machine"
{ grep -nE '[[:space:]]+$' -- $(listed '*.md' '*.proto' '*.cmake' '*CMakeLists.txt' '*.sh') /dev/null || true; } | complain "blanks at the end of a line"

# Links of our pages lead somewhere.
for page in $(listed '*.md'); do
  { grep -oE '\]\([^)#][^)]*\)' "$page" || true; } | sed -E 's/^\]\(//; s/\)$//; s/#.*$//' | while read -r link; do
    case $link in *://* | mailto:* | '') continue ;; esac
    [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
  done
done | complain "links that lead nowhere"

if [ -s "$problems" ]; then cat "$problems"; exit 1; fi
echo "${#all[@]} files pass"
