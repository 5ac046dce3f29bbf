/* SPDX-License-Identifier: MIT */
/* The numbers of listeners that processes share, and by which rules members were led (segment/lookups). */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "segment/lookups.h"

static struct addr at(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(&a, text, strlen(text)) == 0, "%s", text);
	return a;
}

Test(lookups, one_listener_has_one_number)
{
	static struct lookups l;
	struct addr a = at("192.0.2.1:5060"), b = at("192.0.2.2:5060"), there;
	uint16_t protocol;

	cr_expect(!lookups_at(&l, 0, &there, &protocol));
	cr_expect(lookups_number(&l, &a, IPPROTO_UDP, LOOKUPS_MAX) == 0);
	cr_expect(lookups_number(&l, &a, IPPROTO_TCP, LOOKUPS_MAX) == 1, "another protocol is another listener");
	cr_expect(lookups_number(&l, &b, IPPROTO_UDP, 2) == -1, "no room below 2");
	cr_expect(lookups_number(&l, &a, IPPROTO_TCP, 1) == 1, "who has a number keeps it");
	cr_expect(lookups_number(&l, &b, IPPROTO_UDP, 3) == 2);
	cr_assert(lookups_at(&l, 1, &there, &protocol));
	cr_expect(addr_equal(&there, &a) && protocol == IPPROTO_TCP);
	cr_expect(!lookups_at(&l, 3, &there, &protocol) && !lookups_at(&l, LOOKUPS_MAX, &there, &protocol));
}

Test(lookups, there_are_so_many)
{
	static struct lookups l;
	struct addr a = at("192.0.2.1:5060");

	for (int i = 0; i < LOOKUPS_MAX; i++, a.port++)
		cr_expect(lookups_number(&l, &a, IPPROTO_UDP, LOOKUPS_MAX) == i);
	cr_expect(lookups_number(&l, &a, IPPROTO_UDP, LOOKUPS_MAX) == -1);
}

Test(lookups, whose_rules_they_are_is_not_known_where_two_led)
{
	static struct lookups l;

	cr_expect(lookups_of(&l) == LOOKUPS_NEVER);
	lookups_done(&l, 3);
	lookups_moved(&l, 3, 4);
	cr_expect(lookups_of(&l) == 4);
	lookups_moved(&l, 3, 5);
	cr_expect(lookups_of(&l) == LOOKUPS_NEVER, "another one led meanwhile");
}

Test(lookups, without_memory_there_is_nothing)
{
	struct addr a = at("192.0.2.1:5060");
	uint16_t protocol;

	lookups_done(NULL, 1);
	lookups_moved(NULL, LOOKUPS_NEVER, 1);
	cr_expect(lookups_of(NULL) == LOOKUPS_NEVER);
	cr_expect(lookups_number(NULL, &a, IPPROTO_UDP, LOOKUPS_MAX) == -1 && !lookups_at(NULL, 0, &a, &protocol));
}
