/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_link.bpf.c - the link layer: tc programs of one bottom machine (VI §II.2, RFC 2003).
 *
 *       node           | bottom machine
 *                      |
 *     stack --> vl =====> backside: vi_backside pushes headers, asks the FIB --> base interface
 *     stack <-- vl <===== (redirect_peer) vi_base matches and pops headers   <-- base interface
 *
 * A third, vi_loop, goes on where vi_backside sent a packet through the machine's `lo`.
 *
 * vi_backside never lets a packet into the machine's own stack: every way out of it is a redirect
 * or TC_ACT_SHOT. vi_base takes what is ours and lets all else pass untouched (TC_ACT_UNSPEC: the
 * next filter, then the machine's stack).
 *
 * Maps are described in vi_abi.h, the steps in vi_backside.h and vi_base.h. Needs kernel 6.1; what
 * is newer is tried first and has a fallback.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <bpf/bpf_helpers.h>

#include "vi_backside.h"
#include "vi_base.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int vi_backside(struct __sk_buff *skb)
{
	struct vi_packet packet = {};

	packet.backside = skb->ifindex;
	packet.inner_bytes = skb->len - ETH_HLEN;
	packet.packets = packets_of(skb);
	packet.nonce = probe_nonce();
	packet.verdict = TC_ACT_SHOT;
	return finish(skb, &packet, carry(skb, &packet, false));
}

SEC("tc")
int vi_loop(struct __sk_buff *skb)
{
	struct vi_packet packet = {};

	if (skb->pkt_type != PACKET_OTHERHOST || !has_loop_mac(skb))
		return TC_ACT_UNSPEC;
	packet.backside = skb->mark;
	skb->mark = 0;
	packet.inner_bytes = skb->len - ETH_HLEN;
	packet.packets = packets_of(skb);
	packet.nonce = probe_nonce();
	packet.verdict = TC_ACT_SHOT;
	return finish(skb, &packet, carry(skb, &packet, true));
}

SEC("tc")
int vi_base(struct __sk_buff *skb)
{
	struct vi_packet packet = {};
	struct vi_config *config;
	struct vi_header *base;
	__u32 zero = 0, *own;
	bool is_whole;

	/* Most packets of a base interface are strangers and leave here. */
	if (skb->protocol != vi_be16(ETH_P_IP) || skb->vlan_present)
		return TC_ACT_UNSPEC;
	base = (void *)(long)skb->data + ETH_HLEN;
	if ((void *)(base + 1) > (void *)(long)skb->data_end) {
		if (bpf_skb_pull_data(skb, ETH_HLEN + VI_HEADER_BYTES))
			return TC_ACT_UNSPEC;
		base = (void *)(long)skb->data + ETH_HLEN;
		if ((void *)(base + 1) > (void *)(long)skb->data_end)
			return TC_ACT_UNSPEC;
	}
	if (!is_stacked(base->protocol) && base->protocol != VI_PROTO_ICMP)
		return TC_ACT_UNSPEC;
	config = bpf_map_lookup_elem(&vi_config, &zero);
	if (!config)
		return TC_ACT_UNSPEC;
	packet.packets = 1;
	packet.base_ifindex = skb->ifindex;
	packet.inner_bytes = skb->len - ETH_HLEN;
	packet.verdict = TC_ACT_SHOT;
	if (config->node)
		return is_stacked(base->protocol) ? take_on_node(skb, &packet, base, config)
						  : TC_ACT_UNSPEC;
	if (base->dst_be != config->base_addr_be || base->protocol == VI_PROTO_IPV6)
		return TC_ACT_UNSPEC;
	/* Only what is addressed to the interface; out of reassembly all comes as broadcast. */
	is_whole = skb->ifindex == config->whole_ifindex;
	if ((skb->pkt_type == PACKET_HOST) == is_whole)
		return TC_ACT_UNSPEC;
	if (base->protocol == VI_PROTO_ICMP) {
		note_error(skb, base, config->base_addr_be);
		return TC_ACT_UNSPEC;
	}
	if (base->frag_be & vi_be16(VI_FRAG_OFFSET))
		return take_later_fragment(skb, base, config);

	own = owner(skb, base);
	if (!own)
		return is_whole ? TC_ACT_SHOT : pass_not_ours();
	base = (void *)(long)skb->data + ETH_HLEN;
	if ((void *)(base + 2) > (void *)(long)skb->data_end)
		return pass_not_ours();
	if (is_whole && !forgive_fragment(base, *own))
		return TC_ACT_SHOT;
	packet.nonce = config->probe_nonce;
	packet.backside = *own;
	packet.inner_bytes -= VI_STACK_BYTES;
	return finish(skb, &packet, take(skb, &packet, base, base + 1, config));
}
