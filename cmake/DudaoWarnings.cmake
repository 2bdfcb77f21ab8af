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
target_compile_options(dudao_warnings INTERFACE ${dudao_warning_flags})
