#!/usr/bin/env bash
# run_wasm_test.sh CHECKOUT NAME [ARG...]: runs the WebAssembly program of a test under node. Skipped (77) with the reason where it
# cannot be run or is not that of the present sources: an old program's success would prove nothing.
set -euo pipefail
checkout=$1 name=$2
shift 2
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
program=$checkout/build/wasm/test-bin/$name.js

command -v node >/dev/null || skip "there is no node to run WebAssembly; make setup installs it"
reason=$("$checkout/tools/setup-wasm" --check 2>&1) || skip "the WebAssembly toolchain is not set up: $(head -n 1 <<<"$reason"); make wasm"
[ -f "$program" ] || skip "$name has not been built as WebAssembly; make wasm"
pending=$("$checkout/cmake/wasm_pending.sh" "$checkout" "$name")
[ -z "$pending" ] || skip "$name as WebAssembly is older than the sources; make wasm"
exec node "$program" "$@"
