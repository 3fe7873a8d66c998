/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_deliver.h - into a node: a packet loses the headers that were taken, and what they say of
 * congestion moves inward (RFC 6040). For BPF programs only.
 */
#ifndef VI_DELIVER_H
#define VI_DELIVER_H

#include <linux/if_packet.h>

#include "vi_climb.h"
#include "vi_encap.h"

#define VI_EINVAL 22

/* Since 6.3, so not in older UAPI headers: what is outermost when headers have been taken off. */
#define VI_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define VI_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

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

/* Takes `bytes` off that precede a packet of IP version `version`. */
static __always_inline long take_off(struct __sk_buff *skb, __u32 bytes, __u32 version)
{
	long err =
	    bpf_skb_adjust_room(skb, -(__s32)bytes, BPF_ADJ_ROOM_MAC,
				version == 6 ? BPF_F_ADJ_ROOM_FIXED_GSO | VI_ADJ_ROOM_DECAP_L3_IPV6
					     : BPF_F_ADJ_ROOM_FIXED_GSO);

	if (err == -VI_EINVAL && version == 6) /* before 6.3 */
		err = bpf_skb_adjust_room(skb, -(__s32)bytes, BPF_ADJ_ROOM_MAC,
					  BPF_F_ADJ_ROOM_FIXED_GSO);
	return err;
}

/* Hands a packet, which has lost its headers, to the node of `end`. */
static __always_inline enum vi_reason deliver(struct __sk_buff *skb, struct vi_packet *packet,
					      const struct vi_end *end, __u32 version)
{
	struct ethhdr eth;

	packet->header_count = 0;
	__builtin_memcpy(eth.h_dest, end->vl_mac, ETH_ALEN);
	__builtin_memcpy(eth.h_source, end->neighbour_mac, ETH_ALEN);
	eth.h_proto = version == 6 ? vi_be16(ETH_P_IPV6) : vi_be16(ETH_P_IP);
	if (bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0))
		return VI_DROP_HELPER;

	count_rx(packet);
	record(skb, packet, VI_EVENT_DELIVER, VI_DROP_NONE);
	/* Kernels before 6.3 do not change skb->protocol with the headers, but veth reads it from
	 * the Ethernet header. */
	packet->verdict = (int)(skb->protocol == eth.h_proto ? bpf_redirect_peer(end->backside, 0)
							     : bpf_redirect(end->backside, 0));
	return VI_DROP_NONE;
}

/*
 * A packet that came as far as `climb` loses the headers on this way, with the marks that they
 * carry, and is handed over.
 */
static __always_inline enum vi_reason pop(struct __sk_buff *skb, struct vi_packet *packet,
					  const struct vi_climb *climb)
{
	__u32 version = climb->walk.protocol == VI_PROTO_IPV6 ? 6 : 4;
	__u32 bytes = VI_HEADER_BYTES * climb->count;
	enum vi_reason reason;

	reason = propagate_ecn(skb, ETH_HLEN + bytes, version, climb->walk.ecn);
	if (reason)
		return reason;
	if (take_off(skb, bytes, version))
		return VI_DROP_HELPER;
	return deliver(skb, packet, &climb->end, version);
}

#endif
