/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_packet.h - the packet in hand: what a program knows of it, counting it, ending it. For BPF
 * programs only.
 */
#ifndef VI_PACKET_H
#define VI_PACKET_H

#include <linux/pkt_cls.h>

#include "vi_trace.h"

#define VI_STACK_BYTES (2 * VI_HEADER_BYTES) /* base and link header */

/*
 * What a program knows of the packet in hand. The steps of a program return a reason to drop, or
 * VI_DROP_NONE; the one that sends the packet on leaves its verdict here.
 */
struct vi_packet {
	__u64 nonce;   /* 0 = no tracing */
	__u64 packets; /* on the wire: segments of a GSO packet */
	__u32 inner_bytes;
	__u32 segment_bytes; /* of the largest packet inside, once segmented */
	__u32 backside;
	__u32 base_ifindex; /* 0 = none */
	int verdict;
	__u8 header_count; /* known to be before the inner bytes at this moment */
};

static __always_inline void record(struct __sk_buff *skb, const struct vi_packet *packet,
				   __u8 event, enum vi_reason reason)
{
	struct vi_step step = {};

	if (!packet->nonce)
		return;
	step.nonce = packet->nonce;
	step.backside = packet->backside;
	step.base_ifindex = packet->base_ifindex;
	step.inner_bytes = packet->inner_bytes;
	step.event = event;
	step.reason = (__u8)reason;
	step.header_count = packet->header_count;
	vi_trace(skb, &step);
}

/* Counters of a backside, or of the machine (0) when it has none. */
static __always_inline struct vi_counters *counters_of(__u32 backside)
{
	struct vi_counters *counters = bpf_map_lookup_elem(&vi_counts, &backside);

	if (!counters) {
		backside = 0;
		counters = bpf_map_lookup_elem(&vi_counts, &backside);
	}
	return counters;
}

/*
 * Segments of a GSO packet with `known` headers, and perhaps more: its payload is what follows the
 * first header that is none of IP.
 */
__noinline int vi_segments(struct __sk_buff *skb, __u32 known)
{
	__u32 size = skb->gso_size, payload, protocol;
	__u8 ip[VI_HEADER_BYTES], offset;
	struct vi_nesting loop = {};

	loop.skb = skb;
	loop.count = known; /* the verifier must not know it, or it counts on */
	bpf_loop(VI_MAX_HEADERS, nested_header, &loop, 0);
	payload = ETH_HLEN + VI_HEADER_BYTES * loop.count;
	if (!size || bpf_skb_load_bytes(skb, payload, ip, sizeof(ip)))
		return 1;
	protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];
	payload += ip[0] >> 4 == 4 ? 4 * (ip[0] & 15) : VI_IPV6_BYTES;
	if (protocol == VI_PROTO_UDP)
		payload += 8;
	else if (protocol == VI_PROTO_TCP &&
		 !bpf_skb_load_bytes(skb, payload + 12, &offset, sizeof(offset)))
		payload += 4 * (offset >> 4);
	return skb->len > payload ? (int)((skb->len - payload + size - 1) / size) : 1;
}

/*
 * Packets that this one is on a wire. The kernel forgets how many when headers are taken off, and
 * counts again when the packet is sent.
 */
static __always_inline __u64 packets_of(struct __sk_buff *skb)
{
	if (!skb->gso_size)
		return 1;
	return skb->gso_segs ? skb->gso_segs : (__u32)vi_segments(skb, 0);
}

/* The one way out of a program for packets that are its own. */
static __always_inline int finish(struct __sk_buff *skb, const struct vi_packet *packet,
				  enum vi_reason reason)
{
	struct vi_counters *counters;

	if (!reason)
		return packet->verdict;
	barrier_var(reason); /* what is checked is what is used */
	counters = counters_of(packet->backside);
	if (counters && reason < VI_REASON_COUNT)
		counters->drops[reason] += packet->packets;
	record(skb, packet, VI_EVENT_DROP, reason);
	return TC_ACT_SHOT;
}

/* What a packet from the base must be, to be taken. */
static __always_inline struct vi_key key_of(const struct vi_header *base,
					    const struct vi_header *link)
{
	struct vi_key key;

	key.base_src_be = base->src_be;
	key.base_dst_be = base->dst_be;
	key.link_src_be = link->src_be;
	key.link_dst_be = link->dst_be;
	return key;
}

/* Not ours: counted for the machine, and left to others. */
static __always_inline int pass_not_ours(void)
{
	__u32 machine = 0;
	struct vi_counters *counters = bpf_map_lookup_elem(&vi_counts, &machine);

	if (counters)
		counters->drops[VI_DROP_NOT_OURS] += 1;
	return TC_ACT_UNSPEC;
}

static __always_inline void count_tx(const struct vi_packet *packet)
{
	struct vi_counters *counters = counters_of(packet->backside);

	if (!counters)
		return;
	counters->tx_packets += packet->packets;
	counters->tx_bytes += packet->inner_bytes;
}

static __always_inline void count_rx(const struct vi_packet *packet)
{
	struct vi_counters *counters = counters_of(packet->backside);

	if (!counters)
		return;
	counters->rx_packets += packet->packets;
	counters->rx_bytes += packet->inner_bytes;
}

#endif
