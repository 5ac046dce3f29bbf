/* SPDX-License-Identifier: MIT */
/* Byte by byte: heads are short, and there is one a connection. */
#include "ws_head.h"

#include <string.h>

enum { AT_START, AT_NAME, AT_VALUE };
enum { FIELD_OTHER, FIELD_UPGRADE, FIELD_PROTOCOL, FIELD_EXTENSIONS };

static const char request[] = "GET ", answer[] = "HTTP/1.1 101";

static bool begins(const char *with, size_t length, const char *p, size_t n)
{
	return memcmp(p, with, n < length ? n : length) == 0;
}

bool ws_head_begins(const char *p, size_t n)
{
	return begins(request, sizeof(request) - 1, p, n) || begins(answer, sizeof(answer) - 1, p, n);
}

bool ws_head_is_answer(const struct ws_head *h)
{
	return h->answer && (h->at != AT_START || h->word_n >= sizeof(answer) - 1);
}

static bool is_word(const struct ws_head *h, const char *word)
{
	size_t n = strlen(word);

	return h->word_n == n && memcmp(h->word, word, n) == 0;
}

/* One that is too long is none of ours. */
static void add(struct ws_head *h, char c)
{
	if (h->word_n < sizeof(h->word))
		h->word[h->word_n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint8_t field_of(const struct ws_head *h)
{
	if (is_word(h, "upgrade"))
		return FIELD_UPGRADE;
	if (is_word(h, "sec-websocket-protocol"))
		return FIELD_PROTOCOL;
	return is_word(h, "sec-websocket-extensions") ? FIELD_EXTENSIONS : FIELD_OTHER;
}

static void end_word(struct ws_head *h)
{
	if (h->field == FIELD_UPGRADE)
		h->upgrade |= is_word(h, "websocket");
	else if (h->field == FIELD_PROTOCOL) {
		h->named |= h->word_n > 0;
		h->sip |= is_word(h, "sip");
	}
	else if (h->field == FIELD_EXTENSIONS)
		h->extensions |= h->word_n > 0;
	h->word_n = 0;
}

/* A byte of the first line: which of both heads it is stands at its beginning. */
static enum ws_head_is start(struct ws_head *h, char c)
{
	size_t at = h->word_n;

	if (c == '\n') {
		if (at < sizeof(answer) - 1)
			return WS_HEAD_OTHER;
		h->at = AT_NAME;
		h->word_n = 0;
		return WS_HEAD_MORE;
	}
	if (at == 0)
		h->answer = c == answer[0];
	if (h->answer ? at < sizeof(answer) - 1 && c != answer[at] : at < sizeof(request) - 1 && c != request[at])
		return WS_HEAD_OTHER;
	if (at < sizeof(h->word))
		h->word_n++;
	return WS_HEAD_MORE;
}

static enum ws_head_is end(const struct ws_head *h)
{
	if (!h->upgrade || (h->named && !h->sip))
		return WS_HEAD_OTHER;
	if (!h->answer)
		return h->sip ? WS_HEAD_ASKS : WS_HEAD_OTHER;
	return h->sip && !h->extensions ? WS_HEAD_ANSWERS : WS_HEAD_UNREAD;
}

/* It is too much to go on with. */
static enum ws_head_is give_up(const struct ws_head *h)
{
	return ws_head_is_answer(h) ? WS_HEAD_UNREAD : WS_HEAD_OTHER;
}

/* A field's name, or the empty line. A folded line (obsolete since RFC 7230) may belong to a value that
 * says something. */
static enum ws_head_is name(struct ws_head *h, char c)
{
	if (c == '\r')
		return WS_HEAD_MORE;
	if (c == '\n' && h->word_n == 0)
		return end(h);
	if (h->word_n == 0 && (c == ' ' || c == '\t'))
		return give_up(h);
	if (c == ':') {
		h->field = field_of(h);
		h->at = AT_VALUE;
	}
	if (c == ':' || c == '\n')
		h->word_n = 0;
	else
		add(h, c);
	return WS_HEAD_MORE;
}

static enum ws_head_is value(struct ws_head *h, char c)
{
	if (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
		end_word(h);
	else
		add(h, c);
	if (c == '\n')
		h->at = AT_NAME;
	return WS_HEAD_MORE;
}

enum ws_head_is ws_head_feed(struct ws_head *h, const char *p, size_t n, size_t *used)
{
	enum ws_head_is is = WS_HEAD_MORE;

	for (*used = 0; *used < n && is == WS_HEAD_MORE; ++*used) {
		char c = p[*used];
		if (h->n++ == WS_HEAD_MAX)
			is = give_up(h);
		else if (h->at == AT_START)
			is = start(h, c);
		else
			is = h->at == AT_NAME ? name(h, c) : value(h, c);
	}
	return is;
}
