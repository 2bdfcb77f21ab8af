# Which tests also run as WebAssembly under node. In the preset wasm they are built and run there, as <name>_wasm. A test that is
# not named here needs other processes, threads or the server.
set(DUDAO_WASM_TESTS
    client_core_test
    client_core_web_test
    compat_test
    domain_test
    fuzz_replay_test
    merge_laws_test
    simulation_test
    sqlite_store_test
    store_contract_test
    sync_audit_test
    sync_crdt_test
    sync_log_test
    sync_store_test
    sync_trust_test)
# Of these, the ones that `make test` builds with the page's module (target wasm_default): the module's files, and the cryptography that is
# not the machine's own. `make wasm` builds them all. The release build has tests of the same names that run the programs of build/wasm,
# and are skipped, saying why, where these are missing or older than the sources (cmake/run_wasm_test.sh).
set(DUDAO_WASM_TESTS_DEFAULT client_core_web_test sync_trust_test)
if(EMSCRIPTEN)
  add_custom_target(wasm_default)
endif()
# Single cases that cannot, each with what it needs; GoogleTest prints the filter at the head of its output.
set(DUDAO_WASM_WITHOUT_sync_store_test
    DatabaseTest.WhatAnEncryptedDatabaseConfirmedSurvivesAKill # fork
    DatabaseTest.ACopyTakenWhileAnotherConnectionWritesIsConsistent # a thread
    DatabaseTest.TheBytesOfAPlainFileThatSomebodyElseKeepsAreLeftAlone # hard links
    DatabaseTest.AFileOfWhichNoCopyCanBeKeptStaysAsItIs) # setrlimit
set(DUDAO_WASM_WITHOUT_store_contract_test
    *.EveryAcknowledgedChangeSurvivesTheKillingOfTheProcess/*) # fork
option(DUDAO_WASM_CTEST "Let ctest also run the programs of build/wasm" OFF)

# As WebAssembly under node a test is slower than natively, and its start compiles a module.
set(DUDAO_WASM_TIMEOUT_FACTOR 4)

# dudao_wasm_test_program(<target>): what a GoogleTest binary needs to run under node with the machine's files and environment.
function(dudao_wasm_test_program target)
  # -O1 at the link only: whole-program optimisation of every test would take longer than the tests.
  target_link_options(
    ${target} PRIVATE -O1 -sENVIRONMENT=node -sNODERAWFS=1 -sEXIT_RUNTIME=1 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB
    -sSTACK_SIZE=4MB "--pre-js=${PROJECT_SOURCE_DIR}/tests/support/wasm/environment.js")
  target_link_libraries(${target} PRIVATE dudao_wasm_test_files)
endfunction()

# dudao_wasm_ctest(NAME <name> COMMAND <word>... [LABELS <label>...] [TIMEOUT <seconds>]): as dudao_add_ctest, under the name and the
# label of WebAssembly.
function(dudao_wasm_ctest)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "LABELS;COMMAND")
  if(DUDAO_WASM_WITHOUT_${arg_NAME})
    list(JOIN DUDAO_WASM_WITHOUT_${arg_NAME} ":" without)
    list(APPEND arg_COMMAND "--gtest_filter=-${without}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * ${DUDAO_WASM_TIMEOUT_FACTOR}")
  dudao_add_ctest(NAME ${arg_NAME}_wasm LABELS ${arg_LABELS} wasm TIMEOUT ${arg_TIMEOUT} COMMAND ${arg_COMMAND})
  set_tests_properties(${arg_NAME}_wasm PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
