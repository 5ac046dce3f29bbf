/* SPDX-License-Identifier: MIT */
/* image: what goes on from one to the next: slots, names and keys. */
#include "core/image.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/ini.h"
#include "fake_system.h"

TestSuite(image_past, .init = fake_system);

/* An image of the text, after the former one, which it frees. */
static struct image *after(struct image *former, const char *text, uint64_t now)
{
	struct rules r = {0};
	struct findings f;
	struct image *i;

	cr_assert_eq(config_load_text(&r.config, "x", text, strlen(text), &f), 0, "%s", text);
	findings_free(&f);
	cr_assert_eq(rules_make(&r), 0);
	cr_assert_eq(image_write(&i, &r.config, r.match, former, now), 0);
	cr_assert(image_check(i, i->size));
	match_free((struct match *)(uintptr_t)r.match);
	config_free(&r.config);
	free(former);
	return i;
}

/* "a=0 b=1 | udp:10.0.0.1:5060=0 | r=0", in the order of the file. */
static const char *slots(const struct image *i)
{
	static char out[4096];
	const struct image_bond *b = image_part(i, IMAGE_BONDS);
	const struct image_member *m = image_part(i, IMAGE_MEMBERS);
	const struct image_route *r = image_part(i, IMAGE_ROUTES);
	char at[ADDR_TEXT_MAX];
	int n = 0;

	for (uint32_t k = 0; k < image_count(i, IMAGE_BONDS); k++)
		n += sprintf(out + n, "%s=%u ", image_text(i, b[k].name), b[k].slot);
	n += sprintf(out + n, "|");
	for (uint32_t k = 0; k < image_count(i, IMAGE_MEMBERS); k++) {
		addr_print(&m[k].addr, at);
		n += sprintf(out + n, " %s:%s=%u", transport_names[m[k].transport], at, m[k].slot);
	}
	n += sprintf(out + n, " |");
	for (uint32_t k = 0; k < image_count(i, IMAGE_ROUTES); k++)
		n += sprintf(out + n, " %s=%u", image_text(i, r[k].name), r[k].slot);
	return out;
}

#define BOND(name, member) "[bond:" name "]\nmember = " member "\n"
#define ROUTE(name, bond) "[route:" name "]\nto = 192.0.2.0/24\nbond = " bond "\n"

Test(image_past, same_identity_same_slot)
{
	struct image *i = after(NULL, BOND("a", "udp:10.0.0.1") BOND("b", "udp:10.0.0.2")
		ROUTE("r", "a") ROUTE("s", "b"), 1000);

	cr_expect_str_eq(slots(i), "a=0 b=1 | udp:10.0.0.1:5060=0 udp:10.0.0.2:5060=1 | r=0 s=1");
	/* in another order, in other lines, the bond in other letters */
	i = after(i, "# more\n\n" BOND("B", "udp:10.0.0.2") ROUTE("s", "b") BOND("a", "udp:10.0.0.1")
		ROUTE("r", "a"), 1001);
	cr_expect_str_eq(slots(i), "B=1 a=0 | udp:10.0.0.2:5060=1 udp:10.0.0.1:5060=0 | s=1 r=0");
	/* a route is told by its letters; a member by bond, transport, address and port */
	i = after(i, BOND("a", "udp:10.0.0.2") BOND("b", "tcp:10.0.0.2") ROUTE("R", "a") ROUTE("s", "b"), 1002);
	cr_expect_str_eq(slots(i), "a=0 b=1 | udp:10.0.0.2:5060=2 tcp:10.0.0.2:5060=3 | R=2 s=1", "%s",
		slots(i));
	cr_expect_eq(i->generation, 3);
	cr_expect_eq(i->slots_end[IMAGE_MEMBER], 4);
	cr_expect_eq(image_count(i, IMAGE_RETIRED), 3);
	free(i);
}

Test(image_past, a_slot_rests)
{
	struct image *i = after(NULL, BOND("a", "udp:10.0.0.1") BOND("b", "udp:10.0.0.2"), 1000);

	i = after(i, BOND("a", "udp:10.0.0.1"), 2000);
	cr_expect_str_eq(slots(i), "a=0 | udp:10.0.0.1:5060=0 |");
	i = after(i, BOND("c", "udp:10.0.0.3"), 2599);
	cr_expect_str_eq(slots(i), "c=2 | udp:10.0.0.3:5060=2 |", "nobody may mean another by 1: %s", slots(i));
	/* of a and b, b has rested long enough; a has not */
	i = after(i, BOND("c", "udp:10.0.0.3") BOND("d", "udp:10.0.0.4") BOND("e", "udp:10.0.0.5"), 2600);
	cr_expect_str_eq(slots(i), "c=2 d=1 e=3 | udp:10.0.0.3:5060=2 udp:10.0.0.4:5060=1 udp:10.0.0.5:5060=3 |",
		"%s", slots(i));
	/* who comes back while it rests has its own again */
	i = after(i, BOND("a", "udp:10.0.0.1"), 2700);
	cr_expect_str_eq(slots(i), "a=0 | udp:10.0.0.1:5060=0 |", "%s", slots(i));
	/* a clock that went back makes nobody's rest shorter */
	i = after(i, BOND("f", "udp:10.0.0.6"), 5);
	cr_expect_str_eq(slots(i), "f=4 | udp:10.0.0.6:5060=4 |", "%s", slots(i));
	i = after(i, BOND("f", "udp:10.0.0.6"), 10000);
	cr_expect_eq(image_count(i, IMAGE_RETIRED), 0);
	free(i);
}

/* Two images in turn, many times, and others in between: no two have one slot, and no table grows. */
Test(image_past, many_reloads)
{
	struct image *i = NULL;
	unsigned seed = 5;

	for (uint64_t round = 0; round < 300; round++) {
		char text[4096];
		int n = 0;
		bool seen[64] = {false};
		for (int k = 0; k < 12; k++)
			if (rand_r(&seed) % 2)
				n += sprintf(text + n, "[bond:b%d]\nmember = udp:10.0.0.%d as n%d.example\n",
					k, 1 + k, k % 4);
		n += sprintf(text + n, "[host]\nprogram = x\n");
		i = after(i, text, 1000 + round * 100);
		const struct image_bond *b = image_part(i, IMAGE_BONDS);
		for (uint32_t k = 0; k < image_count(i, IMAGE_BONDS); k++) {
			cr_assert(b[k].slot < 12 && !seen[b[k].slot]);
			seen[b[k].slot] = true;
		}
		const struct image_retired *r = image_part(i, IMAGE_RETIRED);
		for (uint32_t k = 0; k < image_count(i, IMAGE_RETIRED); k++)
			cr_assert(r[k].kind != IMAGE_BOND || !seen[r[k].slot]);
		cr_assert_leq(image_count(i, IMAGE_TOMBSTONES), 12);
		cr_assert_eq(i->generation, round + 1);
	}
	free(i);
}

/* "m.example:5070 udp 10.0.0.1:5060 of 0; ...", an alias with "alias" in front. */
static const char *stones(const struct image *i)
{
	static char out[4096];
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);
	char at[ADDR_TEXT_MAX];
	int n = 0;

	*out = 0;
	for (uint32_t k = 0; k < image_count(i, IMAGE_TOMBSTONES); k++) {
		addr_print(&t[k].addr, at);
		n += sprintf(out + n, "%s%s%s:%u %s %s of %d", k ? "; " : "", t[k].alias ? "alias " : "",
			image_text(i, t[k].name), t[k].port, transport_names[t[k].transport],
			t[k].addr.family ? at : "-", (int)t[k].bond_slot);
	}
	return out;
}

Test(image_past, names_stay)
{
	struct image *i = after(NULL, BOND("a", "udp:10.0.0.1 as m.example:5070") BOND("b", "udp:10.0.0.2")
		"[host]\nsecret = s\nalias = proxy.example\nalias = x.example:5080 udp:10.0.0.9:5080\n", 1);

	cr_expect_str_eq(stones(i), "");
	/* renamed, and removed; the aliases too */
	i = after(i, BOND("a", "udp:10.0.0.1 as n.example") BOND("c", "udp:10.0.0.3") "[host]\nsecret = s\n", 2);
	cr_expect_str_eq(stones(i), "m.example:5070 udp 10.0.0.1:5060 of 0; :0 udp 10.0.0.2:5060 of -1; "
		"alias proxy.example:0 none - of -1; alias x.example:5080 udp 10.0.0.9:5080 of -1", "%s", stones(i));
	/* they stay on, whatever follows; what is a name again is none of them; the latest first */
	i = after(i, BOND("c", "udp:10.0.0.3") BOND("d", "udp:10.0.0.2")
		"[host]\nsecret = s\nalias = PROXY.example\n", 3);
	cr_expect_str_eq(stones(i), "n.example:0 udp 10.0.0.1:5060 of -1; m.example:5070 udp 10.0.0.1:5060 of -1; "
		"alias x.example:5080 udp 10.0.0.9:5080 of -1", "%s", stones(i));
	free(i);
}

/* So many bonds, with names that are of that generation, or with addresses alone. */
static char *many(unsigned count, unsigned generation, bool named)
{
	char *text = malloc((size_t)count * 80 + 64);
	int n = sprintf(text, "[bond:b]\n");

	for (unsigned k = 0; k < count; k++)
		n += named ? sprintf(text + n, "member = udp:10.0.%u.%u as n%u.g%u.example\n", k >> 8, k & 255,
				     k, generation)
			   : sprintf(text + n, "member = udp:10.%u.%u.%u\n", generation, k >> 8, k & 255);
	return text;
}

Test(image_past, so_many_names_and_no_more)
{
	char *old = many(1024, 0, true), *more = many(1024, 1, true), *one = many(1, 2, true);
	struct image *i = after(NULL, old, 1), *next;
	struct rules r = {0};
	struct findings f;

	i = after(i, more, 2);
	cr_expect_eq(image_count(i, IMAGE_TOMBSTONES), IMAGE_TOMBSTONES_MAX);
	cr_assert_eq(config_load_text(&r.config, "x", one, strlen(one), &f), 0);
	findings_free(&f);
	cr_assert_eq(rules_make(&r), 0);
	cr_expect_eq(image_write(&next, &r.config, r.match, i, 3), ENOSPC);
	match_free((struct match *)(uintptr_t)r.match);
	config_free(&r.config);
	free(i);
	free(old);
	free(more);
	free(one);
}

/* Addresses give way to names, and the earlier ones to the later. */
Test(image_past, addresses_give_way)
{
	char *first = many(1000, 1, false), *second = many(1000, 2, false), *names = many(600, 0, true);
	struct image *i = after(NULL, first, 1);

	i = after(i, second, 2);
	cr_expect_eq(image_count(i, IMAGE_TOMBSTONES), 1000);
	i = after(i, names, 3);
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);
	cr_expect_eq(image_count(i, IMAGE_TOMBSTONES), 1024);
	cr_expect(t[0].addr.ip[13] == 2 && t[999].addr.ip[13] == 2 && t[1000].addr.ip[13] == 1);
	i = after(i, first, 4);
	t = image_part(i, IMAGE_TOMBSTONES);
	cr_expect_eq(image_count(i, IMAGE_TOMBSTONES), 1024);
	cr_expect(t[0].name && t[599].name && !t[600].name && t[1023].addr.ip[13] == 2);
	free(i);
	free(first);
	free(second);
	free(names);
}

static bool has_key(const struct image *i, unsigned at, const char *secret)
{
	struct prf_key key;

	prf_key(&key, secret, strlen(secret));
	return at < i->key_count && memcmp(&i->keys[at], &key, sizeof(key)) == 0;
}

#define HOST(secrets) BOND("a", "udp:10.0.0.1") "[host]\nprogram = x\n" secrets

Test(image_past, a_replaced_secret_stays_readable)
{
	struct image *i = after(NULL, HOST(""), 1);

	cr_expect(i->key_count == 1 && has_key(i, 0, ""));
	/* the key that everyone has would make the secret worth nothing */
	i = after(i, HOST("secret = one of many\n"), 2);
	cr_expect(i->key_count == 1 && has_key(i, 0, "one of many"));
	i = after(i, HOST("secret = two of many\n"), 3);
	cr_expect(i->key_count == 2 && has_key(i, 0, "two of many") && has_key(i, 1, "one of many"));
	i = after(i, HOST("secret = two of many\n"), 4);
	cr_expect(i->key_count == 2 && has_key(i, 1, "one of many"), "a reload for another reason");
	i = after(i, HOST("secret = three of many\n"), 5);
	cr_expect(i->key_count == 2 && has_key(i, 0, "three of many") && has_key(i, 1, "two of many"));
	i = after(i, HOST("secret = four of many\nsecret = five of many\n"), 6);
	cr_expect(i->key_count == 2 && has_key(i, 1, "five of many"), "the operator's own come first");
	i = after(i, HOST(""), 7);
	cr_expect(i->key_count == 2 && has_key(i, 0, "") && has_key(i, 1, "four of many"));
	cr_expect_null(memmem(i, i->size, "of many", 7));
	free(i);
}

Test(image_past, no_text_of_a_secret)
{
	struct image *i = after(NULL, HOST("secret = 5eCreTteXtofmyown\nsecret = othEroNeOfM1ne\n"), 1);

	cr_expect_eq(i->key_count, 2);
	cr_expect_null(memmem(i, i->size, "5eCre", 5));
	cr_expect_null(memmem(i, i->size, "othEr", 5));
	free(i);
}
