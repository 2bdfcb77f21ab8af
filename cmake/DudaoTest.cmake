# dudao_test(NAME <name> SOURCES <file>... [DEPS <dep>...] [LABELS <label>...] [TIMEOUT <seconds>] [ARGS <arg>...])
#
# One GoogleTest binary, one ctest test of the same name. It runs in a folder of its own that is emptied before each run,
# with DUDAO_SOURCE_DIR (the checkout), DUDAO_BUILD_DIR (the build tree) and DUDAO_BIN_DIR (where `dudao` is) in the
# environment. Default label: unit; default limit: 60 s.
function(dudao_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS;ARGS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dudao_test: bad arguments: NAME '${arg_NAME}', unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(EMSCRIPTEN AND NOT arg_NAME IN_LIST DUDAO_WASM_TESTS)
    set_property(GLOBAL APPEND PROPERTY DUDAO_NOT_WASM "${arg_NAME}")
    add_executable(${arg_NAME} EXCLUDE_FROM_ALL ${arg_SOURCES}) # a name for what the caller adds; never built
    return()
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} GTest::gmock_main GTest::gmock GTest::gtest Threads::Threads dudao_warnings)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/test-bin")
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY DUDAO_TEST_SOURCES "${source}")
  endforeach()
  if(EMSCRIPTEN)
    dudao_wasm_test_program(${arg_NAME})
    if(arg_NAME IN_LIST DUDAO_WASM_TESTS_DEFAULT)
      add_dependencies(wasm_default ${arg_NAME})
    endif()
    dudao_wasm_ctest(NAME ${arg_NAME} LABELS ${arg_LABELS} TIMEOUT "${arg_TIMEOUT}"
                     COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} "$<TARGET_FILE:${arg_NAME}>" ${arg_ARGS})
    return()
  endif()
  dudao_add_ctest(NAME ${arg_NAME} LABELS ${arg_LABELS} TIMEOUT "${arg_TIMEOUT}" COMMAND "$<TARGET_FILE:${arg_NAME}>" ${arg_ARGS})
  if(DUDAO_WASM_CTEST AND arg_NAME IN_LIST DUDAO_WASM_TESTS_DEFAULT)
    dudao_wasm_ctest(NAME ${arg_NAME} LABELS ${arg_LABELS} TIMEOUT "${arg_TIMEOUT}"
                     COMMAND bash "${PROJECT_SOURCE_DIR}/cmake/run_wasm_test.sh" "${PROJECT_SOURCE_DIR}" ${arg_NAME} ${arg_ARGS})
  endif()
endfunction()

# dudao_add_ctest(NAME <name> COMMAND <word>... [LABELS <label>...] [TIMEOUT <seconds>])
#
# Any command as a ctest test, in the same surroundings as dudao_test gives.
function(dudao_add_ctest)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "LABELS;COMMAND")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_test(NAME ${arg_NAME} COMMAND bash "${PROJECT_SOURCE_DIR}/cmake/run_in_fresh_dir.sh"
                                    "${PROJECT_BINARY_DIR}/test-work/${arg_NAME}" ${arg_COMMAND})
  set_tests_properties(
    ${arg_NAME}
    PROPERTIES LABELS "${arg_LABELS}"
               TIMEOUT "${arg_TIMEOUT}"
               ENVIRONMENT
               "DUDAO_SOURCE_DIR=${PROJECT_SOURCE_DIR};DUDAO_BUILD_DIR=${PROJECT_BINARY_DIR};DUDAO_BIN_DIR=${PROJECT_BINARY_DIR}/bin")
endfunction()

# dudao_fuzz_target(NAME <name> SOURCES <file>... [DEPS <dep>...] [CORPUS <folder>] [TIMEOUT <seconds>])
#
# SOURCES define LLVMFuzzerTestOneInput. In the fuzz preset this is a libFuzzer program. In every other build it becomes a
# ctest test (label fuzz) that replays CORPUS, seeds and former crashes alike, with each input also cut short and
# with single bits flipped: a crash that was found once is looked for in every run.
function(dudao_fuzz_target)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;CORPUS;TIMEOUT" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dudao_fuzz_target: bad arguments: NAME '${arg_NAME}', unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_CORPUS)
    set(arg_CORPUS "corpus/${arg_NAME}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(DUDAO_FUZZ)
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} dudao_warnings)
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz-bin")
  else()
    add_executable(${arg_NAME} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc")
    target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} dudao_warnings)
    set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/test-bin")
    dudao_add_ctest(NAME ${arg_NAME} LABELS fuzz TIMEOUT "${arg_TIMEOUT}" COMMAND "$<TARGET_FILE:${arg_NAME}>" "${arg_CORPUS}")
  endif()
endfunction()
