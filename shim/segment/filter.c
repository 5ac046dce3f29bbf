/* SPDX-License-Identifier: MIT */
/* Parsing complains with what was meant, perhaps. A name is kept as the INI writes it. */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "config/suggest.h"

#define WORD_MAX 64
#define VALUE_MAX 255 /* of one with a value */

/* Indexed by enum filter_call; what follows are further spellings and the other words. */
static const struct {
	const char *word;
	enum filter_call call;
} words[] = {{"accept", CALL_ACCEPT}, {"accept4", CALL_ACCEPT4}, {"bind", CALL_BIND},
	{"close", CALL_CLOSE}, {"close_range", CALL_CLOSE_RANGE}, {"connect", CALL_CONNECT},
	{"dup", CALL_DUP}, {"dup2", CALL_DUP2}, {"dup3", CALL_DUP3}, {"fcntl", CALL_FCNTL},
	{"getsockname", CALL_GETSOCKNAME}, {"listen", CALL_LISTEN}, {"read", CALL_READ},
	{"readv", CALL_READV}, {"recvfrom", CALL_RECVFROM}, {"recvmmsg", CALL_RECVMMSG},
	{"recvmsg", CALL_RECVMSG}, {"sendmmsg", CALL_SENDMMSG}, {"sendmsg", CALL_SENDMSG},
	{"sendto", CALL_SENDTO}, {"socket", CALL_SOCKET}, {"write", CALL_WRITE},
	{"writev", CALL_WRITEV}, {"SSL_read", CALL_TLS_READ}, {"SSL_write", CALL_TLS_WRITE},
	{"recv", CALL_RECVFROM}, {"send", CALL_SENDTO}, {"fcntl64", CALL_FCNTL},
	{"closefrom", CALL_CLOSE_RANGE}, {"gnutls_record_recv", CALL_TLS_READ},
	{"gnutls_record_send", CALL_TLS_WRITE}, {"wolfSSL_read", CALL_TLS_READ},
	{"wolfSSL_write", CALL_TLS_WRITE}, {"mbedtls_ssl_read", CALL_TLS_READ},
	{"mbedtls_ssl_write", CALL_TLS_WRITE}};

static const struct {
	const char *word;
	uint32_t outcome; /* 0 = another word */
} other_words[] = {{"all", 0}, {"date", 0}, {"select", OUTCOME_SELECT}, {"fail", OUTCOME_FAIL},
	{"unknown", OUTCOME_UNKNOWN}, {"restore", OUTCOME_RESTORE}};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum filter_call filter_call(const char *name)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		if (words[i].word[0] == name[0] && !strcmp(words[i].word, name))
			return words[i].call;
	}
	return CALL_OTHER;
}

static const char *const named[] = {"bond=", "route=", "peer=", "call-id="};

static int complain_word(char *error, const char *word)
{
	struct suggest s;

	suggest_start(&s, word, strlen(word));
	for (size_t i = 0; i < COUNT(words); i++)
		suggest_offer(&s, words[i].word);
	for (size_t i = 0; i < COUNT(other_words); i++)
		suggest_offer(&s, other_words[i].word);
	for (size_t i = 0; i < COUNT(named); i++)
		suggest_offer(&s, named[i]);
	if (s.best)
		snprintf(error, FILTER_ERROR_SIZE, "unknown word \"%.64s\", did you mean \"%s\"?", word,
			s.best);
	else
		snprintf(error, FILTER_ERROR_SIZE,
			"unknown word \"%.64s\"; known are all, select, fail, unknown, restore, bond=NAME, "
			"route=NAME, peer=ADDRESS, call-id=ID and names of calls such as sendto, each with "
			"! in front to leave it out, and date",
			word);
	return EINVAL;
}

static const char *name_of_bond(const struct config *c, size_t i)
{
	return c && i < c->bond_count ? c->bonds[i].name : NULL;
}

static const char *name_of_route(const struct config *c, size_t i)
{
	return c && i < c->route_count ? c->routes[i].name : NULL;
}

/* What the INI has sections of. */
struct section {
	const char *kind;
	const char *(*name)(const struct config *c, size_t i);
};

static int complain_section(char *error, const struct section *kind, const char *name, const struct config *c)
{
	struct suggest s;

	if (!*name) {
		snprintf(error, FILTER_ERROR_SIZE, "%s= names none", kind->kind);
		return EINVAL;
	}
	if (!c) {
		snprintf(error, FILTER_ERROR_SIZE, "%s=%s: no configuration is loaded", kind->kind, name);
		return EINVAL;
	}
	suggest_start(&s, name, strlen(name));
	for (size_t i = 0; kind->name(c, i); i++)
		suggest_offer(&s, kind->name(c, i));
	if (s.best)
		snprintf(error, FILTER_ERROR_SIZE, "unknown %s \"%.64s\", did you mean \"%s\"?", kind->kind, name,
			s.best);
	else
		snprintf(error, FILTER_ERROR_SIZE, "unknown %s \"%.64s\"; %s has no [%s:%.64s]", kind->kind, name,
			c->file ? c->file : "the configuration", kind->kind, name);
	return EINVAL;
}

static int add_name(struct filter *f, struct filter_names *names, const char *what, const char *name, char *error)
{
	size_t size = strlen(name) + 1;

	if (names->count == FILTER_NAMES_MAX || size > sizeof(f->text) - f->text_size) {
		snprintf(error, FILTER_ERROR_SIZE, "more than %d %ss", (int)names->count, what);
		return EINVAL;
	}
	memcpy(f->text + f->text_size, name, size);
	names->at[names->count++] = f->text_size;
	f->text_size = (uint16_t)(f->text_size + size);
	return 0;
}

const struct config filter_any;

static int add_section(struct filter *f, struct filter_names *names, const struct section *kind,
	const char *name, const struct config *c, char *error)
{
	for (size_t i = 0; c && kind->name(c, i); i++)
		if (strcasecmp(kind->name(c, i), name) == 0)
			return add_name(f, names, kind->kind, kind->name(c, i), error);
	if (c == &filter_any && *name)
		return add_name(f, names, kind->kind, name, error);
	return complain_section(error, kind, name, c);
}

static int add_peer(struct filter_words *w, const char *text, char *error)
{
	struct prefix p = {.bits = 128};

	if (addr_parse(&p.addr, text, strlen(text)) != 0 && prefix_parse(&p, text, strlen(text)) != 0) {
		snprintf(error, FILTER_ERROR_SIZE,
			"peer=%.64s: write an address, ADDRESS:PORT ([IPv6]:PORT) or ADDRESS/LENGTH", text);
		return EINVAL;
	}
	if (w->peer_count == FILTER_NAMES_MAX) {
		snprintf(error, FILTER_ERROR_SIZE, "more than %d peers", FILTER_NAMES_MAX);
		return EINVAL;
	}
	w->peers[w->peer_count++] = p;
	return 0;
}

/* What stands behind the text in word, or NULL. */
static const char *behind(const char *word, const char *text)
{
	return strncmp(word, text, strlen(text)) == 0 ? word + strlen(text) : NULL;
}

static int parse_word(struct filter *f, struct filter_words *w, const char *word, const struct config *c,
	char *error)
{
	static const struct section bond = {"bond", name_of_bond}, route = {"route", name_of_route};
	enum filter_call call = filter_call(word);
	const char *name;

	for (size_t i = 0; i < COUNT(other_words); i++) {
		if (other_words[i].outcome && !strcmp(word, other_words[i].word)) {
			w->outcomes |= other_words[i].outcome;
			return 0;
		}
	}
	if (call != CALL_OTHER) {
		w->calls |= 1u << call;
		return 0;
	}
	if ((name = behind(word, "bond=")))
		return add_section(f, &w->bonds, &bond, name, c, error);
	if ((name = behind(word, "route=")))
		return add_section(f, &w->routes, &route, name, c, error);
	if ((name = behind(word, "peer=")))
		return add_peer(w, name, error);
	if ((name = behind(word, "call-id=")) && *name)
		return add_name(f, &w->call_ids, "Call-ID", name, error);
	return complain_word(error, word);
}

int filter_parse(struct filter *f, const char *text, const struct config *c, char *error)
{
	char word[VALUE_MAX + 1];
	bool any = !*text;

	memset(f, 0, sizeof(*f));
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ",");
		const char *end = p + n, *next = end + (*end == ',');
		p += strspn(p, " \t");
		while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		bool negated = p < end && *p == '!';
		p += negated;
		n = end > p ? (size_t)(end - p) : 0;
		int most = n && memchr(p, '=', n) ? VALUE_MAX : WORD_MAX;
		if (n > (size_t)most) {
			snprintf(error, FILTER_ERROR_SIZE, "a word of %zu letters; %d are the most", n, most);
			return EINVAL;
		}
		memcpy(word, p, n);
		word[n] = '\0';
		p = next;
		if (!n && !negated)
			continue;
		any = true;
		if (!strcmp(word, "all") && !negated)
			continue;
		if (!strcmp(word, "date")) {
			f->date = !negated;
			continue;
		}
		int result = parse_word(f, negated ? &f->not : &f->want, word, c, error);
		if (result)
			return result;
	}
	if (!any)
		snprintf(error, FILTER_ERROR_SIZE, "no word stands in it; \"all\" is everything");
	return any ? 0 : EINVAL;
}

const char *filter_text(const struct filter *f, uint16_t at)
{
	return at < sizeof(f->text) && memchr(f->text + at, 0, sizeof(f->text) - at) ? f->text + at : "";
}
