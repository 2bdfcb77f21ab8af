# dudao_library(NAME <name> [INTERFACE] [SOURCES <file>...] [PUBLIC <dep>...] [PRIVATE <dep>...])
#
# Declares one room. Others see exactly <folder>/include; the room itself also sees its own folder (private headers are
# included as "foo.h"). Whether an include compiles is therefore decided by the dependencies named here and by nothing
# else: there is no global include path.
# The target is dudao_<name>, its alias dudao::<name>. Without SOURCES it is an interface library.
function(dudao_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "INTERFACE" "NAME" "SOURCES;PUBLIC;PRIVATE")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME)
    message(FATAL_ERROR "dudao_library: bad arguments: NAME '${arg_NAME}', unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  string(REGEX REPLACE "^dudao_" "" name "${arg_NAME}")
  set(target "dudao_${name}")

  if(arg_INTERFACE OR NOT arg_SOURCES)
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC} ${arg_PRIVATE})
  else()
    add_library(${target} STATIC ${arg_SOURCES})
    target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include" PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} dudao_warnings)
  endif()
  add_library(dudao::${name} ALIAS ${target})
  # For the header checks in tests/lint.
  set_property(GLOBAL APPEND PROPERTY DUDAO_ROOMS "${target}")
  set_property(GLOBAL PROPERTY DUDAO_ROOM_FOLDER_${target} "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

# What goes to <build>/bin.
add_custom_target(programs)

# dudao_executable(NAME <target> [OUTPUT <file name>] SOURCES <file>... [DEPS <dep>...])
#
# A program of ours, placed in <build>/bin.
function(dudao_executable)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;OUTPUT" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dudao_executable: bad arguments: NAME '${arg_NAME}', unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT "${arg_NAME}")
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} dudao_warnings)
  set_target_properties(${arg_NAME} PROPERTIES OUTPUT_NAME "${arg_OUTPUT}" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  add_dependencies(programs ${arg_NAME})
endfunction()
