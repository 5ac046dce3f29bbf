/* SPDX-License-Identifier: MIT */
/* Reloads one behind the other, while datagrams come to the host and to a member that stays: each is heard once, by a
 * filter that is replaced as by sk_lookup, with one reader or several that share a port. */
/*victim
case: filter filter6 group lookup lookup6
modes: routes
seconds: 20
*/
/*ini
[bond:one]
member = udp:10.0.1.1:5060 open=filter
member = udp:[fd00:1::1]:5060 open=filter
[host]
open = sk_lookup
*/
/*expect
10000 or more were sent, and 20 or more reloads made: yes
lost: 0, heard twice: 0
*/
#include "given_back.h"

#define MOST 4000000 /* datagrams */
#define LEAST 10000
#define RELOADS 20
#define OUTSTANDING 64 /* what a socket has room for */
#define WORKERS 3

static const char *how;
static struct shared {
	_Atomic uint32_t heard, twice, ready;
	_Atomic bool done;
	_Atomic uint8_t seen[MOST];
} *shared;

static void hear_all(const char *own, bool group)
{
	struct ep e = ep(own, 5060);
	int fd = MUST(socket(e.sa.sa_family, SOCK_DGRAM, 0)), one = 1;
	uint32_t number;

	if (group)
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)));
	MUST(bind(fd, &e.sa, e.len));
	shared->ready++;
	for (;;) {
		if (recv(fd, &number, sizeof(number), 0) != sizeof(number) || number >= MOST)
			continue;
		if (shared->seen[number]++)
			shared->twice++;
		shared->heard++;
	}
}

static void pause_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	raw(SYS_nanosleep, (long)&t, 0, 0, 0, 0, 0);
}

/* From several ports, so that each of a group gets some; never more at once than there is room for. */
static uint32_t send_all(const struct ep *to)
{
	int from[8];
	uint32_t sent = 0;

	for (int i = 0; i < 8; i++)
		from[i] = (int)raw(SYS_socket, to[0].sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
	while ((!shared->done || sent < LEAST) && sent < MOST) {
		const struct ep *e = &to[sent % 2];
		raw(SYS_sendto, from[sent / 2 % 8], (long)&sent, sizeof(sent), 0, (long)&e->ss, e->len);
		sent++;
		if (sent > LEAST && sent % 16 == 0)
			pause_ms(1); /* reloads want the processor, too */
		for (int ms = 0; sent - shared->heard >= OUTSTANDING && ms < patience(); ms++)
			pause_ms(ms ? 1 : 0);
		if (sent - shared->heard >= OUTSTANDING)
			break; /* they are lost */
	}
	for (int ms = 0; shared->heard < sent && ms < patience() / 10; ms++)
		pause_ms(1);
	return sent;
}

static void reload_often(void)
{
	bool lookup = strncmp(how, "lookup", 6) == 0;
	const char *way = lookup ? "" : "=filter";
	char rules[2][600];

	for (int i = 0; i < 2; i++)
		snprintf(rules[i], sizeof(rules[i]),
			"[bond:one]\nmember = udp:" M4 ":5060 open%s\nmember = udp:[" M6 "]:5060 open%s\n%s%s%s%s"
			"[host]\nopen = sk_lookup\n",
			way, way, i ? "member = udp:" T4 ":5060 open" : "", i ? way : "",
			i ? "\nmember = udp:[" T6 "]:5060 open" : "", i ? (*way ? "=filter\n" : "\n") : "");
	for (int i = 0; i < RELOADS; i++)
		gb_reload(rules[i % 2]);
	shared->done = true;
}

int main(int argc, char **argv)
{
	how = argv[argc - 1];
	bool six = strchr(how, '6'), group = strcmp(how, "group") == 0;
	struct ep to[2] = {ep(six ? H6 : H4, 5060), ep(six ? M6 : M4, 5060)};
	int workers = group ? WORKERS : 1, status;
	pid_t pids[WORKERS], sender;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (strncmp(how, "lookup", 6) == 0 && !getenv("VICTIM_BARE"))
		gb_reload("[bond:one]\nmember = udp:" M4 ":5060 open\nmember = udp:[" M6 "]:5060 open\n[host]\nopen = sk_lookup\n");
	for (int i = 0; i < workers; i++) {
		pids[i] = MUST(fork());
		if (pids[i] == 0)
			hear_all(six ? H6 : H4, group);
	}
	while (shared->ready < (uint32_t)workers)
		pause_ms(1);
	sender = MUST(fork());
	if (sender == 0) {
		uint32_t sent = send_all(to);
		say("%d or more were sent, and %d or more reloads made: %s", LEAST, RELOADS,
			sent >= LEAST && shared->done ? "yes" : "no");
		say("lost: %u, heard twice: %u", sent - shared->heard, shared->twice);
		_exit(0);
	}
	if (!getenv("VICTIM_BARE"))
		reload_often();
	shared->done = true;
	raw(SYS_wait4, sender, (long)&status, 0, 0, 0, 0);
	for (int i = 0; i < workers; i++)
		kill(pids[i], SIGKILL);
	return 0;
}
