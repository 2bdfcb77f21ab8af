# dudao_proto(NAME <name> PROTOS <file>... [SMALL <file>...] [GRPC] [ROOT <folder>] [DEPS <dep>...])
#
# Generates C++ from proto files into the build tree. ROOT is the folder that import paths start from (default: the
# current one). Without GRPC the target (dudao_<name>, alias dudao::<name>) holds the messages; with GRPC it holds only
# the service stubs (*.grpc.pb.*), from a folder of its own: a room that links the messages alone cannot include them.
# SMALL names those of PROTOS whose WebAssembly shall be small rather than fast: they work by reflection there
# (optimize_for = CODE_SIZE). Generated headers are system headers and generated code is compiled without our warnings.
function(dudao_proto)
  cmake_parse_arguments(PARSE_ARGV 0 arg "GRPC" "NAME;ROOT" "PROTOS;SMALL;DEPS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_PROTOS)
    message(FATAL_ERROR "dudao_proto: bad arguments: NAME '${arg_NAME}', unexpected '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  string(REGEX REPLACE "^dudao_" "" name "${arg_NAME}")
  set(target "dudao_${name}")
  if(NOT arg_ROOT)
    set(arg_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  set(generated_dir "${CMAKE_CURRENT_BINARY_DIR}/generated/${name}")
  file(MAKE_DIRECTORY "${generated_dir}" "${generated_dir}.small")

  if(arg_GRPC)
    set(suffix .grpc.pb)
    set(outputs "--grpc_out=${generated_dir}" "--plugin=protoc-gen-grpc=${DUDAO_GRPC_CPP_PLUGIN}")
    set(libraries gRPC::grpc++)
  else()
    set(suffix .pb)
    set(outputs "--cpp_out=${generated_dir}")
    set(libraries protobuf::libprotobuf)
  endif()

  set(sources)
  foreach(proto IN LISTS arg_PROTOS)
    cmake_path(ABSOLUTE_PATH proto BASE_DIRECTORY "${arg_ROOT}" NORMALIZE)
    cmake_path(RELATIVE_PATH proto BASE_DIRECTORY "${arg_ROOT}" OUTPUT_VARIABLE relative)
    if(EMSCRIPTEN AND relative IN_LIST arg_SMALL)
      # protoc has no switch for it: a copy says so.
      file(READ "${proto}" text)
      string(REGEX REPLACE "(\nsyntax = [^\n]*\n)" "\\1\noption optimize_for = CODE_SIZE;\n" text "${text}")
      file(CONFIGURE OUTPUT "${generated_dir}.small/${relative}" CONTENT "${text}" @ONLY)
      set(proto "${generated_dir}.small/${relative}")
    endif()
    string(REGEX REPLACE "\\.proto$" "${suffix}" stem "${generated_dir}/${relative}")
    add_custom_command(
      OUTPUT "${stem}.cc" "${stem}.h"
      COMMAND "${DUDAO_PROTOC}" "-I${generated_dir}.small" "-I${arg_ROOT}" "-I${PROJECT_SOURCE_DIR}/third_party/googleapis" ${outputs}
              "--dependency_out=${stem}.d" "${relative}"
      DEPENDS "${proto}"
      DEPFILE "${stem}.d"
      COMMENT "protoc ${relative} -> ${suffix}"
      VERBATIM)
    list(APPEND sources "${stem}.cc" "${stem}.h")
  endforeach()

  add_library(${target} STATIC ${sources})
  add_library(dudao::${name} ALIAS ${target})
  target_include_directories(${target} SYSTEM PUBLIC "${generated_dir}")
  target_link_libraries(${target} PUBLIC ${libraries} ${arg_DEPS})
  # Generated code is large and not hot on its own; -O1 keeps the build short, -Oz the page's module small. -w: its warnings are not
  # ours to fix.
  target_compile_options(${target} PRIVATE -w $<$<NOT:$<CONFIG:Debug>>:$<IF:$<BOOL:${EMSCRIPTEN}>,-Oz,-O1>>)
endfunction()
