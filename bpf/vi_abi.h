/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * vi_abi.h - what the link layer's programs and user space share: map keys and values, drop
 * reasons, records.
 *
 * One load of vi_link.bpf.c per bottom machine, with maps of its own:
 *
 *   vi_config  [0]             -> vi_config    the machine's base address, the probe being traced
 *   vi_links   [backside]      -> vi_link      egress: headers to push, ready-made, outermost first
 *   vi_stacks  [backside]      -> vi_stack     its headers where they are more than vi_link holds
 *   vi_keys    [vi_key]        -> vi_end       ingress: the strong link layer (VI §II.2.3)
 *   vi_uppers  [vi_upper]      -> vi_end       the same for links of internets on internets
 *   vi_own     [vi_address]    -> backside     whose is protocol 4? (DESIGN §3)
 *   vi_sources [vi_address]    -> 1            addresses that a checked node may send from, besides its block
 *   vi_shapes  [backside]      -> vi_shape     token bucket and loss of links that have them
 *   vi_counts  [backside or 0] -> vi_counters  per CPU; 0 = what no link end could be found for
 *   vi_paths   [base address]  -> vi_path      path MTU to another machine, as user space decided
 *   vi_heard   [base address]  -> vi_heard     what packets have told about that path
 *   vi_parts   [vi_part]       -> u64          first fragments on their way to reassembly; when, whose
 *   vi_records (ring buffer)      vi_record    what happened to the probe
 *
 * A machine is an anchor: the namespace in which the backsides of links lie. Most often it is a bottom
 * machine, also for the internets that stand on internets: their stacks are flattened (DESIGN §4).
 * Else it is a node of the internet below (`flatten = no`), whose own links are its base.
 *
 * A backside stands for its ifindex. A node, in maps, for a number that user space chose (never 0). All addresses are in network byte order (_be). Every struct is
 * free of implicit padding.
 */
#ifndef VI_ABI_H
#define VI_ABI_H

#include <linux/bpf.h>
#include <linux/types.h>

#define VI_ABI_VERSION 4

#define VI_HEADER_BYTES 20 /* one IPv4 header without options */
#define VI_SHORT_HEADERS 4 /* headers of a short stack: base, link, and two layers above */
#define VI_MAX_HEADERS 72 /* headers that one anchor pushes and pops: as many as 1,500 bytes hold */
#define VI_MAX_LINKS 65535 /* link ends of one machine; with entry 0 of vi_counts, 64 Ki entries */
#define VI_MAX_PARTS 1024  /* first fragments remembered */
#define VI_STRAYS_PER_S 16 /* fragments that came before their first one, kept per second */
#define VI_BLOCK_INDEX 0x7669 /* "vi": the tc block that all backsides of a machine share */
#define VI_FILTER_PRIO 0x7669 /* tc priority of our filters: strangers may go before and after */

/*
 * Why a packet was dropped, or let pass (not_ours). Names are what `vinet show` prints.
 *
 *   not_ours     passed: protocol 4 to us, but for no link address of ours
 *   no_link      a backside without a (whole) entry
 *   not_ip       neither IPv4 nor IPv6 inside, or IPv6 switched off
 *   malformed    cut, bad IHL, length or checksum, or a link header that is no plain IPv4
 *   fragment     a first fragment of a base packet for a link of ours whose rest has not come (yet)
 *   unknown_key  link address ours, but base or link source is not its neighbour
 *   too_big      larger than the MTU of the link, or of the way out
 *   no_route     the machine's FIB has no way to the base destination
 *   loss         drawn: the link's `loss`
 *   rate         above the link's `rate`
 *   source       from a node on which an internet stands, with a source that is not its own
 *   ecn          congestion marked outside, inside not capable (RFC 6040 §4.2)
 *   helper       a kernel helper failed: adjust_room, no memory
 */
/* clang-format off */
#define VI_REASONS(X) \
	X(NONE, "none") \
	X(NOT_OURS, "not_ours") \
	X(NO_LINK, "no_link") \
	X(NOT_IP, "not_ip") \
	X(MALFORMED, "malformed") \
	X(FRAGMENT, "fragment") \
	X(UNKNOWN_KEY, "unknown_key") \
	X(TOO_BIG, "too_big") \
	X(NO_ROUTE, "no_route") \
	X(LOSS, "loss") \
	X(RATE, "rate") \
	X(SOURCE, "source") \
	X(ECN, "ecn") \
	X(HELPER, "helper")

enum vi_reason {
#define VI_REASON_ENUM(name, text) VI_DROP_##name,
	VI_REASONS(VI_REASON_ENUM)
#undef VI_REASON_ENUM
	VI_REASON_COUNT
};
/* clang-format on */

struct vi_config {
	__u32 abi_version;
	__u32 base_addr_be; /* the machine's one base address */
	__u64 probe_nonce;  /* first 8 data bytes of the traced echo, as they lie; 0 = none */
	/* The machine is this node of an internet: packets come without a base header, the first one
	 * is that of a link on this node. 0 = a bottom machine. */
	__u64 node;
	/* Reassembly (docs/dataplane.md): fragments go into the one, whole packets come out of the
	 * other; 0 = this machine has none, and fragments are dropped. */
	__u32 parts_ifindex;
	__u32 whole_ifindex;
};

/*
 * Path MTU discovery between two machines (RFC 2003 §5.1, RFC 8899). User space sends echoes of
 * many sizes through a link of the path: base header, link header, ICMP. The far machine's program
 * answers them as they came, so that both ways are tried.
 */
struct vi_path {
	__u64 nonce;	 /* first 8 data bytes of the echoes under way; 0 = none */
	__u32 mtu_bytes; /* in force; 0 = as planned */
	__u32 pad;
};

struct vi_heard {
	__u64 nonce;	      /* of the echoes that `answered_bytes` is about */
	__u32 answered_bytes; /* the largest echo that came back, base header included */
	__u32 reported_bytes; /* the base said: no larger than this (ICMP 3/4, or the way out) */
};

/* Which base packet a fragment is of. Protocol 4 and our base address are understood. */
struct vi_part {
	__u32 src_be;
	__u16 id_be;
	__u16 pad;
};

/* The four addresses that a packet must carry to belong to one end of one link. */
struct vi_key {
	__u32 base_src_be;
	__u32 base_dst_be;
	__u32 link_src_be;
	__u32 link_dst_be;
};

/* The same for a link of an internet on an internet: its ends stand on nodes of that one, and the
 * header between these is the link's. */
struct vi_upper {
	__u64 node; /* that the receiving end stands on */
	__u32 src_be;
	__u32 dst_be;
};

/* A link address, of the machine (node 0) or of a link that stands on the node. */
struct vi_address {
	__u64 node;
	__u32 addr_be;
	__u32 pad;
};

/* Where a packet with that key goes. */
struct vi_end {
	__u64 node;	/* that it comes to: what stands on it is looked up with this */
	__u32 backside; /* ifindex in the machine; its peer `vl` is in the node */
	__u8 vl_mac[6]; /* destination and source of the Ethernet header that the node sees */
	__u8 neighbour_mac[6];
};

/* The outermost link that the packet goes over has both ends here: nothing of it is pushed; `key`, or
 * `upper` with VI_LINK_UPPER, is looked up here. The headers are those of the layers above it. */
#define VI_LINK_LOCAL 1
#define VI_LINK_NO_IPV6 2 /* `ipv6 = off` */
#define VI_LINK_UPPER 4
/* Packets that a socket owns, but for whole UDP, go through `lo` first, which takes them from it:
 * beyond five headers the kernel would miscount their memory (docs/dataplane.md). */
#define VI_LINK_VIA_LO 8
#define VI_LINK_NO_ROUTE 16 /* the node below has no way to the other end */
/* IPv4 packets must have a source of their node's own, and none of a flattened link on it. */
#define VI_LINK_CHECK_SOURCE 32

/*
 * headers[i] is complete but for what differs per packet: total length and TOS are 0, and the check
 * field holds the folded one's complement sum P of its other words, less the bytes of the headers
 * before it (20 * i). With V = the words that one packet adds (TOS, total length of the outermost)
 * every check is ~fold(P + V). All words are taken as they lie in memory. vi_template() in
 * vi_encap.h makes headers[i].
 */
struct vi_link {
	/* As the other end will look it up: our addresses are the sources. Of the first layer under
	 * the link; the base addresses are also asked the FIB for. Where the machine is a node, these
	 * are the first header's, and the link addresses are 0. */
	struct vi_key key;
	struct vi_upper upper; /* with VI_LINK_UPPER */
	__u64 node;	       /* that sends */
	__u32 source_be; /* with VI_LINK_CHECK_SOURCE: sources in this block, or in vi_sources */
	__u32 source_mask_be;
	__u32 mtu_bytes;	/* largest packet inside */
	__u32 loss_of_4g;	/* drop if a draw of 32 bits is below this; 0 = no loss */
	__u64 rate_bytes_per_s; /* 0 = unlimited */
	__u64 burst_bytes;
	__u64 seed;	/* of the loss draws */
	__u32 priority; /* skb->priority in the base: chooses the share there; 0 = none */
	/* The largest packet inside that the base path carries in one piece. Larger ones, up to
	 * mtu_bytes, lose DF outside and are fragmented (RFC 2473 §7.1). */
	__u32 whole_bytes;
	__u32 floor_bytes; /* programs do not read it: links above need an MTU of so much */
	__u32 pad;
	__u8 flags; /* VI_LINK_* */
	__u8 header_count;
	__u8 vl_mac[6]; /* of the receiving end if VI_LINK_LOCAL; programs read vi_keys */
	__u8 headers[VI_SHORT_HEADERS][VI_HEADER_BYTES];
};

/* All headers of a link with more than VI_SHORT_HEADERS. */
struct vi_stack {
	__u8 headers[VI_MAX_HEADERS][VI_HEADER_BYTES];
};

/* What changes with every packet of a link that has `rate` or `loss`. */
struct vi_shape_state {
	__s64 tokens_bytes; /* starts at burst_bytes; a packet above the burst may leave a debt */
	__u64 last_ns;	    /* CLOCK_MONOTONIC up to which tokens were given; 0 at the start */
	__u64 draws; /* the n-th draw is a hash of (seed, n): the same run, the same losses */
};

/* A link with `rate` or `loss` needs an entry, else its packets are dropped (no_link). */
struct vi_shape {
	struct bpf_spin_lock lock; /* user space writes 0 */
	__u32 pad;
	struct vi_shape_state state;
};

struct vi_counters {
	__u64 tx_packets; /* pushed, or handed over here; a GSO packet counts its segments */
	__u64 tx_bytes;	  /* inner bytes */
	__u64 rx_packets; /* popped and delivered */
	__u64 rx_bytes;
	__u64 drops[VI_REASON_COUNT];
};

enum vi_event {
	VI_EVENT_PUSH = 1, /* left a node: headers put on, sent into the base */
	VI_EVENT_POP,	   /* came from the base: headers taken off */
	VI_EVENT_DELIVER,  /* handed to a node */
	VI_EVENT_DROP,
};

/* One step of the probe, written by the program that did it. */
struct vi_record {
	__u64 time_ns; /* CLOCK_MONOTONIC: comparable between the machines of one computer */
	__u64 probe_nonce;
	__u32 backside;	    /* PUSH: whence; DELIVER: whither; 0 = unknown */
	__u32 base_ifindex; /* PUSH: way out; POP: way in; 0 = none */
	__u32 inner_bytes;
	__u8 event;	   /* enum vi_event */
	__u8 reason;	   /* enum vi_reason, of a DROP */
	__u8 header_count; /* headers[] that are valid: on the packet after a PUSH, before a POP */
	__u8 inner_family; /* 4 or 6 */
	__u8 inner_ttl;
	__u8 inner_icmp_type; /* tells the echo request from its reply */
	__u8 pad[6];
	__u8 headers[VI_MAX_HEADERS][VI_HEADER_BYTES]; /* outermost first, as on the wire */
	__u8 inner_src[16];			       /* IPv4 in the first 4 bytes */
	__u8 inner_dst[16];
};

#endif
