/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_base.h - from the base into a node: a packet that is ours is matched, loses its headers, is
 * delivered.
 *
 *     eth | base X->Y | link Q->R | inner   ->   eth | inner
 *
 * Whose is protocol 4 (DESIGN §3)? To this machine's base address and to a link address of this
 * machine: ours, delivered or dropped. All else passes untouched. Order for ours: base header, link
 * header, inner version and length, key, padding, ECN, room. For BPF programs only.
 */
#ifndef VI_BASE_H
#define VI_BASE_H

#include "vi_fragment.h"
#include "vi_path.h"

/* Gives the packet inside, at `offset`, the ECN field that the headers ask for. */
static __always_inline enum vi_reason propagate_ecn(struct __sk_buff *skb, __u32 offset,
						    __u32 version, __u8 outer_ecn)
{
	__u8 bytes[VI_HEADER_BYTES], inner_ecn, ecn;
	__u16 before, after, check;

	if (outer_ecn == VI_ECN_DROP)
		return VI_DROP_ECN;
	if (!outer_ecn)
		return VI_DROP_NONE;
	if (bpf_skb_load_bytes(skb, offset, bytes, sizeof(bytes)))
		return VI_DROP_MALFORMED;
	inner_ecn = vi_inner_tos(version, bytes[0], bytes[1]) & VI_ECN_MASK;
	ecn = vi_ecn_decap(outer_ecn, inner_ecn);
	if (ecn == inner_ecn)
		return VI_DROP_NONE;
	if (ecn == VI_ECN_DROP)
		return VI_DROP_ECN;
	if (version == 6) {
		bytes[1] = (__u8)((bytes[1] & ~(VI_ECN_MASK << 4)) | ecn << 4);
		return bpf_skb_store_bytes(skb, offset + 1, bytes + 1, 1, BPF_F_RECOMPUTE_CSUM)
			   ? VI_DROP_HELPER
			   : VI_DROP_NONE;
	}
	__builtin_memcpy(&before, bytes, sizeof(before));
	bytes[1] = (__u8)((bytes[1] & ~VI_ECN_MASK) | ecn);
	__builtin_memcpy(&after, bytes, sizeof(after));
	__builtin_memcpy(&check, bytes + 10, sizeof(check));
	check = vi_check_update(check, before, after);
	__builtin_memcpy(bytes + 10, &check, sizeof(check));
	return bpf_skb_store_bytes(skb, offset, bytes, 12, 0) ? VI_DROP_HELPER : VI_DROP_NONE;
}

/* Takes the headers off and hands the packet to the node. */
static __always_inline enum vi_reason deliver(struct __sk_buff *skb, struct vi_packet *packet,
					      struct vi_end *end, __u32 version)
{
	bool by_peer = true;
	struct ethhdr eth;
	long err;

	err =
	    bpf_skb_adjust_room(skb, -VI_STACK_BYTES, BPF_ADJ_ROOM_MAC,
				version == 6 ? BPF_F_ADJ_ROOM_FIXED_GSO | VI_ADJ_ROOM_DECAP_L3_IPV6
					     : BPF_F_ADJ_ROOM_FIXED_GSO);
	if (err == -VI_EINVAL && version == 6) {
		/* Before 6.3 skb->protocol stays IPv4, until veth reads the Ethernet header. */
		err = bpf_skb_adjust_room(skb, -VI_STACK_BYTES, BPF_ADJ_ROOM_MAC,
					  BPF_F_ADJ_ROOM_FIXED_GSO);
		by_peer = false;
	}
	if (err)
		return VI_DROP_HELPER;
	packet->header_count = 0;

	__builtin_memcpy(eth.h_dest, end->vl_mac, ETH_ALEN);
	__builtin_memcpy(eth.h_source, end->neighbour_mac, ETH_ALEN);
	eth.h_proto = version == 6 ? vi_be16(ETH_P_IPV6) : vi_be16(ETH_P_IP);
	if (bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0))
		return VI_DROP_HELPER;

	count_rx(packet);
	record(skb, packet, VI_EVENT_DELIVER, VI_DROP_NONE);
	packet->verdict =
	    (int)(by_peer ? bpf_redirect_peer(end->backside, 0) : bpf_redirect(end->backside, 0));
	return VI_DROP_NONE;
}

/* Walks the headers of a packet that is ours, outermost first, and tells what is inside. */
static __always_inline enum vi_reason walk_headers(struct __sk_buff *skb, struct vi_packet *packet,
						   const struct vi_header *base,
						   const struct vi_header *link,
						   struct vi_walk *walk, __u32 *version)
{
	__u8 *data = (void *)(long)skb->data, inner;
	enum vi_reason reason;

	reason = vi_walk_base(walk, base, skb->len - ETH_HLEN, skb->gso_size);
	if (!reason)
		reason = vi_walk_next(walk, link);
	if (reason)
		return reason;
	packet->inner_bytes = walk->bytes - VI_HEADER_BYTES;
	if (walk->protocol == VI_PROTO_ICMP)
		return VI_DROP_NONE;
	*version = walk->protocol == VI_PROTO_IPV6 ? 6 : 4;
	if (data + ETH_HLEN + VI_STACK_BYTES + 1 <= (__u8 *)(long)skb->data_end)
		inner = data[ETH_HLEN + VI_STACK_BYTES];
	else if (bpf_skb_load_bytes(skb, ETH_HLEN + VI_STACK_BYTES, &inner, 1))
		return VI_DROP_MALFORMED;
	return vi_inner_ok(*version, inner, packet->inner_bytes) ? VI_DROP_NONE : VI_DROP_MALFORMED;
}

/* A packet for a link address of this machine: a link takes it, or it is dropped. */
static __always_inline enum vi_reason take(struct __sk_buff *skb, struct vi_packet *packet,
					   const struct vi_header *base,
					   const struct vi_header *link,
					   const struct vi_config *config)
{
	__u32 version = 4, end_of_packet;
	struct vi_walk walk = {};
	enum vi_reason reason;
	struct vi_end *end;
	struct vi_key key;

	packet->header_count = 2;
	reason = walk_headers(skb, packet, base, link, &walk, &version);
	if (reason == VI_DROP_FRAGMENT)
		return take_first_fragment(skb, packet, base, link, config);
	if (reason)
		return reason;
	key = key_of(base, link);
	end = bpf_map_lookup_elem(&vi_keys, &key);
	if (!end)
		return VI_DROP_UNKNOWN_KEY;
	packet->backside = end->backside;
	if (walk.protocol == VI_PROTO_ICMP)
		return link_icmp(skb, packet, base, link, packet->inner_bytes + VI_STACK_BYTES);

	/* Padding of a short Ethernet frame must not become data of what is inside. */
	end_of_packet = ETH_HLEN + VI_STACK_BYTES + packet->inner_bytes;
	if (skb->len > end_of_packet && bpf_skb_change_tail(skb, end_of_packet, 0))
		return VI_DROP_HELPER;
	packet->packets = packets_of(skb, packet->inner_bytes);
	record(skb, packet, VI_EVENT_POP, VI_DROP_NONE);
	reason = propagate_ecn(skb, ETH_HLEN + VI_STACK_BYTES, version, walk.ecn);
	if (reason)
		return reason;
	return deliver(skb, packet, end, version);
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
