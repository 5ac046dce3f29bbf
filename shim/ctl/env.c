/* SPDX-License-Identifier: MIT */
/* As env(1) of GNU coreutils, "-S/--split-string usage in scripts". Called by preload.c. */
#include "env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE "LD_PRELOAD"

enum { PLAIN, WITH_VALUE, MAY_HAVE_VALUE };

static const struct {
	const char *name;
	char letter;
	int value;
} options[] = {{"ignore-environment", 'i', PLAIN}, {"null", '0', PLAIN},
	{"unset", 'u', WITH_VALUE}, {"chdir", 'C', WITH_VALUE}, {"argv0", 'a', WITH_VALUE},
	{"split-string", 'S', WITH_VALUE}, {"debug", 'v', PLAIN},
	{"block-signal", 0, MAY_HAVE_VALUE}, {"default-signal", 0, MAY_HAVE_VALUE},
	{"ignore-signal", 0, MAY_HAVE_VALUE}, {"list-signal-handling", 0, PLAIN},
	{"help", 0, PLAIN}, {"version", 0, PLAIN}};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static bool put(struct env_script *e, char ch)
{
	if (e->used + 1 >= sizeof(e->text))
		return false;
	e->text[e->used++] = ch;
	return true;
}

static bool put_variable(struct env_script *e, const char **at)
{
	const char *end = strchr(*at, '}');
	char name[256];
	size_t n = end ? (size_t)(end - *at) - 1 : 0;

	if ((*at)[0] != '{' || !n || n >= sizeof(name))
		return false;
	memcpy(name, *at + 1, n);
	name[n] = '\0';
	*at = end + 1;
	for (const char *value = getenv(name); value && *value; value++) {
		if (!put(e, *value))
			return false;
	}
	return true;
}

/* What a backslash and ch stand for; 0 = a blank between words, outside quotes; -1 = nothing. */
static int escaped(char ch, bool quoted)
{
	static const char from[] = "fnrtv#$\"'\\_", to[] = "\f\n\r\t\v#$\"'\\ ";
	const char *p = ch ? strchr(from, ch) : NULL;

	if (ch == '_' && !quoted)
		return 0;
	return p ? to[p - from] : -1;
}

/* Adds the words of s, in quotes and with escapes, as -S takes them apart. False: it is wrong. */
static bool split(struct env_script *e, const char *s)
{
	bool inside = false;
	char quote = '\0';

	while (*s) {
		char ch = *s++;
		bool blank = !quote && strchr(" \t\n\v\f\r", ch);
		int meant = 0;
		if (ch == '\\' && !(quote == '\'' && *s != '\'' && *s != '\\')) {
			if (*s == 'c' && !quote)
				break;
			meant = escaped(*s++, quote);
			if (meant < 0)
				return false;
			blank = meant == 0;
		} else if (ch == '#' && !inside) {
			break;
		}
		if (blank) {
			if (inside && !put(e, '\0'))
				return false;
			inside = false;
			continue;
		}
		if (!inside) {
			if (e->count == ENV_WORDS)
				return false;
			e->words[e->count++] = e->text + e->used;
			inside = true;
		}
		if (meant) {
			if (!put(e, (char)meant))
				return false;
		} else if (ch == quote) {
			quote = '\0';
		} else if (!quote && (ch == '"' || ch == '\'')) {
			quote = ch;
		} else if (ch == '$' && quote != '\'') {
			if (!put_variable(e, &s))
				return false;
		} else if (!put(e, ch)) {
			return false;
		}
	}
	return !quote && (!inside || put(e, '\0'));
}

/* The option of that name, which may be cut short; -1 = none, or several. */
static int find_long(const char *name, size_t n)
{
	int found = -1;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strncmp(options[i].name, name, n))
			continue;
		if (strlen(options[i].name) == n)
			return (int)i;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}

static int find_letter(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].letter == letter)
			return (int)i;
	}
	return -1;
}

static void undo(struct env_script *e, const char *word, const char *value)
{
	snprintf(e->shown, sizeof(e->shown), "%s%s%s", word, value ? " " : "", value ? value : "");
	e->undone = e->shown;
}

/* Acts on one option; word is what to show of it, apart whether value stands in the next word. */
static bool take(struct env_script *e, int option, const char *word, const char *value, bool apart)
{
	switch (options[option].letter) {
	case 'i': undo(e, word[1] == '-' ? word : "-i", NULL); break;
	case 'u':
		if (!strcmp(value, VARIABLE))
			undo(e, word, apart ? value : NULL);
		break;
	case 'S': {
		/* Its words stand in place of the option, in front of those that follow. */
		const char *rest[ENV_WORDS];
		size_t n = e->count;
		memcpy(rest, e->words, n * sizeof(*rest));
		e->count = 0;
		if (!split(e, value) || e->count + n > ENV_WORDS)
			return false;
		memcpy(e->words + e->count, rest, n * sizeof(*rest));
		e->count += n;
		break;
	}
	}
	return true;
}

static const char *shift(struct env_script *e)
{
	const char *word = e->words[0];

	memmove(e->words, e->words + 1, --e->count * sizeof(*e->words));
	return word;
}

static bool read_long(struct env_script *e, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	const char *value = word[2 + n] ? word + 3 + n : NULL;
	int option = find_long(word + 2, n);
	bool apart = !value;

	if (option < 0)
		return false;
	if (apart && options[option].value == WITH_VALUE) {
		if (!e->count)
			return false;
		value = shift(e);
	}
	return take(e, option, word, value, apart);
}

static bool read_letters(struct env_script *e, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		int option = find_letter(*p);
		if (option < 0)
			return false;
		if (options[option].value == PLAIN) {
			if (!take(e, option, word, NULL, false))
				return false;
			continue;
		}
		bool apart = !p[1];
		if (apart && !e->count)
			return false;
		return take(e, option, word, apart ? shift(e) : p + 1, apart);
	}
	return true;
}

/* Options, then NAME=VALUE, then the program. Another env as the program begins anew. */
static void read_words(struct env_script *e)
{
	bool options_over = false;

	while (e->count && !e->undone) {
		const char *word = shift(e), *slash = strrchr(word, '/');
		const char *equals = strchr(word, '=');
		if (!options_over && !strcmp(word, "--")) {
			options_over = true;
		} else if (!options_over && !strcmp(word, "-")) {
			undo(e, word, NULL);
		} else if (!options_over && word[0] == '-') {
			if (!(word[1] == '-' ? read_long(e, word) : read_letters(e, word)))
				return;
		} else if (equals) {
			options_over = true;
			if ((size_t)(equals - word) == strlen(VARIABLE) &&
				!strncmp(word, VARIABLE, strlen(VARIABLE)))
				undo(e, word, NULL);
		} else if (!strcmp(slash ? slash + 1 : word, "env")) {
			options_over = false;
			e->program = word;
		} else {
			e->program = word;
			return;
		}
	}
}

/* Where the value of a leading -S begins in the one word that the kernel makes of all that stands
 * behind the interpreter; NULL = there is none. */
static const char *find_split(const char *word, bool *empties)
{
	size_t n = strcspn(word, "= \t");

	*empties = false;
	if (!strncmp(word, "--", 2)) {
		int option = n > 2 ? find_long(word + 2, n - 2) : -1;
		return option >= 0 && options[option].letter == 'S' && word[n] ? word + n + 1 : NULL;
	}
	if (word[0] != '-')
		return NULL;
	for (const char *p = word + 1; *p && strchr("iv0S", *p); p++) {
		*empties = *empties || *p == 'i';
		if (*p == 'S')
			return p + 1;
	}
	return NULL;
}

void env_read(struct env_script *e, const char *argument)
{
	bool empties, good = true;

	*e = (struct env_script){0};
	argument += strspn(argument, " \t");
	const char *value = find_split(argument, &empties);
	if (value && empties)
		undo(e, "-i", NULL);
	else if (value)
		good = split(e, value);
	/* Without -S env finds no such option or program, but the words tell what was meant. */
	for (size_t n; !value && good && *argument; argument += n) {
		n = strcspn(argument, " \t");
		good = e->count < ENV_WORDS && e->used + n < sizeof(e->text);
		if (good && n) {
			e->words[e->count++] = memcpy(e->text + e->used, argument, n);
			e->used += n + 1;
		}
		n += strspn(argument + n, " \t");
	}
	if (good)
		read_words(e);
}
