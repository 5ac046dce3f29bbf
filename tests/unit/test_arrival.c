/* SPDX-License-Identifier: MIT */
/* arrival: what a message tells of the one that it forwards, or answers. */
#include "decision.h"

#define INI \
	"[bond:a]\nmember = udp:203.0.113.1:5060\nmember = tcp:203.0.113.1:5060\n" \
	"[bond:b]\nmember = udp:203.0.113.1:5060\n" \
	"[route:r]\nfrom = a\nto = 198.51.100.0/24\nbond = b\n" \
	"[host]\nheader = X-Bond\nsecret = 0123456789abcdef\n"
#define SOCKETS "3 udp 203.0.113.1:5060\n4 udp 10.0.0.1:5060\n5 tcp 10.0.0.1:5060\n"

/* What is read of a request in the words of decision.h: "marked beyond own in-dialog at ADDRESS bonds a,b
 * dialog ADDRESS wish NAME". */
static const char *told(const struct test_host *t, const char *text)
{
	static struct written out;
	struct written m;
	struct words w;
	struct arrival a;
	char where[ADDR_TEXT_MAX];

	words_split(&w, text);
	write_message(&m, names_now(t->h.rules), &w);
	memset(&a, 0xa5, sizeof(a));
	arrival_read(&t->rules, &a, names_now(t->h.rules), m.p, m.n);
	out.n = 0;
	put(&out, "%s%s%s%s", a.marked ? "marked " : "", a.beyond ? "beyond " : "", a.of_host ? "own " : "",
		a.in_dialog ? "in-dialog " : "");
	if (a.arrived) {
		addr_print(&a.arrived->addr, where);
		put(&out, "at %s:%s ", transport_names[a.arrived->transport], where);
	}
	for (size_t i = 0; i < a.bond_count; i++)
		put(&out, "of %s ", t->rules.config.bonds[a.bonds[i]].name);
	if (a.dialog) {
		addr_print(&a.dialog->addr, where);
		put(&out, "dialog %s ", where);
	}
	if (a.wish.p)
		put(&out, "wish %.*s ", (int)a.wish.n, a.wish.p);
	cr_expect_eq(a.own_dialog != 0, a.of_host && a.in_dialog);
	cr_expect_neq(a.transaction, 0);
	cr_expect_eq(a.came.family, 0, "the caller's");
	cr_expect(!a.wish.p || (a.wish.p > m.p && a.wish.p < m.p + m.n), "the spans point into p");
	out.p[out.n ? out.n - 1 : 0] = 0;
	return out.p;
}

Test(arrival, of_requests)
{
	static const struct {
		const char *message, *told;
	} rows[] = {
		{"", "own"},
		{"to-tag", "own in-dialog"},
		{"via=UDP", ""},
		{"via=tcp", ""},
		{"via=TLS", "beyond"},
		{"via=WS", "beyond"},
		{"via=WSS", "beyond"},
		{"via=SCTP", "beyond"},
		{"via=X", "beyond"},
		{"in=udp:203.0.113.1:5060", "marked at udp:203.0.113.1:5060 of a of b"},
		{"in=tcp:203.0.113.1:5060 via=TCP", "marked at tcp:203.0.113.1:5060 of a"},
		{"in=udp:10.0.0.1:5060 to-tag", "marked in-dialog at udp:10.0.0.1:5060"},
		{"in=udp:203.0.113.1:5060 dialog=udp:10.0.0.1:5060",
			"marked at udp:203.0.113.1:5060 of a of b dialog 10.0.0.1:5060"},
		{"in=udp:203.0.113.1:5060 top", "marked at udp:203.0.113.1:5060 of a of b"},
		{"in=udp:203.0.113.1:5060 sealed", ""},
		{"in=udp:203.0.113.1:5060 of=z9hG4bKother", ""},
		{"wish=a", "own wish a"},
		{"via=UDP wish=none", "wish none"},
	};
	struct test_host *t = host_make(INI, SOCKETS);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = told(t, rows[i].message);
		cr_expect_str_eq(got, rows[i].told, "%s: \"%s\"", rows[i].message, got);
	}
	host_free(t);
}

/* Where no arrival decides the host gets marks in the form that leaves, unless they name a dialog. */
Test(arrival, where_no_arrival_decides)
{
	struct test_host *t = host_make("[bond:a]\nmember = udp:203.0.113.1:5060\n"
		"[host]\nsecret = 0123456789abcdef\n", SOCKETS);

	cr_expect_str_eq(told(t, "in=udp:203.0.113.1:5060 sealed"), "at udp:203.0.113.1:5060");
	cr_expect_str_eq(told(t, "in=udp:203.0.113.1:5060 dialog=udp:10.0.0.1:5060 sealed"), "");
	cr_expect_str_eq(told(t, "in=udp:203.0.113.1:5060 dialog=udp:10.0.0.1:5060"),
		"marked at udp:203.0.113.1:5060 of a dialog 10.0.0.1:5060");
	cr_expect_str_eq(told(t, "wish=a"), "own", "no header is looked for");
	host_free(t);
}

static struct arrival read_text(const struct test_host *t, const char *text)
{
	struct arrival a;

	arrival_read(&t->rules, &a, names_now(t->h.rules), text, strlen(text));
	return a;
}

#define REQUEST(branch, call, from, to) \
	"INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h" branch "\r\nFrom: <sip:a@a>" from "\r\nTo: <sip:b@b>" to \
	"\r\nCall-ID: " call "\r\n\r\n"

Test(arrival, transactions_and_dialogs_are_told_apart)
{
	struct test_host *t = host_make(INI, SOCKETS);
	struct arrival one = read_text(t, REQUEST(";branch=z9hG4bK1", "c", ";tag=f", ";tag=t"));
	struct arrival again = read_text(t, REQUEST(";rport;branch=z9hG4bK1", "x", "", ""));
	struct arrival two = read_text(t, REQUEST(";branch=z9hG4bK2", "c", ";tag=f", ";tag=u"));

	cr_expect_eq(one.transaction, again.transaction, "by the branch alone");
	cr_expect_neq(one.transaction, two.transaction);
	cr_expect_eq(read_text(t, REQUEST("", "c", "", "")).transaction, 0, "none");
	cr_expect_eq(one.own_dialog, two.own_dialog, "by Call-ID and the host's own tag");
	cr_expect_neq(one.own_dialog, read_text(t, REQUEST("", "d", ";tag=f", ";tag=t")).own_dialog);
	cr_expect_neq(one.own_dialog, read_text(t, REQUEST("", "c", ";tag=g", ";tag=t")).own_dialog);
	cr_expect_eq(read_text(t, REQUEST("", "c", "", ";tag=t")).own_dialog, 0, "it has no tag");
	cr_expect_eq(read_text(t, REQUEST("", "", ";tag=f", ";tag=t")).own_dialog, 0);
	cr_expect_eq(read_text(t, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n").transaction, 0,
		"a response is no request");
	cr_expect(!read_text(t, "nonsense").of_host);
	host_free(t);
}

/* The dialog that a response forms is the one whose further requests are the host's own. */
Test(arrival, dialogs_of_responses)
{
	static const char format[] = "%s\r\nVia: SIP/2.0/UDP p;branch=z9hG4bK1\r\nFrom: <sip:b@b>;tag=t\r\n"
		"To: <sip:a@a>%s\r\nCall-ID: c\r\nCSeq: 1 %s\r\n\r\n";
	static const struct {
		const char *line, *tag, *method;
		bool forms;
	} rows[] = {
		{"SIP/2.0 200 OK", ";tag=f", "INVITE", true}, {"SIP/2.0 180 Ringing", ";tag=f", "INVITE", true},
		{"SIP/2.0 101 X", ";tag=f", "INVITE", true}, {"SIP/2.0 299 X", ";tag=f", "invite", true},
		{"SIP/2.0 202 OK", ";tag=f", "SUBSCRIBE", true}, {"SIP/2.0 202 OK", ";tag=f", "REFER", true},
		{"SIP/2.0 100 Trying", ";tag=f", "INVITE", false}, {"SIP/2.0 300 X", ";tag=f", "INVITE", false},
		{"SIP/2.0 486 Busy", ";tag=f", "INVITE", false}, {"SIP/2.0 200 OK", ";tag=f", "BYE", false},
		{"SIP/2.0 200 OK", "", "INVITE", false}, {"INVITE sip:a SIP/2.0", ";tag=f", "INVITE", false},
	};
	struct test_host *t = host_make(INI, SOCKETS);
	uint64_t own = read_text(t, REQUEST("", "c", ";tag=f", ";tag=t")).own_dialog;
	char text[500];

	cr_assert_neq(own, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = snprintf(text, sizeof(text), format, rows[i].line, rows[i].tag, rows[i].method);
		cr_expect_eq(arrival_dialog_of_response(text, (size_t)n), rows[i].forms ? own : 0, "%s %s",
			rows[i].line, rows[i].method);
	}
	cr_expect_eq(arrival_dialog_of_response("", 0), 0);
	host_free(t);
}

/* The name on which the request of a response came in, by the top Via's mark in either form. */
Test(arrival, of_responses)
{
	struct test_host *t = host_make(INI, SOCKETS);
	const struct names *n = names_now(t->h.rules);
	char text[500], token[2][TOKEN_LENGTH];
	struct token_mark mark = {.arrived = name_at(n, "udp:10.0.0.1:5060")};

	token_mark_write(n, &mark, (struct span){"z9hG4bK1", 8}, token[0]);
	mark.sealed = true;
	token_mark_write(n, &mark, (struct span){"z9hG4bK1", 8}, token[1]);
	for (int i = 0; i < 2; i++) {
		static const struct {
			const char *format;
			bool told;
		} rows[] = {
			{"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP p;branch=z9hG4bK1;bond-in=%.10s\r\n\r\n", true},
			{"SIP/2.0 200 OK\r\nX: y\r\nv: SIP/2.0/UDP p;branch=z9hG4bK1;bond-in=%.10s, "
				"SIP/2.0/UDP q\r\n\r\n", true},
			{"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP p;branch=z9hG4bK2;bond-in=%.10s\r\n\r\n", false},
			{"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP q\r\n"
				"Via: SIP/2.0/UDP p;branch=z9hG4bK1;bond-in=%.10s\r\n\r\n", false},
			{"INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP p;branch=z9hG4bK1;bond-in=%.10s\r\n\r\n", false},
			{"SIP/2.0 200 OK\r\nX: SIP/2.0/UDP p;branch=z9hG4bK1;bond-in=%.10s\r\n\r\n", false},
		};
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			int size = snprintf(text, sizeof(text), rows[k].format, token[i]);
			cr_expect_eq(arrival_of_response(n, text, (size_t)size), rows[k].told ? mark.arrived : NULL,
				"%s", text);
		}
	}
	host_free(t);
}

/* The quick look before: any mark where all of them decide, else one that may name a dialog. */
Test(arrival, the_quick_look)
{
	struct test_host *all = host_make(INI, SOCKETS);
	struct test_host *dialogs = host_make("[bond:a]\nmember = udp:203.0.113.1:5060\n"
		"[host]\nsecret = 0123456789abcdef\n", SOCKETS);
	static const char *const messages[] = {"", "via=UDP", "in=udp:203.0.113.1:5060",
		"in=udp:203.0.113.1:5060 dialog=udp:10.0.0.1:5060"};
	static const bool in_all[] = {false, false, true, true}, in_dialogs[] = {false, false, false, true};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct written m;
		struct words w;
		words_split(&w, messages[i]);
		write_message(&m, names_now(all->h.rules), &w);
		cr_expect_eq(arrival_may_decide(&all->rules, m.p, m.n), in_all[i], "%s", messages[i]);
		write_message(&m, names_now(dialogs->h.rules), &w);
		cr_expect_eq(arrival_may_decide(&dialogs->rules, m.p, m.n), in_dialogs[i], "%s", messages[i]);
		/* one of none in front hides none */
		static struct written two;
		two.n = 0;
		put(&two, "X: ;bond-in=aaaaaaaaaa\r\n%s", m.p);
		cr_expect_eq(arrival_may_decide(&dialogs->rules, two.p, two.n), in_dialogs[i], "%s", messages[i]);
	}
	host_free(all);
	host_free(dialogs);
}

/* Where a request came in, in one number. */
Test(arrival, print)
{
	struct test_host *t = host_make(INI, SOCKETS);
	uint32_t one = host_print(t, "udp:203.0.113.1:5060"), two = host_print(t, "udp:10.0.0.1:5060"),
		 three = host_print(t, "tcp:10.0.0.1:5060");

	cr_expect(one && two && three && one != two && two != three && one != three);
	cr_expect_eq(arrival_print(&(struct arrival){.of_host = true}), 0);
	host_free(t);
}

/* All bonds of a socket are known of a request that comes in there, up to as many as may share it. */
Test(arrival, all_bonds_of_a_socket)
{
	static char text[MODEL_BONDS_OF_SOCKET * 60 + 500];
	struct findings f;

	for (int bonds = MODEL_BONDS_OF_SOCKET; bonds <= MODEL_BONDS_OF_SOCKET + 2; bonds++) {
		struct config c;
		size_t n = 0, errors = 0;
		for (int i = 0; i < bonds; i++)
			n += (size_t)sprintf(text + n, "[bond:b%d]\nmember = udp:10.0.0.1\n", i);
		n += (size_t)sprintf(text + n, "[route:r]\nfrom = b%d\nbond = b0\n", bonds - 1);
		int error = config_load_text(&c, "test.ini", text, n, &f);
		for (size_t i = 0; i < f.count; i++)
			errors += strstr(f.items[i].text, "at most so many bonds") != NULL;
		findings_free(&f);
		if (bonds > MODEL_BONDS_OF_SOCKET) {
			cr_expect_neq(error, 0);
			cr_expect_eq(errors, 1);
			config_free(&c);
			continue;
		}
		cr_assert_eq(error, 0);
		uint16_t found[ARRIVAL_BONDS];
		struct name name = {.addr = c.members[0].addr, .transport = TRANSPORT_UDP};
		struct rules r = {.config = c};
		cr_expect_eq(arrival_bonds(&r, &name, found), (size_t)bonds);
		cr_expect_eq(found[bonds - 1], bonds - 1);
		config_free(&c);
	}
}

/* The bond that the host's script is told. */
Test(arrival, what_the_script_is_told)
{
	static const char keep[] = "[bond:a]\nmember = udp:203.0.113.1:5060\n";
	struct test_host *t = host_make(INI, SOCKETS), *without = host_make(keep, SOCKETS);
	const struct names *n = names_now(t->h.rules);
	struct span told_of = arrival_told(&t->rules, n, name_at(n, "udp:203.0.113.1:5060"));

	cr_expect(field_is(told_of, "a"), "the first of the bonds");
	cr_expect_null(arrival_told(&t->rules, n, name_at(n, "udp:10.0.0.1:5060")).p, "a listener of no bond");
	cr_expect_null(arrival_told(&t->rules, n, NULL).p);
	n = names_now(without->h.rules);
	cr_expect_null(arrival_told(&without->rules, n, &n->members[0]).p, "there is no header");
	host_free(t);
	host_free(without);
}
