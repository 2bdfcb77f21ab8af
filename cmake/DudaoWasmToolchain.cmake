# The toolchain file of the preset wasm: emscripten and the libraries that tools/setup-wasm left in its cache, found through
# two links in build/wasm-sdk. The preset gives the optimiser's level; what all objects of a module must agree on stands here.
cmake_path(SET dudao_wasm_sdk NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../build/wasm-sdk")
if(NOT EXISTS "${dudao_wasm_sdk}/toolchain/.complete" OR NOT EXISTS "${dudao_wasm_sdk}/libraries/.complete")
  message(FATAL_ERROR "The WebAssembly toolchain is not set up: run `make wasm` (or tools/setup-wasm). Server and console build without it.")
endif()
include("${dudao_wasm_sdk}/toolchain/emscripten/cmake/Modules/Platform/Emscripten.cmake")

# find_package: first ours, then emscripten's own, never the machine's. Programs (protoc) are the machine's.
list(PREPEND CMAKE_FIND_ROOT_PATH "${dudao_wasm_sdk}/libraries")
list(PREPEND CMAKE_PREFIX_PATH "${dudao_wasm_sdk}/libraries")
# No threads: find_package(Threads) shall find that nothing needs to be linked.
set(CMAKE_HAVE_LIBC_PTHREAD 1)

foreach(language IN ITEMS C CXX)
  set(CMAKE_${language}_FLAGS_INIT "-fwasm-exceptions")
endforeach()
# npm's binaryen has no wasm-emscripten-finalize; with 64-bit integers passed as BigInt none is needed.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-sWASM_BIGINT")
