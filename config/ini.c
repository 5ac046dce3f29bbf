/* SPDX-License-Identifier: MIT */
/* The operator's INI -> struct config. inih splits lines into key and value; its limits (length of
 * lines and names, ':' as a key's end, no line numbers) are met by a reader that hands it one line
 * at a time, checked before. Called once, by the constructor or a tool. */
#include "keys.h"
#include "terminal.h"
#include "text.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>

#define NAME_MAX_INI 49    /* inih keeps so many bytes of a section or key */

/* The state of the lines, around the build that the keys fill. */
struct reader {
	struct build b;
	struct keys keys;
	const char *at, *end;
	bool skip;              /* the key before was wrong: so are its continuation lines */
	bool has_key;           /* a key of this section that a continuation line can continue */
	bool expected;          /* inih owes a call of the handler for this line */
	struct word key, value; /* of this line, as found here */
	size_t errors;          /* before this line */
};

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
static bool looks_like_key(const struct reader *r, struct word w)
{
	size_t n = 0;
	while (n < w.n && name_character(w.s[n]))
		n++;
	struct word name = {w.s, n}, rest = word_trim((struct word){w.s + n, w.n - n});
	return n && rest.n && rest.s[0] == '=' &&
	       (!word_is(r->key, "secret") || keys_known(&r->keys, name));
}

/* An indented line is a section unless it is a bracketed IPv6 address of a list. */
static bool looks_like_section(const struct reader *r, struct word w)
{
	const char *close = memchr(w.s, ']', w.n);
	if (w.s[0] != '[')
		return false;
	if (!r->has_key || !close)
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
static bool section_line(struct reader *r, struct word w)
{
	struct build *b = &r->b;
	const char *close = memchr(w.s, ']', w.n);
	struct word name = {w.s + 1, close ? (size_t)(close - w.s) - 1 : w.n - 1};
	r->key = (struct word){0};
	r->has_key = false;
	keys_end_section(&r->keys, b);
	bool fault = section_fault(b, w, close, name);
	struct word rest = {0};
	if (close)
		rest = word_trim((struct word){close + 1, w.n - name.n - 2});
	else
		name = without_comment(name);
	bool tail = rest.n && rest.s[0] != ';' && rest.s[0] != '#';
	if (tail)
		build_error(b, rest, "only a comment may stand after ']'");
	bool good = keys_begin_section(&r->keys, b, name, fault);
	r->skip = r->keys.section == SECTION_BAD;
	return good && !fault && !tail;
}

/* Finds key and value of "key = value"; false if it is none. */
static bool key_line(struct reader *r, struct word w)
{
	struct build *b = &r->b;
	const char *equals = memchr(w.s, '=', w.n), *colon = memchr(w.s, ':', w.n);
	struct word key = {w.s, equals ? (size_t)(equals - w.s) : w.n};
	r->key = (struct word){0};
	r->has_key = false;
	r->skip = true;
	if (without_comment(key).n < word_trim(key).n)
		equals = NULL; /* it stands in a comment */
	if (equals && pasted_line(b, &r->keys, word_trim(key), without_comment((struct word){equals + 1,
			    w.n - (size_t)(equals + 1 - w.s)})))
		return false;
	if (colon && (!equals || colon < equals)) {
		struct word before = word_trim((struct word){w.s, (size_t)(colon - w.s)});
		struct word at = {colon, 1};
		if (equals && !keys_known(&r->keys, before))
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
	r->key = key;
	struct word behind = {equals + 1, w.n - (size_t)(equals + 1 - w.s)};
	r->value = without_comment(behind);
	if (word_is(key, "secret"))
		secret_check_comment(b, behind);
	if (r->value.n == 0)
		r->value = (struct word){equals, 1};
	r->skip = !keys_allowed(&r->keys, b, key);
	r->has_key = !r->skip;
	return r->has_key;
}

static bool word_begins(struct word w, const char *text)
{
	return w.n >= strlen(text) && memcmp(w.s, text, strlen(text)) == 0;
}

static bool clean(struct reader *r, struct word w)
{
	struct build *b = &r->b;
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
static struct word classify(struct reader *r, size_t limit)
{
	const struct word nothing = {"", 0};
	struct build *b = &r->b;
	struct word all = {b->line, b->line_len}, w = word_trim(all);
	bool indented = w.s > all.s;
	b->secret = indented && r->key.n && build_is_secret(r->key);
	if (!clean(r, w)) {
		r->skip = true;
		return nothing;
	}
	if (w.n == 0 || w.s[0] == ';' || w.s[0] == '#')
		return nothing;
	if (b->line_len > limit) {
		build_say(b, FINDING_ERROR, (struct place){b->number, (uint32_t)limit + 1}, 1,
			"this line has %zu bytes, at most %zu are read: continue it on a line that "
			"begins "
			"with a blank, or repeat the key",
			b->line_len, limit);
		r->skip = true;
		r->key = (struct word){0};
		return nothing;
	}
	if (w.s[0] == '[' && (!indented || looks_like_section(r, w))) {
		b->secret = false;
		return section_line(r, w) ? w : nothing;
	}
	if (indented && (r->has_key || r->skip) && !looks_like_key(r, w)) {
		if (r->skip)
			return nothing;
		r->value = without_comment(w);
		if (word_is(r->key, "secret"))
			secret_check_comment(b, w);
		r->expected = true;
		/* inih takes the comment of such a line for a part of the value */
		return (struct word){all.s, (size_t)(r->value.s + r->value.n - all.s)};
	}
	b->secret = false;
	r->expected = key_line(r, w);
	return r->expected ? w : nothing;
}

static void missed(struct reader *r)
{
	if (r->expected)
		build_error(&r->b, word_trim((struct word){r->b.line, r->b.line_len}),
			"this line cannot be read: write KEY = VALUE");
	r->expected = false;
	if (r->b.f->error_count != r->errors)
		keys_doubt(&r->keys, r->key);
	r->errors = r->b.f->error_count;
}

/* The reader that inih calls, in place of fgets(). */
static char *next_line(char *buf, int size, void *user)
{
	struct reader *r = user;
	struct build *b = &r->b;
	missed(r);
	if (r->at >= r->end || size < 2)
		return NULL;
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	const char *line_end = newline ? newline : r->end;
	b->line = r->at;
	b->line_len = (size_t)(line_end - r->at);
	if (b->line_len && b->line[b->line_len - 1] == '\r')
		b->line_len--;
	b->number++;
	r->at = newline ? newline + 1 : r->end;
	/* with its end: where that is missing inih (r61) skips to the next one */
	struct word w = classify(r, (size_t)size - 2);
	memcpy(buf, w.s, w.n);
	memcpy(buf + w.n, "\n", 2);
	return buf;
}

static int handle(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct build *b = &r->b;
	(void)section;
	if (!r->expected || !word_is(r->key, name))
		return 1; /* missed() reports it */
	r->expected = false;
	if (value[0] == 0) {
		build_error(b, r->key, "%.*s has no value: write %.*s = ...", (int)r->key.n,
			r->key.s, (int)r->key.n, r->key.s);
		keys_mark(&r->keys, b, r->key);
		return 1;
	}
	if (strlen(value) != r->value.n || memcmp(value, r->value.s, r->value.n) != 0) {
		r->expected = true;
		return 1;
	}
	for (size_t i = 1; i < r->value.n; i++)
		if (r->value.s[i] == '#' && blank(r->value.s[i - 1])) {
			build_error(b, (struct word){r->value.s + i, r->value.n - i},
				"a comment after a value begins with ';', '#' only at the start of "
				"a line");
			keys_mark(&r->keys, b, r->key);
			return 1;
		}
	keys_set(&r->keys, b, r->key, r->value);
	return 1;
}

static void read_lines(struct reader *r)
{
	struct build *b = &r->b;
	if (b->size >= 3 && memcmp(b->text, "\xef\xbb\xbf", 3) == 0)
		b->text += 3, b->size -= 3;
	r->at = b->text;
	r->end = b->text + b->size;
	b->line = b->text;
	if (ini_parse_stream(next_line, r, handle, r) == -2)
		b->no_memory = true;
	missed(r);
	keys_end_section(&r->keys, b);
}

static int parse(struct reader *r)
{
	struct build *b = &r->b;
	read_lines(r);
	finish_load(b);
	reach_check(b);
	findings_sort(b->f);
	if (b->no_memory || (b->f->error_count == 0 && config_index(b->c)))
		return ENOMEM;
	return b->f->error_count ? EINVAL : 0;
}

/* A file of nothing was cut, or is not the one that was meant. */
static bool is_empty(const struct build *b)
{
	size_t i = b->size >= 3 && memcmp(b->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (i < b->size && strchr(" \t\r\n", b->text[i]) && b->text[i])
		i++;
	return i == b->size;
}

static void keep_programs(struct config *c)
{
	*c = (struct config){.file = c->file,
		.programs = c->programs,
		.program_count = c->program_count,
		.blocks = c->blocks};
}

/* Reads no more than which programs are named; true: acts() says that this is none of them. */
static bool is_for_others(struct reader *whole, const char *file)
{
	struct findings f = {0};
	struct reader r = {.b = whole->b};
	struct config *c = r.b.c;
	if (!memmem(r.b.text, r.b.size, "program", strlen("program")))
		return false;
	r.b.f = &f;
	r.b.programs_only = true;
	c->file = config_strdup(c, file, strlen(file));
	read_lines(&r);
	bool others = c->file && !r.b.no_memory && !r.keys.doubt && !r.b.acts(c);
	findings_free(&f);
	free(r.b.lines);
	if (others)
		keep_programs(c);
	else
		config_free(c);
	return others;
}

static int load_text(struct reader *r, const char *file)
{
	struct build *b = &r->b;
	struct config *c = b->c;
	*c = (struct config){0};
	*b->f = (struct findings){0};
	if (b->acts && is_for_others(r, file))
		return ECANCELED;
	*c = (struct config){.dns_timeout = 5};
	expand_start(&b->expand);
	c->file = config_strdup(c, file, strlen(file));
	if (is_empty(b))
		build_say(b, FINDING_ERROR, (struct place){0}, 0,
			"this file is empty: restore it, or write its bonds and routes");
	int error = c->file ? parse(r) : ENOMEM;
	if (error == ENOMEM)
		build_say(b, FINDING_ERROR, (struct place){0}, 0, "out of memory");
	expand_end(&b->expand);
	free(b->lines);
	free(b->references);
	if (error == EINVAL && !r->keys.doubt)
		keep_programs(c);
	else if (error)
		config_free(c);
	return error;
}

int config_load_text(
	struct config *c, const char *file, const char *text, size_t n, struct findings *f)
{
	struct reader r = {.b = {.c = c, .f = f, .text = text, .size = n}};
	return load_text(&r, file);
}

/* error: of reading the text, which is freed here. */
static int load_read(struct config *c, const char *file, char *text, size_t n, int error,
	bool (*acts)(const struct config *c), struct findings *f)
{
	struct reader r = {.b = {.c = c, .f = f, .text = text, .size = n, .acts = acts}};
	if (error) {
		*c = (struct config){0};
		*f = (struct findings){0};
		build_say(&r.b, FINDING_ERROR, (struct place){0}, 0, "cannot read this file: %s",
			error == ETIMEDOUT ? "it is a pipe into which nobody writes" : strerror(error));
	} else {
		error = load_text(&r, file);
	}
	free(text);
	return error;
}

int config_load(struct config *c, const char *file, struct findings *f)
{
	return config_load_host(c, file, NULL, f);
}

int config_load_host(struct config *c, const char *file, bool (*acts)(const struct config *c),
	struct findings *f)
{
	char *text;
	size_t n;
	int error = text_read(file, &text, &n);
	return load_read(c, file, text, n, error, acts, f);
}

int config_load_open(struct config *c, const char *file, int fd, struct findings *f)
{
	char *text;
	size_t n;
	int error = text_read_open(fd, &text, &n);
	return load_read(c, file, text, n, error, NULL, f);
}
