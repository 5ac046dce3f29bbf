/* SPDX-License-Identifier: MIT */
/* What libbond sets on a listener by which members are opened is not to be seen by the host, nor to be undone: its
 * own filter, the lock of that, IPV6_V6ONLY, the address of arrivals, and how the port may be shared are told,
 * and taken, as bare. */
/*victim
case: H4 H6
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect H4
IPV6_V6ONLY: EOPNOTSUPP, 0, 4 of it
IP_PKTINFO: 0, 0, 4 of it
IPV6_RECVPKTINFO: EOPNOTSUPP, 0, 4 of it
SO_REUSEADDR: 0, 0, 4 of it
SO_REUSEPORT: 0, 0, 4 of it
SO_LOCK_FILTER: 0, 0, 4 of it
IPV6_V6ONLY: ENOPROTOOPT
IP_PKTINFO: 0
IPV6_V6ONLY: EOPNOTSUPP, 0, 4 of it
IP_PKTINFO: 0, 1, 4 of it
IPV6_RECVPKTINFO: EOPNOTSUPP, 0, 4 of it
SO_REUSEADDR: 0, 0, 4 of it
SO_REUSEPORT: 0, 0, 4 of it
SO_LOCK_FILTER: 0, 0, 4 of it
SO_GET_FILTER of none: 0, 0
of 3: 0, 0
of 100: 0, 0, the first 0x0
SO_DETACH_FILTER of none: ENOENT
udp to 10.0.2.1:5060: heard
udp to 10.0.1.1:5060: heard
udp to 10.0.3.1:5060: silence
SO_ATTACH_FILTER = 0
SO_GET_FILTER of none: 0, 4
of 3: EINVAL, 3
of 100: 0, 4, the first 0x30
udp to 10.0.2.1:5060: silence
udp to 10.0.1.1:5060: silence
udp to 10.0.3.1:5060: silence
another one = 0
SO_GET_FILTER of none: 0, 1
of 3: 0, 1
of 100: 0, 1, the first 0x6
udp to 10.0.2.1:5060: heard
udp to 10.0.1.1:5060: heard
udp to 10.0.3.1:5060: silence
too short = -1 EINVAL
nowhere = -1 EFAULT
SO_DETACH_FILTER: 0
SO_GET_FILTER of none: 0, 0
of 3: 0, 0
of 100: 0, 0, the first 0x0
udp to 10.0.2.1:5060: heard
udp to 10.0.1.1:5060: heard
udp to 10.0.3.1:5060: silence
SO_LOCK_FILTER: 0
SO_ATTACH_FILTER = -1 EPERM
SO_DETACH_FILTER: EPERM
SO_LOCK_FILTER off: EPERM
SO_LOCK_FILTER: 0, 1, 4 of it
udp to 10.0.2.1:5060: heard
udp to 10.0.1.1:5060: heard
udp to 10.0.3.1:5060: silence
-- with a filter before it is bound
SO_GET_FILTER of none: 0, 1
of 3: 0, 1
of 100: 0, 1, the first 0x6
udp to 10.0.2.1:5060: heard
udp to 10.0.1.1:5060: heard
udp to 10.0.3.1:5060: silence
*/
/*expect H6
IPV6_V6ONLY: 0, 1, 4 of it
IP_PKTINFO: 0, 0, 4 of it
IPV6_RECVPKTINFO: 0, 0, 4 of it
SO_REUSEADDR: 0, 0, 4 of it
SO_REUSEPORT: 0, 0, 4 of it
SO_LOCK_FILTER: 0, 0, 4 of it
IPV6_V6ONLY: EINVAL
IP_PKTINFO: 0
IPV6_V6ONLY: 0, 1, 4 of it
IP_PKTINFO: 0, 0, 4 of it
IPV6_RECVPKTINFO: 0, 1, 4 of it
SO_REUSEADDR: 0, 0, 4 of it
SO_REUSEPORT: 0, 0, 4 of it
SO_LOCK_FILTER: 0, 0, 4 of it
SO_GET_FILTER of none: 0, 0
of 3: 0, 0
of 100: 0, 0, the first 0x0
SO_DETACH_FILTER of none: ENOENT
udp to [fd00:2::1]:5060: heard
udp to [fd00:1::1]:5060: heard
udp to [fd00:3::1]:5060: silence
SO_ATTACH_FILTER = 0
SO_GET_FILTER of none: 0, 4
of 3: EINVAL, 3
of 100: 0, 4, the first 0x30
udp to [fd00:2::1]:5060: silence
udp to [fd00:1::1]:5060: silence
udp to [fd00:3::1]:5060: silence
another one = 0
SO_GET_FILTER of none: 0, 1
of 3: 0, 1
of 100: 0, 1, the first 0x6
udp to [fd00:2::1]:5060: heard
udp to [fd00:1::1]:5060: heard
udp to [fd00:3::1]:5060: silence
too short = -1 EINVAL
nowhere = -1 EFAULT
SO_DETACH_FILTER: 0
SO_GET_FILTER of none: 0, 0
of 3: 0, 0
of 100: 0, 0, the first 0x0
udp to [fd00:2::1]:5060: heard
udp to [fd00:1::1]:5060: heard
udp to [fd00:3::1]:5060: silence
SO_LOCK_FILTER: 0
SO_ATTACH_FILTER = -1 EPERM
SO_DETACH_FILTER: EPERM
SO_LOCK_FILTER off: EPERM
SO_LOCK_FILTER: 0, 1, 4 of it
udp to [fd00:2::1]:5060: heard
udp to [fd00:1::1]:5060: heard
udp to [fd00:3::1]:5060: silence
-- with a filter before it is bound
SO_GET_FILTER of none: 0, 1
of 3: 0, 1
of 100: 0, 1, the first 0x6
udp to [fd00:2::1]:5060: heard
udp to [fd00:1::1]:5060: heard
udp to [fd00:3::1]:5060: silence
*/
#include "opened.h"

#include <linux/filter.h>

static int fd;
static const char *own, *member, *other;

static void get(const char *what, int level, int name)
{
	unsigned char value[64] = {0};
	socklen_t len = 4;
	int result = getsockopt(fd, level, name, value, &len), number;

	memcpy(&number, value, sizeof(number));
	say("%s: %s, %d, %d of it", what, result ? strerrorname_np(errno) : "0", number, (int)len);
}

static void set(const char *what, int level, int name, int value)
{
	int result = setsockopt(fd, level, name, &value, sizeof(value));

	say("%s: %s", what, result ? strerrorname_np(errno) : "0");
}

static void ask_all(void)
{
	get("IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY);
	get("IP_PKTINFO", IPPROTO_IP, IP_PKTINFO);
	get("IPV6_RECVPKTINFO", IPPROTO_IPV6, IPV6_RECVPKTINFO);
	get("SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR);
	get("SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT);
	get("SO_LOCK_FILTER", SOL_SOCKET, SO_LOCK_FILTER);
}

static void filter_length(void)
{
	struct sock_filter code[100];
	socklen_t n = 0;
	int result = getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n);

	say("SO_GET_FILTER of none: %d, %d", result, (int)n);
	n = 3;
	result = getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, code, &n);
	say("of 3: %s, %d", result ? strerrorname_np(errno) : "0", (int)n);
	n = 100;
	result = getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, code, &n);
	say("of 100: %s, %d, the first 0x%x", result ? strerrorname_np(errno) : "0", (int)n, n ? code[0].code : 0);
}

static void heard(void)
{
	reach(SOCK_DGRAM, own, 5060, EARS({"heard", fd}));
	reach(SOCK_DGRAM, member, 5060, EARS({"heard", fd}));
	reach(SOCK_DGRAM, other, 5060, EARS({"heard", fd}));
}

static void filters(void)
{
	/* takes what does not begin with 'h', as that which comes does; and nothing at all */
	struct sock_filter no_h[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'h', 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)}, all[] = {BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	struct sock_fprog prog = {4, no_h}, every = {1, all};

	filter_length();
	set("SO_DETACH_FILTER of none", SOL_SOCKET, SO_DETACH_FILTER, 0);
	heard();
	say_result("SO_ATTACH_FILTER", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	filter_length();
	heard();
	say_result("another one", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &every, sizeof(every)));
	filter_length();
	heard();
	say_result("too short", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog) - 1));
	say_result("nowhere", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, NULL, sizeof(prog)));
	set("SO_DETACH_FILTER", SOL_SOCKET, SO_DETACH_FILTER, 0);
	filter_length();
	heard();
	set("SO_LOCK_FILTER", SOL_SOCKET, SO_LOCK_FILTER, 1);
	say_result("SO_ATTACH_FILTER", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	set("SO_DETACH_FILTER", SOL_SOCKET, SO_DETACH_FILTER, 0);
	set("SO_LOCK_FILTER off", SOL_SOCKET, SO_LOCK_FILTER, 0);
	get("SO_LOCK_FILTER", SOL_SOCKET, SO_LOCK_FILTER);
	heard();
}

static void bind_own(bool with_filter)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	struct sock_fprog every = {1, all};
	struct ep e = ep(own, 5060);

	fd = MUST(socket(e.sa.sa_family, SOCK_DGRAM, 0));
	if (with_filter)
		MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &every, sizeof(every)));
	MUST(bind(fd, &e.sa, e.len));
}

int main(int argc, char **argv)
{
	bool six = strchr(argv[1], '6');

	(void)argc;
	own = six ? H6 : H4;
	other = six ? T6 : T4;
	member = six ? M6 : M4;
	bind_own(false);
	ask_all();
	set("IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set("IP_PKTINFO", six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
	ask_all();
	filters();
	close(fd);
	say("-- with a filter before it is bound");
	bind_own(true);
	filter_length();
	heard();
	return 0;
}
