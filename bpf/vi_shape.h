/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_shape.h - may a packet enter its link? Size, loss and rate. For BPF programs only.
 *
 * A GSO packet meets loss and rate as a whole, for a program cannot take it apart: user space keeps
 * nodes from sending them into links with `loss`.
 */
#ifndef VI_SHAPE_H
#define VI_SHAPE_H

#include <linux/if_ether.h>

#include "vi_packet.h"
#include "vi_parse.h"

#define VI_NS_PER_S 1000000000ULL

/*
 * Is a packet, or a segment of a GSO packet, larger than the link carries? What precedes the
 * payload of a segment is read here as far as the first transport header, which is all of it but
 * for tunnels inside; for those the kernel is asked about the backside's MTU, which user space
 * keeps equal to the link's.
 */
static __always_inline enum vi_reason check_size(struct __sk_buff *skb, struct vi_packet *packet,
						 __u32 mtu_bytes, __u32 version)
{
	__u32 ip_bytes = VI_IPV6_BYTES, transport_bytes = 0, unused = 0;
	__u8 ip[VI_HEADER_BYTES], offset;
	__u8 protocol;
	long fits;

	packet->segment_bytes = packet->inner_bytes;
	if (!skb->gso_size)
		return packet->inner_bytes > mtu_bytes ? VI_DROP_TOO_BIG : VI_DROP_NONE;
	if (bpf_skb_load_bytes(skb, ETH_HLEN, ip, sizeof(ip)))
		return VI_DROP_MALFORMED;
	protocol = ip[6];
	if (version == 4) {
		ip_bytes = 4 * (ip[0] & 15);
		protocol = ip[9];
	}
	if (protocol == VI_PROTO_UDP) {
		transport_bytes = 8;
	} else if (protocol == VI_PROTO_TCP) {
		if (bpf_skb_load_bytes(skb, ETH_HLEN + ip_bytes + 12, &offset, 1))
			return VI_DROP_MALFORMED;
		transport_bytes = 4 * (offset >> 4);
	}
	packet->segment_bytes = skb->gso_size + ip_bytes + transport_bytes;
	if (packet->segment_bytes > mtu_bytes)
		return VI_DROP_TOO_BIG;
	fits = bpf_check_mtu(skb, 0, &unused, 0, BPF_MTU_CHK_SEGS);
	if (fits < 0)
		return VI_DROP_HELPER;
	return fits ? VI_DROP_TOO_BIG : VI_DROP_NONE;
}

/* The n-th draw of a link: 32 bits of a hash of (seed, n) (splitmix64's finaliser). */
static __always_inline __u32 draw(__u64 seed, __u64 n)
{
	__u64 z = seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (__u32)((z ^ (z >> 31)) >> 32);
}

/*
 * Loss, then rate. The bucket holds at most a burst and is filled by whole bytes, its clock
 * advancing by just the time that these took, so that nothing is lost to rounding. A packet passes
 * when the bucket holds its bytes, or is full. Exact up to 147 Gbit/s, where a product leaves 64
 * bits.
 */
static __always_inline enum vi_reason shape(const struct vi_link *link, __u32 backside, __u32 bytes)
{
	struct vi_shape *entry = bpf_map_lookup_elem(&vi_shapes, &backside);
	__u64 rate = link->rate_bytes_per_s, now, elapsed, seconds, part;
	__s64 burst = (__s64)link->burst_bytes, tokens;
	enum vi_reason reason = VI_DROP_NONE;

	if (!entry)
		return VI_DROP_NO_LINK;
	if (link->loss_of_4g &&
	    draw(link->seed, __sync_fetch_and_add(&entry->state.draws, 1)) < link->loss_of_4g)
		return VI_DROP_LOSS;
	if (!rate)
		return VI_DROP_NONE;

	now = bpf_ktime_get_ns();
	bpf_spin_lock(&entry->lock);
	tokens = entry->state.tokens_bytes;
	if (now > entry->state.last_ns) {
		elapsed = now - entry->state.last_ns;
		seconds = elapsed / VI_NS_PER_S;
		part = elapsed % VI_NS_PER_S * rate / VI_NS_PER_S;
		entry->state.last_ns += seconds * VI_NS_PER_S + part * VI_NS_PER_S / rate;
		tokens += (__s64)(seconds * rate + part);
		if (tokens >= burst) {
			tokens = burst;
			entry->state.last_ns = now;
		}
	}
	if (tokens >= (__s64)bytes || tokens >= burst)
		tokens -= bytes;
	else
		reason = VI_DROP_RATE;
	entry->state.tokens_bytes = tokens;
	bpf_spin_unlock(&entry->lock);
	return reason;
}

#endif
