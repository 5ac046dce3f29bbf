/* SPDX-License-Identifier: MIT */
/* See notation.h. The tables are in the order in which strace prints the bits. */
#include "arguments.h"

#include <errno.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>
#include <time.h>

#include "base/raw.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096
/* No further element of an array is begun beyond this, so that result and verdict find room. */
#define ELEMENT_LIMIT 480

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

static void put_family(struct line *l, unsigned family)
{
	if (family < COUNT(families))
		line_text(l, families[family]);
	else
		put_unknown(l, family, "AF");
}

/* futex() looks at the word before it would wait: EFAULT, or at once EAGAIN or ETIMEDOUT. Unlike
 * process_vm_readv() every system call filter lets it through. */
bool arguments_readable(const void *p, size_t n)
{
	const struct timespec no_time = {0, 0};
	unsigned long at = (unsigned long)p, end = at + n;

	if (at < PAGE || end < at)
		return false;
	for (; at < end; at = (at & ~(PAGE - 1UL)) + PAGE) {
		if (raw_syscall(SYS_futex, (long)(at & ~3UL), FUTEX_WAIT_PRIVATE, 0x5afe,
			    (long)&no_time) == -EFAULT)
			return false;
	}
	return true;
}

static bool can_read(const struct line *l, const void *p, size_t n)
{
	return (l->trusted && p) || arguments_readable(p, n);
}

static void put_endpoint(struct line *l, const struct addr *a, bool v6)
{
	if (v6)
		line_char(l, '[');
	line_host(l, a, v6);
	line_text(l, v6 ? "]:" : ":");
	line_unsigned(l, a->port);
}

void arguments_fd(struct line *l, int fd, uint32_t bits, const struct addr *local,
	const struct addr *peer)
{
	bool v6 = bits & FD_V6;

	line_signed(l, fd);
	if (fd < 0 || !(bits & (FD_UDP | FD_TCP)) || !local->family || !local->port)
		return;
	line_text(l, bits & FD_UDP ? "<UDP" : "<TCP");
	line_text(l, v6 ? "v6:[" : ":[");
	put_endpoint(l, local, v6);
	if ((bits & FD_CONNECTED) && peer->family) {
		line_text(l, "->");
		put_endpoint(l, peer, v6);
	}
	line_text(l, "]>");
}

void arguments_string(struct line *l, const void *p, size_t n)
{
	size_t shown = n < LINE_STRING_MAX ? n : LINE_STRING_MAX;

	if (!p || (shown && !can_read(l, p, shown))) {
		line_pointer(l, p);
		return;
	}
	line_quoted(l, p, shown);
	if (shown < n)
		line_text(l, "...");
}

static void put_port(struct line *l, const char *key, uint16_t port)
{
	line_text(l, key);
	line_unsigned(l, port);
	line_char(l, ')');
}

static void put_unix_path(struct line *l, const char *path, size_t n)
{
	line_text(l, ", sun_path=");
	if (path[0]) {
		line_quoted(l, path, strnlen(path, n));
	} else {
		line_char(l, '@');
		line_quoted(l, path + 1, n - 1);
	}
}

static void put_inet6(struct line *l, const struct sockaddr_in6 *sa, size_t len)
{
	struct addr a;

	addr_from_sockaddr(&a, sa, sizeof(*sa));
	put_port(l, ", sin6_port=htons(", a.port);
	line_text(l, ", sin6_flowinfo=htonl(");
	line_unsigned(l, ntohl(sa->sin6_flowinfo));
	line_text(l, "), inet_pton(AF_INET6, \"");
	line_host(l, &a, true);
	line_text(l, "\", &sin6_addr)");
	if (len > offsetof(struct sockaddr_in6, sin6_scope_id)) {
		line_text(l, ", sin6_scope_id=");
		line_unsigned(l, sa->sin6_scope_id);
	}
}

void arguments_sockaddr(struct line *l, const void *sa, socklen_t length)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		char bytes[sizeof(struct sockaddr_storage)];
	} u;
	size_t len = length < sizeof(u) ? length : sizeof(u);

	if ((int)length < (int)sizeof(sa_family_t) || !can_read(l, sa, len)) {
		line_pointer(l, sa);
		return;
	}
	memset(&u.in6, 0, sizeof(u.in6));
	memcpy(&u, sa, len);
	line_text(l, "{sa_family=");
	put_family(l, u.any.sa_family);
	if (u.any.sa_family == AF_INET && len >= sizeof(u.in)) {
		struct addr a;
		addr_from_sockaddr(&a, &u, sizeof(u.in));
		put_port(l, ", sin_port=htons(", a.port);
		line_text(l, ", sin_addr=inet_addr(\"");
		line_host(l, &a, false);
		line_text(l, "\")");
	} else if (u.any.sa_family == AF_INET6 && len >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		put_inet6(l, &u.in6, len);
	} else if (u.any.sa_family == AF_UNIX && len > sizeof(sa_family_t)) {
		len = len < sizeof(u.un) ? len : sizeof(u.un);
		put_unix_path(l, u.un.sun_path, len - sizeof(sa_family_t));
	} else if (len > sizeof(sa_family_t)) {
		line_text(l, ", sa_data=");
		line_quoted(l, u.bytes + sizeof(sa_family_t), len - sizeof(sa_family_t));
	}
	line_char(l, '}');
}

void arguments_message_flags(struct line *l, int flags)
{
	put_flags(l, (unsigned)flags, message_flags, COUNT(message_flags), "MSG");
}

/* Begins an element of an array, or closes the array early: at its 33rd element as strace does, or
 * where the line grows too long. */
static bool put_element(struct line *l, size_t i)
{
	if (i)
		line_text(l, ", ");
	if (i < LINE_STRING_MAX && l->length < ELEMENT_LIMIT)
		return true;
	line_text(l, "...");
	return false;
}

void arguments_iovec(struct line *l, const struct iovec *iov, size_t count)
{
	if (!iov || (count && !can_read(l, iov, sizeof(*iov)))) {
		line_pointer(l, iov);
		return;
	}
	size_t left = l->filled;
	line_char(l, '[');
	for (size_t i = 0; i < count && put_element(l, i); i++) {
		if (!can_read(l, &iov[i], sizeof(*iov))) {
			line_text(l, "... /* ");
			line_pointer(l, &iov[i]);
			line_text(l, " */");
			break;
		}
		line_text(l, "{iov_base=");
		size_t size = iov[i].iov_len < left ? iov[i].iov_len : left;
		left -= left == SIZE_MAX ? 0 : size;
		arguments_string(l, iov[i].iov_base, size);
		line_text(l, ", iov_len=");
		line_unsigned(l, iov[i].iov_len);
		line_char(l, '}');
	}
	line_char(l, ']');
}

static void put_address_of(struct line *l, const char *key, const void *ip)
{
	struct addr a = {.family = AF_INET};

	memcpy(a.ip + 12, ip, 4);
	line_text(l, key);
	line_text(l, "inet_addr(\"");
	line_host(l, &a, false);
	line_text(l, "\")");
}

static void put_fds(struct line *l, const char *p, size_t n)
{
	line_text(l, ", cmsg_data=[");
	for (size_t i = 0; i < n / sizeof(int) && put_element(l, i); i++) {
		int fd;
		memcpy(&fd, p + i * sizeof(int), sizeof(int));
		bool known = (unsigned)fd < FD_MAX;
		arguments_fd(l, fd, bits_of(fd), known ? &record_of(fd)->local : NULL,
			known ? &record_of(fd)->peer : NULL);
	}
	line_char(l, ']');
}

static void put_control_data(struct line *l, const struct cmsghdr *c, const char *p, size_t n)
{
	if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO && n >= sizeof(struct in_pktinfo)) {
		struct in_pktinfo info;
		memcpy(&info, p, sizeof(info));
		line_text(l, ", cmsg_data={ipi_ifindex=");
		line_unsigned(l, (unsigned)info.ipi_ifindex);
		put_address_of(l, ", ipi_spec_dst=", &info.ipi_spec_dst);
		put_address_of(l, ", ipi_addr=", &info.ipi_addr);
		line_char(l, '}');
	} else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL && n >= sizeof(int)) {
		int ttl;
		memcpy(&ttl, p, sizeof(ttl));
		line_text(l, ", cmsg_data=[");
		line_signed(l, ttl);
		line_char(l, ']');
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && n >= sizeof(int)) {
		put_fds(l, p, n);
	} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
		n >= sizeof(struct ucred)) {
		struct ucred id;
		memcpy(&id, p, sizeof(id));
		line_text(l, ", cmsg_data={pid=");
		line_signed(l, id.pid);
		line_text(l, ", uid=");
		line_unsigned(l, id.uid);
		line_text(l, ", gid=");
		line_unsigned(l, id.gid);
		line_char(l, '}');
	}
}

/* strace 6.1 has no names for the IPv6 ones: a comment says them. */
static void put_control_type(struct line *l, int level, int type)
{
	const char *name = NULL, *comment = NULL;

	if (level == SOL_SOCKET)
		name = type == SCM_RIGHTS ? "SCM_RIGHTS"
			: type == SCM_CREDENTIALS ? "SCM_CREDENTIALS" : NULL;
	else if (level == SOL_IP)
		name = type == IP_PKTINFO ? "IP_PKTINFO" : type == IP_TTL ? "IP_TTL"
			: type == IP_TOS ? "IP_TOS" : NULL;
	else if (level == SOL_IPV6)
		comment = type == IPV6_PKTINFO ? "IPV6_PKTINFO"
			: type == IPV6_TCLASS ? "IPV6_TCLASS" : NULL;
	line_text(l, ", cmsg_type=");
	if (name) {
		line_text(l, name);
		return;
	}
	line_hex(l, (unsigned)type);
	if (comment) {
		line_text(l, " /* ");
		line_text(l, comment);
		line_text(l, " */");
	}
}

static void put_control(struct line *l, const char *p, size_t n)
{
	struct cmsghdr c;
	size_t at = 0, i = 0;

	line_char(l, '[');
	while (n - at >= sizeof(c) && put_element(l, i++)) {
		if (!can_read(l, p + at, sizeof(c)))
			break;
		memcpy(&c, p + at, sizeof(c));
		size_t len = c.cmsg_len < n - at ? c.cmsg_len : n - at;
		line_text(l, "{cmsg_len=");
		line_unsigned(l, c.cmsg_len);
		line_text(l, ", cmsg_level=");
		const char *level = find(levels, COUNT(levels), (unsigned)c.cmsg_level);
		if (level)
			line_text(l, level);
		else
			put_unknown(l, (unsigned)c.cmsg_level, "SOL");
		put_control_type(l, c.cmsg_level, c.cmsg_type);
		if (len > sizeof(c) && can_read(l, p + at + sizeof(c), len - sizeof(c)))
			put_control_data(l, &c, p + at + sizeof(c), len - sizeof(c));
		line_char(l, '}');
		if (c.cmsg_len < sizeof(c)) { /* no way to find the next one */
			if (n - at > CMSG_ALIGN(sizeof(c)))
				line_text(l, ", ...");
			break;
		}
		if (CMSG_ALIGN(len) > n - at)
			break;
		at += CMSG_ALIGN(len);
	}
	line_char(l, ']');
}

static void put_msghdr(struct line *l, const struct msghdr *m)
{
	line_text(l, "{msg_name=");
	arguments_sockaddr(l, m->msg_name, m->msg_namelen);
	line_text(l, ", msg_namelen=");
	line_signed(l, (int)m->msg_namelen);
	line_text(l, ", msg_iov=");
	arguments_iovec(l, m->msg_iov, m->msg_iovlen);
	line_text(l, ", msg_iovlen=");
	line_unsigned(l, m->msg_iovlen);
	if (m->msg_controllen) {
		line_text(l, ", msg_control=");
		if (m->msg_controllen >= sizeof(struct cmsghdr) &&
			can_read(l, m->msg_control, sizeof(struct cmsghdr)))
			put_control(l, m->msg_control, m->msg_controllen);
		else
			line_pointer(l, m->msg_control);
	}
	line_text(l, ", msg_controllen=");
	line_unsigned(l, m->msg_controllen);
	line_text(l, ", msg_flags=");
	arguments_message_flags(l, m->msg_flags);
	line_char(l, '}');
}

void arguments_msghdr(struct line *l, const struct msghdr *msg)
{
	if (!can_read(l, msg, sizeof(*msg)))
		line_pointer(l, msg);
	else
		put_msghdr(l, msg);
}

void arguments_mmsghdr(struct line *l, const struct mmsghdr *msgs, unsigned count, long sent)
{
	if (!msgs || (count && !can_read(l, msgs, sizeof(*msgs)))) {
		line_pointer(l, msgs);
		return;
	}
	line_char(l, '[');
	for (unsigned i = 0; i < count && put_element(l, i); i++) {
		if (!can_read(l, &msgs[i], sizeof(*msgs))) {
			line_text(l, "... /* ");
			line_pointer(l, &msgs[i]);
			line_text(l, " */");
			break;
		}
		if (l->filled != SIZE_MAX)
			l->filled = msgs[i].msg_len;
		line_text(l, "{msg_hdr=");
		put_msghdr(l, &msgs[i].msg_hdr);
		if ((long)i < sent) {
			line_text(l, ", msg_len=");
			line_unsigned(l, msgs[i].msg_len);
		}
		line_char(l, '}');
	}
	line_char(l, ']');
}

void arguments_socket(struct line *l, int domain, int type, int protocol)
{
	unsigned flags = (unsigned)type;
	unsigned kind = flags & 15; /* SOCK_TYPE_MASK */
	const char *name = NULL;

	put_family(l, (unsigned)domain);
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

void arguments_accept_flags(struct line *l, int flags)
{
	put_flags(l, (unsigned)flags, type_flags, COUNT(type_flags), "SOCK");
}

void arguments_number(struct line *l, const char *name, int i, long n)
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

void arguments_error(struct line *l, int error)
{
	const char *name = strerrorname_np(error);

	line_text(l, "-1 ");
	if (name) {
		line_text(l, name);
		line_text(l, " (");
		line_text(l, strerrordesc_np(error));
	} else {
		line_text(l, "(errno ");
		line_signed(l, error);
	}
	line_char(l, ')');
}
