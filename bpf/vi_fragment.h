/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_fragment.h - fragments of base packets: on the way in they are put together, in the kernel's
 * own way. For BPF programs only.
 *
 * Problem: a tc program sees fragments, and the kernel reassembles only what it delivers itself,
 * behind the last tc hook. Approach: macvlan reassembles what comes as broadcast before it hands it
 * up. So fragments get the broadcast MAC and go into a device that has a macvlan on top; the whole
 * packet comes out of that, where vi_base sits again and treats it as any other.
 *
 *     base interface --[vi_base]--> vi_parts ... macvlan: ip_defrag ... vi_whole --[vi_base]--> node
 *
 * Only first fragments say whose they are. Later ones follow the first one by their
 * identification; those that come before it are also left to the machine's stack, for they may be a
 * stranger's, and few of them are kept, so that a flood of them cannot fill the kernel's memory for
 * fragments. After 30 s, when the kernel gives up, an identification is anybody's again.
 *
 * Links share sources and identifications. While a packet of one link waits for its rest, a first
 * fragment of another with both the same makes an end of both: no link gets bytes of another.
 *
 * Invariant: a first fragment is counted as dropped (fragment) until the whole packet comes out.
 */
#ifndef VI_FRAGMENT_H
#define VI_FRAGMENT_H

#include "vi_deliver.h"

#define VI_REASSEMBLY_NS 30000000000ULL /* as long as the kernel keeps fragments (ipfrag_time) */
#define VI_NS_PER_WINDOW (1ULL << 30)	/* about a second */
#define VI_NS_PER_TICK (1ULL << 24)	/* so that 32 bits hold years */

/*
 * What vi_parts holds of a first fragment: when it came, in ticks, and in the lower half whose it
 * is. 0: of two links at once, so that nobody can tell whose the rest is (RFC 4963).
 */
static __always_inline __u64 part_value(__u32 backside)
{
	return bpf_ktime_get_ns() / VI_NS_PER_TICK << 32 | backside;
}

/* What is held of the packet, if it is not so old that the kernel has forgotten it. */
static __always_inline __u64 *held_part(const struct vi_part *part)
{
	__u64 *held = bpf_map_lookup_elem(&vi_parts, part);

	if (held &&
	    bpf_ktime_get_ns() / VI_NS_PER_TICK - (*held >> 32) > VI_REASSEMBLY_NS / VI_NS_PER_TICK)
		return NULL;
	return held;
}

static __always_inline struct vi_part part_of(const struct vi_header *base)
{
	struct vi_part part = {};

	part.src_be = base->src_be;
	part.id_be = base->id_be;
	return part;
}

/* Into reassembly. */
static __always_inline int put_together(struct __sk_buff *skb, const struct vi_config *config)
{
	__u8 broadcast[ETH_ALEN] = {255, 255, 255, 255, 255, 255};

	if (bpf_skb_store_bytes(skb, 0, broadcast, sizeof(broadcast), 0))
		return TC_ACT_SHOT;
	return (int)bpf_redirect(config->parts_ifindex, BPF_F_INGRESS);
}

/* May one more fragment be kept that nobody waits for? */
static __always_inline bool may_keep_stray(void)
{
	struct vi_part nobody = {0, 0, 1};
	__u64 window = bpf_ktime_get_ns() / VI_NS_PER_WINDOW, *held, value;

	held = bpf_map_lookup_elem(&vi_parts, &nobody); /* window and count, as one number */
	value = held && *held / VI_STRAYS_PER_S == window ? *held + 1 : window * VI_STRAYS_PER_S;
	if (value / VI_STRAYS_PER_S != window)
		return false;
	bpf_map_update_elem(&vi_parts, &nobody, &value, BPF_ANY);
	return true;
}

/* A fragment that is not the first: whose it is, only its first one can tell. */
static __always_inline int take_later_fragment(struct __sk_buff *skb, const struct vi_header *base,
					       const struct vi_config *config)
{
	__u8 broadcast[ETH_ALEN] = {255, 255, 255, 255, 255, 255}, own[ETH_ALEN];
	struct vi_part part = part_of(base);
	__u64 *held;

	if (!config->parts_ifindex)
		return pass_not_ours();
	held = held_part(&part);
	if (held)
		return (__u32)*held ? put_together(skb, config) : TC_ACT_SHOT;
	if (may_keep_stray() && !bpf_skb_load_bytes(skb, 0, own, sizeof(own)) &&
	    !bpf_skb_store_bytes(skb, 0, broadcast, sizeof(broadcast), 0)) {
		bpf_clone_redirect(skb, config->parts_ifindex, BPF_F_INGRESS);
		if (bpf_skb_store_bytes(skb, 0, own, sizeof(own), 0))
			return TC_ACT_SHOT;
	}
	return pass_not_ours();
}

/* The first fragment of a packet for a link of ours. */
static __always_inline enum vi_reason
take_first_fragment(struct __sk_buff *skb, struct vi_packet *packet, const struct vi_header *base,
		    const struct vi_header *link, const struct vi_config *config)
{
	struct vi_part part = part_of(base);
	struct vi_counters *counters;
	struct vi_key key = key_of(base, link);
	__u64 value, *held;
	struct vi_end *end;

	if (link->version_ihl != VI_PLAIN_IPV4 || vi_header_sum(link) != 0xffff)
		return VI_DROP_MALFORMED;
	end = bpf_map_lookup_elem(&vi_keys, &key);
	if (!end)
		return VI_DROP_UNKNOWN_KEY;
	if (!config->parts_ifindex)
		return VI_DROP_FRAGMENT;
	held = held_part(&part);
	if (held && (__u32)*held != end->backside) {
		*held = part_value(0);
		return VI_DROP_FRAGMENT;
	}
	if (!held) {
		value = part_value(end->backside);
		if (bpf_map_update_elem(&vi_parts, &part, &value, BPF_ANY))
			return VI_DROP_FRAGMENT;
		counters = counters_of(packet->backside);
		if (counters)
			counters->drops[VI_DROP_FRAGMENT] += 1;
	}
	packet->verdict = put_together(skb, config);
	return VI_DROP_NONE;
}

/*
 * A packet came out whole: its first fragment was counted after all. False if nobody, or another
 * link, waited for it.
 */
static __always_inline bool forgive_fragment(const struct vi_header *base, __u32 backside)
{
	struct vi_part part = part_of(base);
	struct vi_counters *counters;
	__u64 *held = held_part(&part);

	if (!held || (__u32)*held != backside || bpf_map_delete_elem(&vi_parts, &part))
		return false;
	counters = counters_of(backside);
	if (counters)
		counters->drops[VI_DROP_FRAGMENT] -= 1;
	return true;
}

#endif
