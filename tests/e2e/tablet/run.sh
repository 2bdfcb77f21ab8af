#!/usr/bin/env bash
# The tests of the tablet app in Chromium, one after another. Arguments: names of test files without the ending; none means all.
# run.sh --figures [VISITS] measures instead; run.sh --picture makes the README's picture again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export DUDAO_SOURCE_DIR=${DUDAO_SOURCE_DIR:-$(cd "$here/../../.." && pwd)}
export DUDAO_BUILD_DIR=${DUDAO_BUILD_DIR:-$DUDAO_SOURCE_DIR/build/release}
export DUDAO_BIN_DIR=${DUDAO_BIN_DIR:-$DUDAO_BUILD_DIR/bin}
export DUDAO_SCREENSHOTS=${DUDAO_SCREENSHOTS:-$DUDAO_SOURCE_DIR/build/e2e/screenshots/tablet}
skip() { echo "SKIPPED: $*"; exit 77; }
[ -x "${DUDAO_CHROMIUM:-/usr/bin/chromium}" ] || skip "no Chromium; run tools/setup"
[ -x "$DUDAO_BIN_DIR/dudao" ] || skip "no server program; run tools/build programs"
ls "$DUDAO_SOURCE_DIR"/build/web/tablet/assets/*.wasm >/dev/null 2>&1 || skip "the tablet app is not built with its WebAssembly module; run make wasm web"
[ -d "$DUDAO_SOURCE_DIR/web/node_modules/playwright-core" ] || skip "no packages; run tools/web/build --prepare"
node=$("$DUDAO_SOURCE_DIR/tools/web/node")
if [ "${1:-}" = --figures ]; then exec "$node/node" "$here/figures.mjs" "${@:2}"; fi
if [ "${1:-}" = --picture ]; then
  "$node/node" --test "$here/looks.test.mjs"
  exec install -D -m 644 "$DUDAO_SCREENSHOTS/visit-form-zh-light-tablet.png" "$DUDAO_SOURCE_DIR/docs/images/tablet.png"
fi
files=()
for name in "$@"; do files+=("$here/$name.test.mjs"); done
[ ${#files[@]} -gt 0 ] || files=("$here"/*.test.mjs)
# One file at a time: each has browsers and a server of its own.
for file in "${files[@]}"; do "$node/node" --test --test-reporter=spec "$file"; done
