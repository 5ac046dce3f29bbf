/* SPDX-License-Identifier: MIT */
/* Names that a host had under an earlier INI: calls that know it by them are understood, and nothing is
 * called so any more. */
#include "image.h"

#include "core/arrival.h"
#include "core/names.h"
#include "core/roster.h"
#include "sip/name.h"
#include "sip/token.h"

TestSuite(past_names, .init = fake_system);

static const char before[] = "[bond:b]\nmember = udp:192.0.2.10 as old.example.com\n"
	"member = udp:192.0.2.10:5070\nmember = udp:192.0.2.10:5090\n"
	"[bond:gone]\nmember = udp:192.0.2.10:5080 as gone.example.com:7000\n"
	"[route:r]\nto = 203.0.113.0/24\nbond = b\n"
	"[host]\nsecret = one\nalias = was.example.com udp:10.0.0.1:5060\nalias = all.example.com\n";
static const char after[] = "[bond:b]\nmember = udp:192.0.2.10 as new.example.com\n"
	"member = udp:192.0.2.10:5090\n"
	"[route:r]\nto = 203.0.113.0/24\nbond = b\n"
	"[host]\nsecret = two\n";

static struct name own[64], members[16];
static struct addr local[1];
static struct roster_socket sockets[2];

static void fill(struct names *n, const struct rules *r)
{
	local[0] = address("10.0.0.1");
	sockets[0] = (struct roster_socket){.addr = address("0.0.0.0:5060"), .transport = TRANSPORT_UDP,
		.any = true, .owner = 3};
	sockets[1] = (struct roster_socket){.addr = address("10.0.0.2:5070"), .transport = TRANSPORT_UDP,
		.owner = 4};
	*n = (struct names){.own = own, .members = members};
	const struct roster roster = {r, sockets, COUNT(sockets), local, COUNT(local), false};
	cr_assert_leq(rules_members(r), COUNT(members));
	cr_assert(roster_fill(n, &roster, COUNT(own)));
}

static struct field_host host_of(const char *text, uint16_t port)
{
	return (struct field_host){.host = text_span(text), .number = port};
}

static const struct name *find(const struct name *names, size_t count, const char *given)
{
	for (size_t i = 0; i < count; i++) {
		if (field_equal(names[i].given, text_span(given)))
			return &names[i];
	}
	return NULL;
}

Test(past_names, of_members)
{
	struct pair a, b;
	struct names n;
	uint16_t bonds[ARRIVAL_BONDS];

	make(&a, before, sizeof(before) - 1, NULL, 1);
	make(&b, after, sizeof(after) - 1, a.image, 2);
	fill(&n, &b.read);
	cr_expect_eq(n.member_count, 2);
	cr_expect_eq(n.member_past, 3, "%zu", n.member_past);
	static const struct {
		const char *host;
		uint16_t port;
		bool us;
	} rows[] = {{"new.example.com", 0, true}, {"old.example.com", 0, true}, {"OLD.example.com", 5060, true},
		{"old.example.com", 5061, false}, {"192.0.2.10", 5070, true}, {"192.0.2.10", 5080, true},
		{"gone.example.com", 7000, true}, {"gone.example.com", 5060, false},
		{"never.example.com", 0, false}, {"192.0.2.10", 5100, false}, {"was.example.com", 0, true}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_host h = host_of(rows[i].host, rows[i].port);
		cr_expect_eq(names_us(&n, &h, 5060), rows[i].us, "%s:%u", rows[i].host, rows[i].port);
	}
	/* what came in on a member that is gone came in on its bond, as long as that is there */
	const struct name *past = &n.members[n.member_count];
	for (size_t i = 0; i < n.member_past; i++) {
		bool of_b = past[i].addr.port != 5080;
		size_t count = arrival_bonds(&b.read, &past[i], bonds);
		cr_expect_eq(count, of_b, "%u", past[i].addr.port);
		cr_expect(!of_b || bonds[0] == 0);
	}
	/* no socket is called so */
	struct addr at = address("192.0.2.10:5070");
	cr_expect_null(names_at(&n, &at, TRANSPORT_UDP));
	at = address("192.0.2.10:5060");
	cr_expect(field_equal(names_at(&n, &at, TRANSPORT_UDP)->given, text_span("new.example.com")));
	end(&b);
	end(&a);
}

Test(past_names, marks_and_tokens)
{
	struct pair a, b;
	struct names n;
	char token[TOKEN_LENGTH], mark[TOKEN_LENGTH];
	const struct span branch = text_span("z9hG4bK1");
	enum name_form form;
	bool port;

	make(&a, before, sizeof(before) - 1, NULL, 1);
	fill(&n, &a.read);
	const struct name *alias = find(n.own, n.own_count, "was.example.com");
	cr_assert_not_null(alias);
	token_write(&n, alias, FORM_GIVEN, false, token);
	const struct token_mark written = {.arrived = find(n.members, n.member_count, "gone.example.com"),
		.dialog = alias};
	cr_assert_not_null(written.arrived);
	token_mark_write(&n, &written, branch, mark);

	make(&b, after, sizeof(after) - 1, a.image, 2);
	fill(&n, &b.read);
	/* by the earlier secret, an alias that there is no more */
	const struct name *read = token_read(&n, (struct span){token, sizeof(token)}, &form, &port);
	cr_assert_not_null(read);
	cr_expect(field_equal(read->given, text_span("was.example.com")) && read->owner == 3);
	struct token_mark got;
	cr_assert(token_mark_read(&n, (struct span){mark, sizeof(mark)}, branch, &got));
	cr_expect(field_equal(got.arrived->given, text_span("gone.example.com")));
	cr_expect(got.dialog && got.dialog->owner == 3);
	/* the host is not called so any more */
	struct field_host h = host_of("was.example.com", 0);
	cr_expect_null(names_own(&n, &h, 5060, NAMES_ANY, TRANSPORT_UDP, &form));
	h = host_of("all.example.com", 0);
	cr_expect_null(names_own(&n, &h, 5060, NAMES_ANY, TRANSPORT_UDP, &form));
	for (uint16_t owner = 3; owner <= 4; owner++)
		cr_expect_eq(names_first(&n, owner, NULL)->given.n, 0);
	end(&b);
	end(&a);
}

/* A name that comes back is one like any other. */
Test(past_names, come_back)
{
	struct pair a, b, c;
	struct names n;

	make(&a, before, sizeof(before) - 1, NULL, 1);
	make(&b, after, sizeof(after) - 1, a.image, 2);
	make(&c, before, sizeof(before) - 1, b.image, 3);
	fill(&n, &c.read);
	cr_expect_eq(n.member_past, 1);
	cr_expect(field_equal(n.members[n.member_count].given, text_span("new.example.com")));
	cr_expect_eq(n.own_past, 0);
	end(&c);
	end(&b);
	end(&a);
}
