/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_backside.h - from a node into its link: a packet is checked, and sent into the base or handed
 * over on this machine.
 *
 * Order: link known, IP, well formed, source, size, loss, rate, (through lo), way known, (local:
 * keys), room, FIB. For BPF programs only.
 */
#ifndef VI_BACKSIDE_H
#define VI_BACKSIDE_H

#include "vi_push.h"
#include "vi_shape.h"

/* Who comes through `lo` by this address comes from a backside; the machine's own packets have 0
 * there, and what is for another address the machine's stack does not take. */
#define VI_LOOP_MAC                                                                                \
	{                                                                                          \
		0x02, 'v', 'i', 'l', 'o', 0                                                        \
	}

/* What the first bytes of a packet that a node sends tell. */
struct vi_inner {
	__u32 version;
	__u32 src_be; /* IPv4 */
	__u8 tos;
	__u8 protocol;	  /* IPv4 */
	bool is_datagram; /* a whole UDP packet */
};

/*
 * The link has both ends on this machine: its key is looked up as vi_base would, and those of the
 * links above it which end here too. Only headers that are left go on the packet.
 */
static __always_inline enum vi_reason hand_over(struct __sk_buff *skb, struct vi_packet *packet,
						const struct vi_link *link,
						const struct vi_inner *inner)
{
	struct vi_end *end = link->flags & VI_LINK_UPPER
				 ? bpf_map_lookup_elem(&vi_uppers, &link->upper)
				 : bpf_map_lookup_elem(&vi_keys, &link->key);
	__u32 count = link->header_count, version = inner->version;
	enum vi_reason reason = VI_DROP_NONE;
	struct vi_climb climb = {};

	if (!end)
		return VI_DROP_UNKNOWN_KEY;
	if (bpf_skb_change_type(skb, PACKET_HOST))
		return VI_DROP_HELPER;
	if (!count && (version == 6 || !is_stacked(inner->protocol))) {
		record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
		count_tx(packet);
		packet->backside = end->backside;
		return deliver(skb, packet, end, version);
	}
	climb.end = *end;
	climb.backside = end->backside;
	if (count)
		reason = vi_climb_template(&climb, packet->backside);
	if (!reason && climb.count < count) {
		reason = put_headers(skb, packet, link, climb.count, version, inner->tos);
		version = 4;
	}
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	count_tx(packet);
	packet->backside = climb.backside;
	if (reason)
		return reason;
	packet->inner_bytes += VI_HEADER_BYTES * packet->header_count;
	if (climb.count < count || version == 6 || !is_stacked(inner->protocol))
		return deliver(skb, packet, &climb.end, version);

	/* What the node sent may itself be a packet of a link that ends here. */
	climb.count = 0;
	climb.walk.bytes = packet->inner_bytes + VI_HEADER_BYTES;
	climb.walk.protocol = VI_PROTO_IPV4;
	reason = vi_climb_packet(skb, &climb);
	packet->backside = climb.backside;
	if (reason)
		return reason;
	if (!climb.count)
		return deliver(skb, packet, &climb.end, version);
	packet->inner_bytes = climb.walk.bytes - VI_HEADER_BYTES;
	packet->header_count = (__u8)climb.count;
	return pop(skb, packet, &climb);
}

/* May this node send with this source? */
static __always_inline bool source_ok(const struct vi_link *link, __u32 src_be)
{
	struct vi_address address = {link->node, src_be, 0};

	if (!src_be)
		return true;
	if ((src_be & link->source_mask_be) != link->source_be &&
	    !bpf_map_lookup_elem(&vi_sources, &address))
		return false;
	/* Links that are not flattened have their addresses in the node's own maps. */
	return !bpf_map_lookup_elem(&vi_own, &address);
}

/* Reads the packet that a node sent, and tells whether it is one. */
static __always_inline enum vi_reason look_inside(struct __sk_buff *skb,
						  const struct vi_packet *packet,
						  const struct vi_link *link,
						  struct vi_inner *inner)
{
	struct vi_header *direct = (void *)(long)skb->data + ETH_HLEN, header;

	if (skb->vlan_present)
		return VI_DROP_NOT_IP;
	if (skb->protocol == vi_be16(ETH_P_IP))
		inner->version = 4;
	else if (skb->protocol == vi_be16(ETH_P_IPV6) && !(link->flags & VI_LINK_NO_IPV6))
		inner->version = 6;
	else
		return VI_DROP_NOT_IP;

	if ((void *)(direct + 1) <= (void *)(long)skb->data_end) {
		header.version_ihl = direct->version_ihl;
		header.tos = direct->tos;
		header.frag_be = direct->frag_be;
		header.protocol = direct->protocol;
		header.src_be = direct->src_be;
	} else if (bpf_skb_load_bytes(skb, ETH_HLEN, &header, sizeof(header))) {
		return VI_DROP_MALFORMED;
	}
	if (!vi_inner_ok(inner->version, header.version_ihl, packet->inner_bytes))
		return VI_DROP_MALFORMED;
	inner->tos = vi_inner_tos(inner->version, header.version_ihl, header.tos);
	inner->protocol = header.protocol;
	inner->src_be = header.src_be;
	/* The next header of IPv6 lies where IPv4 has its fragment bits; 44 is a fragment. */
	inner->is_datagram = inner->version == 4
				 ? header.protocol == VI_PROTO_UDP &&
				       !(header.frag_be & vi_be16(VI_FRAG_MF | VI_FRAG_OFFSET))
				 : (vi_be16(header.frag_be) >> 8) == VI_PROTO_UDP;
	return VI_DROP_NONE;
}

static __always_inline bool has_loop_mac(struct __sk_buff *skb)
{
	__u8 own[ETH_ALEN] = VI_LOOP_MAC, to[ETH_ALEN], differ = 0;

	if (bpf_skb_load_bytes(skb, 0, to, sizeof(to)))
		return false;
	for (__u32 i = 0; i < ETH_ALEN; i++)
		differ |= own[i] ^ to[i];
	return !differ;
}

/*
 * Must a packet of a deep stack come through `lo`? Not without a socket; and UDP, unless it is cut,
 * is never joined with other packets, so that nobody computes with its memory.
 */
static __always_inline bool must_loop(struct __sk_buff *skb, const struct vi_inner *inner)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return false;
	if (!inner->is_datagram)
		return true;
	sk = bpf_sk_fullsock(sk);
	return !sk || sk->protocol != VI_PROTO_UDP;
}

/* Is the machine a node? There the first header is that of a link, and no base lies under it. */
static __always_inline bool at_node(const struct vi_link *link)
{
	return !link->key.link_dst_be;
}

/* Lets the packet come back through `lo`, without the socket that it belongs to. */
static __always_inline enum vi_reason send_through_lo(struct __sk_buff *skb,
						      struct vi_packet *packet)
{
	__u8 to[ETH_ALEN] = VI_LOOP_MAC;

	if (bpf_skb_store_bytes(skb, 0, to, sizeof(to), 0))
		return VI_DROP_HELPER;
	skb->mark = packet->backside;
	packet->verdict = (int)bpf_redirect(VI_LOOPBACK_IFINDEX, 0);
	return VI_DROP_NONE;
}

/*
 * A packet that a node sent: checked, shaped, and sent on its way. `looped`: it was, came through
 * `lo`, and has only its way to go.
 */
static __always_inline enum vi_reason carry(struct __sk_buff *skb, struct vi_packet *packet,
					    bool looped)
{
	struct vi_link *link = bpf_map_lookup_elem(&vi_links, &packet->backside);
	struct vi_inner inner = {};
	enum vi_reason reason;

	if (!link)
		return VI_DROP_NO_LINK;
	reason = look_inside(skb, packet, link, &inner);
	if (reason)
		return reason;
	if (!looped && link->flags & VI_LINK_CHECK_SOURCE && inner.version == 4 &&
	    !source_ok(link, inner.src_be))
		return VI_DROP_SOURCE;
	reason = check_size(skb, packet, link->mtu_bytes, inner.version);
	if (reason)
		return reason;
	if (!looped && (link->loss_of_4g || link->rate_bytes_per_s)) {
		reason = shape(link, packet->backside, packet->inner_bytes);
		if (reason)
			return reason;
	}
	if (link->flags & VI_LINK_NO_ROUTE)
		return VI_DROP_NO_ROUTE;
	if (!looped && link->flags & VI_LINK_VIA_LO && must_loop(skb, &inner))
		return send_through_lo(skb, packet);
	/* A packet that comes from elsewhere has lost headers on its way: there is room. */
	if (link->flags & VI_LINK_VIA_LO && at_node(link) && (looped || skb->sk) &&
	    reserve_headroom(skb))
		return VI_DROP_HELPER;
	if (link->flags & VI_LINK_LOCAL)
		return hand_over(skb, packet, link, &inner);
	return push(skb, packet, link, inner.version, inner.tos);
}

#endif
