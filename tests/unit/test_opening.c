/* SPDX-License-Identifier: MIT */
/* opening: what bondrun says of opened members, by what the program may. */
#include <criterion/criterion.h>
#include <errno.h>

#include "config/ini.h"
#include "ctl/opening.h"
#include "fake_system.h"

TestSuite(opening, .init = fake_system);

#define M(n, rest) "member = udp:192.0.2." #n rest "\n"

Test(opening, words)
{
	static const struct {
		const char *text;
		int lookup;
		bool all;
		const char *begin; /* of what is said, "" = nothing */
		const char *has;
	} rows[] = {
		{M(1, ""), 0, true, "", ""},
		{M(1, ""), EPERM, true, "", ""},
		{M(1, " open"), 0, false, "", ""},
		{M(1, " open"), 0, true, "members are opened by sk_lookup;", "open = filter"},
		{M(1, " open"), EPERM, false, "", ""},
		{M(1, " open"), EPERM, true, "members are opened by a filter", "CAP_BPF and CAP_NET_ADMIN"},
		{M(1, " open"), EINVAL, true, "members are opened by a filter", "Linux 5.9"},
		{M(1, " open") M(2, ":5080 open"), EPERM, false, "members are opened by a filter",
			"udp:192.0.2.2:5080 open is heard only if the program listens on port 5080"},
		{M(1, " open") M(2, ":5080 open"), 0, false, "", ""},
		{M(1, " open") "member = tcp:192.0.2.2:5080 open\n", EPERM, false, "", ""},
		{M(1, " open") M(2, ":5080"), EPERM, false, "", ""},
		{M(1, " open=filter"), 0, true, "members are opened by a filter", "as the file says"},
		{M(1, " open=filter") M(2, " open"), 0, true, "members are opened by a filter", "others by sk_lookup"},
		{M(1, " open=sk_lookup"), EPERM, false, "members that are to be opened by sk_lookup cannot be", "CAP_BPF"},
		{M(1, " open=sk_lookup"), 0, false, "", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct findings f;
		struct config c;
		char ini[256], text[512];
		snprintf(ini, sizeof(ini), "[bond:b]\n%s", rows[i].text);
		cr_assert(config_load_text(&c, "test.ini", ini, strlen(ini), &f) == 0);
		opening_describe(&c, rows[i].lookup, rows[i].all, text, sizeof(text));
		cr_expect(rows[i].begin[0] ? strncmp(text, rows[i].begin, strlen(rows[i].begin)) == 0 : !text[0], "%s: %s",
			rows[i].text, text);
		cr_expect(strstr(text, rows[i].has) != NULL, "%s: %s", rows[i].text, text);
		findings_free(&f);
		config_free(&c);
	}
}
