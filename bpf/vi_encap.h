/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_encap.h - writing a header stack, and the fields that cross its border (DSCP, ECN).
 *
 * Free of BPF helpers, so that it compiles for the kernel and for the host, as C and as C++.
 *
 * Problem: headers differ from packet to packet in TOS, total length and checksum only, and a stack
 * may have many. Approach: user space stores each header ready-made (vi_template), with TOS and
 * length 0 and in the check field the folded sum P of its other words less 20 * i, for header i
 * from the outside. The total length of header i is that of header 0 less 20 * i, so one sum V =
 * TOS + length of header 0 completes all of them: check = ~fold(P + V).
 *
 * Standards: RFC 2003 §3.1 (fields of the outer header), RFC 6040 §4.1 normal mode (ECN copied),
 * RFC 1624 (incremental checksum). Deviation: identification is 0, which RFC 6864 §4.1 allows
 * because DF is set.
 */
#ifndef VI_ENCAP_H
#define VI_ENCAP_H

#include "vi_parse.h"

#define VI_OUTER_TTL 64

/* The TOS or traffic class of a packet inside, from its first two bytes. */
VI_INLINE __u8 vi_inner_tos(__u32 version, __u8 byte0, __u8 byte1)
{
	return version == 4 ? byte1 : (__u8)(byte0 << 4 | byte1 >> 4);
}

/*
 * Makes header `index` (0 = outermost) of a template, from `src_be` to `dst_be`, followed by an
 * IPv4 header.
 */
VI_INLINE void vi_template(struct vi_header *h, __u32 index, __u32 src_be, __u32 dst_be)
{
	__builtin_memset(h, 0, sizeof(*h));
	h->version_ihl = VI_PLAIN_IPV4;
	h->frag_be = vi_be16(VI_FRAG_DF);
	h->ttl = VI_OUTER_TTL;
	h->protocol = VI_PROTO_IPV4;
	h->src_be = src_be;
	h->dst_be = dst_be;
	h->check_be =
	    vi_fold((__u64)vi_header_sum(h) + (__u16)~vi_be16((__u16)(VI_HEADER_BYTES * index)));
}

/*
 * V: what one packet adds to the sums of all its headers. `total` is the total length of the
 * outermost.
 */
VI_INLINE __u32 vi_packet_sum(__u8 tos, __u16 total)
{
	return (__u32)vi_be16((__u16)tos) + vi_be16(total);
}

/*
 * Writes one header from its template. `total` is this header's total length, `packet_sum` is
 * vi_packet_sum(), and `protocol` is that of the template (4), or 41 in the innermost header when
 * IPv6 is inside.
 */
VI_INLINE void vi_write_header(struct vi_header *out, const struct vi_header *from,
			       __u32 packet_sum, __u8 tos, __u16 total, __u8 protocol)
{
	out->version_ihl = from->version_ihl;
	out->tos = tos;
	out->total_be = vi_be16(total);
	out->id_be = from->id_be;
	out->frag_be = from->frag_be;
	out->ttl = from->ttl;
	out->protocol = protocol;
	out->check_be = (__u16)~vi_fold((__u64)from->check_be + packet_sum +
					vi_be16((__u16)(protocol - VI_PROTO_IPV4)));
	out->src_be = from->src_be;
	out->dst_be = from->dst_be;
}

/*
 * An IPv4 checksum after its header's first word changed from `before_be` to `after_be` (RFC 1624
 * eqn. 3).
 */
VI_INLINE __u16 vi_check_update(__u16 check_be, __u16 before_be, __u16 after_be)
{
	return (__u16)~vi_fold((__u64)(__u16)~check_be + (__u16)~before_be + after_be);
}

#endif
