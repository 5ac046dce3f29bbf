/* SPDX-License-Identifier: MIT */
/* The tables are in the order in which strace prints the bits. */
#include "constants.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct flag_name {
	unsigned value;
	const char *text;
};

static const char *const families[] = {"AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_AX25", "AF_IPX",
	"AF_APPLETALK", "AF_NETROM", "AF_BRIDGE", "AF_ATMPVC", "AF_X25", "AF_INET6", "AF_ROSE",
	"AF_DECnet", "AF_NETBEUI", "AF_SECURITY", "AF_KEY", "AF_NETLINK", "AF_PACKET", "AF_ASH",
	"AF_ECONET", "AF_ATMSVC", "AF_RDS", "AF_SNA", "AF_IRDA", "AF_PPPOX", "AF_WANPIPE",
	"AF_LLC", "AF_IB", "AF_MPLS", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH", "AF_IUCV", "AF_RXRPC",
	"AF_ISDN", "AF_PHONET", "AF_IEEE802154", "AF_CAIF", "AF_ALG", "AF_NFC", "AF_VSOCK",
	"AF_KCM", "AF_QIPCRTR", "AF_SMC", "AF_XDP", "AF_MCTP"};

static const char *const types[] = {NULL, "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM",
	"SOCK_SEQPACKET", "SOCK_DCCP", NULL, NULL, NULL, "SOCK_PACKET"};

static const struct flag_name type_flags[] = {
	{SOCK_CLOEXEC, "SOCK_CLOEXEC"}, {SOCK_NONBLOCK, "SOCK_NONBLOCK"}};

static const struct flag_name protocols[] = {{0, "IPPROTO_IP"}, {1, "IPPROTO_ICMP"},
	{2, "IPPROTO_IGMP"}, {4, "IPPROTO_IPIP"}, {6, "IPPROTO_TCP"}, {8, "IPPROTO_EGP"},
	{12, "IPPROTO_PUP"}, {17, "IPPROTO_UDP"}, {22, "IPPROTO_IDP"}, {29, "IPPROTO_TP"},
	{33, "IPPROTO_DCCP"}, {41, "IPPROTO_IPV6"}, {43, "IPPROTO_ROUTING"},
	{44, "IPPROTO_FRAGMENT"}, {46, "IPPROTO_RSVP"}, {47, "IPPROTO_GRE"}, {50, "IPPROTO_ESP"},
	{51, "IPPROTO_AH"}, {58, "IPPROTO_ICMPV6"}, {59, "IPPROTO_NONE"}, {60, "IPPROTO_DSTOPTS"},
	{92, "IPPROTO_MTP"}, {94, "IPPROTO_BEETPH"}, {98, "IPPROTO_ENCAP"}, {103, "IPPROTO_PIM"},
	{108, "IPPROTO_COMP"}, {115, "IPPROTO_L2TP"}, {132, "IPPROTO_SCTP"}, {135, "IPPROTO_MH"},
	{136, "IPPROTO_UDPLITE"}, {137, "IPPROTO_MPLS"}, {143, "IPPROTO_ETHERNET"},
	{255, "IPPROTO_RAW"}, {262, "IPPROTO_MPTCP"}};

static const struct flag_name message_flags[] = {{MSG_OOB, "MSG_OOB"}, {MSG_PEEK, "MSG_PEEK"},
	{MSG_DONTROUTE, "MSG_DONTROUTE"}, {MSG_CTRUNC, "MSG_CTRUNC"}, {0x10, "MSG_PROBE"},
	{MSG_TRUNC, "MSG_TRUNC"}, {MSG_DONTWAIT, "MSG_DONTWAIT"}, {MSG_EOR, "MSG_EOR"},
	{MSG_WAITALL, "MSG_WAITALL"}, {MSG_FIN, "MSG_FIN"}, {MSG_SYN, "MSG_SYN"},
	{MSG_CONFIRM, "MSG_CONFIRM"}, {MSG_RST, "MSG_RST"}, {MSG_ERRQUEUE, "MSG_ERRQUEUE"},
	{MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {MSG_MORE, "MSG_MORE"},
	{MSG_WAITFORONE, "MSG_WAITFORONE"}, {0x20000, "MSG_SENDPAGE_NOTLAST"},
	{0x40000, "MSG_BATCH"}, {0x80000, "MSG_NO_SHARED_FRAGS"}, {MSG_ZEROCOPY, "MSG_ZEROCOPY"},
	{MSG_FASTOPEN, "MSG_FASTOPEN"}, {MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
	{0x80000000, "MSG_CMSG_COMPAT"}};

static const struct flag_name fcntl_commands[] = {
	{F_DUPFD, "F_DUPFD"}, {F_GETFD, "F_GETFD"}, {F_SETFD, "F_SETFD"}, {F_GETFL, "F_GETFL"},
	{F_SETFL, "F_SETFL"}, {F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"}};

static const struct flag_name close_range_flags[] = {
	{2, "CLOSE_RANGE_UNSHARE"}, {4, "CLOSE_RANGE_CLOEXEC"}};

static const struct flag_name open_flags[] = {{O_NONBLOCK, "O_NONBLOCK"}, {O_CLOEXEC, "O_CLOEXEC"}};

static const struct flag_name levels[] = {{SOL_SOCKET, "SOL_SOCKET"}, {SOL_IP, "SOL_IP"},
	{SOL_IPV6, "SOL_IPV6"}, {IPPROTO_TCP, "SOL_TCP"}, {IPPROTO_UDP, "SOL_UDP"}};

static const char *find(const struct flag_name *names, size_t count, unsigned value)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value)
			return names[i].text;
	}
	return NULL;
}

static void put_unknown(struct line *l, unsigned value, const char *kind)
{
	line_hex(l, value);
	line_text(l, " /* ");
	line_text(l, kind);
	line_text(l, "_??? */");
}

/* What is left over is unknown by that kind only if no name came before it. */
static void put_flags(struct line *l, unsigned flags, const struct flag_name *names, size_t count,
	const char *kind)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		if (!(flags & names[i].value))
			continue;
		if (!first)
			line_char(l, '|');
		first = false;
		line_text(l, names[i].text);
		flags &= ~names[i].value;
	}
	if (!first && flags) {
		line_char(l, '|');
		line_hex(l, flags);
	} else if (flags) {
		put_unknown(l, flags, kind);
	} else if (first) {
		line_char(l, '0');
	}
}

void constants_family(struct line *l, unsigned family)
{
	if (family < COUNT(families))
		line_text(l, families[family]);
	else
		put_unknown(l, family, "AF");
}

void constants_message_flags(struct line *l, int flags)
{
	put_flags(l, (unsigned)flags, message_flags, COUNT(message_flags), "MSG");
}

void constants_level(struct line *l, unsigned level)
{
	const char *text = find(levels, COUNT(levels), level);

	if (text)
		line_text(l, text);
	else
		put_unknown(l, level, "SOL");
}

void constants_socket(struct line *l, int domain, int type, int protocol)
{
	unsigned flags = (unsigned)type;
	unsigned kind = flags & 15; /* SOCK_TYPE_MASK */
	const char *name = NULL;

	constants_family(l, (unsigned)domain);
	line_text(l, ", ");
	if (kind < COUNT(types) && types[kind]) {
		line_text(l, types[kind]);
		flags &= ~15u;
		if (flags)
			line_char(l, '|');
	}
	if (flags || !kind)
		put_flags(l, flags, type_flags, COUNT(type_flags), "SOCK");
	line_text(l, ", ");
	if (domain != AF_INET && domain != AF_INET6) {
		line_unsigned(l, (unsigned)protocol);
		return;
	}
	name = find(protocols, COUNT(protocols), (unsigned)protocol);
	if (name)
		line_text(l, name);
	else
		put_unknown(l, (unsigned)protocol, "IPPROTO");
}

void constants_accept_flags(struct line *l, int flags)
{
	put_flags(l, (unsigned)flags, type_flags, COUNT(type_flags), "SOCK");
}

void constants_number(struct line *l, const char *name, int i, long n)
{
	const char *text;

	if (!strcmp(name, "fcntl") && i == 0) {
		text = find(fcntl_commands, COUNT(fcntl_commands), (unsigned)n);
		if (text)
			line_text(l, text);
		else
			put_unknown(l, (unsigned)n, "F");
	} else if (!strcmp(name, "dup3") && i == 1) {
		put_flags(l, (unsigned)n, open_flags, COUNT(open_flags), "O");
	} else if (!strcmp(name, "close_range") && i == 1) {
		put_flags(l, (unsigned)n, close_range_flags, COUNT(close_range_flags),
			"CLOSE_RANGE");
	} else if (!strcmp(name, "close_range") || !strcmp(name, "fcntl")) {
		line_unsigned(l, (unsigned)n);
	} else {
		line_signed(l, n);
	}
}
