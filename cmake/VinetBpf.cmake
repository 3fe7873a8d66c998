# vinet_bpf(NAME [FROM FOLDER] [OPTIMIZE -O2] [TARGET bpf_NAME]): NAME.bpf.c of a folder, the calling one as a rule -> object ->
# skeleton header <NAME.skel.h>, found by who links TARGET.
find_program(VINET_CLANG NAMES clang clang-14 REQUIRED)
find_program(VINET_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

function(vinet_bpf name)
  cmake_parse_arguments(ARG "" "FROM;OPTIMIZE;TARGET" "" ${ARGN})
  if(NOT ARG_FROM)
    set(ARG_FROM ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  if(NOT ARG_OPTIMIZE)
    set(ARG_OPTIMIZE -O2)
  endif()
  if(NOT ARG_TARGET)
    set(ARG_TARGET bpf_${name})
  endif()
  set(source ${ARG_FROM}/${name}.bpf.c)
  set(out ${CMAKE_CURRENT_BINARY_DIR})
  file(GLOB headers CONFIGURE_DEPENDS ${ARG_FROM}/*.h)
  add_custom_command(OUTPUT ${out}/${name}.bpf.o
    COMMAND ${VINET_CLANG} -target bpf -mcpu=v3 ${ARG_OPTIMIZE} -g -Wall -Wextra -Werror
      -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
      -I${ARG_FROM} -c ${source} -o ${out}/${name}.bpf.o
    DEPENDS ${source} ${headers} VERBATIM)
  add_custom_command(OUTPUT ${out}/${name}.skel.h
    COMMAND ${VINET_BPFTOOL} gen skeleton ${out}/${name}.bpf.o name ${name} > ${out}/${name}.skel.h
    DEPENDS ${out}/${name}.bpf.o VERBATIM)
  add_custom_target(${ARG_TARGET}_skeleton DEPENDS ${out}/${name}.skel.h)
  add_library(${ARG_TARGET} INTERFACE)
  add_dependencies(${ARG_TARGET} ${ARG_TARGET}_skeleton)
  target_include_directories(${ARG_TARGET} SYSTEM INTERFACE ${out})
endfunction()
