/* SPDX-License-Identifier: MIT */
/* The JSON writer: commas, nesting, numbers, and texts of any bytes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/terminal.h"
#include "ctl/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char *written;
static size_t size;

static void start(struct json *j)
{
	json_start(j, open_memstream(&written, &size));
}

/* What was written, without the newline at its end. */
static const char *finish(struct json *j, bool whole)
{
	cr_expect_eq(json_finish(j), whole);
	fclose(j->out);
	cr_assert(size && written[size - 1] == '\n');
	written[size - 1] = 0;
	return written;
}

Test(json, values)
{
	struct json j;

	start(&j);
	json_object(&j, NULL);
	json_text(&j, "text", "a");
	json_text(&j, "none", NULL);
	json_number(&j, "zero", 0);
	json_number(&j, "largest", UINT64_MAX);
	json_array(&j, "list");
	json_number(&j, NULL, 1);
	json_object(&j, NULL);
	json_end(&j);
	json_array(&j, NULL);
	json_bool(&j, NULL, true);
	json_bool(&j, NULL, false);
	json_null(&j, NULL);
	json_end(&j);
	json_textf(&j, NULL, "%d:%s", 7, "\"");
	json_end(&j);
	json_object(&j, "a \"key\"");
	json_end(&j);
	json_array(&j, "empty");
	json_end(&j);
	json_null(&j, "last");
	json_end(&j);
	cr_expect_str_eq(finish(&j, true),
		"{\"text\":\"a\",\"none\":null,\"zero\":0,\"largest\":18446744073709551615,"
		"\"list\":[1,{},[true,false,null],\"7:\\\"\"],\"a \\\"key\\\"\":{},\"empty\":[],\"last\":null}");
	free(written);
}

Test(json, texts)
{
	static const struct {
		const char *text, *json;
	} texts[] = {
		{NULL, "null"},
		{"", "\"\""},
		{"a\"b\\c\n\t\x1f\x7f", "\"a\\\"b\\\\c\\u000a\\u0009\\u001f\\u007f\""},
		{"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x93\x9e", "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x93\x9e\""},
		{"sip:\xff@a", "\"sip:\\ufffd@a\""},
		{"\xe4x\x80", "\"\\ufffdx\\ufffd\""},
		{"\xc3", "\"\\ufffd\""},
		{"\xe2\x82", "\"\\ufffd\\ufffd\""},
		{"\xf0\x9f\x93\"", "\"\\ufffd\\ufffd\\ufffd\\\"\""},
		{"\xc0\xaf", "\"\\ufffd\\ufffd\""},
		{"\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
		{"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""},
		/* C1, a mark that turns writing around, a byte order mark */
		{"\xc2\x9b" "2J\xe2\x80\xae\xef\xbb\xbf", "\"\\u009b2J\\u202e\\ufeff\""},
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct json j;
		start(&j);
		json_text(&j, NULL, texts[i].text);
		cr_expect_str_eq(finish(&j, true), texts[i].json, "%zu: %s", i, written);
		free(written);
	}
}

/* One line of UTF-8 with two bare quotes, whatever the bytes. */
Test(json, any_bytes)
{
	unsigned seed = 7;

	for (int round = 0; round < 3000; round++) {
		char text[40];
		size_t n = (size_t)rand_r(&seed) % sizeof(text);
		for (size_t i = 0; i < n; i++)
			text[i] = (char)(1 + rand_r(&seed) % 255);
		text[n ? n - 1 : 0] = 0;
		struct json j;
		start(&j);
		json_text(&j, NULL, text);
		const char *s = finish(&j, true);
		unsigned quotes = 0;
		for (size_t i = 0, length; s[i]; i += length) {
			bool plain;
			length = terminal_next(s + i, strlen(s + i), &plain);
			cr_assert(plain, "byte %zu of %s", i, s);
			quotes += s[i] == '"';
			if (s[i] == '\\') {
				cr_assert(s[i + 1] && strchr("\"\\u", s[i + 1]), "%s", s);
				length = 2;
			}
		}
		cr_assert_eq(quotes, 2, "%s", s);
		free(written);
	}
}

Test(json, misuse_is_told)
{
	struct json j;

	start(&j);
	cr_expect_str_eq(finish(&j, false), "");
	free(written);

	start(&j);
	json_object(&j, NULL);
	finish(&j, false);
	free(written);

	start(&j);
	json_array(&j, NULL);
	json_end(&j);
	json_end(&j);
	json_number(&j, NULL, 1);
	cr_expect_str_eq(finish(&j, false), "[]");
	free(written);

	start(&j);
	for (int i = 0; i < 100; i++)
		json_array(&j, NULL);
	for (int i = 0; i < 100; i++)
		json_end(&j);
	finish(&j, false);
	cr_expect_leq(strlen(written), (size_t)JSON_DEPTH_MAX);
	free(written);

	start(&j);
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		json_array(&j, NULL);
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		json_end(&j);
	finish(&j, true);
	cr_expect_neq(strstr(written, "[[1,2]]"), NULL);
	free(written);
}
