/* SPDX-License-Identifier: MIT */
/* Decisions in words. A question: what is asked of which descriptor (of host.h) and where it goes.
 *
 *	request FD DESTINATION [WORD ...]     keepalive FD DESTINATION ...
 *	connect FD DESTINATION ...            probe FD DESTINATION ...
 *
 * Of the message: method=, uri=HOST, route=HOST (loose), branch=, to-tag, wish=NAME (of the script's
 * header X-Bond), via=TRANSPORT (a second Via without mark), in=SOCKET (one with the mark of a request
 * that came in there; dialog=SOCKET: whose dialog knows the host by that name), sealed (in the form that
 * leaves), of=BRANCH (the mark is that of another branch), top (the host put no Via of its own there).
 * Of the caller: source=ADDRESS (its own pktinfo, or what it bound), use=BOND (bond_use()), came=ADDRESS
 * (where the dialog came in), now=BOND,... (those of the request that the thread has read; "-": none).
 * Then "next": the kernel has refused that member.
 *
 * The answer: WHY [by ROUTE] [to BOND MEMBER | for TRANSPORT] [of BOND] [from LISTENER][, ACTION ...];
 * "spared": a keep-alive where a request would fail. */
#ifndef BOND_TEST_DECISION_H
#define BOND_TEST_DECISION_H

#include <stdarg.h>

#include "config/select.h"
#include "core/decide.h"
#include "host.h"
#include "sip/token.h"

struct row {
	const char *sentence;
	const char *question;
	const char *answer;
};

struct written {
	char p[2048];
	size_t n;
};

static __attribute__((format(printf, 2, 3))) inline void put(struct written *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(w->p + w->n, sizeof(w->p) - w->n, format, args);
	va_end(args);
	cr_assert(n >= 0 && (size_t)n < sizeof(w->p) - w->n);
	w->n += (size_t)n;
}

/* The words of a question, as they are asked for. */
struct words {
	char copy[512];
	const char *all[32];
	size_t count;
};

static inline void words_split(struct words *w, const char *text)
{
	char *save;

	w->count = 0;
	snprintf(w->copy, sizeof(w->copy), "%s", text);
	for (char *word = strtok_r(w->copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		w->all[w->count++] = word;
}

/* What stands behind "name=", or the empty text where the word is there alone, or NULL. */
static inline const char *word_of(const struct words *w, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < w->count; i++) {
		if (strncmp(w->all[i], name, n) == 0 && w->all[i][n] == '=')
			return w->all[i] + n + 1;
		if (strcmp(w->all[i], name) == 0)
			return "";
	}
	return NULL;
}

static inline size_t count_of(const struct words *w, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < w->count; i++)
		n += strcmp(w->all[i], name) == 0;
	return n;
}

static inline const struct name *name_at(const struct names *n, const char *socket)
{
	struct addr at;
	enum transport t = host_socket_name(socket, &at);

	for (size_t i = 0; i < n->own_count; i++) {
		if (n->own[i].transport == t && addr_equal(&n->own[i].addr, &at))
			return &n->own[i];
	}
	cr_assert_fail("no listener has the name %s", socket);
	return NULL;
}

/* The mark of a request that came in there. */
static inline void put_mark(struct written *m, const struct names *n, const struct words *w, const char *branch)
{
	struct addr at;
	enum transport t = host_socket_name(word_of(w, "in"), &at);
	struct token_mark mark = {.arrived = names_at(n, &at, t), .sealed = word_of(w, "sealed")};
	char text[TOKEN_LENGTH];

	cr_assert_not_null(mark.arrived, "%s", word_of(w, "in"));
	if (word_of(w, "dialog"))
		mark.dialog = name_at(n, word_of(w, "dialog"));
	if (word_of(w, "of"))
		branch = word_of(w, "of");
	token_mark_write(n, &mark, (struct span){branch, strlen(branch)}, text);
	put(m, ";bond-in=%.*s", TOKEN_LENGTH, text);
}

static inline void write_message(struct written *m, const struct names *n, const struct words *w)
{
	const char *method = word_of(w, "method"), *branch = word_of(w, "branch"), *uri = word_of(w, "uri");
	const char *via = word_of(w, "via"), *top = word_of(w, "top");

	if (!method)
		method = "INVITE";
	if (!branch)
		branch = "z9hG4bKout";
	m->n = 0;
	put(m, "%s sip:bob@%s SIP/2.0\r\n", method, uri ? uri : "nowhere.invalid");
	if (!top)
		put(m, "Via: SIP/2.0/UDP host.invalid;branch=%s\r\n", branch);
	if (via || word_of(w, "in")) {
		put(m, "Via: SIP/2.0/%s peer.invalid;branch=%s", via ? via : "UDP", top ? branch : "z9hG4bKin");
		if (word_of(w, "in"))
			put_mark(m, n, w, top ? branch : "z9hG4bKin");
		put(m, "\r\n");
	}
	if (word_of(w, "route"))
		put(m, "Route: <sip:%s;lr>\r\n", word_of(w, "route"));
	if (word_of(w, "wish"))
		put(m, "X-Bond-Out: %s\r\n", word_of(w, "wish"));
	put(m, "From: <sip:a@a.invalid>;tag=host\r\nTo: <sip:b@b.invalid>%s\r\nCall-ID: one\r\n"
		"CSeq: 1 %s\r\n\r\n", word_of(w, "to-tag") ? ";tag=peer" : "", method);
}

/* What is asked: all that a decision takes. */
struct asked {
	struct sender s;
	struct addr dst, source;
	struct arrival arrival;
	struct arrival_now now;
	struct written message;
	struct verdict v;
};

static inline void read_now(struct asked *a, const struct rules *r, const char *bonds)
{
	char copy[100], *save;

	a->s.now = &a->now;
	a->now.known = bonds;
	snprintf(copy, sizeof(copy), "%s", bonds && strcmp(bonds, "-") != 0 ? bonds : "");
	for (char *b = strtok_r(copy, ",", &save); b; b = strtok_r(NULL, ",", &save))
		a->now.bonds[a->now.bond_count++] = host_bond(r, b);
}

/* Where nothing hangs on the arrival a sender does not read it. */
static inline void read_message(struct asked *a, const struct test_host *t, const struct words *w)
{
	const struct names *n = names_now(t->h.rules);
	const struct written *m = &a->message;

	write_message(&a->message, n, w);
	bool marked = t->rules.marks && arrival_may_decide(&t->rules, m->p, m->n);
	if (!marked && !n->header.n && !choices_any(t->h.segment.choices) && !word_of(w, "came"))
		return;
	arrival_read(&t->rules, &a->arrival, n, m->p, m->n);
	a->s.arrival = &a->arrival;
	if (word_of(w, "came")) {
		cr_assert_neq(a->arrival.own_dialog, 0);
		a->arrival.came = host_address(word_of(w, "came"));
	}
}

static inline void read_question(struct asked *a, const struct test_host *t, const struct words *w)
{
	const char *source = word_of(w, "source"), *use = word_of(w, "use");
	int fd = atoi(w->all[1]);

	*a = (struct asked){.v = VERDICT_EMPTY};
	a->dst = host_address(w->all[2]);
	a->s = (struct sender){.dst = &a->dst,
		.source = &t->records[fd].local,
		.bits = sockets_bits(&t->h.sockets, fd),
		.use = use ? host_bond(&t->rules, use) : DECIDE_USE_ROUTES};
	a->s.wide = (a->s.bits & FD_UDP) && sockets_is_opened(a->s.bits) && !source;
	if (source) {
		a->source = host_address(source);
		a->s.source = &a->source;
	}
	read_now(a, &t->rules, word_of(w, "now"));
}

static const char *const whys[] = {"nothing", "not SIP", "response", "own address", "no route",
	"bond none", "already", "steered", "keep-alive", "no member", "not bound", "refused by the kernel",
	"connected listener", "cannot move", "kept", "return path", "flow", "unknown bond", "arrival unknown", "too large",
	"unreadable", "probe", "unknown", "uneditable", "no frame", "restored", "rules gone"};
_Static_assert(sizeof(whys) / sizeof(whys[0]) == WHY_COUNT, "whys[] has a word for each of enum why");

static inline void put_where(struct written *w, const struct test_host *t, const struct verdict *v)
{
	const struct config *c = &t->rules.config;
	char text[ADDR_TEXT_MAX];

	if (v->route.number != MODEL_NONE)
		put(w, " by %s", c->routes[v->route.number].name);
	if (v->how.member != SELECT_NONE) {
		const struct member *m = &c->members[v->how.member];
		addr_print(&m->addr, text);
		put(w, " to %s %s:%s", c->bonds[m->bond].name, transport_names[m->transport], text);
		cr_expect_eq(m->transport, v->how.transport);
	} else if (v->how.transport != TRANSPORT_UDP) {
		put(w, " for %s", transport_names[v->how.transport]);
	}
	if (v->route.bond != MODEL_NONE)
		put(w, " of %s", c->bonds[v->route.bond].name);
	if (v->how.listener >= 0) {
		addr_print(&t->h.listeners.slots[v->how.listener].addr, text);
		put(w, " from %s", text);
	}
}

/* What the trace says of DNS and of the text. */
static inline void put_domains(struct written *w, const struct test_host *t, const struct verdict *v)
{
	static const char *const states[] = {"unknown", "answered", "empty", "partial", "full"};
	const struct config *c = &t->rules.config;

	if (v->route.by_text)
		put(w, ", text");
	if (v->route.by_domain)
		put(w, ", named");
	if (v->route.by_address)
		put(w, ", dns %s", domains_name(&t->rules.domains, v->route.domain));
	if (v->route.by_address && v->route.shared != MODEL_NONE)
		put(w, ", shared %s", c->routes[v->route.shared].name);
	if (v->doubt.elsewhere)
		put(w, ", elsewhere");
	if (v->doubt.unanswered)
		put(w, ", %s %s of %s", states[v->doubt.gone],
			v->doubt.domain == UINT32_MAX ? "?" : domains_name(&t->rules.domains, v->doubt.domain),
			c->routes[v->doubt.route].name);
}

static inline void put_answer(struct written *w, const struct test_host *t, const struct verdict *v)
{
	w->n = 0;
	put(w, "%s", whys[v->why]);
	put_where(w, t, v);
	switch (v->action) {
	case ACTION_NONE: break;
	case ACTION_PKTINFO: put(w, ", pktinfo"); break;
	case ACTION_OTHER_FD: put(w, ", fd %d", v->how.fd); break;
	case ACTION_REBIND: put(w, ", rebind"); break;
	case ACTION_BIND: put(w, ", bind"); break;
	case ACTION_FAIL: put(w, ", fail"); break;
	default: put(w, ", action %u", v->action);
	}
	put_domains(w, t, v);
}

/* The answer, until the next one is asked for. */
static inline const char *ask(const struct test_host *t, const char *question)
{
	static struct asked a;
	static struct written out;
	struct words w;
	const struct addr *probed = NULL;
	bool spared = false;

	words_split(&w, question);
	read_question(&a, t, &w);
	const char *kind = w.all[0];
	if (strcmp(kind, "request") == 0) {
		read_message(&a, t, &w);
		decide_request(&t->h, &a.v, &a.s, a.message.p, a.message.n);
	} else if (strcmp(kind, "keepalive") == 0) {
		spared = decide_keepalive(&t->h, &a.v, &a.s) && a.v.action == ACTION_NONE;
		cr_expect_neq(a.v.action, ACTION_FAIL, "%s", question);
	} else if (strcmp(kind, "connect") == 0) {
		decide_connection(&t->h, &a.v, &a.s);
	} else {
		cr_assert_str_eq(kind, "probe");
		probed = decide_probe(&t->h, &a.v, &a.s);
		cr_expect_eq(probed != NULL, a.v.why == WHY_PROBE, "%s", question);
		if (probed)
			cr_expect_eq(probed, &t->rules.config.members[a.v.how.member].addr);
	}
	for (size_t i = count_of(&w, "next"); i-- > 0;) {
		if (strcmp(kind, "connect") == 0)
			decide_next_connection(&t->h, &a.v, &a.s);
		else
			decide_next(&t->h, &a.v, &a.s);
	}
	cr_expect_eq(a.v.rules, &t->rules, "%s", question);
	put_answer(&out, t, &a.v);
	if (spared)
		put(&out, ", spared");
	return out.p;
}

static inline void check_rows(const struct test_host *t, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *got = ask(t, rows[i].question);
		cr_expect_str_eq(got, rows[i].answer, "%s\n  %s\n  \"%s\", not\n  \"%s\"",
			rows[i].sentence, rows[i].question, got, rows[i].answer);
	}
}

static inline void check(const char *ini, const char *sockets, const struct row *rows, size_t count)
{
	struct test_host *t = host_make(ini, sockets);

	check_rows(t, rows, count);
	host_free(t);
}

#define CHECK(ini, sockets, ...)                                                                   \
	do {                                                                                       \
		static const struct row rows[] = {__VA_ARGS__};                                    \
		check(ini, sockets, rows, sizeof(rows) / sizeof(rows[0]));                         \
	} while (0)

/* One side of a host that relays between two networks, and the other. */
#define SIDES \
	"[bond:external]\n" \
	"member = udp:203.0.113.1:5060\n" \
	"member = udp:203.0.113.2:5070\n" \
	"member = udp:[2001:db8::1]:5060\n" \
	"[bond:internal]\n" \
	"member = udp:10.0.0.1:5060\n"
#define CARRIERS "[route:carriers]\nto = 198.51.100.0/24, 2001:db8:c::/48\nbond = external\n"

#define INNER "3 udp 10.0.0.1:5060 sip\n"
#define OUTER "4 udp 203.0.113.1:5060\n5 udp 203.0.113.2:5070\n6 udp [2001:db8::1]:5060\n"

#endif
