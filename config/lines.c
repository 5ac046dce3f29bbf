/* SPDX-License-Identifier: MIT */
/* inih splits lines into key and value; its limits (length of lines and names, ':' as a key's end,
 * no line numbers) are met by a reader that hands it one line at a time, checked before. */
#include "lines.h"
#include "terminal.h"

#include <ini.h>

#define NAME_MAX_INI 49    /* inih keeps so many bytes of a section or key */

static bool blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

/* inih ends a line at " ;", a blank before the semicolon. */
static struct word without_comment(struct word w)
{
	for (size_t i = 1; i < w.n; i++)
		if (w.s[i] == ';' && blank(w.s[i - 1])) {
			w.n = i;
			break;
		}
	return word_trim(w);
}

static bool name_character(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '-' || ch == '_';
}

/* An indented line is a key of its own where "word =" stands; a secret may hold such a text. */
static bool looks_like_key(const struct lines *l, struct word w)
{
	size_t n = 0;
	while (n < w.n && name_character(w.s[n]))
		n++;
	struct word name = {w.s, n}, rest = word_trim((struct word){w.s + n, w.n - n});
	return n && rest.n && rest.s[0] == '=' &&
	       (!word_is(l->key, "secret") || keys_known(&l->keys, name));
}

/* An indented line is a section unless it is a bracketed IPv6 address of a list. */
static bool looks_like_section(const struct lines *l, struct word w)
{
	const char *close = memchr(w.s, ']', w.n);
	if (w.s[0] != '[')
		return false;
	if (!l->has_key || !close)
		return true;
	for (const char *s = w.s + 1; s < close; s++)
		if (*s == '%')
			return false;
		else if (!strchr("0123456789abcdefABCDEF:. ", *s))
			return true;
	return false;
}

/* Whether something is wrong with the brackets or what a name is made of. */
static bool section_fault(struct build *b, struct word w, const char *close, struct word name)
{
	if (!close) {
		build_error(b, w,
			"this section has no ']': write [bond:NAME], [route:NAME], [host] or "
			"[dns]");
		return true;
	}
	if (name.n > NAME_MAX_INI) {
		build_error(b, name, "the name of this section has %zu bytes: at most %d", name.n,
			NAME_MAX_INI);
		return true;
	}
	for (size_t i = 1; i < name.n; i++)
		if (name.s[i] == ';' && blank(name.s[i - 1])) {
			build_error(b, name, "a comment begins inside this section's name");
			return true;
		}
	return false;
}

/* Returns whether inih is to see the line. */
static bool section_line(struct lines *l, struct word w)
{
	struct build *b = &l->b;
	const char *close = memchr(w.s, ']', w.n);
	struct word name = {w.s + 1, close ? (size_t)(close - w.s) - 1 : w.n - 1};
	l->key = (struct word){0};
	l->has_key = false;
	keys_end_section(&l->keys, b);
	bool fault = section_fault(b, w, close, name);
	struct word rest = {0};
	if (close)
		rest = word_trim((struct word){close + 1, w.n - name.n - 2});
	else
		name = without_comment(name);
	bool tail = rest.n && rest.s[0] != ';' && rest.s[0] != '#';
	if (tail)
		build_error(b, rest, "only a comment may stand after ']'");
	bool good = keys_begin_section(&l->keys, b, name, fault);
	l->skip = l->keys.section == SECTION_BAD;
	return good && !fault && !tail;
}

/* Finds key and value of "key = value"; false if it is none. */
static bool key_line(struct lines *l, struct word w)
{
	struct build *b = &l->b;
	const char *equals = memchr(w.s, '=', w.n), *colon = memchr(w.s, ':', w.n);
	struct word key = {w.s, equals ? (size_t)(equals - w.s) : w.n};
	l->key = (struct word){0};
	l->has_key = false;
	l->skip = true;
	if (without_comment(key).n < word_trim(key).n)
		equals = NULL; /* it stands in a comment */
	if (equals && pasted_line(b, &l->keys, word_trim(key), without_comment((struct word){equals + 1,
			    w.n - (size_t)(equals + 1 - w.s)})))
		return false;
	if (colon && (!equals || colon < equals)) {
		struct word before = word_trim((struct word){w.s, (size_t)(colon - w.s)});
		struct word at = {colon, 1};
		if (equals && !keys_known(&l->keys, before))
			build_error(b, at, "a key has no ':': write KEY = VALUE");
		else
			build_error(b, at,
				"'=' stands between key and value, not ':': write %.*s = ...",
				(int)before.n, before.s);
		return false;
	}
	if (!equals) {
		build_error(
			b, w, "this is neither a [section], a comment (; or #) nor KEY = VALUE");
		return false;
	}
	key = word_trim(key);
	if (key.n == 0) {
		build_error(b, w, "no key stands before '='");
		return false;
	}
	if (key.n > NAME_MAX_INI) {
		build_error(b, key, "this key has %zu bytes: at most %d", key.n, NAME_MAX_INI);
		return false;
	}
	l->key = key;
	struct word behind = {equals + 1, w.n - (size_t)(equals + 1 - w.s)};
	l->value = without_comment(behind);
	if (word_is(key, "secret"))
		secret_check_comment(b, behind);
	if (l->value.n == 0)
		l->value = (struct word){equals, 1};
	l->skip = !keys_allowed(&l->keys, b, key);
	l->has_key = !l->skip;
	return l->has_key;
}

static bool word_begins(struct word w, const char *text)
{
	return w.n >= strlen(text) && memcmp(w.s, text, strlen(text)) == 0;
}

bool line_is_clean(struct build *b, struct word w)
{
	bool comment = w.n && (w.s[0] == ';' || w.s[0] == '#');
	for (size_t i = 0; i < w.n; i++) {
		unsigned char ch = (unsigned char)w.s[i];
		if (ch == 0) {
			build_error(b, (struct word){w.s + i, 1},
				"a NUL byte: save the file as plain text (ASCII or UTF-8)");
			return false;
		}
		if ((ch < ' ' && ch != '\t' && !comment) || ch == 127) {
			build_error(b, (struct word){w.s + i, 1},
				"a control character (0x%02x): remove it", ch);
			return false;
		}
	}
	/* names are printed; a secret may be any bytes */
	struct word shown = comment ? (struct word){w.s, 0} : without_comment(w);
	if (b->secret || word_begins(shown, "secret"))
		return true;
	for (size_t i = 0, n; i < shown.n; i += n) {
		bool plain;
		n = terminal_next(shown.s + i, shown.n - i, &plain);
		if (plain || shown.s[i] == '\t')
			continue;
		build_error(b, (struct word){shown.s + i, n},
			n == 1 ? "a byte (0x%02x) that is no UTF-8: save the file as UTF-8"
			       : "a control character (0x%02x ...): remove it",
			(unsigned char)shown.s[i]);
		return false;
	}
	return true;
}

/* Decides what the current line is; what inih is to see of it, empty = nothing. */
static struct word classify(struct lines *l, size_t limit)
{
	const struct word nothing = {"", 0};
	struct build *b = &l->b;
	struct word all = {b->line, b->line_len}, w = word_trim(all);
	bool indented = w.s > all.s;
	b->secret = indented && l->key.n && build_is_secret(l->key);
	if (!line_is_clean(b, w)) {
		l->skip = true;
		return nothing;
	}
	if (w.n == 0 || w.s[0] == ';' || w.s[0] == '#')
		return nothing;
	if (b->line_len > limit) {
		build_say(b, FINDING_ERROR, (struct place){.line = b->number, .column = (uint16_t)(limit + 1)}, 1,
			"this line has %zu bytes, at most %zu are read: continue it on a line that "
			"begins "
			"with a blank, or repeat the key",
			b->line_len, limit);
		l->skip = true;
		l->key = (struct word){0};
		return nothing;
	}
	if (w.s[0] == '[' && (!indented || looks_like_section(l, w))) {
		b->secret = false;
		return section_line(l, w) ? w : nothing;
	}
	if (indented && (l->has_key || l->skip) && !looks_like_key(l, w)) {
		if (l->skip)
			return nothing;
		l->value = without_comment(w);
		if (word_is(l->key, "secret"))
			secret_check_comment(b, w);
		l->expected = true;
		/* inih takes the comment of such a line for a part of the value */
		return (struct word){all.s, (size_t)(l->value.s + l->value.n - all.s)};
	}
	b->secret = false;
	l->expected = key_line(l, w);
	return l->expected ? w : nothing;
}

static void missed(struct lines *l)
{
	if (l->expected)
		build_error(&l->b, word_trim((struct word){l->b.line, l->b.line_len}),
			"this line cannot be read: write KEY = VALUE");
	l->expected = false;
	if (l->b.f->error_count != l->errors)
		keys_doubt(&l->keys, l->key);
	l->errors = l->b.f->error_count;
}

/* The reader that inih calls, in place of fgets(). */
static char *next_line(char *buf, int size, void *user)
{
	struct lines *l = user;
	struct build *b = &l->b;
	missed(l);
	if (l->at >= l->end || size < 2)
		return NULL;
	const char *newline = memchr(l->at, '\n', (size_t)(l->end - l->at));
	const char *line_end = newline ? newline : l->end;
	b->line = l->at;
	b->line_len = (size_t)(line_end - l->at);
	if (b->line_len && b->line[b->line_len - 1] == '\r')
		b->line_len--;
	b->number++;
	l->at = newline ? newline + 1 : l->end;
	/* with its end: where that is missing inih (r61) skips to the next one */
	struct word w = classify(l, (size_t)size - 2);
	memcpy(buf, w.s, w.n);
	memcpy(buf + w.n, "\n", 2);
	return buf;
}

static int handle(void *user, const char *section, const char *name, const char *value)
{
	struct lines *l = user;
	struct build *b = &l->b;
	(void)section;
	if (!l->expected || !word_is(l->key, name))
		return 1; /* missed() reports it */
	l->expected = false;
	if (value[0] == 0) {
		build_error(b, l->key, "%.*s has no value: write %.*s = ...", (int)l->key.n,
			l->key.s, (int)l->key.n, l->key.s);
		keys_mark(&l->keys, b, l->key);
		return 1;
	}
	if (strlen(value) != l->value.n || memcmp(value, l->value.s, l->value.n) != 0) {
		l->expected = true;
		return 1;
	}
	for (size_t i = 1; i < l->value.n; i++)
		if (l->value.s[i] == '#' && blank(l->value.s[i - 1])) {
			build_error(b, (struct word){l->value.s + i, l->value.n - i},
				"a comment after a value begins with ';', '#' only at the start of "
				"a line");
			keys_mark(&l->keys, b, l->key);
			return 1;
		}
	keys_set(&l->keys, b, l->key, l->value);
	return 1;
}

void lines_read(struct lines *l)
{
	struct build *b = &l->b;
	if (b->size >= 3 && memcmp(b->text, "\xef\xbb\xbf", 3) == 0)
		b->text += 3, b->size -= 3;
	l->at = b->text;
	l->end = b->text + b->size;
	b->line = b->text;
	if (ini_parse_stream(next_line, l, handle, l) == -2)
		b->no_memory = true;
	missed(l);
	keys_end_section(&l->keys, b);
}
