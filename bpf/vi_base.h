/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_base.h - from the base into a node: a packet that is ours is matched, loses its headers, is
 * delivered.
 *
 *     eth | base X->Y | link Q->R | inner   ->   eth | inner
 *
 * Whose is protocol 4 (DESIGN §3)? To this machine's base address and to a link address of this
 * machine: ours, delivered or dropped. All else passes untouched. Order for ours: base header, link
 * header, inner version and length, key, the headers above (vi_climb.h), padding, ECN, room. For
 * BPF programs only.
 */
#ifndef VI_BASE_H
#define VI_BASE_H

#include "vi_fragment.h"
#include "vi_path.h"

/*
 * Walks base and link header of a packet that is ours, and tells what is inside: `protocol` of an
 * IPv4 packet.
 */
static __always_inline enum vi_reason walk_headers(struct __sk_buff *skb, struct vi_packet *packet,
						   const struct vi_header *base,
						   const struct vi_header *link,
						   struct vi_walk *walk, __u8 *protocol)
{
	const struct vi_header *direct = link + 1;
	struct vi_header inner;
	enum vi_reason reason;
	__u32 version;

	reason = vi_walk_base(walk, base, skb->len - ETH_HLEN, skb->gso_size);
	if (!reason)
		reason = vi_walk_next(walk, link);
	if (reason)
		return reason;
	packet->inner_bytes = walk->bytes - VI_HEADER_BYTES;
	if (walk->protocol == VI_PROTO_ICMP)
		return VI_DROP_NONE;
	version = walk->protocol == VI_PROTO_IPV6 ? 6 : 4;
	if ((void *)(direct + 1) <= (void *)(long)skb->data_end) {
		inner.version_ihl = direct->version_ihl;
		inner.protocol = direct->protocol;
	} else if (bpf_skb_load_bytes(skb, ETH_HLEN + VI_STACK_BYTES, &inner, sizeof(inner))) {
		return VI_DROP_MALFORMED;
	}
	*protocol = version == 4 ? inner.protocol : 0;
	return vi_inner_ok(version, inner.version_ihl, packet->inner_bytes) ? VI_DROP_NONE
									    : VI_DROP_MALFORMED;
}

/* A packet on a node: it goes as far up as it may, and to the node that it reaches. */
static __always_inline enum vi_reason take_up(struct __sk_buff *skb, struct vi_packet *packet,
					      struct vi_climb *climb, bool is_stack)
{
	enum vi_reason reason = VI_DROP_NONE;
	__u32 end_of_packet;

	if (is_stack)
		reason = vi_climb_packet(skb, climb);
	packet->backside = climb->backside;
	packet->header_count = (__u8)climb->count;
	packet->inner_bytes = climb->walk.bytes - VI_HEADER_BYTES;
	if (reason)
		return reason;
	if (!climb->count) /* its entry vanished this moment */
		return VI_DROP_UNKNOWN_KEY;

	/* Padding of a short Ethernet frame must not become data of what is inside. */
	end_of_packet = ETH_HLEN + VI_HEADER_BYTES * climb->count + packet->inner_bytes;
	if (skb->len > end_of_packet && bpf_skb_change_tail(skb, end_of_packet, 0))
		return VI_DROP_HELPER;
	packet->packets = packets_of(skb);
	record(skb, packet, VI_EVENT_POP, VI_DROP_NONE);
	return pop(skb, packet, climb);
}

/* A packet for a link address of this machine: a link takes it, or it is dropped. */
static __always_inline enum vi_reason take(struct __sk_buff *skb, struct vi_packet *packet,
					   const struct vi_header *base,
					   const struct vi_header *link,
					   const struct vi_config *config)
{
	struct vi_climb climb = {};
	enum vi_reason reason;
	struct vi_end *end;
	__u8 protocol = 0;
	struct vi_key key;

	packet->header_count = 2;
	reason = walk_headers(skb, packet, base, link, &climb.walk, &protocol);
	if (reason == VI_DROP_FRAGMENT)
		return take_first_fragment(skb, packet, base, link, config);
	if (reason)
		return reason;
	key = key_of(base, link);
	end = bpf_map_lookup_elem(&vi_keys, &key);
	if (!end)
		return VI_DROP_UNKNOWN_KEY;
	packet->backside = end->backside;
	if (climb.walk.protocol == VI_PROTO_ICMP)
		return link_icmp(skb, packet, base, link, packet->inner_bytes + VI_STACK_BYTES);
	climb.end = *end;
	climb.backside = end->backside;
	climb.count = 2;
	return take_up(skb, packet, &climb, is_stacked(protocol));
}

/*
 * The machine is a node: its links bring packets without a base header, and the first header may be
 * that of a link which stands on it. Without padding: the machine below took it off.
 */
static __always_inline int take_on_node(struct __sk_buff *skb, struct vi_packet *packet,
					const struct vi_header *first,
					const struct vi_config *config)
{
	struct vi_address address = {config->node, first->dst_be, 0};
	__u32 *own = bpf_map_lookup_elem(&vi_own, &address);
	struct vi_climb climb = {};

	if (!own || skb->pkt_type != PACKET_HOST)
		return TC_ACT_UNSPEC;
	packet->nonce = config->probe_nonce;
	packet->backside = *own;
	climb.backside = *own;
	climb.end.node = config->node;
	climb.walk.bytes = packet->inner_bytes + VI_HEADER_BYTES;
	climb.walk.protocol = VI_PROTO_IPV4;
	return finish(skb, packet, take_up(skb, packet, &climb, true));
}

/*
 * Whose link address is the packet for, which is no later fragment? NULL: nobody's here, or nobody
 * knows: of a packet cut before that address, of a header that does not say where it ends.
 * On success the first 40 bytes behind the Ethernet header can be read directly.
 */
static __always_inline __u32 *owner(struct __sk_buff *skb, const struct vi_header *base)
{
	__u32 base_bytes = 4 * (base->version_ihl & 15);
	struct vi_address own = {};

	if (base_bytes < VI_HEADER_BYTES)
		return NULL;
	if (base_bytes == VI_HEADER_BYTES && (void *)(base + 2) <= (void *)(long)skb->data_end) {
		own.addr_be = base[1].dst_be;
		return bpf_map_lookup_elem(&vi_own, &own);
	}
	if ((void *)(base + 2) > (void *)(long)skb->data_end &&
	    bpf_skb_pull_data(skb, ETH_HLEN + VI_STACK_BYTES))
		return NULL;
	if (bpf_skb_load_bytes(skb,
			       ETH_HLEN + base_bytes + __builtin_offsetof(struct vi_header, dst_be),
			       &own.addr_be, sizeof(own.addr_be)))
		return NULL;
	return bpf_map_lookup_elem(&vi_own, &own);
}

#endif
