# vinet_bpf(NAME): NAME.bpf.c of the calling folder -> object -> skeleton header <NAME.skel.h>, target bpf_NAME.
find_program(VINET_CLANG NAMES clang clang-14 REQUIRED)
find_program(VINET_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

function(vinet_bpf name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c)
  set(out ${CMAKE_CURRENT_BINARY_DIR})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  add_custom_command(OUTPUT ${out}/${name}.bpf.o
    COMMAND ${VINET_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror
      -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
      -I${CMAKE_CURRENT_SOURCE_DIR} -c ${source} -o ${out}/${name}.bpf.o
    DEPENDS ${source} ${headers} VERBATIM)
  add_custom_command(OUTPUT ${out}/${name}.skel.h
    COMMAND ${VINET_BPFTOOL} gen skeleton ${out}/${name}.bpf.o name ${name} > ${out}/${name}.skel.h
    DEPENDS ${out}/${name}.bpf.o VERBATIM)
  add_custom_target(bpf_${name}_skeleton DEPENDS ${out}/${name}.skel.h)
  add_library(bpf_${name} INTERFACE)
  add_dependencies(bpf_${name} bpf_${name}_skeleton)
  target_include_directories(bpf_${name} SYSTEM INTERFACE ${out})
endfunction()
