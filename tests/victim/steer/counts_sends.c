/* SPDX-License-Identifier: MIT */
/* Each send that the kernel took is counted once, by its member and its route: by every call, first and later
 * ones, of threads and of processes that are killed; what fails, or is not steered, is not. */
/*victim
case: other wildcard same
*/
/*ini
[host]
headers = keep
[bond:ext]
member = udp:10.0.1.1:5060
member = udp:10.0.3.1:5060
[bond:third]
member = udp:10.0.3.1:5060
[route:few]
to = 198.51.100.8
bond = ext
[route:many]
to = 198.51.100.0/24
bond = ext
[route:third]
to = 192.0.2.0/24
bond = third
*/
/*expect
-- nothing yet
-- by each call
udp:10.0.1.1:5060: requests 22, bytes 4510
ext: requests 22, bytes 4510
route few: requests 4, bytes 820
route many: requests 18, bytes 3690
-- what fails
udp:10.0.1.1:5060: requests 24, bytes 4920
ext: requests 24, bytes 4920
route few: requests 4, bytes 820
route many: requests 20, bytes 4100
-- threads and processes
udp:10.0.1.1:5060: requests 5024, bytes 1029920
ext: requests 5024, bytes 1029920
route few: requests 4, bytes 820
route many: requests 5020, bytes 1029100
*/
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "counts.h"

#define THREADS 4
#define PROCESSES 6
#define EACH 500

static int h;

static void send_once(const char *call, int fd, const char *host)
{
	struct ep to = ep(host, 5062);

	if (send_by(call, fd, &to, SIP, SIP_LEN) != SIP_LEN)
		die(call);
}

static void *send_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < EACH; i++)
		send_once("sendto", h, ROUTED4);
	return NULL;
}

/* Too long for a datagram, and to nowhere: by the way that was taken before. */
static void fail(void)
{
	static char large[70000];
	struct ep to = ep(ROUTED4, 5062), port0 = ep(ROUTED4, 0);

	memset(large, 'x', sizeof(large));
	memcpy(large, SIP, SIP_LEN);
	for (int i = 0; i < 5; i++) {
		if (sendto(h, large, sizeof(large), 0, &to.sa, to.len) != -1 || errno != EMSGSIZE ||
			sendto(h, SIP, SIP_LEN, 0, &port0.sa, port0.len) != -1 || errno != EINVAL)
			die("a send that cannot be");
	}
	send_once("sendto", h, ROUTED4);
	send_once("sendto", h, ROUTED4);
}

static void of_threads_and_processes(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, send_many, NULL);
	for (int i = 0; i < PROCESSES; i++) {
		if (MUST(fork()) == 0) {
			send_many(NULL);
			kill(getpid(), SIGKILL);
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	static const char *const calls[] = {"sendto", "sendmsg", "sendmsg-bytes", "sendmmsg"};
	static const char *const connected[] = {"send", "write"};
	struct ep to = ep(ROUTED4, 5062);
	bool wildcard = strcmp(argv[1], "wildcard") == 0, other = strcmp(argv[1], "other") == 0;
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	(void)argc;
	h = wildcard ? udp("0.0.0.0", 5060) : strcmp(argv[1], "same") == 0 ? udp(M4, 5060) : udp(H4, 5060);
	if (other)
		udp(M4, 5060);
	say_counts("nothing yet");
	for (int i = 0; i < 4; i++) {
		for (int n = 0; n < 4; n++)
			send_once(calls[i], h, ROUTED4);
		send_once(calls[i], h, "198.51.100.8");
		send_once(calls[i], h, OTHER4);
	}
	if (other)
		MUST(connect(h, &to.sa, to.len));
	for (int i = 0; i < 2; i++)
		if (send_by(other ? connected[i] : "sendto", h, other ? NULL : &to, SIP, SIP_LEN) != SIP_LEN)
			die("send");
	if (other)
		MUST(connect(h, &unspec, sizeof(unspec)));
	say_counts("by each call");
	fail();
	say_counts("what fails");
	of_threads_and_processes();
	say_counts("threads and processes");
	return 0;
}
