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
 * Invariant: a first fragment is counted as dropped (fragment) until the whole packet comes out.
 */
#ifndef VI_FRAGMENT_H
#define VI_FRAGMENT_H

#include "vi_backside.h"

#define VI_REASSEMBLY_NS 30000000000ULL /* as long as the kernel keeps fragments (ipfrag_time) */
#define VI_NS_PER_WINDOW (1ULL << 30)	/* about a second */

static __always_inline struct vi_part part_of(const struct vi_header *base)
{
	struct vi_part part = {};

	part.src_be = base->src_be;
	part.id_be = base->id_be;
	return part;
}

/* Is the first fragment of this packet on its way to reassembly? */
static __always_inline bool is_awaited(const struct vi_part *part)
{
	__u64 *since = bpf_map_lookup_elem(&vi_parts, part);

	return since && bpf_ktime_get_ns() - *since < VI_REASSEMBLY_NS;
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

	if (!config->parts_ifindex)
		return pass_not_ours();
	if (is_awaited(&part))
		return put_together(skb, config);
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
	__u64 now = bpf_ktime_get_ns();

	if (link->version_ihl != VI_PLAIN_IPV4 || vi_header_sum(link) != 0xffff)
		return VI_DROP_MALFORMED;
	if (!bpf_map_lookup_elem(&vi_keys, &key))
		return VI_DROP_UNKNOWN_KEY;
	if (!config->parts_ifindex)
		return VI_DROP_FRAGMENT;
	if (!is_awaited(&part)) {
		if (bpf_map_update_elem(&vi_parts, &part, &now, BPF_ANY))
			return VI_DROP_FRAGMENT;
		counters = counters_of(packet->backside);
		if (counters)
			counters->drops[VI_DROP_FRAGMENT] += 1;
	}
	packet->verdict = put_together(skb, config);
	return VI_DROP_NONE;
}

/* A packet of ours came out whole: its first fragment was counted after all. */
static __always_inline void forgive_fragment(const struct vi_header *base, __u32 backside)
{
	struct vi_part part = part_of(base);
	struct vi_counters *counters;

	if (bpf_map_delete_elem(&vi_parts, &part))
		return;
	counters = counters_of(backside);
	if (counters)
		counters->drops[VI_DROP_FRAGMENT] -= 1;
}

#endif
