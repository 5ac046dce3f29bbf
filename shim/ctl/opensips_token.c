/* SPDX-License-Identifier: MIT */
#include "opensips_token.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.-/$", c));
}

static void step(struct tokens *t)
{
	t->line += *t->at++ == '\n';
}

static bool begins(const struct tokens *t, const char *sign)
{
	return t->end - t->at >= 2 && memcmp(t->at, sign, 2) == 0;
}

static void skip_comment(struct tokens *t)
{
	int depth = 0;
	uint32_t line = t->line;

	do {
		int turn = begins(t, "/*") ? 1 : begins(t, "*/") ? -1 : 0;
		depth += turn;
		if (turn)
			step(t);
		step(t);
	} while (depth && t->at < t->end);
	if (depth)
		t->open = line;
}

/* Blanks, ends of lines and comments; whether there were any. */
static bool skip(struct tokens *t)
{
	const char *begin = t->at;

	while (t->at < t->end) {
		if (isspace((unsigned char)*t->at))
			step(t);
		else if (*t->at == '#')
			while (t->at < t->end && *t->at != '\n')
				step(t);
		else if (begins(t, "/*"))
			skip_comment(t);
		else
			break;
	}
	return t->at != begin;
}

static void take_string(struct tokens *t, struct token *found)
{
	char quote = *t->at;

	step(t);
	found->kind = TOKEN_STRING;
	found->s = t->at;
	while (t->at < t->end && *t->at != quote) {
		if (*t->at == '\\' && t->end - t->at > 1)
			step(t);
		step(t);
	}
	found->n = (size_t)(t->at - found->s);
	if (t->at < t->end)
		step(t);
	else
		t->open = found->line;
}

struct token opensips_next(struct tokens *t)
{
	struct token found = {.spaced = skip(t)};

	found.line = t->line;
	found.s = t->at;
	if (t->at == t->end)
		return found;
	if (*t->at == '"' || *t->at == '\'') {
		take_string(t, &found);
		return found;
	}
	found.kind = is_word(*t->at) ? TOKEN_WORD : TOKEN_SIGN;
	do
		step(t);
	while (found.kind == TOKEN_WORD && t->at < t->end && is_word(*t->at) && !begins(t, "/*"));
	found.n = (size_t)(t->at - found.s);
	return found;
}

bool opensips_is(struct token t, const char *word)
{
	return t.kind == TOKEN_WORD && strlen(word) == t.n && strncasecmp(t.s, word, t.n) == 0;
}

bool opensips_is_sign(struct token t, char sign)
{
	return t.kind == TOKEN_SIGN && *t.s == sign;
}
