# Everything the project takes from the system, in one place. All of these are imported targets, so that their headers
# count as system headers and our warnings do not apply to them.
if(NOT EXISTS "${PROJECT_SOURCE_DIR}/third_party/sqlite/sqlite3.c")
  message(FATAL_ERROR "third_party/sqlite is missing; run tools/setup first (make setup)")
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf MODULE REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(zstd CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
if(NOT EMSCRIPTEN) # of the command and the measurements
  find_package(nlohmann_json CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(benchmark CONFIG REQUIRED)
endif()

# Debian ships both forms of zstd; the shared one is the smaller surprise.
if(NOT TARGET dudao_zstd)
  add_library(dudao_zstd INTERFACE)
  target_link_libraries(dudao_zstd INTERFACE $<IF:$<TARGET_EXISTS:zstd::libzstd_shared>,zstd::libzstd_shared,zstd::libzstd_static>)
  add_library(dudao::zstd ALIAS dudao_zstd)
endif()

if(NOT DUDAO_PORTABLE_ONLY)
  find_package(gRPC CONFIG REQUIRED)
  find_program(DUDAO_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
  find_package(Boost 1.74 REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
  pkg_check_modules(xlsxwriter REQUIRED IMPORTED_TARGET xlsxwriter)
endif()
find_program(DUDAO_PROTOC protoc REQUIRED)
