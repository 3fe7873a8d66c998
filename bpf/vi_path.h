/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_path.h - what the machine learns of the base paths to other machines. For BPF programs only.
 *
 * Problem: links never send packets larger than their base path carries, and that path changes.
 * Approach: the programs only note what they meet: an ICMP error of the base that quotes one of our
 * keys, a way out that is too small, the answer to an echo. User space decides (vi_abi.h: vi_path).
 * An echo that a link carries is answered here, so that it needs no process at the other end:
 *
 *     base X->Y | link Q->R | ICMP echo        ->   base Y->X | link R->Q | ICMP echo reply
 *
 * Invariant: only what carries all four addresses of a link is noted or answered.
 *
 * Standards: RFC 2003 §5.1, RFC 1191 §3, RFC 792, RFC 8899 §4.
 */
#ifndef VI_PATH_H
#define VI_PATH_H

#include "vi_backside.h"

#define VI_ECHO_BYTES (VI_ICMP_BYTES + 8) /* header and nonce */

/* The echo came back: the path carries `bytes`, both ways. */
static __always_inline void hear_answer(__u32 far_be, __u64 nonce, __u32 bytes)
{
	struct vi_path *path = bpf_map_lookup_elem(&vi_paths, &far_be);
	struct vi_heard *heard, first = {};

	if (!path || !nonce || path->nonce != nonce)
		return;
	heard = bpf_map_lookup_elem(&vi_heard, &far_be);
	if (!heard) {
		first.nonce = nonce;
		first.answered_bytes = bytes;
		bpf_map_update_elem(&vi_heard, &far_be, &first, BPF_NOEXIST);
		return;
	}
	if (heard->nonce != nonce) {
		heard->nonce = nonce;
		heard->answered_bytes = bytes;
	} else if (heard->answered_bytes < bytes) {
		heard->answered_bytes = bytes;
	}
}

/* An ICMP error that came to this machine: does it say that a packet of ours was too big? */
static __always_inline void note_error(struct __sk_buff *skb, const struct vi_header *base,
				       __u32 base_addr_be)
{
	struct {
		__u8 type, code;
		__u16 check_be, unused, mtu_be;
		struct vi_header base, link;
	} error;
	struct vi_key key;

	if (base->version_ihl != VI_PLAIN_IPV4 ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + VI_HEADER_BYTES, &error, sizeof(error)))
		return;
	if (error.type != VI_ICMP_UNREACHABLE || error.code != VI_ICMP_FRAG_NEEDED ||
	    error.base.version_ihl != VI_PLAIN_IPV4 || error.base.protocol != VI_PROTO_IPV4 ||
	    error.base.src_be != base_addr_be)
		return;
	key.base_src_be = error.base.dst_be;
	key.base_dst_be = error.base.src_be;
	key.link_src_be = error.link.dst_be;
	key.link_dst_be = error.link.src_be;
	if (bpf_map_lookup_elem(&vi_keys, &key)) /* 0: a router older than RFC 1191 */
		hear_too_big(key.base_src_be, error.mtu_be ? vi_be16(error.mtu_be) : 1);
}

/* ICMP between the two ends of a link: an echo is answered, the answer to ours is noted. */
static __always_inline enum vi_reason link_icmp(struct __sk_buff *skb, struct vi_packet *packet,
						const struct vi_header *base,
						const struct vi_header *link, __u32 bytes)
{
	struct vi_header headers[2] = {*base, *link};
	__u8 icmp[VI_ECHO_BYTES];
	__u16 before, after, check;
	__u64 nonce;

	if (bytes < VI_STACK_BYTES + VI_ECHO_BYTES ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + VI_STACK_BYTES, icmp, sizeof(icmp)) || icmp[1])
		return VI_DROP_MALFORMED;
	if (icmp[0] == VI_ICMP_ECHO_REPLY) {
		__builtin_memcpy(&nonce, icmp + VI_ICMP_BYTES, sizeof(nonce));
		hear_answer(headers[0].src_be, nonce, bytes);
		packet->verdict = TC_ACT_SHOT; /* taken */
		return VI_DROP_NONE;
	}
	if (icmp[0] != VI_ICMP_ECHO)
		return VI_DROP_MALFORMED;

	/* Padding of a short frame is no part of it. */
	if (skb->len > ETH_HLEN + bytes && bpf_skb_change_tail(skb, ETH_HLEN + bytes, 0))
		return VI_DROP_HELPER;
	for (__u32 i = 0; i < 2; i++) {
		__u32 from_be = headers[i].src_be;

		headers[i].src_be = headers[i].dst_be;
		headers[i].dst_be = from_be;
		headers[i].ttl = VI_OUTER_TTL;
		headers[i].check_be = 0;
		headers[i].check_be = (__u16)~vi_header_sum(&headers[i]);
	}
	__builtin_memcpy(&before, icmp, sizeof(before));
	icmp[0] = VI_ICMP_ECHO_REPLY;
	__builtin_memcpy(&after, icmp, sizeof(after));
	__builtin_memcpy(&check, icmp + 2, sizeof(check));
	check = vi_check_update(check, before, after);
	__builtin_memcpy(icmp + 2, &check, sizeof(check));
	if (bpf_skb_store_bytes(skb, ETH_HLEN, headers, sizeof(headers), 0) ||
	    bpf_skb_store_bytes(skb, ETH_HLEN + VI_STACK_BYTES, icmp, 4, 0))
		return VI_DROP_HELPER;
	return send_to_base(skb, packet, headers[0].src_be, headers[0].dst_be, bytes, 0);
}

#endif
