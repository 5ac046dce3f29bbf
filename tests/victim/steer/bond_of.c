/* SPDX-License-Identifier: MIT */
/* bond_of() and bond_belongs(): to which bonds a socket's own address belongs. */
/*ini
[bond:Inside]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
member = udp:[fd00:1::1]:5060
[bond:both]
member = udp:10.0.1.1:5060
member = tls:10.0.3.1:5061
[route:r]
to = 198.51.100.0/24
bond = inside
*/
/*expect
member: Inside, INSIDE 1, both 1, nobody -1 ENOENT
IPv6 member: Inside, INSIDE 1, both 0, nobody -1 ENOENT
its port, another address: none, INSIDE 0, both 0, nobody -1 ENOENT
its address, another port: none, INSIDE 0, both 0, nobody -1 ENOENT
TCP listener: Inside, INSIDE 1, both 0, nobody -1 ENOENT
TLS listener: both, INSIDE 0, both 1, nobody -1 ENOENT
TCP port of a UDP member: none, INSIDE 0, both 0, nobody -1 ENOENT
unbound: none, INSIDE 0, both 0, nobody -1 ENOENT
connection, on its chosen port: none, INSIDE 0, both 0, nobody -1 ENOENT
a file: none, INSIDE -1 ENOTSOCK, both -1 ENOTSOCK, nobody -1 ENOENT
a UNIX socket: none, INSIDE -1 EAFNOSUPPORT, both -1 EAFNOSUPPORT, nobody -1 ENOENT
closed: none, INSIDE -1 EBADF, both -1 EBADF, nobody -1 ENOENT
peer: tcp 10.0.1.1:* > 198.51.100.9:5060: nothing
*/
#include "talk.h"

extern const char *bond_of(int fd) __attribute__((weak));
extern int bond_belongs(int fd, const char *bond) __attribute__((weak));

static void ask_of(const char *what, int fd)
{
	static const char *const names[] = {"INSIDE", "both", "nobody"};
	const char *of;
	char text[200] = "";

	errno = 4321;
	of = bond_of ? bond_of(fd) : "not linked";
	if (errno != 4321)
		strcat(text, " errno changed");
	for (int i = 0; i < 3 && bond_belongs; i++) {
		errno = 0;
		int ret = bond_belongs(fd, names[i]);
		snprintf(text + strlen(text), 50, ", %s %d%s%s", names[i], ret, errno ? " " : "",
			errno ? strerrorname_np(errno) : "");
	}
	say("%s: %s%s", what, of ? of : "none", text);
}

int main(void)
{
	ask_of("member", udp(M4, 5060));
	ask_of("IPv6 member", udp(M6, 5060));
	ask_of("its port, another address", udp(H4, 5060));
	ask_of("its address, another port", udp(M4, 5070));
	ask_of("TCP listener", tcp_listener(M4, 5060));
	ask_of("TLS listener", tcp_listener(T4, 5061));
	ask_of("TCP port of a UDP member", tcp_listener(M4, 5070));
	ask_of("unbound", MUST(socket(AF_INET, SOCK_DGRAM, 0)));
	ask_of("connection, on its chosen port", tcp_to(ROUTED4, 5060));
	ask_of("a file", open("/dev/null", O_RDONLY));
	ask_of("a UNIX socket", MUST(socket(AF_UNIX, SOCK_DGRAM, 0)));
	ask_of("closed", 555);
	return 0;
}
