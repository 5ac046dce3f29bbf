/* SPDX-License-Identifier: MIT */
/* Parsing complains with what was meant, perhaps. */
#include "filter.h"

#include <errno.h>
#include <stdio.h>

#include "config/suggest.h"

#define WORD_MAX 64

enum outcome { OUTCOME_SELECT = 1, OUTCOME_FAIL = 2, OUTCOME_UNKNOWN = 4, OUTCOME_RESTORE = 8 };

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
	{"writev", CALL_WRITEV}, {"recv", CALL_RECVFROM}, {"send", CALL_SENDTO},
	{"fcntl64", CALL_FCNTL}, {"closefrom", CALL_CLOSE_RANGE}};

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

static int complain_word(char *error, const char *word)
{
	struct suggest s;

	suggest_start(&s, word, strlen(word));
	for (size_t i = 0; i < COUNT(words); i++)
		suggest_offer(&s, words[i].word);
	for (size_t i = 0; i < COUNT(other_words); i++)
		suggest_offer(&s, other_words[i].word);
	if (s.best)
		snprintf(error, FILTER_ERROR_SIZE, "unknown word \"%s\", did you mean \"%s\"?", word,
			s.best);
	else
		snprintf(error, FILTER_ERROR_SIZE,
			"unknown word \"%s\"; known are all, select, fail, unknown, restore, bond=NAME "
			"and names of calls such as sendto, each with ! in front to leave it out, "
			"and date",
			word);
	return EINVAL;
}

static int complain_bond(char *error, const char *name, const struct config *c)
{
	struct suggest s;

	if (!c) {
		snprintf(error, FILTER_ERROR_SIZE, "bond=%s: no configuration is loaded", name);
		return EINVAL;
	}
	suggest_start(&s, name, strlen(name));
	for (size_t i = 0; i < c->bond_count; i++)
		suggest_offer(&s, c->bonds[i].name);
	if (s.best)
		snprintf(error, FILTER_ERROR_SIZE, "unknown bond \"%s\", did you mean \"%s\"?", name,
			s.best);
	else
		snprintf(error, FILTER_ERROR_SIZE, "unknown bond \"%s\"; %s has no [bond:%s]", name,
			c->file ? c->file : "the configuration", name);
	return EINVAL;
}

static int parse_word(struct filter_words *f, const char *word, const struct config *c,
	char *error)
{
	enum filter_call call = filter_call(word);

	for (size_t i = 0; i < COUNT(other_words); i++) {
		if (other_words[i].outcome && !strcmp(word, other_words[i].word)) {
			f->outcomes |= other_words[i].outcome;
			return 0;
		}
	}
	if (call != CALL_OTHER) {
		f->calls |= 1u << call;
	} else if (!strncmp(word, "bond=", 5)) {
		uint16_t bond = c ? config_find_bond(c, word + 5, strlen(word + 5)) : MODEL_NONE;
		if (bond == MODEL_NONE)
			return complain_bond(error, word + 5, c);
		if (f->bond_count == FILTER_BONDS_MAX) {
			snprintf(error, FILTER_ERROR_SIZE, "more than %d bonds", FILTER_BONDS_MAX);
			return EINVAL;
		}
		f->bonds[f->bond_count++] = c->bonds[bond].slot;
	} else {
		return complain_word(error, word);
	}
	return 0;
}

int filter_parse(struct filter *f, const char *text, const struct config *c, char *error)
{
	char word[WORD_MAX + 1];

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
		if (n > WORD_MAX) {
			snprintf(error, FILTER_ERROR_SIZE, "a word of %zu letters; %d are the most", n,
				WORD_MAX);
			return EINVAL;
		}
		memcpy(word, p, n);
		word[n] = '\0';
		p = next;
		if (!n && !negated)
			continue;
		if (!strcmp(word, "all") && !negated)
			continue;
		if (!strcmp(word, "date")) {
			f->date = !negated;
			continue;
		}
		int result = parse_word(negated ? &f->not : &f->want, word, c, error);
		if (result)
			return result;
	}
	return 0;
}

/* What a route or bond spoke for: steered, refused, restored or right by itself. */
static bool is_selection(const struct verdict *v)
{
	switch (v->why) {
	case WHY_NOTHING:
	case WHY_NOT_SIP:
	case WHY_RESPONSE:
	case WHY_OWN_ADDRESS: return false;
	case WHY_NO_ROUTE: return v->action == ACTION_FAIL || v->doubt.unanswered;
	default: return true;
	}
}

/* Should have left by a member and did not, or did not come in. */
static bool is_missed(const struct verdict *v)
{
	switch (v->why) {
	case WHY_NO_MEMBER:
	case WHY_MEMBER_NOT_BOUND:
	case WHY_MEMBER_REFUSED:
	case WHY_CONNECTED_LISTENER:
	case WHY_UNKNOWN:
	case WHY_UNEDITABLE:
	case WHY_NO_FRAME:
	case WHY_CANNOT_MOVE: return true;
	default: return v->action == ACTION_FAIL;
	}
}

static uint32_t outcomes_of(int error, const struct verdict *v)
{
	uint32_t outcomes = 0;

	/* A call that would block is under way, not failed. */
	if ((error && error != EAGAIN && error != EINPROGRESS) || (v && is_missed(v)))
		outcomes |= OUTCOME_FAIL;
	if (v && is_selection(v))
		outcomes |= OUTCOME_SELECT;
	if (v && (v->why == WHY_UNKNOWN || v->why == WHY_UNEDITABLE || v->why == WHY_NO_FRAME))
		outcomes |= OUTCOME_UNKNOWN;
	if (v && v->why == WHY_RESTORED)
		outcomes |= OUTCOME_RESTORE;
	return outcomes;
}

static uint32_t spoken_for(const struct verdict *v, const struct config *c)
{
	uint16_t bond = MODEL_NONE;

	if (v && c && v->how.member < c->member_count)
		bond = c->members[v->how.member].bond;
	else if (v && c && v->route.number < c->route_count)
		bond = c->routes[v->route.number].bond;
	return c && bond < c->bond_count ? c->bonds[bond].slot : UINT32_MAX;
}

static bool has_bond(const struct filter_words *f, uint32_t slot)
{
	for (unsigned i = 0; i < f->bond_count; i++) {
		if (f->bonds[i] == slot)
			return true;
	}
	return false;
}

bool filter_wants(const struct filter *f, enum filter_call call, int error,
	const struct verdict *v, const struct config *c)
{
	uint32_t outcomes = outcomes_of(error, v);

	if ((f->want.calls && !(f->want.calls >> call & 1)) || (f->not.calls >> call & 1))
		return false;
	if ((f->want.outcomes && !(f->want.outcomes & outcomes)) || (f->not.outcomes & outcomes))
		return false;
	if (!f->want.bond_count && !f->not.bond_count)
		return true;
	uint32_t bond = spoken_for(v, c);
	return (!f->want.bond_count || has_bond(&f->want, bond)) && !has_bond(&f->not, bond);
}
