/* SPDX-License-Identifier: MIT */
/* The program that is measured: it binds the sockets of a host and repeats one call.
 *	host OPERATION once COUNT [FILE]     so many calls, instrumented for callgrind
 *	host OPERATION serve COUNT [FILE]    so many for each line read; prints nanoseconds a call
 * Operations: text, sip, marked (sip, with the mark of an arrival), sourced (sip by sendmsg(), from an
 * address that the program names), message (sip by sendmsg()), sip6 and sourced6 (to ::1), answer (responses
 * to a request as it came in), hear, hear-epoll and accept (what comes to the host's own address), text2 and
 * sip2 (two threads, or THREADS, one socket), dialogs (requests of DIALOGS dialogs in turn), spread (sip, to
 * 4096 addresses, or those of the FILE, in turn), connect, probe, receive and receive-sip (on a wildcard
 * listener), idle (COUNT forked children), stream (send() and recv() of a TCP connection that is no SIP). With
 * IDLE_THREAD it has a second thread, with DESCRIPTORS so many more, with WAIT it waits so many
 * seconds first, for what another thread has to do. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

static const char request[] =
	"INVITE sip:bob@127.0.0.9:5070 SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1f6a.7c1d3a7c6f0b0c2e5d;i=1\r\n"
	"Via: SIP/2.0/UDP 127.0.0.7:5060;rport=5060;branch=z9hG4bK-524287-1---9a1d\r\n"
	"Max-Forwards: 69\r\n"
	"Record-Route: <sip:127.0.0.1;lr;ftag=8d3f1a>\r\n"
	"From: \"Alice\" <sip:alice@example.com>;tag=8d3f1a\r\n"
	"To: <sip:bob@example.com>\r\n"
	"Call-ID: 4b1f0c6d8b7a4e60a1f3b8c2d5e7f901@127.0.0.7\r\n"
	"CSeq: 1 INVITE\r\n"
	"Contact: <sip:alice@127.0.0.7:5060>\r\n"
	"User-Agent: Grandstream HT802 1.0.41.5\r\n"
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
	"Content-Type: application/sdp\r\n"
	"Content-Length: 128\r\n\r\n"
	"v=0\r\no=- 1 1 IN IP4 127.0.0.7\r\ns=-\r\nc=IN IP4 127.0.0.7\r\nt=0 0\r\n"
	"m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
static char marked[sizeof(request) + 19]; /* with the mark of an arrival in the second Via */
static char text[sizeof(request)]; /* as long, but not SIP */
static struct sockaddr_in peer;
static int listener, other;
static long count;
static double own_time; /* nanoseconds, of an operation that takes its time itself; else 0 */

static double nanoseconds(const struct timespec *a, const struct timespec *b)
{
	return (b->tv_sec - a->tv_sec) * 1e9 + (b->tv_nsec - a->tv_nsec);
}

static void bound(int fd, const char *address, unsigned short port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, address, &a.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		err(1, "bind %s:%u", address, port);
}

static void sends(int fd, const char *message, long n)
{
	for (; n > 0; n--)
		if (sendto(fd, message, sizeof(request) - 1, 0, (struct sockaddr *)&peer,
				sizeof(peer)) < 0)
			err(1, "sendto");
}

static void send_text(void)
{
	sends(listener, text, count);
}

/* From an address that the program names itself. */
static void send_sourced(void)
{
	for (long i = count; i > 0; i--) {
		char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));
		struct iovec one = {(void *)(uintptr_t)request, sizeof(request) - 1};
		struct msghdr m = {.msg_name = &peer, .msg_namelen = sizeof(peer), .msg_iov = &one, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control)};
		struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(0x7f000001)};
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		*c = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		if (sendmsg(listener, &m, 0) < 0)
			err(1, "sendmsg");
	}
}

static void send_message(void)
{
	for (long i = count; i > 0; i--) {
		struct iovec one = {(void *)(uintptr_t)request, sizeof(request) - 1};
		struct msghdr m = {.msg_name = &peer, .msg_namelen = sizeof(peer), .msg_iov = &one, .msg_iovlen = 1};

		if (sendmsg(listener, &m, 0) < 0)
			err(1, "sendmsg");
	}
}

/* Of a listener at ::1, and to it; sourced: as above. */
static void sends6(bool sourced)
{
	static const struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = 0xce13, .sin6_addr.s6_addr[15] = 1}; /* 5070 */
	static int fd = -1;

	if (fd < 0) {
		struct sockaddr_in6 own = to;
		own.sin6_port = htons(5060);
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)))
			err(1, "bind ::1");
	}
	for (long i = count; i > 0; i--) {
		char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] __attribute__((aligned(8)));
		struct iovec one = {(void *)(uintptr_t)request, sizeof(request) - 1};
		struct msghdr m = {.msg_name = (void *)(uintptr_t)&to, .msg_namelen = sizeof(to), .msg_iov = &one,
			.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
		struct in6_pktinfo info = {.ipi6_addr.s6_addr[15] = 1};
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		if (sourced) {
			*c = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IPV6, IPV6_PKTINFO};
			memcpy(CMSG_DATA(c), &info, sizeof(info));
		}
		if ((sourced ? sendmsg(fd, &m, 0)
			     : sendto(fd, request, sizeof(request) - 1, 0, (const struct sockaddr *)&to, sizeof(to))) < 0)
			err(1, "send to ::1");
	}
}

static void send_sip6(void)
{
	sends6(false);
}

static void send_sourced6(void)
{
	sends6(true);
}

static void send_marked(void)
{
	const char *end = strstr(request, "1---9a1d") + 8;
	int n = snprintf(marked, sizeof(marked), "%.*s;bond-in=baaaaaaaaa%s",
		(int)(end - request), request, end);

	for (long i = count; i > 0; i--)
		if (sendto(listener, marked, (size_t)n, 0, (struct sockaddr *)&peer, sizeof(peer)) < 0)
			err(1, "sendto");
}

/* To a request that the host sent to its other socket. */
static void send_answers(void)
{
	static char in[2048], out[2048];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5060)};
	static int n;

	if (!n) {
		inet_pton(AF_INET, "127.0.0.2", &to.sin_addr);
		sendto(listener, request, sizeof(request) - 1, 0, (struct sockaddr *)&to, sizeof(to));
		if (recv(other, in, sizeof(in) - 1, 0) < 0)
			err(1, "recv");
		n = snprintf(out, sizeof(out), "SIP/2.0 200 OK\r\n%s", strstr(in, "Via: "));
	}
	for (long i = count; i > 0; i--)
		if (sendto(other, out, (size_t)n, 0, (struct sockaddr *)&peer, sizeof(peer)) < 0)
			err(1, "sendto");
}

static void send_sip(void)
{
	sends(listener, request, count);
}

/* 127.0.16.0/20, unless a file says otherwise. */
static struct in_addr addresses[4096];
static long address_count;

static void read_addresses(const char *file)
{
	FILE *f = file ? fopen(file, "r") : NULL;
	char line[64];

	if (file && !f)
		err(1, "%s", file);
	while (address_count < 4096 && (!f || fgets(line, sizeof(line), f))) {
		struct in_addr *a = &addresses[address_count];

		a->s_addr = htonl(0x7f001000 | (uint32_t)address_count++);
		if (f && sscanf(line, "%63s", line) == 1 && inet_pton(AF_INET, line, a) != 1)
			errx(1, "%s: %s", file, line);
	}
	if (f)
		fclose(f);
}

/* More destinations than a cache of decisions could hold. */
static void send_spread(void)
{
	struct sockaddr_in to = peer;

	for (long i = 0, k = 0; i < count; i++, k = k + 1 < address_count ? k + 1 : 0) {
		to.sin_addr = addresses[k];
		if (sendto(listener, request, sizeof(request) - 1, 0, (struct sockaddr *)&to,
				sizeof(to)) < 0)
			err(1, "sendto");
	}
}

static void *send_thread(void *message)
{
	sends(listener, message, count);
	return NULL;
}

static int number_of(const char *name, int otherwise)
{
	return getenv(name) ? atoi(getenv(name)) : otherwise;
}

static void two_threads(const char *message)
{
	pthread_t t[64];
	int threads = number_of("THREADS", 2);

	for (int i = 0; i < threads && i < 64; i++)
		if (pthread_create(&t[i], NULL, send_thread, (void *)(uintptr_t)message) != 0)
			errx(1, "pthread_create");
	for (int i = 0; i < threads && i < 64; i++)
		pthread_join(t[i], NULL);
}

/* Requests of as many dialogs in turn, two of each, as the bytes that went out last sent again are no new request, and
 * are let go as they went: each has a branch of its own, and each dialog a Call-ID and a tag. */
static void send_dialogs(void)
{
	static const char *const places[] = {"z9hG4bK1f6a", "tag=8d3f1a", "Call-ID: 4b1f0c"};
	static char *messages;
	int dialogs = number_of("DIALOGS", 1), requests = 2 * dialogs;

	if (!messages && !(messages = malloc((size_t)requests * sizeof(request))))
		err(1, "malloc");
	for (int i = 0; i < requests; i++) {
		char *m = messages + (size_t)i * sizeof(request), digits[7];
		memcpy(m, request, sizeof(request));
		for (int k = 0; k < 3; k++) {
			snprintf(digits, sizeof(digits), "%06x", (unsigned)(k ? i % dialogs : i) & 0xffffff);
			memcpy(strstr(m, places[k]) + strlen(places[k]) - (k ? 6 : 4), k ? digits : digits + 2, k ? 6 : 4);
		}
	}
	CALLGRIND_START_INSTRUMENTATION;
	for (long i = 0; i < count; i++)
		sends(listener, messages + (size_t)(i % requests) * sizeof(request), 1);
	CALLGRIND_STOP_INSTRUMENTATION;
}

static void send_text_two(void)
{
	two_threads(text);
}

static void send_sip_two(void)
{
	two_threads(request);
}

/* A connection ends by RST, or TIME_WAIT would use up the ports. */
static void connect_cycle(void)
{
	const struct linger reset = {.l_onoff = 1};

	for (long i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
			err(1, "connect");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
}

/* How a multi-homed proxy asks the kernel for its own address. */
static void probe(void)
{
	static int fd = -1;
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (long i = 0; i < count; i++) {
		struct sockaddr_in name;
		socklen_t len = sizeof(name);

		connect(fd, &none, sizeof(none));
		if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
			err(1, "connect");
		getsockname(fd, (struct sockaddr *)&name, &len);
	}
}

/* Receives what it has sent itself; the time of the receiving calls alone counts. */
static void receives(const char *message)
{
	static int from = -1, wildcard = -1;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5080)};
	double sum = 0;

	inet_pton(AF_INET, "127.0.0.2", &to.sin_addr);
	if (from < 0) {
		from = socket(AF_INET, SOCK_DGRAM, 0);
		wildcard = socket(AF_INET, SOCK_DGRAM, 0);
		bound(from, "127.0.0.3", 5071);
		bound(wildcard, "0.0.0.0", 5080);
	}
	for (long i = 0; i < count; i += 50) {
		struct sockaddr_in who;
		struct timespec a, b;
		char buf[65536];

		for (int k = 0; k < 50; k++)
			if (sendto(from, message, sizeof(request) - 1, 0, (struct sockaddr *)&to,
					sizeof(to)) < 0)
				err(1, "sendto");
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int k = 0; k < 50; k++) {
			socklen_t len = sizeof(who);

			if (recvfrom(wildcard, buf, sizeof(buf), 0, (struct sockaddr *)&who,
					&len) < 0)
				err(1, "recvfrom");
		}
		clock_gettime(CLOCK_MONOTONIC, &b);
		sum += nanoseconds(&a, &b);
	}
	own_time = sum;
}

static void receive_text(void)
{
	receives(text);
}

static void receive_sip(void)
{
	receives(request);
}

/* Receives at the host's own address what it has sent itself; only the receiving calls count. */
static void hears(bool waits)
{
	static int from = -1, ep = -1;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5060)};
	struct epoll_event event = {.events = EPOLLIN};
	double sum = 0;

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (from < 0) {
		from = socket(AF_INET, SOCK_DGRAM, 0);
		bound(from, "127.0.0.3", 5071);
		ep = epoll_create1(0);
		epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event);
	}
	for (long i = 0; i < count; i += 50) {
		struct sockaddr_in who;
		struct timespec a, b;
		char buf[65536];

		for (int k = 0; k < 50; k++)
			if (sendto(from, request, sizeof(request) - 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
				err(1, "sendto");
		clock_gettime(CLOCK_MONOTONIC, &a);
		CALLGRIND_START_INSTRUMENTATION;
		for (int k = 0; k < 50; k++) {
			socklen_t len = sizeof(who);

			if (waits && epoll_wait(ep, &event, 1, -1) < 0)
				err(1, "epoll_wait");
			if (recvfrom(listener, buf, sizeof(buf), 0, (struct sockaddr *)&who, &len) < 0)
				err(1, "recvfrom");
		}
		CALLGRIND_STOP_INSTRUMENTATION;
		clock_gettime(CLOCK_MONOTONIC, &b);
		sum += nanoseconds(&a, &b);
	}
	own_time = sum;
}

static void hear(void)
{
	hears(false);
}

static void hear_epoll(void)
{
	hears(true);
}

/* Of a connection to the host's own address, the time of accept() alone. */
static void accept_cycle(void)
{
	static int tcp = -1;
	const struct linger reset = {.l_onoff = 1};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5060)};
	struct timespec a, b;
	double sum = 0;

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (tcp < 0) {
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		bound(tcp, "127.0.0.1", 5060);
		listen(tcp, 64);
	}
	for (long i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), in;

		if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
			err(1, "connect");
		clock_gettime(CLOCK_MONOTONIC, &a);
		in = accept(tcp, NULL, NULL);
		clock_gettime(CLOCK_MONOTONIC, &b);
		sum += nanoseconds(&a, &b);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		setsockopt(in, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(in);
		close(fd);
	}
	own_time = sum;
}

/* To a port of no SIP, which no route has; both ends are this program's. */
static void stream_of_text(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(3306)};
	int there = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0), in;
	static char room[sizeof(text)];

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	setsockopt(there, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	bound(there, "127.0.0.1", 3306);
	if (listen(there, 4) != 0 || connect(out, (struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "connect");
	in = accept(there, NULL, NULL);
	for (long i = count; i > 0; i--)
		if (send(out, text, sizeof(text), 0) < 0 || recv(in, room, sizeof(room), 0) < 0)
			err(1, "a stream");
	close(in);
	close(out);
	close(there);
}

static void *sleeping(void *unused)
{
	pause();
	return unused;
}

static void idle(void)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			sends(listener, request, 1);
			getchar();
			_exit(0);
		}
		printf("%d ", pid);
	}
	sends(listener, request, 1);
	printf("%d\n", getpid());
	fflush(stdout);
	getchar();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} operations[] = {{"text", send_text}, {"sip", send_sip}, {"marked", send_marked}, {"sourced", send_sourced},
		{"message", send_message}, {"sip6", send_sip6}, {"sourced6", send_sourced6},
		{"answer", send_answers}, {"dialogs", send_dialogs}, {"text2", send_text_two},
		{"sip2", send_sip_two}, {"spread", send_spread}, {"connect", connect_cycle}, {"probe", probe},
		{"receive", receive_text},
		{"receive-sip", receive_sip}, {"hear", hear}, {"hear-epoll", hear_epoll},
		{"accept", accept_cycle}, {"idle", idle}, {"stream", stream_of_text}};
	void (*run)(void) = NULL;
	char line[16];
	pthread_t thread;

	for (size_t i = 0; argc >= 4 && i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(argv[1], operations[i].name) == 0)
			run = operations[i].run;
	if (!run)
		errx(2, "usage: host OPERATION once|serve COUNT [FILE]");
	count = atol(argv[3]);
	memset(text, 'x', sizeof(text));
	peer = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(5070)};
	inet_pton(AF_INET, "127.0.0.9", &peer.sin_addr);
	for (int i = number_of("DESCRIPTORS", 0); i > 0; i--)
		if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
			err(1, "socket");
	listener = socket(AF_INET, SOCK_DGRAM, 0);
	bound(listener, "127.0.0.1", 5060);
	if (!getenv("ONE_SOCKET")) {
		other = socket(AF_INET, SOCK_DGRAM, 0);
		bound(other, "127.0.0.2", 5060);
		bound(socket(AF_INET, SOCK_DGRAM, 0), "127.0.0.2", 5062);
		bound(socket(AF_INET, SOCK_DGRAM, 0), "192.0.2.2", 5062);
	}
	read_addresses(argv[4]);
	if (getenv("IDLE_THREAD"))
		pthread_create(&thread, NULL, sleeping, NULL);
	if (getenv("WAIT"))
		sleep((unsigned)atoi(getenv("WAIT")));

	if (strcmp(argv[2], "once") == 0) {
		bool by_itself = run == hear || run == hear_epoll || run == send_dialogs; /* it starts and stops it itself */

		if (!by_itself)
			CALLGRIND_START_INSTRUMENTATION;
		run();
		if (!by_itself)
			CALLGRIND_STOP_INSTRUMENTATION;
		return 0;
	}
	while (fgets(line, sizeof(line), stdin)) {
		/* A connection waits for the peer: of it, the host's own time counts. */
		clockid_t clock =
			run == connect_cycle ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
		struct timespec a, b;

		clock_gettime(clock, &a);
		run();
		clock_gettime(clock, &b);
		printf("%.1f\n", (own_time > 0 ? own_time : nanoseconds(&a, &b)) / count);
		fflush(stdout);
	}
	return 0;
}
