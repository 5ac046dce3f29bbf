/* SPDX-License-Identifier: MIT */
/* source: what stands behind an image; secrets of the INI are nowhere in it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/ini.h"
#include "fake_system.h"
#include "segment/source.h"
#include "sip.h"

static void expect_blank(const char *text, const char *blanked)
{
	char copy[1024];

	strcpy(copy, text);
	source_blank(copy, strlen(copy));
	cr_expect_str_eq(copy, blanked, "%s", text);
}

Test(source, secrets_are_blanked)
{
	expect_blank("secret = abc\n", "secret = ***\n");
	expect_blank("[host]\r\nSecret=a b ; c\r\nunknown = 403\r\n",
		"[host]\r\nSecret=*******\r\nunknown = 403\r\n");
	expect_blank("secret = one\n  two\n\ttwo=\n", "secret = ***\n  ***\n\t****\n");
	expect_blank("secret = one\n\n # x = y\n  foo = bar\n", "secret = ***\n\n # *****\n  *********\n");
	expect_blank("secret = one\n  unknown = 403\n", "secret = ***\n  unknown = 403\n");
	expect_blank("secret = one\n  [bond:a]\nmember = udp:x ;y\n", "secret = ***\n  [bond:a]\nmember = udp:x ;*\n");
	expect_blank("secret = one\n [abc]\n", "secret = ***\n *****\n");
	expect_blank("; secret = abc\n#old: abc\nno-route = fail", "; ************\n#********\nno-route = fail");
	expect_blank("header = secret\nsecret=", "header = secret\nsecret=");
	expect_blank("secret = last", "secret = ****");
}

/* What is left is read as before, and no byte of a secret is in it. */
Test(source, the_rest_means_the_same, .init = fake_system)
{
	static const char *const secrets[] = {"Qz81Wq2e", "0x==0=0x", "[beef:1]Z9", "unknown9=Zz"};
	static const char *const forms[] = {"secret = %s\n", "secret=%s\nsecret = 2nd\n", "secret = 1st\n   %s\n",
		"secret = %s ; said %s\n", "  secret = 1st\n; %s\n\n\t%s\n", "secret\t=\t%s\r\n"};

	for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
			char text[1024], copy[1024];
			struct findings findings;
			struct config a, b;
			size_t n = (size_t)snprintf(text, sizeof(text), "[bond:a]\nmember = udp:192.0.2.10\n[host]\n");
			n += (size_t)snprintf(text + n, sizeof(text) - n, forms[f], secrets[i], secrets[i]);
			n += (size_t)snprintf(text + n, sizeof(text) - n, "alias = a.example\n[route:r]\nbond = a\n");
			memcpy(copy, text, n);
			source_blank(copy, n);
			cr_expect_null(memmem(copy, n, secrets[i], strlen(secrets[i])), "%.*s", (int)n, copy);
			int error = config_load_text(&a, "x", text, n, &findings);
			cr_expect_eq(error, 0, "%.*s", (int)n, text);
			findings_free(&findings);
			error = config_load_text(&b, "x", copy, n, &findings);
			cr_expect_eq(error, 0, "%.*s", (int)n, copy);
			findings_free(&findings);
			cr_expect_eq(a.secret_count, b.secret_count, "%.*s", (int)n, copy);
			cr_expect(a.alias_count == 1 && b.alias_count == 1 && b.route_count == 1);
			config_free(&a);
			config_free(&b);
		}
	}
}

Test(source, goes_behind_an_image_and_is_found)
{
	char *bytes = malloc(100);
	void *p = bytes;
	const char *path, *text;
	size_t total;

	memset(bytes, 7, 100);
	cr_assert_eq(source_append(&p, 100, &(struct source){.generation = 3, .inode = 9}, "/etc/bond.ini", "x = y\n", 6,
			     &total), 0);
	bytes = p;
	cr_expect_eq(source_at(100), 128);
	cr_assert(source_check(bytes + 128, total - 128, &path, &text));
	const struct source *s = (const struct source *)(bytes + 128);
	cr_expect(s->generation == 3 && s->inode == 9 && bytes[99] == 7);
	cr_expect_str_eq(path, "/etc/bond.ini");
	cr_expect_str_eq(text, "x = y\n");
	for (size_t n = 0; n < total - 128; n++)
		cr_expect(!source_check(bytes + 128, n, &path, &text), "%zu", n);
	free(bytes);
}

Test(source, what_is_too_long_is_none)
{
	char *long_path = malloc(SOURCE_PATH_MAX + 1), *long_text = calloc(1, SOURCE_TEXT_MAX + 1);
	const char *path, *text;
	void *p = NULL;
	size_t total;

	memset(long_path, 'a', SOURCE_PATH_MAX);
	long_path[SOURCE_PATH_MAX] = 0;
	cr_assert_eq(source_append(&p, 0, &(struct source){0}, long_path, long_text, SOURCE_TEXT_MAX + 1, &total), 0);
	cr_assert(source_check(p, total, &path, &text));
	cr_expect_str_eq(path, "");
	cr_expect_null(text);
	free(p);
	free(long_path);
	free(long_text);
}

/* Whatever is overwritten: refused, or texts that end inside. */
Test(source, overwritten)
{
	void *p = NULL;
	const char *path, *text;
	size_t total;

	cr_assert_eq(source_append(&p, 0, &(struct source){0}, "/a", "t", 1, &total), 0);
	for (size_t i = 0; i < total; i++) {
		for (int bit = 0; bit < 8; bit++) {
			((unsigned char *)p)[i] ^= (unsigned char)(1 << bit);
			if (source_check(p, total, &path, &text)) {
				cr_expect_lt(strlen(path) + (text ? strlen(text) : 0), total);
				cr_expect(path + strlen(path) < (char *)p + total);
			}
			((unsigned char *)p)[i] ^= (unsigned char)(1 << bit);
		}
	}
	free(p);
}
