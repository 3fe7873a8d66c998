/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_link.bpf.c - the link layer: two tc programs of one bottom machine (VI §II.2, RFC 2003).
 *
 *        node's namespace   |   namespace of the bottom machine
 *                           |
 *     stack --- vl =========|=== backside -- vi_backside: push headers, ask the FIB --> base interface -->
 *     stack <-- vl <========|=== (redirect_peer) -- vi_base: match, pop headers <------ base interface <--
 *
 * vi_backside never lets a packet into the machine's own stack: every way out of it is a redirect or TC_ACT_SHOT.
 * vi_base takes what DESIGN §3 calls ours and lets all else pass untouched (TC_ACT_UNSPEC: the next filter, then the
 * machine's stack).
 *
 * Maps are described in vi_abi.h. Needs kernel 6.1; what is newer is tried first and has a fallback.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "vi_encap.h"

#define VI_AF_INET 2
#define VI_AF_INET6 10
#define VI_LOOPBACK_IFINDEX 1
#define VI_EINVAL 22
#define VI_EALREADY 114
#define VI_NS_PER_S 1000000000ULL
#define VI_STACK_BYTES (2 * VI_HEADER_BYTES) /* what vi_base pops: base and link header */

/* Since 6.3, so not in older UAPI headers: what lies below the headers that are taken off. */
#define VI_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define VI_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

char _license[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vi_config);
} vi_config SEC(".maps");

#define VI_HASH(name, map_type, key_type, value_type)          \
	struct {                                               \
		__uint(type, map_type);                        \
		__uint(map_flags, BPF_F_NO_PREALLOC);          \
		__uint(max_entries, 65536);                    \
		__type(key, key_type);                         \
		__type(value, value_type);                     \
	} name SEC(".maps")

VI_HASH(vi_links, BPF_MAP_TYPE_HASH, __u32, struct vi_link);
VI_HASH(vi_keys, BPF_MAP_TYPE_HASH, struct vi_key, struct vi_end);
VI_HASH(vi_own, BPF_MAP_TYPE_HASH, __u32, __u32);
VI_HASH(vi_shapes, BPF_MAP_TYPE_HASH, __u32, struct vi_shape);
VI_HASH(vi_counts, BPF_MAP_TYPE_PERCPU_HASH, __u32, struct vi_counters);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} vi_records SEC(".maps");

/* Counters of a backside, or of the machine (0) when it has none. */
static __always_inline struct vi_counters *counters_of(__u32 backside)
{
	struct vi_counters *counters = bpf_map_lookup_elem(&vi_counts, &backside);

	if (!counters) {
		backside = 0;
		counters = bpf_map_lookup_elem(&vi_counts, &backside);
	}
	return counters;
}

/* How many packets of a wire this one is. A GSO packet that was just changed has size but no count yet. */
static __always_inline __u64 packets_of(struct __sk_buff *skb, __u32 inner_bytes)
{
	__u32 size = skb->gso_size;

	if (!size)
		return 1;
	if (skb->gso_segs)
		return skb->gso_segs;
	return (inner_bytes + size - 1) / size;
}

/* ---- tracing: only while user space has set a nonce ---- */

struct vi_step {
	__u64 nonce;
	__u32 backside;
	__u32 base_ifindex;
	__u32 inner_bytes;
	__u8 event;
	__u8 reason;
	__u8 header_count; /* headers on the packet at this moment */
};

/* Type of the ICMP or ICMPv6 echo at `offset` if it carries the nonce, else -1. Never fragments but the first. */
static __always_inline int probe_type(struct __sk_buff *skb, __u32 offset, __u8 family, __u64 nonce)
{
	__u8 icmp[16];
	__u64 data;

	if (bpf_skb_load_bytes(skb, offset, icmp, sizeof(icmp)))
		return -1;
	__builtin_memcpy(&data, icmp + 8, sizeof(data));
	if (data != nonce)
		return -1;
	if (family == 4 ? icmp[0] != 8 && icmp[0] != 0 : icmp[0] != 128 && icmp[0] != 129)
		return -1;
	return icmp[0];
}

/* Writes a record of this step if the packet is the probe. */
static __noinline int trace(struct __sk_buff *skb, const struct vi_step *step)
{
	__u32 inner = ETH_HLEN + VI_HEADER_BYTES * (step->header_count & 7);
	__u8 ip[VI_IPV6_BYTES];
	struct vi_record *record;
	int family, type;

	if (bpf_skb_load_bytes(skb, inner, ip, VI_HEADER_BYTES))
		return 0;
	family = ip[0] >> 4;
	if (family == 4) {
		if (ip[9] != VI_PROTO_ICMP || (ip[6] & 0x1f) || ip[7])
			return 0;
		type = probe_type(skb, inner + 4 * (ip[0] & 15), 4, step->nonce);
	} else {
		if (family != 6 || ip[6] != VI_PROTO_ICMPV6 ||
		    bpf_skb_load_bytes(skb, inner, ip, VI_IPV6_BYTES))
			return 0;
		type = probe_type(skb, inner + VI_IPV6_BYTES, 6, step->nonce);
	}
	if (type < 0)
		return 0;

	record = bpf_ringbuf_reserve(&vi_records, sizeof(*record), 0);
	if (!record)
		return 0;
	__builtin_memset(record, 0, sizeof(*record));
	record->time_ns = bpf_ktime_get_ns();
	record->probe_nonce = step->nonce;
	record->backside = step->backside;
	record->base_ifindex = step->base_ifindex;
	record->inner_bytes = step->inner_bytes;
	record->event = step->event;
	record->reason = step->reason;
	record->header_count = step->header_count;
	record->inner_family = (__u8)family;
	record->inner_icmp_type = (__u8)type;
	if (family == 4) {
		record->inner_ttl = ip[8];
		__builtin_memcpy(record->inner_src, ip + 12, 4);
		__builtin_memcpy(record->inner_dst, ip + 16, 4);
	} else {
		record->inner_ttl = ip[7];
		__builtin_memcpy(record->inner_src, ip + 8, 16);
		__builtin_memcpy(record->inner_dst, ip + 24, 16);
	}
	for (__u32 i = 0; i < VI_MAX_HEADERS; i++) {
		if (i >= step->header_count)
			break;
		bpf_skb_load_bytes(skb, ETH_HLEN + VI_HEADER_BYTES * i, record->headers[i],
				   VI_HEADER_BYTES);
	}
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* What a program knows of the packet in hand; kept small, for it lives in registers while nothing is traced. */
struct vi_packet {
	__u64 nonce; /* 0 = no tracing */
	__u64 packets;
	__u32 inner_bytes;
	__u32 backside;
	__u32 base_ifindex;
	__u8 header_count;
};

static __always_inline void record(struct __sk_buff *skb, const struct vi_packet *packet, __u8 event,
				   enum vi_reason reason)
{
	struct vi_step step = {};

	if (!packet->nonce)
		return;
	step.nonce = packet->nonce;
	step.backside = packet->backside;
	step.base_ifindex = packet->base_ifindex;
	step.inner_bytes = packet->inner_bytes;
	step.event = event;
	step.reason = (__u8)reason;
	step.header_count = packet->header_count;
	trace(skb, &step);
}

static __always_inline int drop(struct __sk_buff *skb, const struct vi_packet *packet,
				enum vi_reason reason)
{
	struct vi_counters *counters = counters_of(packet->backside);

	if (counters && reason < VI_REASON_COUNT)
		counters->drops[reason] += packet->packets;
	record(skb, packet, VI_EVENT_DROP, reason);
	return TC_ACT_SHOT;
}

static __always_inline __u64 probe_nonce(void)
{
	__u32 zero = 0;
	struct vi_config *config = bpf_map_lookup_elem(&vi_config, &zero);

	return config ? config->probe_nonce : 0;
}

/* ---- vi_backside: from a node into the base ---- */

/*
 * Is a packet, or a segment of a GSO packet, larger than the link carries? What precedes the payload of a segment is
 * read here as far as the first transport header, which is all of it but for tunnels inside; for those the kernel is
 * asked about the backside's MTU, which user space keeps equal to the link's.
 */
static __always_inline enum vi_reason check_size(struct __sk_buff *skb, __u32 mtu_bytes,
						 __u32 inner_bytes, __u32 version)
{
	__u32 ip_bytes = VI_IPV6_BYTES, transport_bytes = 0, unused = 0;
	__u8 ip[VI_HEADER_BYTES], offset;
	__u8 protocol;
	long fits;

	if (!skb->gso_size)
		return inner_bytes > mtu_bytes ? VI_DROP_TOO_BIG : VI_DROP_NONE;
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
	if (skb->gso_size + ip_bytes + transport_bytes > mtu_bytes)
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
 * Loss, then rate. The bucket holds at most a burst and is filled for whole bytes only, its clock advancing by just the
 * time that these took, so that nothing is lost to rounding. A packet passes when the bucket holds its bytes, or is full.
 */
static __always_inline enum vi_reason shape(const struct vi_link *link, __u32 backside, __u32 bytes)
{
	struct vi_shape *entry = bpf_map_lookup_elem(&vi_shapes, &backside);
	__u64 rate = link->rate_bytes_per_s, burst = link->burst_bytes, now, elapsed, fill;
	enum vi_reason reason = VI_DROP_NONE;
	__s64 tokens;

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
		if (elapsed >= VI_NS_PER_S) { /* also keeps the product below 64 bits, up to 147 Gbit/s */
			fill = rate;
			entry->state.last_ns = now;
		} else {
			fill = elapsed * rate / VI_NS_PER_S;
			entry->state.last_ns += fill * VI_NS_PER_S / rate;
		}
		tokens += (__s64)fill;
		if (tokens >= (__s64)burst) {
			tokens = (__s64)burst;
			entry->state.last_ns = now;
		}
	}
	if (tokens >= (__s64)bytes || tokens >= (__s64)burst)
		tokens -= bytes;
	else
		reason = VI_DROP_RATE;
	entry->state.tokens_bytes = tokens;
	bpf_spin_unlock(&entry->lock);
	return reason;
}

/* The other end is on this machine: its key is looked up as vi_base would, nothing is pushed. */
static __always_inline int hand_over(struct __sk_buff *skb, struct vi_packet *packet,
				     const struct vi_link *link)
{
	struct vi_end *end = bpf_map_lookup_elem(&vi_keys, &link->key);
	struct vi_counters *counters;

	if (!end)
		return drop(skb, packet, VI_DROP_UNKNOWN_KEY);
	if (bpf_skb_store_bytes(skb, 0, end->vl_mac, 2 * ETH_ALEN, 0) ||
	    bpf_skb_change_type(skb, PACKET_HOST))
		return drop(skb, packet, VI_DROP_HELPER);
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	counters = counters_of(packet->backside);
	if (counters) {
		counters->tx_packets += packet->packets;
		counters->tx_bytes += packet->inner_bytes;
	}
	packet->backside = end->backside;
	counters = counters_of(packet->backside);
	if (counters) {
		counters->rx_packets += packet->packets;
		counters->rx_bytes += packet->inner_bytes;
	}
	record(skb, packet, VI_EVENT_DELIVER, VI_DROP_NONE);
	return (int)bpf_redirect_peer(end->backside, 0);
}

/*
 * Makes room for headers. The kernel accepts one ENCAP_L3 a packet and remembers it beyond the pop, so a packet that a
 * virtual router forwards gets -EALREADY; its GSO state then is right already and plain room is enough. But for IPv6
 * skb->protocol must become IPv4, which only ENCAP_L3 and (since 6.3) DECAP_L3_IPV4 do: so four bytes too many are made
 * and taken off again. Older kernels get room alone, which serves unless the packet must be segmented in software.
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

/* Asks the machine's FIB as for its own traffic (hence `lo`), writes the Ethernet header and sends. */
static __always_inline int send_to_base(struct __sk_buff *skb, struct vi_packet *packet,
					const struct vi_link *link)
{
	struct bpf_fib_lookup fib = {};
	struct bpf_redir_neigh hop = {};
	struct vi_counters *counters;
	struct ethhdr *eth;
	long found;

	fib.family = VI_AF_INET;
	fib.ifindex = VI_LOOPBACK_IFINDEX;
	fib.l4_protocol = VI_PROTO_IPV4;
	fib.ipv4_src = link->key.base_src_be;
	fib.ipv4_dst = link->key.base_dst_be;
	found = bpf_fib_lookup(skb, &fib, sizeof(fib), 0);
	if (found == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return drop(skb, packet, VI_DROP_TOO_BIG);
	if (found != BPF_FIB_LKUP_RET_SUCCESS && found != BPF_FIB_LKUP_RET_NO_NEIGH)
		return drop(skb, packet, VI_DROP_NO_ROUTE);

	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return drop(skb, packet, VI_DROP_HELPER);
	eth->h_proto = vi_be16(ETH_P_IP);
	if (found == BPF_FIB_LKUP_RET_SUCCESS) {
		__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
		__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	} else { /* redirect_neigh drops what has a multicast MAC, which a node may have written */
		__builtin_memset(eth->h_dest, 0, ETH_ALEN);
		__builtin_memset(eth->h_source, 0, ETH_ALEN);
	}

	packet->base_ifindex = fib.ifindex;
	record(skb, packet, VI_EVENT_PUSH, VI_DROP_NONE);
	counters = counters_of(packet->backside);
	if (counters) {
		counters->tx_packets += packet->packets;
		counters->tx_bytes += packet->inner_bytes;
	}
	if (found == BPF_FIB_LKUP_RET_SUCCESS)
		return (int)bpf_redirect(fib.ifindex, 0);
	hop.nh_family = fib.family;
	if (fib.family == VI_AF_INET6)
		__builtin_memcpy(hop.ipv6_nh, fib.ipv6_dst, sizeof(hop.ipv6_nh));
	else
		hop.ipv4_nh = fib.ipv4_dst;
	return (int)bpf_redirect_neigh(fib.ifindex, &hop, sizeof(hop), 0);
}

/* Pushes the link's headers, outermost first, in one pass. */
static __always_inline int push(struct __sk_buff *skb, struct vi_packet *packet,
				const struct vi_link *link, __u32 version, __u8 tos)
{
	__u32 count = link->header_count, total, packet_sum;
	void *data, *data_end;

	if (count == 0 || count > VI_MAX_HEADERS)
		return drop(skb, packet, VI_DROP_NO_LINK);
	if (make_room(skb, (__s32)(VI_HEADER_BYTES * count), version))
		return drop(skb, packet, VI_DROP_HELPER);
	total = packet->inner_bytes + VI_HEADER_BYTES * count;
	packet_sum = vi_packet_sum(tos, (__u16)total);
	data = (void *)(long)skb->data;
	data_end = (void *)(long)skb->data_end;
	for (__u32 i = 0; i < VI_MAX_HEADERS; i++) {
		struct vi_header *header = data + ETH_HLEN + VI_HEADER_BYTES * i;
		bool innermost = i + 1 == count;

		if ((void *)(header + 1) > data_end)
			return drop(skb, packet, VI_DROP_HELPER);
		vi_write_header(header, (const struct vi_header *)link->headers[i], packet_sum, tos,
				(__u16)(total - VI_HEADER_BYTES * i),
				innermost && version == 6 ? VI_PROTO_IPV6 : VI_PROTO_IPV4);
		if (innermost)
			break;
	}
	packet->header_count = (__u8)count;
	return send_to_base(skb, packet, link);
}

SEC("tc")
int vi_backside(struct __sk_buff *skb)
{
	struct vi_packet packet = {};
	enum vi_reason reason;
	struct vi_link *link;
	__u8 first[2], *bytes;
	__u32 version;

	packet.backside = skb->ifindex;
	packet.inner_bytes = skb->len - ETH_HLEN;
	packet.packets = packets_of(skb, packet.inner_bytes);
	packet.nonce = probe_nonce();

	link = bpf_map_lookup_elem(&vi_links, &packet.backside);
	if (!link)
		return drop(skb, &packet, VI_DROP_NO_LINK);
	if (skb->vlan_present)
		return drop(skb, &packet, VI_DROP_NOT_IP);
	if (skb->protocol == vi_be16(ETH_P_IP))
		version = 4;
	else if (skb->protocol == vi_be16(ETH_P_IPV6) && !(link->flags & VI_LINK_NO_IPV6))
		version = 6;
	else
		return drop(skb, &packet, VI_DROP_NOT_IP);

	bytes = (void *)(long)skb->data + ETH_HLEN;
	if ((void *)(bytes + 2) <= (void *)(long)skb->data_end) {
		first[0] = bytes[0];
		first[1] = bytes[1];
	} else if (bpf_skb_load_bytes(skb, ETH_HLEN, first, sizeof(first))) {
		return drop(skb, &packet, VI_DROP_MALFORMED);
	}
	if (!vi_inner_ok(version, first[0], packet.inner_bytes))
		return drop(skb, &packet, VI_DROP_MALFORMED);
	reason = check_size(skb, link->mtu_bytes, packet.inner_bytes, version);
	if (reason)
		return drop(skb, &packet, reason);
	if (link->loss_of_4g || link->rate_bytes_per_s) {
		reason = shape(link, packet.backside, packet.inner_bytes);
		if (reason)
			return drop(skb, &packet, reason);
	}
	if (link->flags & VI_LINK_LOCAL)
		return hand_over(skb, &packet, link);
	return push(skb, &packet, link, version, vi_inner_tos(version, first[0], first[1]));
}

/* ---- vi_base: from the base into a node ---- */

/* Not ours: counted for the machine, and left to others. */
static __always_inline int pass_not_ours(void)
{
	__u32 machine = 0;
	struct vi_counters *counters = bpf_map_lookup_elem(&vi_counts, &machine);

	if (counters)
		counters->drops[VI_DROP_NOT_OURS] += 1;
	return TC_ACT_UNSPEC;
}

/* Gives the packet inside, at `offset`, the ECN field that the headers ask for. */
static __always_inline enum vi_reason propagate_ecn(struct __sk_buff *skb, __u32 offset, __u32 version,
						    __u8 outer_ecn)
{
	__u8 bytes[VI_HEADER_BYTES], inner_ecn, ecn;
	__u16 before, after, check;

	if (outer_ecn == VI_ECN_DROP)
		return VI_DROP_ECN;
	if (!outer_ecn)
		return VI_DROP_NONE;
	if (bpf_skb_load_bytes(skb, offset, bytes, sizeof(bytes)))
		return VI_DROP_MALFORMED;
	inner_ecn = vi_inner_tos(version, bytes[0], bytes[1]) & VI_ECN_MASK;
	ecn = vi_ecn_decap(outer_ecn, inner_ecn);
	if (ecn == inner_ecn)
		return VI_DROP_NONE;
	if (ecn == VI_ECN_DROP)
		return VI_DROP_ECN;
	if (version == 6) {
		bytes[1] = (__u8)((bytes[1] & ~(VI_ECN_MASK << 4)) | ecn << 4);
		return bpf_skb_store_bytes(skb, offset + 1, bytes + 1, 1, BPF_F_RECOMPUTE_CSUM) ?
			       VI_DROP_HELPER :
			       VI_DROP_NONE;
	}
	__builtin_memcpy(&before, bytes, sizeof(before));
	bytes[1] = (__u8)((bytes[1] & ~VI_ECN_MASK) | ecn);
	__builtin_memcpy(&after, bytes, sizeof(after));
	__builtin_memcpy(&check, bytes + 10, sizeof(check));
	check = vi_check_update(check, before, after);
	__builtin_memcpy(bytes + 10, &check, sizeof(check));
	return bpf_skb_store_bytes(skb, offset, bytes, 12, 0) ? VI_DROP_HELPER : VI_DROP_NONE;
}

/* Takes the headers off and hands the packet to the node. */
static __always_inline int deliver(struct __sk_buff *skb, struct vi_packet *packet, struct vi_end *end,
				   __u32 version)
{
	struct vi_counters *counters;
	bool by_peer = true;
	struct ethhdr eth;
	long err;

	err = bpf_skb_adjust_room(skb, -VI_STACK_BYTES, BPF_ADJ_ROOM_MAC,
				  version == 6 ? BPF_F_ADJ_ROOM_FIXED_GSO | VI_ADJ_ROOM_DECAP_L3_IPV6 :
						 BPF_F_ADJ_ROOM_FIXED_GSO);
	if (err == -VI_EINVAL && version == 6) {
		/* Before 6.3 skb->protocol stays IPv4; the veth pair reads it anew from the Ethernet header. */
		err = bpf_skb_adjust_room(skb, -VI_STACK_BYTES, BPF_ADJ_ROOM_MAC,
					  BPF_F_ADJ_ROOM_FIXED_GSO);
		by_peer = false;
	}
	if (err)
		return drop(skb, packet, VI_DROP_HELPER);
	packet->header_count = 0;

	__builtin_memcpy(eth.h_dest, end->vl_mac, ETH_ALEN);
	__builtin_memcpy(eth.h_source, end->neighbour_mac, ETH_ALEN);
	eth.h_proto = version == 6 ? vi_be16(ETH_P_IPV6) : vi_be16(ETH_P_IP);
	if (bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0))
		return drop(skb, packet, VI_DROP_HELPER);

	counters = counters_of(packet->backside);
	if (counters) {
		counters->rx_packets += packet->packets;
		counters->rx_bytes += packet->inner_bytes;
	}
	record(skb, packet, VI_EVENT_DELIVER, VI_DROP_NONE);
	return (int)(by_peer ? bpf_redirect_peer(end->backside, 0) : bpf_redirect(end->backside, 0));
}

/* Walks the headers of a packet that is ours, outermost first, and tells what is inside. */
static __always_inline enum vi_reason walk_headers(struct __sk_buff *skb, struct vi_packet *packet,
						   const struct vi_header *base,
						   const struct vi_header *link,
						   struct vi_walk *walk, __u32 *version)
{
	__u8 *data = (void *)(long)skb->data, inner;
	enum vi_reason reason;

	reason = vi_walk_base(walk, base, skb->len - ETH_HLEN, skb->gso_size);
	if (!reason)
		reason = vi_walk_next(walk, link);
	if (reason)
		return reason;
	packet->inner_bytes = skb->gso_size ? skb->len - ETH_HLEN - VI_STACK_BYTES :
					      (__u32)walk->total - VI_HEADER_BYTES;
	*version = walk->protocol == VI_PROTO_IPV6 ? 6 : 4;
	if (data + ETH_HLEN + VI_STACK_BYTES + 1 <= (__u8 *)(long)skb->data_end)
		inner = data[ETH_HLEN + VI_STACK_BYTES];
	else if (bpf_skb_load_bytes(skb, ETH_HLEN + VI_STACK_BYTES, &inner, 1))
		return VI_DROP_MALFORMED;
	return vi_inner_ok(*version, inner, packet->inner_bytes) ? VI_DROP_NONE : VI_DROP_MALFORMED;
}

/* A packet for a link address of this machine: a link takes it, or it is dropped. */
static __always_inline int take(struct __sk_buff *skb, struct vi_packet *packet,
				const struct vi_header *base, const struct vi_header *link)
{
	__u32 version = 4, end_of_packet;
	struct vi_walk walk = {};
	enum vi_reason reason;
	struct vi_end *end;
	struct vi_key key;

	packet->header_count = 2;
	reason = walk_headers(skb, packet, base, link, &walk, &version);
	if (reason)
		return drop(skb, packet, reason);
	key.base_src_be = base->src_be;
	key.base_dst_be = base->dst_be;
	key.link_src_be = link->src_be;
	key.link_dst_be = link->dst_be;
	end = bpf_map_lookup_elem(&vi_keys, &key);
	if (!end)
		return drop(skb, packet, VI_DROP_UNKNOWN_KEY);
	packet->backside = end->backside;

	/* Padding of a short Ethernet frame must not become data of what is inside. */
	end_of_packet = ETH_HLEN + VI_STACK_BYTES + packet->inner_bytes;
	if (skb->len > end_of_packet && bpf_skb_change_tail(skb, end_of_packet, 0))
		return drop(skb, packet, VI_DROP_HELPER);
	packet->packets = packets_of(skb, packet->inner_bytes);
	record(skb, packet, VI_EVENT_POP, VI_DROP_NONE);
	reason = propagate_ecn(skb, ETH_HLEN + VI_STACK_BYTES, version, walk.ecn);
	if (reason)
		return drop(skb, packet, reason);
	return deliver(skb, packet, end, version);
}

SEC("tc")
int vi_base(struct __sk_buff *skb)
{
	__u32 zero = 0, base_bytes, link_dst, *own;
	struct vi_packet packet = {};
	struct vi_config *config;
	struct vi_header *base;

	if (skb->pkt_type != PACKET_HOST || skb->protocol != vi_be16(ETH_P_IP) || skb->vlan_present)
		return TC_ACT_UNSPEC;
	base = (void *)(long)skb->data + ETH_HLEN;
	if ((void *)(base + 1) > (void *)(long)skb->data_end) {
		if (bpf_skb_pull_data(skb, ETH_HLEN + VI_HEADER_BYTES))
			return TC_ACT_UNSPEC;
		base = (void *)(long)skb->data + ETH_HLEN;
		if ((void *)(base + 1) > (void *)(long)skb->data_end)
			return TC_ACT_UNSPEC;
	}
	if (base->protocol != VI_PROTO_IPV4)
		return TC_ACT_UNSPEC;
	config = bpf_map_lookup_elem(&vi_config, &zero);
	if (!config || base->dst_be != config->base_addr_be)
		return TC_ACT_UNSPEC;

	/* Of a fragment that is not the first, or a header that does not say where it ends, nobody knows whose it is. */
	base_bytes = 4 * (base->version_ihl & 15);
	if (base_bytes < VI_HEADER_BYTES || base->frag_be & vi_be16(VI_FRAG_OFFSET))
		return pass_not_ours();
	if ((void *)(base + 2) > (void *)(long)skb->data_end) {
		if (bpf_skb_pull_data(skb, ETH_HLEN + VI_STACK_BYTES))
			return pass_not_ours();
		base = (void *)(long)skb->data + ETH_HLEN;
		if ((void *)(base + 2) > (void *)(long)skb->data_end)
			return pass_not_ours();
	}
	link_dst = base[1].dst_be;
	if (base_bytes != VI_HEADER_BYTES &&
	    bpf_skb_load_bytes(skb, ETH_HLEN + base_bytes + __builtin_offsetof(struct vi_header, dst_be),
			       &link_dst, sizeof(link_dst)))
		return pass_not_ours();
	own = bpf_map_lookup_elem(&vi_own, &link_dst);
	if (!own)
		return pass_not_ours();

	packet.nonce = config->probe_nonce;
	packet.packets = 1;
	packet.backside = *own;
	packet.base_ifindex = skb->ifindex;
	packet.inner_bytes = skb->len - ETH_HLEN - VI_STACK_BYTES;
	return take(skb, &packet, base, base + 1);
}
