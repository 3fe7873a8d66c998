/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_climb.h - how far up a stack of internets a packet gets in one go. For BPF programs only.
 *
 * Problem: a packet that a link brings to a node may be one of a link that stands on that node, and
 * that link's node may carry the next. With flattened stacks all these ends lie on one machine.
 * Approach: headers are taken from the outside, as long as the next one is addressed to a link that
 * stands on the node reached so far; user space's limit is VI_MAX_HEADERS, not that of any layer.
 *
 *     base | link Q->R | q1->q2 | ... | inner      R leads to node b; is q2 the address of a link
 *                                                  that stands on b? To which node does it lead? ...
 *
 * Whose is a header (DESIGN §3)? IPv4 that carries IPv4 or IPv6 to a link address on that node is
 * ours: its exact key is known, or the packet is dropped. All else is for the node, which answers
 * or forwards it as any router would.
 *
 * Headers that a local link need not push are climbed the same way, from the template.
 */
#ifndef VI_CLIMB_H
#define VI_CLIMB_H

#include <stdbool.h>

#include "vi_packet.h"

struct vi_climb {
	struct vi_end end;   /* where the packet is so far */
	struct vi_walk walk; /* through its headers */
	__u32 backside;	     /* to whom a drop is counted */
	__u32 count;	     /* headers taken: of the packet, or of the template */
};

/* Does a header with this protocol carry what a link on a node carries? */
static __always_inline bool is_stacked(__u8 protocol)
{
	return protocol == VI_PROTO_IPV4 || protocol == VI_PROTO_IPV6;
}

/*
 * The end that takes a packet with this header on the node reached so far. NULL: none, and with
 * `*ours` it must be dropped.
 */
static __always_inline struct vi_end *next_end(struct vi_climb *climb, const struct vi_header *h,
					       bool *ours)
{
	struct vi_upper key = {climb->end.node, h->src_be, h->dst_be};
	struct vi_address address = {climb->end.node, h->dst_be, 0};
	struct vi_end *end = bpf_map_lookup_elem(&vi_uppers, &key);
	__u32 *own;

	*ours = true;
	if (end) {
		climb->backside = end->backside;
		return end;
	}
	own = bpf_map_lookup_elem(&vi_own, &address);
	if (own)
		climb->backside = *own;
	else
		*ours = false;
	return NULL;
}

struct vi_climb_loop {
	struct __sk_buff *skb;
	struct vi_climb *climb;
	enum vi_reason reason;
};

/* One header of the packet; 1 ends the loop. */
static long climb_header(__u32 index, void *context)
{
	struct vi_climb_loop *loop = context;
	struct vi_climb *climb = loop->climb;
	__u32 inner_bytes = climb->walk.bytes - VI_HEADER_BYTES;
	__u32 version = climb->walk.protocol == VI_PROTO_IPV6 ? 6 : 4;
	struct vi_header header;
	struct vi_end *end;
	bool ours;

	(void)index;
	if (bpf_skb_load_bytes(loop->skb, ETH_HLEN + VI_HEADER_BYTES * climb->count, &header,
			       sizeof(header)) ||
	    !vi_inner_ok(version, header.version_ihl, inner_bytes)) {
		loop->reason = VI_DROP_MALFORMED;
		return 1;
	}
	if (version == 6 || !is_stacked(header.protocol))
		return 1;
	end = next_end(climb, &header, &ours);
	if (!ours)
		return 1;
	if (climb->count >= VI_MAX_HEADERS || vi_walk_next(&climb->walk, &header)) {
		loop->reason = VI_DROP_MALFORMED;
		return 1;
	}
	if (!end) {
		loop->reason = VI_DROP_UNKNOWN_KEY;
		return 1;
	}
	climb->end = *end;
	climb->count++;
	return 0;
}

/* Takes the packet as far up as it goes. A reason, or VI_DROP_NONE. */
__noinline int vi_climb_packet(struct __sk_buff *skb, struct vi_climb *climb)
{
	struct vi_climb_loop loop = {};

	if (!climb)
		return VI_DROP_HELPER;
	loop.skb = skb;
	loop.climb = climb;
	bpf_loop(VI_MAX_HEADERS + 1, climb_header, &loop, 0);
	return loop.reason;
}

struct vi_template_loop {
	struct vi_climb *climb;
	const struct vi_link *link;
	const struct vi_stack *stack; /* NULL if all headers are in the link */
	enum vi_reason reason;
};

/* The same for one header of a template. */
static long climb_template(__u32 index, void *context)
{
	struct vi_template_loop *loop = context;
	struct vi_climb *climb = loop->climb;
	struct vi_header header;
	struct vi_end *end;
	bool ours;

	if (index >= loop->link->header_count)
		return 1;
	if (loop->stack && index < VI_MAX_HEADERS)
		__builtin_memcpy(&header, loop->stack->headers[index], sizeof(header));
	else if (!loop->stack && index < VI_SHORT_HEADERS)
		__builtin_memcpy(&header, loop->link->headers[index], sizeof(header));
	else
		return 1;
	end = next_end(climb, &header, &ours);
	if (!end) {
		if (ours)
			loop->reason = VI_DROP_UNKNOWN_KEY;
		return 1;
	}
	climb->end = *end;
	climb->count++;
	return 0;
}

/* Which headers of a backside's template does nobody need to push? `climb->count` of them. */
__noinline int vi_climb_template(struct vi_climb *climb, __u32 backside)
{
	struct vi_template_loop loop = {};

	if (!climb)
		return VI_DROP_HELPER;
	loop.climb = climb;
	loop.link = bpf_map_lookup_elem(&vi_links, &backside);
	if (!loop.link)
		return VI_DROP_NO_LINK;
	if (loop.link->header_count > VI_SHORT_HEADERS) {
		loop.stack = bpf_map_lookup_elem(&vi_stacks, &backside);
		if (!loop.stack)
			return VI_DROP_NO_LINK;
	}
	bpf_loop(VI_MAX_HEADERS, climb_template, &loop, 0);
	return loop.reason;
}

#endif
