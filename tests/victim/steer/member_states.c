/* SPDX-License-Identifier: MIT */
/* Addresses and interfaces that come and go are seen while the host runs: which members are down, since
 * when, and why; by whichever process of the host, also once the one that looked is killed. What is sent
 * meanwhile goes by what the kernel refuses. */
/*victim
dirty: yes
modes: routes
*/
/*ini
[bond:ext]
member = udp:10.0.1.1:5060
member = tcp:[fd00:1::1]:5060
member = udp:10.9.9.9:5060
member = udp:127.0.0.5:5060
member = udp:10.0.4.1:5060 device vc
member = udp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
up up absent up up up
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- an address goes, another comes
address-gone up up up up up
  because its address has gone
  since: the change
sendto = all
heard on T: peer saw 10.0.3.1:5060
-- and back
up up address-gone up up up
  was down: address-gone
sendto = all
heard on M: peer saw 10.0.1.1:5060
-- the cable is pulled
no-carrier no-carrier address-gone up up no-carrier
  because interface ma has no carrier
-- the interface is taken down, and its address away
interface-down interface-down address-gone up up interface-down
  because interface ma is down
interface-down interface-down address-gone up up interface-down
  since: the first of these
up address-gone address-gone up up up
up up address-gone up up up
-- another process looks
the one that looked is killed
up up up up up up
-- it is bound to an interface that is down
up up up up interface-down up
  because interface vc is down
up up up up up up
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.3.1:5060 > 198.51.100.9:5060: OPTIONS
*/
#include "steer.h"
#include "states.h"

static pid_t self;

static void because(int slot)
{
	char text[STATE_TEXT_MAX];

	state_explain(&states_seen.members[slot], text);
	say("  because %s", text);
}

static void changes(void)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	const struct ear ears[] = {{"H", h}, {"M", m}, {"T", t}, {NULL, -1}};

	states_settle(self, "up up absent up up up");
	ask("sendto", h, &routed, ears);
	say("-- an address goes, another comes");
	uint64_t before = state_since(states_seen.members[0].now);
	run_ip("address del 10.0.1.1/24 dev ma");
	run_ip("address add 10.9.9.9/32 dev lo");
	states_settle(self, "address-gone up up up up up");
	because(0);
	say("  since: %s", state_since(states_seen.members[0].now) > before ? "the change" : "the start");
	ask("sendto", h, &routed, ears);
	say("-- and back");
	run_ip("address add 10.0.1.1/24 dev ma");
	run_ip("address del 10.9.9.9/32 dev lo");
	states_settle(self, "up up address-gone up up up");
	say("  was down: %s", state_names[state_of(states_seen.members[0].down)]);
	ask("sendto", h, &routed, ears);
	say("-- the cable is pulled");
	run_ip("link set dev mb down");
	states_settle(self, "no-carrier no-carrier address-gone up up no-carrier");
	because(0);
	before = state_since(states_seen.members[0].now);
	say("-- the interface is taken down, and its address away");
	run_ip("link set dev ma down");
	states_settle(self, "interface-down interface-down address-gone up up interface-down");
	because(1);
	run_ip("address del 10.0.1.1/24 dev ma");
	states_settle(self, "interface-down interface-down address-gone up up interface-down");
	say("  since: %s", state_since(states_seen.members[0].now) == before ? "the first of these" : "later");
	run_ip("address add 10.0.1.1/24 dev ma");
	run_ip("link set dev mb up");
	run_ip("link set dev ma up");
	states_settle(self, "up address-gone address-gone up up up");
	run_ip("address add fd00:1::1/64 dev ma nodad");
	states_settle(self, "up up address-gone up up up");
}

/* The file is that of the first process; the thread is in the child, which is killed. */
int main(void)
{
	int done[2];
	char byte;
	pid_t child;

	self = getpid();
	MUST(pipe(done));
	child = fork();
	if (child == 0) {
		changes();
		raw(SYS_write, done[1], (long)"x", 1, 0, 0, 0);
		for (;;)
			raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	}
	close(done[1]);
	if (raw(SYS_read, done[0], (long)&byte, 1, 0, 0, 0) != 1)
		return 1;
	say("-- another process looks");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	say("the one that looked is killed");
	run_ip("address add 10.9.9.9/32 dev lo");
	close(udp(H4, 5070));
	states_settle(self, "up up up up up up");
	say("-- it is bound to an interface that is down");
	run_ip("link set dev vc down");
	states_settle(self, "up up up up interface-down up");
	because(4);
	run_ip("link set dev vc up");
	run_ip("address replace 10.0.4.1/24 dev vc");
	states_settle(self, "up up up up up up");
	run_ip("address del 10.9.9.9/32 dev lo");
	return 0;
}
