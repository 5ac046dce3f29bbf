/* SPDX-License-Identifier: MIT */
/* `open`, of a member, its bond and the host: how each member is opened. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "config/ini.h"
#include "fake_system.h"

TestSuite(open, .init = fake_system);

/* How the members are opened, a digit each; or the first error, "LINE:COLUMN text". */
static const char *ways(const char *text)
{
	static char got[512];
	struct findings f;
	struct config c;
	size_t n = 0;

	got[0] = 0;
	if (config_load_text(&c, "test.ini", text, strlen(text), &f) == 0)
		for (size_t i = 0; i < c.member_count; i++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%u", c.members[i].open);
	for (size_t i = 0; i < f.count && !n; i++)
		if (f.items[i].kind == FINDING_ERROR)
			n = (size_t)snprintf(got, sizeof(got), "%u:%u %s", f.items[i].place.line, f.items[i].place.column,
				f.items[i].text);
	findings_free(&f);
	config_free(&c);
	return got;
}

#define M(n, words) "member = udp:192.0.2." #n words "\n"

Test(open, how)
{
	static const struct {
		const char *text, *ways;
	} rows[] = {
		{"[bond:b]\n" M(1, "") M(2, " open") M(3, " open=filter") M(4, " open=sk_lookup"), "0123"},
		{"[bond:b]\n" M(1, " open = filter") M(2, " open =sk_lookup") M(3, " open= filter") M(4, " OPEN=SK_LOOKUP"), "2323"},
		{"[bond:b]\n" M(1, " open=filter as a.example.com:5070") M(2, " as b.example.com open = sk_lookup"), "23"},
		{"[bond:b]\nopen = filter\n" M(1, "") M(2, " open") M(3, " open=sk_lookup"), "023"},
		{"[bond:b]\n" M(1, " open") "open = sk_lookup\n", "3"},
		{"[bond:b]\n" M(1, " open") "[bond:c]\nopen = filter\n" M(2, " open") "[host]\nopen = sk_lookup\n", "32"},
		{"[host]\nopen = filter\n[bond:b]\n" M(1, " open") M(2, "") M(3, " open=sk_lookup"), "203"},
		{"[bond:b]\n" M(1, " open=nft"), "2:29 unknown value \"nft\": write filter or sk_lookup"},
		{"[bond:b]\n" M(1, " open=sk_lokup"), "2:29 unknown value \"sk_lokup\": did you mean sk_lookup?"},
		{"[bond:b]\n" M(1, " open="), "2:24 nothing after \"open=\": write open, open=filter or open=sk_lookup"},
		{"[bond:b]\n" M(1, " open = "), "2:24 nothing after \"open=\": write open, open=filter or open=sk_lookup"},
		{"[bond:b]\n" M(1, " open open=filter"), "2:29 \"open=filter\" stands twice: leave one out"},
		{"[bond:b]\n" M(1, " opened"), "2:24 unknown word \"opened\" after a member: did you mean open?"},
		{"[bond:b]\nmember = sctp:192.0.2.1 open\n", "2:10 a member of sctp cannot be opened: leave `open` out"},
		{"[bond:b]\nmember = sctp:192.0.2.1\nmember = tcp:192.0.2.1 open\nopen = filter\n", "02"},
		{"[bond:b]\nopen = yes\n" M(1, " open"), "2:8 unknown value \"yes\": write filter or sk_lookup"},
		{"[bond:b]\n" M(1, " open") "[dns]\nopen = filter\n", "4:1 \"open\" is no key of [dns]: it belongs in [bond:NAME]"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(ways(rows[i].text), rows[i].ways, "%s%s", rows[i].text, ways(rows[i].text));
}
