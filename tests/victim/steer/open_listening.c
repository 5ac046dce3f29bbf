/* SPDX-License-Identifier: MIT */
/* Between bind() and listen() a socket for connections is the listener already that members are opened by: what attaches
 * its filter anew then, which is libbond's thread some time after bind(), a filter of the host's own, or other rules,
 * leaves them heard. */
/*victim
case: wait own-filter reload
seconds: 20
*/
/*ini
[bond:one]
member = tcp:10.0.1.1:5060 open=filter
member = tcp:[fd00:1::1]:5060 open=filter
[route:one]
to = 198.51.100.0/24, 2001:db8::/48
bond = one
*/
/*expect
tcp to 10.0.2.1:5060: it, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: it, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: silence
tcp to [fd00:2::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: silence
*/
/*expect reload
tcp to 10.0.2.1:5060: it, told 10.0.2.1:5060, in truth 10.0.2.1:5060
tcp to 10.0.1.1:5060: it, told 10.0.2.1:5060, in truth 10.0.1.1:5060
tcp to 10.0.3.1:5060: it, told 10.0.2.1:5060, in truth 10.0.3.1:5060
tcp to [fd00:2::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:2::1]:5060
tcp to [fd00:1::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:1::1]:5060
tcp to [fd00:3::1]:5060: it, told [fd00:2::1]:5060, in truth [fd00:3::1]:5060
*/
#include "opened.h"

#include <linux/filter.h>

#include "given_back.h"

static int bind_only(const char *host)
{
	struct ep e = ep(host, 5060);
	int fd = MUST(socket(e.sa.sa_family, SOCK_STREAM, 0));

	MUST(bind(fd, &e.sa, e.len));
	return fd;
}

static void attach_own(int fd)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	struct sock_fprog prog = {1, all};

	MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

static void listen_and_reach(int fd, const char *const *hosts)
{
	MUST(listen(fd, 16));
	for (int i = 0; i < 3; i++)
		reach(SOCK_STREAM, hosts[i], 5060, EARS({"it", fd}));
}

int main(int argc, char **argv)
{
	static const char *const four[] = {H4, M4, T4}, *const six[] = {H6, M6, T6};
	int fd4 = bind_only(H4), fd6 = bind_only(H6);

	(void)argc;
	if (strcmp(argv[1], "own-filter") == 0) {
		attach_own(fd4);
		attach_own(fd6);
	} else if (strcmp(argv[1], "reload") == 0) {
		gb_reload("[bond:one]\nmember = tcp:10.0.1.1:5060 open=filter\nmember = tcp:[fd00:1::1]:5060 open=filter\n"
			  "member = tcp:10.0.3.1:5060 open=filter\nmember = tcp:[fd00:3::1]:5060 open=filter\n"
			  "[route:one]\nto = 198.51.100.0/24\nbond = one\n");
		close(bound(SOCK_DGRAM, "0.0.0.0", 0)); /* a call that takes the rules */
	}
	usleep(1500000); /* the thread has been at it */
	listen_and_reach(fd4, four);
	listen_and_reach(fd6, six);
	return 0;
}
