# vinet_flags: the warnings that every target of ours is built with.
add_library(vinet_flags INTERFACE)
target_compile_options(vinet_flags INTERFACE -Wall -Wextra -Wshadow -Wpedantic
  $<$<BOOL:${VINET_WERROR}>:-Werror>)
target_include_directories(vinet_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/bpf)

# vinet_library(NAME DEPS a b PRIVATE x): the library of the folder it is called in, all its .cc files.
function(vinet_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(vinet_${name} STATIC ${sources})
    target_link_libraries(vinet_${name} PUBLIC vinet_flags ${ARG_DEPS} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(vinet_${name} INTERFACE)
    target_link_libraries(vinet_${name} INTERFACE vinet_flags ${ARG_DEPS} ${ARG_PRIVATE})
  endif()
endfunction()
