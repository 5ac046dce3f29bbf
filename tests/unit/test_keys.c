/* SPDX-License-Identifier: MIT */
/* keys: each key of the INI reaches a host that runs, by the image, and what it changes there is told. */
#include <criterion/criterion.h>

#include "config/keys.c"
#include "ctl/changes.h"
#include "image.h"

TestSuite(keys, .init = fake_system);

/* Of each key two lines that differ by it alone; "" = it is left out. */
static const struct {
	enum section section;
	const char *name, *before, *now;
} lines[] = {
	{SECTION_BOND, "member", "", "member = udp:192.0.2.11"},
	{SECTION_BOND, "no-member", "", "no-member = pass"},
	{SECTION_BOND, "source-port", "", "source-port = member"},
	{SECTION_BOND, "open", "", "open = filter"},
	{SECTION_ROUTE, "to", "to = 10.0.0.0/8", "to = 10.0.0.0/9"},
	{SECTION_ROUTE, "from", "", "from = other"},
	{SECTION_ROUTE, "socket", "", "socket = udp:192.0.2.1"},
	{SECTION_ROUTE, "transport", "", "transport = tcp"},
	{SECTION_ROUTE, "bond", "bond = a", "bond = other"},
	{SECTION_HOST, "program", "", "program = p"},
	{SECTION_HOST, "sip-ports", "", "sip-ports = 5070"},
	{SECTION_HOST, "alias", "", "alias = x.com"},
	{SECTION_HOST, "secret", "secret = one-secret-of-all", "secret = another-secret"},
	{SECTION_HOST, "no-route", "", "no-route = fail"},
	{SECTION_HOST, "headers", "", "headers = keep"},
	{SECTION_HOST, "probe", "", "probe = ignore"},
	{SECTION_HOST, "header", "", "header = X-Bond"},
	{SECTION_HOST, "header-over-tls", "", "header-over-tls = trust"},
	{SECTION_HOST, "unknown", "", "unknown = 403"},
	{SECTION_HOST, "open", "", "open = filter"},
	{SECTION_DNS, "server", "", "server = 192.0.2.53"},
	{SECTION_DNS, "timeout", "", "timeout = 3"},
	{SECTION_DNS, "refresh", "", "refresh = 60"},
};

/* A file with that line in its section. */
static void write_ini(struct text *t, enum section section, const char *line)
{
	bool host = section == SECTION_HOST;

	t->n = 0;
	text_print(t, "[bond:a]\nmember = udp:192.0.2.10%s\n%s\n", section == SECTION_BOND || host ? " open" : "",
		section == SECTION_BOND ? line : "");
	text_print(t, "[bond:other]\nmember = udp:192.0.2.12\n[route:r]\n%s\n",
		section == SECTION_ROUTE ? line : "");
	if (section != SECTION_ROUTE || !strstr(line, "bond ="))
		text_print(t, "bond = a\n");
	text_print(t, "[host]\n%s\n[dns]\n%s\n", host ? line : "", section == SECTION_DNS ? line : "");
}

static bool changes(enum section section, const char *a, const char *b)
{
	static struct text t;
	struct pair before, now;
	struct changes sum;
	char *said;
	size_t n;
	FILE *out = open_memstream(&said, &n);

	write_ini(&t, section, a);
	make(&before, t.p, t.n, NULL, 1);
	write_ini(&t, section, b);
	make(&now, t.p, t.n, before.image, 1000);
	cr_assert_eq(changes_list(&sum, &before.read, &now.read, &(struct changes_out){.text = out}), 0);
	fclose(out);
	free(said);
	end(&before);
	end(&now);
	return !changes_none(&sum);
}

Test(keys, a_reload_brings_each)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		size_t k = 0;
		while (k < COUNT(lines) &&
			(lines[k].section != table[i].section || strcmp(lines[k].name, table[i].name) != 0))
			k++;
		if (k == COUNT(lines))
			cr_expect_fail("\"%s\" of %s stands in config/keys.c: give it two values in lines[] of %s",
				table[i].name, section_forms[table[i].section], __FILE__);
		else
			cr_expect(changes(lines[k].section, lines[k].before, lines[k].now),
				"\"%s\" of %s is lost by a reload, or not told of: carry it in shim/core/image_write.c and "
				"image_attach.c, and compare it in shim/ctl/changes*.c",
				table[i].name, section_forms[table[i].section]);
	}
}
