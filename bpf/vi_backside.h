/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_backside.h - from a node into the base: a packet is checked, gets its headers, is sent.
 *
 *     eth | inner   ->   eth | base X->Y | link Q->R | ... | inner
 *
 * Order: link known, IP, well formed, size, loss, rate, (local: key), room, FIB. For BPF programs
 * only.
 */
#ifndef VI_BACKSIDE_H
#define VI_BACKSIDE_H

#include <linux/if_packet.h>
#include <stdbool.h>

#include "vi_encap.h"
#include "vi_packet.h"
#include "vi_shape.h"

#define VI_STACK_BYTES (2 * VI_HEADER_BYTES) /* base and link header */
#define VI_AF_INET 2
#define VI_AF_INET6 10
#define VI_LOOPBACK_IFINDEX 1
#define VI_EINVAL 22
#define VI_EALREADY 114

/* Since 6.3, so not in older UAPI headers: what is outermost when headers have been taken off. */
#define VI_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define VI_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

/* The other end is on this machine: its key is looked up as vi_base would, nothing is pushed. */
static __always_inline enum vi_reason hand_over(struct __sk_buff *skb, struct vi_packet *packet,
						const struct vi_link *link)
{
	struct vi_end *end = bpf_map_lookup_elem(&vi_keys, &link->key);

	if (!end)
		return VI_DROP_UNKNOWN_KEY;
	if (bpf_skb_store_bytes(skb, 0, end->vl_mac, 2 * ETH_ALEN, 0) ||
	    bpf_skb_change_type(skb, PACKET_HOST))
		return VI_DROP_HELPER;
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	count_tx(packet);
	packet->backside = end->backside;
	count_rx(packet);
	record(skb, packet, VI_EVENT_DELIVER, VI_DROP_NONE);
	packet->verdict = (int)bpf_redirect_peer(end->backside, 0);
	return VI_DROP_NONE;
}

/*
 * Makes room for headers. The kernel accepts one ENCAP_L3 a packet and remembers it beyond the pop,
 * so a packet that a virtual router forwards gets -EALREADY; its GSO state then is right already
 * and plain room is enough. But for IPv6 skb->protocol must become IPv4, which only ENCAP_L3 and
 * (since 6.3) DECAP_L3_IPV4 do: so four bytes too many are made and taken off again. Older kernels
 * get room alone, which serves unless the packet must be segmented in software.
 */
static __always_inline long make_room(struct __sk_buff *skb, __s32 bytes, __u32 version)
{
	long err = bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC,
				       BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4);

	if (err != -VI_EALREADY)
		return err;
	if (version == 4)
		return bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
	err = bpf_skb_adjust_room(skb, bytes + 4, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
	if (err)
		return err;
	err = bpf_skb_adjust_room(skb, -4, BPF_ADJ_ROOM_MAC,
				  BPF_F_ADJ_ROOM_FIXED_GSO | VI_ADJ_ROOM_DECAP_L3_IPV4);
	if (err == -VI_EINVAL)
		err = bpf_skb_adjust_room(skb, -4, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
	return err;
}

/* The base said that it carries no more than `bytes` to this machine. */
static __always_inline void hear_too_big(__u32 far_be, __u32 bytes)
{
	struct vi_heard *heard = bpf_map_lookup_elem(&vi_heard, &far_be), first = {};

	if (!heard) {
		first.reported_bytes = bytes;
		bpf_map_update_elem(&vi_heard, &far_be, &first, BPF_NOEXIST);
	} else if (!heard->reported_bytes || bytes < heard->reported_bytes) {
		heard->reported_bytes = bytes;
	}
}

/*
 * Asks the machine's FIB as for its own traffic (hence `lo`) and sends. `bytes`: of the largest
 * packet that this one is on the wire.
 */
static __always_inline enum vi_reason send_to_base(struct __sk_buff *skb, struct vi_packet *packet,
						   __u32 src_be, __u32 dst_be, __u32 bytes,
						   __u32 priority)
{
	struct bpf_fib_lookup fib = {};
	struct bpf_redir_neigh hop = {};
	struct ethhdr *eth;
	long found;

	fib.family = VI_AF_INET;
	fib.ifindex = VI_LOOPBACK_IFINDEX;
	fib.l4_protocol = VI_PROTO_IPV4;
	fib.ipv4_src = src_be;
	fib.ipv4_dst = dst_be;
	found = bpf_fib_lookup(skb, &fib, sizeof(fib), 0);
	if (found != BPF_FIB_LKUP_RET_SUCCESS && found != BPF_FIB_LKUP_RET_NO_NEIGH &&
	    found != BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return VI_DROP_NO_ROUTE;
	/* The kernel lets segments pass, and four bytes too many; a wire would not. */
	if (found == BPF_FIB_LKUP_RET_FRAG_NEEDED ||
	    (found == BPF_FIB_LKUP_RET_SUCCESS && bytes > fib.mtu_result)) {
		hear_too_big(dst_be, fib.mtu_result);
		return VI_DROP_TOO_BIG;
	}

	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return VI_DROP_HELPER;
	eth->h_proto = vi_be16(ETH_P_IP);
	if (found == BPF_FIB_LKUP_RET_SUCCESS) {
		__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
		__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	} else { /* redirect_neigh drops what has a multicast MAC, which a node may have written */
		__builtin_memset(eth->h_dest, 0, ETH_ALEN);
		__builtin_memset(eth->h_source, 0, ETH_ALEN);
	}

	skb->priority = priority; /* never the node's own choice */
	packet->base_ifindex = fib.ifindex;
	if (found == BPF_FIB_LKUP_RET_SUCCESS) {
		packet->verdict = (int)bpf_redirect(fib.ifindex, 0);
		return VI_DROP_NONE;
	}
	hop.nh_family = fib.family;
	if (fib.family == VI_AF_INET6)
		__builtin_memcpy(hop.ipv6_nh, fib.ipv6_dst, sizeof(hop.ipv6_nh));
	else
		hop.ipv4_nh = fib.ipv4_dst;
	packet->verdict = (int)bpf_redirect_neigh(fib.ifindex, &hop, sizeof(hop), 0);
	return VI_DROP_NONE;
}

/*
 * Lets the machine's stack fragment the packet and send it: without DF, with an identification, in
 * through `lo` as if it came from elsewhere. Its TTL falls by one there.
 */
static __always_inline enum vi_reason send_in_parts(struct __sk_buff *skb, struct vi_packet *packet)
{
	struct ethhdr *eth = (void *)(long)skb->data;
	struct vi_header *base = (void *)(eth + 1);

	if ((void *)(base + 1) > (void *)(long)skb->data_end)
		return VI_DROP_HELPER;
	__builtin_memset(eth->h_dest, 0, ETH_ALEN); /* the MAC of lo */
	__builtin_memset(eth->h_source, 0, ETH_ALEN);
	eth->h_proto = vi_be16(ETH_P_IP);
	base->frag_be = 0;
	base->id_be = (__u16)bpf_get_prandom_u32();
	base->check_be = 0;
	base->check_be = (__u16)~vi_header_sum(base);
	packet->base_ifindex = VI_LOOPBACK_IFINDEX;
	packet->verdict = (int)bpf_redirect(VI_LOOPBACK_IFINDEX, BPF_F_INGRESS);
	return VI_DROP_NONE;
}

/* Pushes the link's headers, outermost first, in one pass. */
static __always_inline enum vi_reason push(struct __sk_buff *skb, struct vi_packet *packet,
					   const struct vi_link *link, __u32 version, __u8 tos)
{
	__u32 count = link->header_count, total, packet_sum;
	enum vi_reason reason;
	void *data, *data_end;

	if (count == 0 || count > VI_SHORT_HEADERS)
		return VI_DROP_NO_LINK;
	if (make_room(skb, (__s32)(VI_HEADER_BYTES * count), version))
		return VI_DROP_HELPER;
	total = packet->inner_bytes + VI_HEADER_BYTES * count;
	packet_sum = vi_packet_sum(tos, (__u16)total);
	data = (void *)(long)skb->data;
	data_end = (void *)(long)skb->data_end;
	for (__u32 i = 0; i < VI_SHORT_HEADERS; i++) {
		struct vi_header *header = data + ETH_HLEN + VI_HEADER_BYTES * i;
		bool innermost = i + 1 == count;

		if ((void *)(header + 1) > data_end)
			return VI_DROP_HELPER;
		vi_write_header(header, (const struct vi_header *)link->headers[i], packet_sum, tos,
				(__u16)(total - VI_HEADER_BYTES * i),
				innermost && version == 6 ? VI_PROTO_IPV6 : VI_PROTO_IPV4);
		if (innermost)
			break;
	}
	packet->header_count = (__u8)count;
	if (link->whole_bytes && packet->segment_bytes > link->whole_bytes)
		reason = send_in_parts(skb, packet);
	else
		reason =
		    send_to_base(skb, packet, link->key.base_src_be, link->key.base_dst_be,
				 packet->segment_bytes + VI_HEADER_BYTES * count, link->priority);
	if (reason)
		return reason;
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	count_tx(packet);
	return VI_DROP_NONE;
}

/* A packet that a node sent: checked, shaped, and sent on its way. */
static __always_inline enum vi_reason carry(struct __sk_buff *skb, struct vi_packet *packet)
{
	struct vi_link *link = bpf_map_lookup_elem(&vi_links, &packet->backside);
	__u8 *bytes = (void *)(long)skb->data + ETH_HLEN, first[2];
	enum vi_reason reason;
	__u32 version;

	if (!link)
		return VI_DROP_NO_LINK;
	if (skb->vlan_present)
		return VI_DROP_NOT_IP;
	if (skb->protocol == vi_be16(ETH_P_IP))
		version = 4;
	else if (skb->protocol == vi_be16(ETH_P_IPV6) && !(link->flags & VI_LINK_NO_IPV6))
		version = 6;
	else
		return VI_DROP_NOT_IP;

	if ((void *)(bytes + 2) <= (void *)(long)skb->data_end) {
		first[0] = bytes[0];
		first[1] = bytes[1];
	} else if (bpf_skb_load_bytes(skb, ETH_HLEN, first, sizeof(first))) {
		return VI_DROP_MALFORMED;
	}
	if (!vi_inner_ok(version, first[0], packet->inner_bytes))
		return VI_DROP_MALFORMED;
	reason = check_size(skb, packet, link->mtu_bytes, version);
	if (reason)
		return reason;
	if (link->loss_of_4g || link->rate_bytes_per_s) {
		reason = shape(link, packet->backside, packet->inner_bytes);
		if (reason)
			return reason;
	}
	if (link->flags & VI_LINK_LOCAL)
		return hand_over(skb, packet, link);
	return push(skb, packet, link, version, vi_inner_tos(version, first[0], first[1]));
}

#endif
