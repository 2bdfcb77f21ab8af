#!/usr/bin/env bash
# Builds the page of the suite and runs it.
set -euo pipefail
. "$DUDAO_SOURCE_DIR/tests/support/wasm/need_module.sh"
export DUDAO_CHROMIUM=${DUDAO_CHROMIUM:-$(command -v chromium || true)}
[ -n "$DUDAO_CHROMIUM" ] || skip "there is no chromium; make setup installs it"
"$source/tools/web/build" --prepare >/dev/null
PATH=$("$source/tools/web/node"):$PATH
export PATH DUDAO_PAGE=$PWD/page
cd "$source/tests/e2e/core"
node "$source/web/node_modules/vite/bin/vite.js" build --config vite.config.mts --logLevel warn
exec node --test --test-concurrency=1 --test-reporter=spec core.test.mjs sync.test.mjs
