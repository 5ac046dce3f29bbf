/* SPDX-License-Identifier: MIT */
/* An address that the machine gets while the host runs is the host's own, if it has a wildcard socket: what is
 * sent there is not steered, by any of its processes; and one that has gone is so no longer. */
/*victim
dirty: yes
seconds: 10
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
first: to the peer from 10.0.1.1:5060
second: to the peer from 10.0.1.1:5060
-- the address comes to this machine
first: to itself from 198.51.100.9:5060
second: to itself from 198.51.100.9:5060
-- and goes
first: to the peer from 10.0.1.1:5060
second: to the peer from 10.0.1.1:5060
-- and comes again
first: to itself from 198.51.100.9:5060
second: to itself from 198.51.100.9:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x4
*/
#include "steer.h"
#include "states.h"

static int any, turns[2], answers[2];
static struct ep to;

static void send_one(const char *who)
{
	static char digit = 'a';
	char text[2048], message[sizeof(SIP)];
	struct ep from = {.len = sizeof(from.ss)};
	struct pollfd p = {.fd = any, .events = POLLIN};

	memcpy(message, SIP, sizeof(SIP));
	strstr(message, "z9hG4bK-")[8] = digit++;
	MUST(sendto(any, message, SIP_LEN, 0, &to.sa, to.len));
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0) {
		say("%s: nothing came", who);
		return;
	}
	ssize_t n = MUST(recvfrom(any, text, sizeof(text) - 1, 0, &from.sa, &from.len));
	text[n] = 0;
	char *at = strstr(text, "Seen: ");
	if (at)
		say("%s: to the peer from %.*s", who, (int)strcspn(at + 6, "\r\n"), at + 6);
	else
		say("%s: to itself from %s", who, ep_text(&from));
}

static uint32_t changes(pid_t host)
{
	static struct segment_head head;
	struct segment_page page;
	char path[64];

	snprintf(path, sizeof(path), "/run/bond/%d", (int)host);
	int fd = (int)raw(SYS_open, (long)path, O_RDONLY, 0, 0, 0, 0);
	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
		pread(fd, &page, sizeof(page), head.page) != (ssize_t)sizeof(page))
		die("the host's file");
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	return page.addresses;
}

static void change(const char *what)
{
	uint32_t before = changes(getpid());
	struct timespec ts = {.tv_nsec = 20000000};

	run_ip(what);
	for (int i = 0; i < 1000 && changes(getpid()) == before; i++)
		raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
}

static void both(void)
{
	char byte;

	send_one("first");
	raw(SYS_write, turns[1], (long)"x", 1, 0, 0, 0);
	raw(SYS_read, answers[0], (long)&byte, 1, 0, 0, 0);
}

int main(void)
{
	char byte;

	if (getenv("VICTIM_BARE"))
		return 1;
	to = ep(ROUTED4, 5060);
	MUST(pipe(turns));
	MUST(pipe(answers));
	any = udp("0.0.0.0", 5060);
	pid_t pid = fork();
	if (pid == 0) {
		while (raw(SYS_read, turns[0], (long)&byte, 1, 0, 0, 0) == 1) {
			send_one("second");
			raw(SYS_write, answers[1], (long)"x", 1, 0, 0, 0);
		}
		_exit(0);
	}
	both();
	say("-- the address comes to this machine");
	change("address add 198.51.100.9/32 dev lo");
	both();
	say("-- and goes");
	change("address del 198.51.100.9/32 dev lo");
	both();
	say("-- and comes again");
	change("address add 198.51.100.9/32 dev lo");
	both();
	run_ip("address del 198.51.100.9/32 dev lo");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
