/* SPDX-License-Identifier: MIT */
/* attached, listed: lists behind an INI in one text, and what becomes of them where the INI is read from it. */
#include <criterion/criterion.h>
#include <errno.h>

#include "config/attached.h"
#include "config/ini.h"
#include "fake_system.h"

#define INI "[bond:b]\nmember = udp:eth0\n[route:r]\nto = @a, @b\n to = 10.0.0.9, @a\nbond = b\n"

TestSuite(listed, .init = fake_system);

static int load(struct config *c, struct findings *f, const char *text)
{
	return config_load_text(c, "/etc/bond/bond.ini", text, strlen(text), f);
}

Test(listed, targets_have_their_places)
{
	static const char text[] = INI "\x1c" "0 1 2 3 a\n# x\n10.1.0.0/16\n\x1c" "0 1 2 3 b\nb.example, 10.2.0.1";
	struct config c, again;
	struct findings f;

	cr_assert_eq(load(&c, &f, text), 0);
	cr_assert_eq(c.target_count, 5);
	static const struct place places[] = {{2, 1, 1}, {1, 1, 2}, {1, 12, 2}, {5, 7, 0}, {2, 1, 1}};
	for (size_t i = 0; i < c.target_count; i++)
		cr_expect(memcmp(&c.targets[i].place, &places[i], sizeof(places[i])) == 0, "%zu: %u:%u of %u", i,
			c.targets[i].place.line, c.targets[i].place.column, c.targets[i].place.list);
	cr_expect_str_eq(c.lists[1].path, "/etc/bond/b");
	cr_expect_eq(f.count, 2, "the secret, and one that stands twice");
	cr_expect_str_eq(f.items[1].file, "/etc/bond/a");
	cr_expect_str_eq(f.items[1].line_text, "10.1.0.0/16");
	findings_free(&f);
	cr_assert_eq(config_load_again(&again, text, strlen(text), &c, &f), 0);
	cr_expect_eq(again.target_count, 5);
	cr_expect_eq(again.routes[0].to_hash, c.routes[0].to_hash);
	findings_free(&f);
	config_free(&again);
	config_free(&c);
}

Test(listed, what_was_not_read_is_an_error)
{
	static const char *const texts[] = {INI, INI "\x1c" "0 1 2 3 a\n10.0.0.1\n", INI "\x1c" "13 0 0 0 a\n\x1c" "0 0 0 0 b\n",
		INI "\x1c" "0 1 2 3 a\n10.0.0.1\n\x1c" "0 1 2 3 b\n\x1c" "0 1 2 3 c\n", INI "\x1c", INI "\x1c\x1c\n\x1c"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct config c;
		struct findings f;
		cr_expect_eq(load(&c, &f, texts[i]), EINVAL, "%s", texts[i]);
		findings_free(&f);
		config_free(&c);
	}
}

Test(listed, a_change_is_seen)
{
	static const char *const texts[] = {INI, INI "\x1c" "0 1 2 3 a\nx\n", INI "\x1c" "0 1 2 4 a\nx\n",
		INI "\x1c" "2 1 2 3 a\nx\n", INI "\x1c" "0 1 2 3 b\nx\n", INI "\x1c" "0 1 2 3 a\nx\n\x1c" "0 1 2 3 b\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			cr_expect_eq(attached_stamp(texts[i], strlen(texts[i])) == attached_stamp(texts[k], strlen(texts[k])),
				i == k, "%zu %zu", i, k);
	cr_expect_eq(attached_stamp(INI, strlen(INI)), 0);
	static const char edited[] = "; other text\n" INI "\x1c" "0 1 2 3 a\ny\n";
	cr_expect_eq(attached_stamp(edited, strlen(edited)), attached_stamp(texts[1], strlen(texts[1])));
}
