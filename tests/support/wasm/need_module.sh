# Sourced by tests that need the page's WebAssembly module: skips (77), with the reason, where it is missing or not that of the present
# sources. Sets `module`, the folder that it is in.
source=$DUDAO_SOURCE_DIR
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
module=$source/build/wasm/web
[ -f "$module/dudao_core.mjs" ] || skip "the WebAssembly module has not been built; make wasm"
pending=$("$source/cmake/wasm_pending.sh" "$source" dudao_core_web)
[ -z "$pending" ] || skip "the WebAssembly module is older than the sources; make wasm"
