# Sourced by tests that need the page's WebAssembly module: skips (77), with the reason, where it is missing or not that of the present
# sources. Sets `module`, the folder that it is in.
source=$DUDAO_SOURCE_DIR
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
module=$source/build/wasm/web
[ -f "$module/dudao_core.mjs" ] || skip "the WebAssembly module has not been built; make wasm"
# What ninja would still do, apart from looking whether a folder has new files.
pending=$(ninja -C "$source/build/wasm" -n dudao_core_web 2>&1 | grep -v -e '^ninja: ' -e 'Re-checking globbed directories' || true)
[ -z "$pending" ] || skip "the WebAssembly module is older than the sources; make wasm"
