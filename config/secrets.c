/* SPDX-License-Identifier: MIT */
/* What is said about a `secret` itself: one that others know or can guess keeps nothing. Part of the
 * load; called where the key is set. Never quotes it. */
#include "keys.h"

#define SECRET_LEAST 16 /* bytes; 24 random ones are 32 letters of base64 */

/* Those of libbond's own examples and manuals, and what is written as a placeholder. */
static const char *const published[] = {"change-this-to-32-random-letters",
	"a-long-random-text-of-your-own", "make-your-own-by-head-c-24-dev-urandom-base64", "TEXT"};

static bool is_published(struct word value)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (word_is(value, published[i]))
			return true;
	return false;
}

/* "aaaaaaaaaaaaaaaa", "1212121212121212" */
static bool is_monotonous(struct word value)
{
	bool seen[256] = {false};
	size_t kinds = 0;
	for (size_t i = 0; i < value.n; i++) {
		kinds += !seen[(unsigned char)value.s[i]];
		seen[(unsigned char)value.s[i]] = true;
	}
	return kinds < 6;
}

void secret_check(struct build *b, struct word value)
{
	if (is_published(value))
		build_warn(b, value,
			"this secret is published, in libbond's own examples: make your own by "
			SECRET_COMMAND);
	else if (value.n < SECRET_LEAST)
		build_warn(b, value, "this secret has %zu byte%s, so that it can be guessed: at least %d, by "
			SECRET_COMMAND, value.n, value.n == 1 ? "" : "s", SECRET_LEAST);
	else if (is_monotonous(value))
		build_warn(b, value, "this secret can be guessed: make one by " SECRET_COMMAND);
}

void secret_check_comment(struct build *b, struct word rest)
{
	struct word all = word_trim(rest), value = all;
	for (size_t i = 1; i < value.n; i++)
		if (value.s[i] == ';' && (value.s[i - 1] == ' ' || value.s[i - 1] == '\t')) {
			value = word_trim((struct word){all.s, i});
			build_warn(b, (struct word){all.s + i, 1},
				"the secret ends here, after %zu byte%s: a ';' behind a blank begins a "
				"comment; write one without it, and comments on lines of their own",
				value.n, value.n == 1 ? "" : "s");
			return;
		}
}
