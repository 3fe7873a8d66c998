/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_push.h - into the base: a packet gets its headers and is sent where the machine's FIB says.
 *
 *     eth | inner   ->   eth | base X->Y | link Q->R | ... | inner
 *
 * For BPF programs only.
 */
#ifndef VI_PUSH_H
#define VI_PUSH_H

#include "vi_deliver.h"

#define VI_AF_INET 2
#define VI_AF_INET6 10
#define VI_LOOPBACK_IFINDEX 1
#define VI_EALREADY 114

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

/*
 * Room before a packet of a deep stack for all headers that it may get, made and given back. At a node
 * it gets one, and those of the layers below later, one by one. For about every third the kernel makes
 * the head larger, rounds it up and next time begins with that: it doubles, until at the 42nd header
 * there is no memory so large.
 */
static __always_inline long reserve_headroom(struct __sk_buff *skb)
{
	const __s32 bytes = VI_HEADER_BYTES * VI_MAX_HEADERS;
	long err = bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);

	return err ? err
		   : bpf_skb_adjust_room(skb, -bytes, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
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

/* Headers to be written, from the template of a backside. */
struct vi_headers {
	__u32 backside;
	__u32 first;	  /* of the template that is written */
	__u32 count;	  /* in the template */
	__u32 total;	  /* length of a packet with all of them */
	__u32 packet_sum; /* for such a packet */
	__u8 tos;
	__u8 protocol; /* of the innermost */
};

static __always_inline void write_header(struct vi_header *to, const struct vi_headers *headers,
					 const __u8 *from, __u32 index, __u8 protocol)
{
	vi_write_header(to, (const struct vi_header *)from, headers->packet_sum, headers->tos,
			(__u16)(headers->total - VI_HEADER_BYTES * index), protocol);
}

/* Writes all headers of a short stack. */
static __always_inline enum vi_reason
write_short(struct __sk_buff *skb, const struct vi_headers *headers, const struct vi_link *link)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;

	for (__u32 i = 0; i < VI_SHORT_HEADERS; i++) {
		struct vi_header *header = data + ETH_HLEN + VI_HEADER_BYTES * i;
		bool innermost = i + 1 == headers->count;

		if ((void *)(header + 1) > data_end)
			return VI_DROP_HELPER;
		write_header(header, headers, link->headers[i], i,
			     innermost ? headers->protocol : VI_PROTO_IPV4);
		if (innermost)
			return VI_DROP_NONE;
	}
	return VI_DROP_HELPER;
}

/* Writes those from the `first` on, of `room` in the template. */
static __always_inline enum vi_reason write_long(struct __sk_buff *skb,
						 const struct vi_headers *headers,
						 const __u8 (*template)[VI_HEADER_BYTES],
						 __u32 room)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	__u32 first = headers->first, last = headers->count - 1;
	struct vi_header innermost;

	if (last >= room || first > last)
		return VI_DROP_NO_LINK;
	for (__u32 i = 0; i < room; i++) {
		struct vi_header *header = data + ETH_HLEN + VI_HEADER_BYTES * i;
		__u32 index = first + i;

		if (index > last)
			break;
		barrier_var(index); /* what is checked is what is used */
		if (index >= room || (void *)(header + 1) > data_end)
			return VI_DROP_HELPER;
		write_header(header, headers, template[index], index, VI_PROTO_IPV4);
	}
	if (headers->protocol == VI_PROTO_IPV4)
		return VI_DROP_NONE;
	barrier_var(last);
	if (last >= room)
		return VI_DROP_HELPER;
	write_header(&innermost, headers, template[last], last, headers -> protocol);
	return bpf_skb_store_bytes(skb, ETH_HLEN + VI_HEADER_BYTES * (last - first), &innermost,
				   sizeof(innermost), 0)
		   ? VI_DROP_HELPER
		   : VI_DROP_NONE;
}

/* The same for a stack of any depth. */
__noinline int vi_write_stack(struct __sk_buff *skb, const struct vi_headers *headers)
{
	struct vi_stack *stack;
	struct vi_link *link;
	__u32 backside;

	if (!headers)
		return VI_DROP_HELPER;
	backside = headers->backside;
	if (headers->count > VI_SHORT_HEADERS) {
		stack = bpf_map_lookup_elem(&vi_stacks, &backside);
		return stack ? write_long(skb, headers, stack->headers, VI_MAX_HEADERS)
			     : VI_DROP_NO_LINK;
	}
	link = bpf_map_lookup_elem(&vi_links, &backside);
	return link ? write_long(skb, headers, link->headers, VI_SHORT_HEADERS) : VI_DROP_NO_LINK;
}

/* Puts the link's headers from the `first` one on before the packet, outermost first. */
static __always_inline enum vi_reason put_headers(struct __sk_buff *skb, struct vi_packet *packet,
						  const struct vi_link *link, __u32 first,
						  __u32 version, __u8 tos)
{
	struct vi_headers headers = {};
	enum vi_reason reason;

	headers.backside = packet->backside;
	headers.first = first;
	headers.count = link->header_count;
	if (first >= headers.count || headers.count > VI_MAX_HEADERS)
		return VI_DROP_NO_LINK;
	headers.total = packet->inner_bytes + VI_HEADER_BYTES * headers.count;
	headers.packet_sum = vi_packet_sum(tos, (__u16)headers.total);
	headers.tos = tos;
	headers.protocol = version == 6 ? VI_PROTO_IPV6 : VI_PROTO_IPV4;
	if (make_room(skb, (__s32)(VI_HEADER_BYTES * (headers.count - first)), version))
		return VI_DROP_HELPER;
	if (first == 0 && headers.count <= VI_SHORT_HEADERS) {
		reason = write_short(skb, &headers, link);
	} else {
		struct vi_headers in_memory = headers; /* the others stay in registers */

		reason = vi_write_stack(skb, &in_memory);
	}
	if (!reason)
		packet->header_count = (__u8)(headers.count - first);
	return reason;
}

/* Pushes the link's headers in one pass and sends. */
static __always_inline enum vi_reason push(struct __sk_buff *skb, struct vi_packet *packet,
					   const struct vi_link *link, __u32 version, __u8 tos)
{
	enum vi_reason reason = put_headers(skb, packet, link, 0, version, tos);

	if (reason)
		return reason;
	if (link->whole_bytes && packet->segment_bytes > link->whole_bytes)
		reason = send_in_parts(skb, packet);
	else
		reason = send_to_base(skb, packet, link->key.base_src_be, link->key.base_dst_be,
				      packet->segment_bytes + VI_HEADER_BYTES * link->header_count,
				      link->priority);
	if (reason)
		return reason;
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	count_tx(packet);
	return VI_DROP_NONE;
}

#endif
