# dudao_warnings: linked privately by every target with code of our own, never by generated or third-party code.
add_library(dudao_warnings INTERFACE)
set(dudao_warning_flags
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wundef
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
    $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>)
if(DUDAO_WERROR)
  list(APPEND dudao_warning_flags -Werror)
endif()
if(EMSCRIPTEN) # size_t has 32 bits there; shown, and to be looked through, but no error
  list(APPEND dudao_warning_flags -Wno-error=shorten-64-to-32)
endif()
target_compile_options(dudao_warnings INTERFACE ${dudao_warning_flags})
