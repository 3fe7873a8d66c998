/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_trace.h - records of what happens to one probe. For BPF programs only.
 *
 * The probe is an ICMP or ICMPv6 echo, request or reply, whose first 8 bytes of data are the nonce
 * that user space wrote to vi_config. While that is 0, a step costs one comparison.
 */
#ifndef VI_TRACE_H
#define VI_TRACE_H

#include <linux/if_ether.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vi_maps.h"
#include "vi_parse.h"

struct vi_step {
	__u64 nonce;
	__u32 backside;
	__u32 base_ifindex;
	__u32 inner_bytes;
	__u8 event;
	__u8 reason;
	__u8
	    header_count; /* headers known to be before the inner bytes; there may be more inside */
};

/* Type of the ICMP or ICMPv6 echo at `offset` if it carries the nonce, else -1. Never fragments but
 * the first. */
static __always_inline int probe_type(struct __sk_buff *skb, __u32 offset, __u8 family, __u64 nonce)
{
	__u8 icmp[16];
	__u64 data;

	if (bpf_skb_load_bytes(skb, offset, icmp, sizeof(icmp)))
		return -1;
	__builtin_memcpy(&data, icmp + 8, sizeof(data));
	if (data != nonce)
		return -1;
	if (family == 4 ? icmp[0] != 8 && icmp[0] != 0 : icmp[0] != 128 && icmp[0] != 129)
		return -1;
	return icmp[0];
}

struct vi_nesting {
	struct __sk_buff *skb;
	__u32 count; /* headers so far */
};

/* One more header, if it is plain IPv4 with another packet inside. */
static long nested_header(__u32 index, void *context)
{
	struct vi_nesting *loop = context;
	__u8 ip[10];

	(void)index;
	if (loop->count >= VI_MAX_HEADERS ||
	    bpf_skb_load_bytes(loop->skb, ETH_HLEN + VI_HEADER_BYTES * loop->count, ip,
			       sizeof(ip)) ||
	    ip[0] != VI_PLAIN_IPV4 || (ip[9] != VI_PROTO_IPV4 && ip[9] != VI_PROTO_IPV6))
		return 1;
	loop->count++;
	return 0;
}

/*
 * Writes a record of this step if the packet is the probe. A function of its own to the verifier,
 * which so looks at its loops once.
 */
__noinline int vi_trace(struct __sk_buff *skb, const struct vi_step *step)
{
	__u8 ip[VI_IPV6_BYTES];
	struct vi_nesting loop = {};
	struct vi_record *record;
	__u32 count, inner, bytes;
	int family, type;

	if (!step)
		return 0;
	loop.skb = skb;
	loop.count = step->header_count; /* whatever they say */
	bpf_loop(VI_MAX_HEADERS, nested_header, &loop, 0);
	count = loop.count;
	inner = ETH_HLEN + VI_HEADER_BYTES * count;
	if (bpf_skb_load_bytes(skb, inner, ip, VI_HEADER_BYTES))
		return 0;
	family = ip[0] >> 4;
	if (family == 4) {
		if (ip[9] != VI_PROTO_ICMP || (ip[6] & 0x1f) || ip[7])
			return 0;
		type = probe_type(skb, inner + 4 * (ip[0] & 15), 4, step->nonce);
	} else {
		if (family != 6 || ip[6] != VI_PROTO_ICMPV6 ||
		    bpf_skb_load_bytes(skb, inner, ip, VI_IPV6_BYTES))
			return 0;
		type = probe_type(skb, inner + VI_IPV6_BYTES, 6, step->nonce);
	}
	if (type < 0)
		return 0;

	record = bpf_ringbuf_reserve(&vi_records, sizeof(*record), 0);
	if (!record)
		return 0;
	record->time_ns = bpf_ktime_get_ns();
	record->probe_nonce = step->nonce;
	record->backside = step->backside;
	record->base_ifindex = step->base_ifindex;
	record->inner_bytes = step->inner_bytes - VI_HEADER_BYTES * (count - step->header_count);
	record->event = step->event;
	record->reason = step->reason;
	record->header_count = (__u8)count;
	record->inner_family = (__u8)family;
	record->inner_icmp_type = (__u8)type;
	__builtin_memset(record->pad, 0, sizeof(record->pad));
	__builtin_memset(record->inner_src, 0, sizeof(record->inner_src));
	__builtin_memset(record->inner_dst, 0, sizeof(record->inner_dst));
	if (family == 4) {
		record->inner_ttl = ip[8];
		__builtin_memcpy(record->inner_src, ip + 12, 4);
		__builtin_memcpy(record->inner_dst, ip + 16, 4);
	} else {
		record->inner_ttl = ip[7];
		__builtin_memcpy(record->inner_src, ip + 8, 16);
		__builtin_memcpy(record->inner_dst, ip + 24, 16);
	}
	bytes = VI_HEADER_BYTES * count;
	if (bytes <= sizeof(record->headers)) {
		barrier_var(
		    bytes); /* 6.1 needs two comparisons, and learns nothing of bytes != 0 */
		if (bytes >= VI_HEADER_BYTES)
			bpf_skb_load_bytes(skb, ETH_HLEN, record->headers, bytes);
	}
	bpf_ringbuf_submit(record, 0);
	return 0;
}

static __always_inline __u64 probe_nonce(void)
{
	__u32 zero = 0;
	struct vi_config *config = bpf_map_lookup_elem(&vi_config, &zero);

	return config ? config->probe_nonce : 0;
}

#endif
