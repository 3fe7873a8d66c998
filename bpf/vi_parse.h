/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_parse.h - reading a header stack: is it well formed, and what does it say?
 *
 * Free of BPF helpers, so that it compiles for the kernel and for the host, as C and as C++.
 *
 * A stack is a list of IPv4 headers, outermost first:
 *
 *      0               1               2               3
 *     +-------+-------+---------------+-------------------------------+
 *     |   4   |   5   |  TOS          |  total length                 |   header 0: base X->Y
 *     +-------+-------+---------------+-+-----------------------------+   header 1: link Q->R
 *     |  identification               |D|M|  fragment offset          |   ...
 *     +---------------+---------------+-------------------------------+   then the inner packet
 *     |  TTL          |  protocol     |  header checksum              |
 *     +---------------+---------------+-------------------------------+
 *     |  source                                                       |
 *     +---------------------------------------------------------------+
 *     |  destination                                                  |
 *     +---------------------------------------------------------------+
 *
 * It is walked from the outside: struct vi_walk holds what was learned so far, vi_walk_base() takes
 * the first header and vi_walk_next() each further one, so that the depth is a matter of the
 * caller's loop.
 *
 * Standards: RFC 791, RFC 1071 (checksum), RFC 2003 (IP in IP), RFC 6040 §4.2 (ECN). Deviation: a
 * link header with options or fragment bits is refused, because no link of ours makes one.
 */
#ifndef VI_PARSE_H
#define VI_PARSE_H

#include "vi_abi.h"

#define VI_PROTO_IPV4 4
#define VI_PROTO_IPV6 41
#define VI_PROTO_ICMP 1
#define VI_PROTO_TCP 6
#define VI_PROTO_UDP 17
#define VI_PROTO_ICMPV6 58

#define VI_ICMP_ECHO_REPLY 0
#define VI_ICMP_UNREACHABLE 3
#define VI_ICMP_FRAG_NEEDED 4 /* a code of it (RFC 1191 §4) */
#define VI_ICMP_ECHO 8
#define VI_ICMP_BYTES 8 /* of its header */

#define VI_PLAIN_IPV4 0x45 /* version 4, IHL 5 */
#define VI_IPV6_BYTES 40
#define VI_FRAG_DF 0x4000
#define VI_FRAG_MF 0x2000
#define VI_FRAG_OFFSET 0x1fff
#define VI_ECN_MASK 3
#define VI_ECN_CE 3
#define VI_ECN_DROP 4 /* no codepoint: the packet must be dropped */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define vi_be16(x) __builtin_bswap16(x)
#else
#define vi_be16(x) ((__u16)(x))
#endif

#define VI_INLINE static inline __attribute__((always_inline, unused))

struct vi_header {
	__u8 version_ihl;
	__u8 tos;
	__u16 total_be;
	__u16 id_be;
	__u16 frag_be;
	__u8 ttl;
	__u8 protocol;
	__u16 check_be;
	__u32 src_be;
	__u32 dst_be;
};

/* Folds a sum of 16 or 32 bit words to 16 bits, carries around (RFC 1071). */
VI_INLINE __u16 vi_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* The folded sum of the ten words as they lie; 0xffff when the checksum is right. */
VI_INLINE __u16 vi_header_sum(const struct vi_header *h)
{
	__u32 w[5];

	__builtin_memcpy(w, h, sizeof(w));
	return vi_fold((__u64)w[0] + w[1] + w[2] + w[3] + w[4]);
}

/*
 * What the inner ECN field becomes when a header with `outer` is taken off (RFC 6040 §4.2, Figure
 * 4), or VI_ECN_DROP. Fields: 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced.
 */
VI_INLINE __u8 vi_ecn_decap(__u8 outer, __u8 inner)
{
	if (outer == VI_ECN_CE)
		return inner ? VI_ECN_CE : VI_ECN_DROP;
	if (outer == 1 && inner == 2)
		return 1;
	return inner;
}

/* How far a walk came. */
struct vi_walk {
	__u32 bytes;   /* of the packet from the last header on, that header included */
	__u8 protocol; /* of what follows it */
	__u8 ecn;      /* what the headers so far make of each other, or VI_ECN_DROP */
};

/*
 * Takes the outermost header. `l3_bytes` is what there is of the packet from this header on,
 * link-layer padding included; a GSO packet has none, and may be longer than a total length can
 * say, so that its lengths are compared modulo 2^16.
 */
VI_INLINE enum vi_reason vi_walk_base(struct vi_walk *walk, const struct vi_header *h,
				      __u32 l3_bytes, __u32 is_gso)
{
	__u32 total = vi_be16(h->total_be);

	if (h->version_ihl != VI_PLAIN_IPV4 || vi_header_sum(h) != 0xffff)
		return VI_DROP_MALFORMED;
	if (is_gso ? total != (l3_bytes & 0xffff) : total > l3_bytes)
		return VI_DROP_MALFORMED;
	if (h->frag_be & vi_be16(VI_FRAG_MF | VI_FRAG_OFFSET))
		return VI_DROP_FRAGMENT;
	walk->bytes = is_gso ? l3_bytes : total;
	walk->protocol = h->protocol;
	walk->ecn = h->tos & VI_ECN_MASK;
	return VI_DROP_NONE;
}

/*
 * Takes the next header inward: a plain IPv4 header that fills its outer one exactly and carries
 * IPv4, IPv6, or ICMP between the two ends of the link.
 */
VI_INLINE enum vi_reason vi_walk_next(struct vi_walk *walk, const struct vi_header *h)
{
	if (walk->protocol != VI_PROTO_IPV4 || walk->bytes < 2 * VI_HEADER_BYTES)
		return VI_DROP_MALFORMED;
	walk->bytes -= VI_HEADER_BYTES;
	if (h->version_ihl != VI_PLAIN_IPV4 || vi_header_sum(h) != 0xffff)
		return VI_DROP_MALFORMED;
	if (vi_be16(h->total_be) != (__u16)walk->bytes)
		return VI_DROP_MALFORMED;
	if (h->frag_be & vi_be16(VI_FRAG_MF | VI_FRAG_OFFSET))
		return VI_DROP_MALFORMED;
	if (h->protocol != VI_PROTO_IPV4 && h->protocol != VI_PROTO_IPV6 &&
	    h->protocol != VI_PROTO_ICMP)
		return VI_DROP_MALFORMED;
	walk->protocol = h->protocol;
	if (walk->ecn != VI_ECN_DROP)
		walk->ecn = vi_ecn_decap(walk->ecn, h->tos & VI_ECN_MASK);
	return VI_DROP_NONE;
}

/*
 * Is a packet of `bytes` that starts with `first_byte` long enough to be IPv4 (4) or IPv6 (6), and
 * does it say so?
 */
VI_INLINE int vi_inner_ok(__u32 version, __u8 first_byte, __u32 bytes)
{
	if (first_byte >> 4 != version)
		return 0;
	return bytes >= (version == 4 ? VI_HEADER_BYTES : VI_IPV6_BYTES);
}

#endif
