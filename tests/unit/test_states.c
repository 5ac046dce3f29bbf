/* SPDX-License-Identifier: MIT */
/* states: what is kept of a member, and what is made of a copy that anybody may have written. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "segment/states.h"

static struct states all;

static const char *reason(const struct member_state *m)
{
	static char text[STATE_TEXT_MAX];

	state_explain(m, text);
	return text;
}

Test(states, begin_when_they_change)
{
	struct member_state *m = &all.members[7];

	cr_expect_eq(state_of(m->now), STATE_UNKNOWN);
	cr_expect(states_set(&all, 7, STATE_NEVER, "", 100));
	cr_expect_not(states_set(&all, 7, STATE_NEVER, "", 200), "it is so already");
	cr_expect_eq(state_since(m->now), 100);
	cr_expect(states_set(&all, 7, STATE_UP, "eth0", 300));
	cr_expect_eq(state_of(m->now), STATE_UP);
	cr_expect_eq(state_since(m->now), 300);
	cr_expect_eq(state_of(m->down), STATE_NEVER, "the last one that was down");
	cr_expect_eq(state_since(m->down), 100);
	cr_expect(states_set(&all, 7, STATE_LINK_DOWN, "eth0", 400));
	cr_expect_eq(state_of(m->down), STATE_LINK_DOWN);
	cr_expect_eq(state_since(m->down), 400);
	cr_expect(states_set(&all, 7, STATE_LINK_GONE, "eth0", 500));
	cr_expect_eq(state_of(m->now), STATE_LINK_GONE);
	cr_expect_eq(state_since(m->now), 400, "down it has been since then");
	cr_expect_eq(state_since(m->down), 400);
	cr_expect(states_set(&all, 7, STATE_UP, "eth0", 600));
	cr_expect_eq(state_since(m->now), 600);
	cr_expect_eq(state_of(m->down), STATE_LINK_GONE);
	cr_expect_eq(all.changes, 5);
	cr_expect_not(states_set(&all, STATES_MAX, STATE_UP, "", 1), "a slot that has no place");
	cr_expect_not(states_set(&all, UINT32_MAX, STATE_UP, "", 1));
}

/* In its slot, and in what stands of it. */
static void expect_state(uint32_t slot, enum state now, uint64_t since, enum state down)
{
	const struct member_state *m = &all.members[slot];

	cr_expect_eq(state_of(m->now), now, "slot %u: %d", slot, state_of(m->now));
	cr_expect_eq(state_since(m->now), since, "slot %u", slot);
	cr_expect_eq(state_of(m->down), down, "slot %u", slot);
}

Test(states, go_with_the_address)
{
	struct addr a = {.family = AF_INET, .port = 5060}, b = a;
	static const char nowhere[IF_NAMESIZE] = "", link[IF_NAMESIZE] = "eth0";
	struct states_slots slots = {.bits = {0}};
	char name[IF_NAMESIZE];

	b.ip[15] = 1;
	uint64_t udp = states_identity(TRANSPORT_UDP, &a, nowhere), tcp = states_identity(TRANSPORT_TCP, &a, nowhere);
	cr_expect(udp && udp != tcp && udp != states_identity(TRANSPORT_UDP, &b, nowhere) &&
		udp != states_identity(TRANSPORT_UDP, &a, link));
	b = a, b.port = 5061;
	cr_expect_neq(udp, states_identity(TRANSPORT_UDP, &b, nowhere));
	b = a, b.scope = 3;
	cr_expect_neq(udp, states_identity(TRANSPORT_UDP, &b, nowhere));
	states_begin(&all, 7, udp);
	expect_state(7, STATE_UNKNOWN, 0, STATE_UNKNOWN);
	states_set(&all, 7, STATE_GONE, "eth0", 100);
	states_set(&all, 7, STATE_UP, "eth0", 200);
	states_begin(&all, 7, udp);
	expect_state(7, STATE_UP, 200, STATE_GONE);
	/* to another slot, as of another bond; the other transport is another member */
	states_begin(&all, 1900, udp);
	states_begin(&all, 9, tcp);
	expect_state(1900, STATE_UP, 200, STATE_GONE);
	states_link(&all.members[1900], name);
	cr_expect_str_eq(name, "eth0");
	expect_state(9, STATE_UNKNOWN, 0, STATE_UNKNOWN);
	/* what nobody looks at any more says nothing to who comes later */
	slots.bits[1900 / 64] |= UINT64_C(1) << 1900 % 64;
	states_end_others(&all, &slots);
	states_set(&all, 1900, STATE_LINK_DOWN, "eth0", 300);
	states_begin(&all, 3, udp);
	expect_state(3, STATE_LINK_DOWN, 300, STATE_LINK_DOWN);
	/* a slot that another has now */
	states_begin(&all, 1900, tcp);
	expect_state(1900, STATE_UNKNOWN, 0, STATE_UNKNOWN);
	states_begin(&all, STATES_MAX, udp);
	states_begin(&all, UINT32_MAX, udp);
}

Test(states, reasons)
{
	static const char *const expected[STATES] = {
		"", "", "its address is not on this machine", "its address has gone",
		"interface eth0.100 has gone", "interface eth0.100 is down", "interface eth0.100 has no carrier",
		"its address is tentative", "another machine has its address", "no listener hears it"};
	struct member_state *m = &all.members[0];

	for (int s = STATE_UP; s < STATES; s++) {
		states_set(&all, 0, (enum state)s, "eth0.100", 1);
		cr_expect_str_eq(reason(m), expected[s]);
		cr_expect_eq(state_is_down((enum state)s), *expected[s] != 0);
		cr_expect_not_null(state_names[s]);
	}
}

Test(states, openings)
{
	static const struct {
		enum opening o;
		uint32_t detail;
		const char *text;
	} said[] = {{OPENING_UNKNOWN, 0, ""}, {OPENING_FILTER, 0, ""}, {OPENING_LOOKUP, 5060, ""},
		{OPENING_IN_USE, 4194304, "its port was in use by process 4194304 when the listener was bound"},
		{OPENING_IN_USE, 0, "its port was in use by another program when the listener was bound"},
		{OPENING_TAKEN, 812, "its address and port were in use by process 812 (bondctl reload tries again)"},
		{OPENING_TAKEN, 0, "its address and port were in use by another program (bondctl reload tries again)"},
		{OPENING_INHERITED, 0, "listener inherited: it was bound before the program began"},
		{OPENING_DEVICE, 0, "the program bound its listener to another device"},
		{OPENING_FULL, 0, "a listener cannot hear so many members"},
		{OPENING_OTHER_PORT, EPERM, "no listener has its port, and sk_lookup needs CAP_BPF and CAP_NET_ADMIN at the "
					    "start"},
		{OPENING_OTHER_PORT, ENOSYS, "no listener has its port, and this kernel refuses sk_lookup"},
		{OPENING_MIXED, 0, "the listener hears others by a filter, and then none of another port"},
		{OPENING_NO_LOOKUP, EPERM, "sk_lookup needs CAP_BPF and CAP_NET_ADMIN at the start"},
		{OPENING_NO_LOOKUP, EINVAL, "this kernel refuses sk_lookup"},
		{OPENING_NO_LOOKUP, 0, "sk_lookup is begun when the program starts, not later"},
		{OPENING_REFUSED, 16, "the kernel refused it: Device or resource busy"}};
	struct member m = {.slot = STATES_MAX - 1, .transport = TRANSPORT_UDP};
	char text[OPENING_TEXT_MAX];

	cr_assert_eq(addr_parse(&m.addr, "192.0.2.1:5060", 14), 0);
	uint64_t of = states_identity(TRANSPORT_UDP, &m.addr, m.device);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		states_set_opening(&all, &m, said[i].o, said[i].detail);
		uint64_t word = states_opening(&all, m.slot, of);
		opening_explain(word, text);
		cr_expect_str_eq(text, said[i].text);
		cr_expect_eq(opening_of(word), said[i].o);
		cr_expect_eq(opening_detail(word), said[i].detail);
	}
	cr_expect_eq(states_opening(&all, m.slot, of + 1), 0, "of another that has its slot now");
	m.slot = STATES_MAX;
	states_set_opening(&all, &m, OPENING_IN_USE, 1);
	states_set_opening(NULL, &m, OPENING_IN_USE, 1);
	cr_expect_eq(states_opening(&all, STATES_MAX, of), 0);
	cr_expect_eq(states_opening(NULL, 0, of), 0);
	opening_explain(UINT64_MAX, text);
	cr_expect_str_eq(text, "", "what nobody writes");
}

Test(states, of_any_bytes)
{
	struct member_state m;
	unsigned seed = 1;

	for (int i = 0; i < 100000; i++) {
		for (size_t k = 0; k < sizeof(m); k++)
			((unsigned char *)&m)[k] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
		if (i % 2) /* one of the states that name the interface */
			m.now = state_word((enum state)(STATE_LINK_GONE + i % 3), 1);
		const char *text = reason(&m);
		for (const char *p = text; *p; p++)
			cr_assert(*p >= ' ' && *p <= '~');
		cr_assert_lt(state_of(m.now), STATES);
	}
}
