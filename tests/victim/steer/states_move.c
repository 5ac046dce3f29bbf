/* SPDX-License-Identifier: MIT */
/* How long a member has been up is its address's, whatever a reload makes of it: another bond, another name of
 * the bond, another place in the file. */
/*victim
seconds: 10
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
member = udp:10.9.9.9:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
sendto = all
heard on M: peer saw 10.0.1.1:5060
the bond is renamed
udp:10.0.1.1:5060 up, since before
tcp:10.0.1.1:5060 up, since before
udp:10.9.9.9:5060 absent, since before
members are in other bonds
udp:10.9.9.9:5060 absent, since before
udp:10.0.1.1:5060 up, since before
tcp:10.0.1.1:5060 up, since before
one has another port
udp:10.9.9.9:5070 absent, since now
udp:10.0.1.1:5060 up, since before
tcp:10.0.1.1:5060 up, since before
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "given_back.h"

static uint64_t begun; /* when the last reload was done */

static void show(const char *what, const char *rules)
{
	static char bytes[1 << 20] __attribute__((aligned(IMAGE_ALIGN)));
	const struct image *image = (const struct image *)bytes;
	static struct states states;
	static const char *const names[] = {[STATE_UNKNOWN] = "unknown", [STATE_UP] = "up", [STATE_NEVER] = "absent",
		[STATE_GONE] = "gone"};
	struct timespec ts = {.tv_nsec = 20000000};
	struct source source;

	say("%s", what);
	gb_reload(rules);
	struct segment_page page = gb_page();
	uint64_t at = segment_current_offset(segment_current(&page));
	if (pread(gb_fd, bytes, sizeof(bytes), (off_t)at) <= 0)
		die("the host's file");
	gb_read(&source, sizeof(source), at + source_at(image->size));
	begun = source.published;
	const struct image_member *m = image_part(image, IMAGE_MEMBERS);
	for (uint32_t i = 0; i < image_count(image, IMAGE_MEMBERS); i++) {
		const struct member_state *s = &states.members[m[i].slot];
		for (int tries = 0; tries < 500; tries++) {
			gb_read(&states, sizeof(states), gb_head.states);
			if (s->of && state_of(s->now) != STATE_UNKNOWN)
				break;
			raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
		}
		enum state now = state_of(s->now);
		say("%s %s, since %s", image_text(image, m[i].written), now <= STATE_GONE ? names[now] : "else",
			state_since(s->now) < begun ? "before" : "now");
	}
}

#define ROUTE(bond) "[route:r]\nto = 198.51.100.0/24\nbond = " bond "\n"

int main(void)
{
	char path[64];
	pid_t second;

	if (getenv("VICTIM_BARE"))
		return 1;
	routed = ep(ROUTED4, 5060);
	MUST(pipe(turns[0]));
	MUST(pipe(turns[1]));
	MUST(pipe(answers));
	snprintf(path, sizeof(path), "/run/bond/%d", (int)getpid());
	gb_fd = (int)raw(SYS_open, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0, 0);
	gb_read(&gb_head, sizeof(gb_head), 0);
	pid_t pid = gb_process("", &second);
	gb_wait_for_seat(pid);
	gb_turn(0);
	gb_reload("[bond:ext]\nmember = udp:10.0.1.1:5060\nmember = tcp:10.0.1.1:5060\nmember = udp:10.9.9.9:5060\n"
		  ROUTE("ext") "[route:s]\nto = 192.0.2.1\nbond = ext\n");
	show("the bond is renamed", "[bond:other]\nmember = udp:10.0.1.1:5060\nmember = tcp:10.0.1.1:5060\n"
		  "member = udp:10.9.9.9:5060\n" ROUTE("other"));
	show("members are in other bonds", "[bond:b]\nmember = udp:10.9.9.9:5060\nmember = udp:10.0.1.1:5060\n"
		  "[bond:c]\nmember = tcp:10.0.1.1:5060\n" ROUTE("b"));
	show("one has another port", "[bond:b]\nmember = udp:10.9.9.9:5070\nmember = udp:10.0.1.1:5060\n"
		  "[bond:c]\nmember = tcp:10.0.1.1:5060\n" ROUTE("b"));
	kill(second, SIGKILL);
	kill(pid, SIGKILL);
	return 0;
}
