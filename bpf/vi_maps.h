/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_maps.h - the maps of one bottom machine, as vi_abi.h describes them. For BPF programs only.
 *
 * Hash maps take memory as they fill (BPF_F_NO_PREALLOC).
 */
#ifndef VI_MAPS_H
#define VI_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vi_abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vi_config);
} vi_config SEC(".maps");

#define VI_HASH(name, map_type, key_type, value_type)                                              \
	struct {                                                                                   \
		__uint(type, map_type);                                                            \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(max_entries, VI_MAX_LINKS + 1);                                             \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

VI_HASH(vi_links, BPF_MAP_TYPE_HASH, __u32, struct vi_link);
VI_HASH(vi_stacks, BPF_MAP_TYPE_HASH, __u32, struct vi_stack);
VI_HASH(vi_keys, BPF_MAP_TYPE_HASH, struct vi_key, struct vi_end);
VI_HASH(vi_uppers, BPF_MAP_TYPE_HASH, struct vi_upper, struct vi_end);
VI_HASH(vi_own, BPF_MAP_TYPE_HASH, struct vi_address, __u32);
VI_HASH(vi_sources, BPF_MAP_TYPE_HASH, struct vi_address, __u8);
VI_HASH(vi_shapes, BPF_MAP_TYPE_HASH, __u32, struct vi_shape);
VI_HASH(vi_counts, BPF_MAP_TYPE_PERCPU_HASH, __u32, struct vi_counters);

VI_HASH(vi_paths, BPF_MAP_TYPE_HASH, __u32, struct vi_path);
VI_HASH(vi_heard, BPF_MAP_TYPE_HASH, __u32, struct vi_heard);

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VI_MAX_PARTS);
	__type(key, struct vi_part);
	__type(value, __u64);
} vi_parts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144); /* power of two; a record is 1.5 kB */
} vi_records SEC(".maps");

#endif
