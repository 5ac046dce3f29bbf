/* SPDX-License-Identifier: MIT */
/* prf, names and token: the hash's own vectors, what a token stands for, what is no token. */
#include "sip.h"

/* The first of the vectors published with SipHash-2-4 (key 00..0f, message 00..n-1). */
Test(token, siphash_vectors)
{
	static const uint64_t wanted[] = {0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
		0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce,
		0xab0200f58b01d137, 0x93f5f5799a932462, 0x9e0082df0ba9e4b0};
	const struct prf_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
	unsigned char message[16];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)i;
	for (size_t i = 0; i < COUNT(wanted); i++)
		cr_expect_eq(prf(&key, message, i), wanted[i], "length %zu", i);
	/* the sample of the paper, appendix A */
	cr_expect_eq(prf(&key, message, 15), 0xa129ca6149be45e5);
}

static enum name_form form_of_own(const struct name *own, int i)
{
	return own->given.n ? FORM_GIVEN : (enum name_form)(i % 6);
}

Test(token, names_what_it_was_written_for)
{
	const struct names *n = host_names();

	for (size_t i = 0; i < n->own_count; i++) {
		for (int k = 0; k < 12; k++) {
			enum name_form form;
			bool port;
			char text[TOKEN_LENGTH];
			token_write(n, &n->own[i], form_of_own(&n->own[i], k), k & 1, text);
			cr_expect_eq(token_read(n, (struct span){text, sizeof(text)}, &form, &port),
				&n->own[i]);
			cr_expect_eq(form, form_of_own(&n->own[i], k));
			cr_expect_eq(port, k & 1);
			for (size_t c = 0; c < sizeof(text); c++)
				text[c] = (char)(text[c] >= 'a' ? text[c] - 32 : text[c]);
			cr_expect_eq(token_read(n, (struct span){text, sizeof(text)}, &form, &port),
				&n->own[i], "capitals");
		}
	}
}

/* Stored Paths and Contacts live longer than a configuration: these must never change. */
Test(token, is_the_same_for_ever)
{
	struct name own = name_of("10.0.0.1:5060", TRANSPORT_UDP, 0);
	struct names n = {.own = &own, .own_count = 1, .key_count = 1};
	char text[TOKEN_LENGTH + 1] = "";

	prf_key(&n.keys[0], "secret", 6);
	names_prepare(&n);
	token_write(&n, &own, FORM_PLAIN, true, text);
	cr_expect_str_eq(text, "csml52niol");
	prf_key(&n.keys[0], "", 0);
	names_prepare(&n);
	token_write(&n, &own, FORM_PLAIN, false, text);
	cr_expect_str_eq(text, "aknq4sylf4");
}

Test(token, every_changed_bit_is_noticed)
{
	const struct names *n = host_names();
	char text[TOKEN_LENGTH];
	enum name_form form;
	bool port;

	token_write(n, &n->own[0], FORM_PLAIN, true, text);
	for (size_t i = 0; i < sizeof(text); i++) {
		for (int c = 0; c < 256; c++) {
			char changed[TOKEN_LENGTH];
			memcpy(changed, text, sizeof(text));
			changed[i] = (char)c;
			if ((c | 0x20) == text[i] || c == text[i])
				continue;
			cr_expect_null(token_read(n, (struct span){changed, sizeof(text)}, &form, &port));
		}
	}
	cr_expect_null(token_read(n, (struct span){text, sizeof(text) - 1}, &form, &port));
	cr_expect_null(token_read(n, (struct span){text, 0}, &form, &port));
}

Test(token, old_secret_is_still_read)
{
	const struct names *n = host_names();
	struct name own = n->own[3];
	struct names old = {.own = &own, .own_count = 1, .key_count = 1, .keys = {n->keys[1]}};
	struct names other = old;
	char text[TOKEN_LENGTH];
	enum name_form form;
	bool port;

	names_prepare(&old);
	token_write(&old, &own, FORM_FULL_UPPER, false, text);
	cr_expect_eq(token_read(n, (struct span){text, sizeof(text)}, &form, &port), &n->own[3]);
	cr_expect_eq(form, FORM_FULL_UPPER);
	prf_key(&other.keys[0], "other", 5);
	names_prepare(&other);
	token_write(&other, &own, FORM_PLAIN, false, text);
	cr_expect_null(token_read(n, (struct span){text, sizeof(text)}, &form, &port));
}

Test(token, mark_holds_for_its_branch_only)
{
	const struct names *n = host_names();
	const struct name *arrivals[] = {&n->own[0], &n->own[9], &n->members[EXT_AS]};
	char text[TOKEN_LENGTH];

	for (size_t a = 0; a < COUNT(arrivals); a++) {
		for (size_t d = 0; d <= n->own_count; d++) {
			struct token_mark mark = {
				.arrived = arrivals[a], .dialog = d ? &n->own[d - 1] : NULL};
			struct token_mark got;
			token_mark_write(n, &mark, text_span("z9hG4bK1"), text);
			cr_assert(token_mark_read(
				n, (struct span){text, sizeof(text)}, text_span("z9hG4bK1"), &got));
			cr_expect(addr_equal(&got.arrived->addr, &mark.arrived->addr) &&
				got.arrived->transport == mark.arrived->transport);
			cr_expect_eq(got.dialog != NULL, mark.dialog != NULL);
			if (mark.dialog)
				cr_expect(addr_equal(&got.dialog->addr, &mark.dialog->addr) &&
					got.dialog->transport == mark.dialog->transport);
			cr_expect(!token_mark_read(
				n, (struct span){text, sizeof(text)}, text_span("z9hG4bK2"), &got));
			enum name_form form;
			bool port;
			cr_expect_null(
				token_read(n, (struct span){text, sizeof(text)}, &form, &port));
		}
	}
}

/* What leaves says where, to the host's own responses, but is no request's. */
Test(token, sealed_mark)
{
	const struct names *n = host_names();
	struct token_mark mark = {.arrived = &n->members[EXT_AS], .dialog = &n->own[1]}, got, again;
	char text[TOKEN_LENGTH], sealed[TOKEN_LENGTH], other[TOKEN_LENGTH];
	struct span in = {text, sizeof(text)}, out = {sealed, sizeof(sealed)};

	token_mark_write(n, &mark, text_span("z9hG4bK1"), text);
	cr_assert(token_mark_read(n, in, text_span("z9hG4bK1"), &got));
	cr_expect(!got.sealed);
	token_mark_seal(&got, in, sealed);
	cr_expect(memcmp(text, sealed, sizeof(text)) != 0);
	cr_assert(token_mark_read(n, out, text_span("z9hG4bK1"), &again));
	cr_expect(again.sealed);
	cr_expect_eq(again.arrived, got.arrived);
	cr_expect_eq(again.dialog, got.dialog);
	cr_expect(!token_mark_read(n, out, text_span("z9hG4bK2"), &again));
	/* nor does what one branch tells open that of another */
	token_mark_write(n, &mark, text_span("z9hG4bK2"), other);
	cr_assert(token_mark_read(n, (struct span){other, sizeof(other)}, text_span("z9hG4bK2"), &again));
	token_mark_seal(&again, (struct span){other, sizeof(other)}, other);
	token_mark_seal(&got, (struct span){other, sizeof(other)}, other);
	cr_expect(!token_mark_read(n, (struct span){other, sizeof(other)}, text_span("z9hG4bK2"), &again));
}

/* The same text, whether it is sealed as it leaves or written so; and only one character tells of a dialog. */
Test(token, mark_written_sealed)
{
	const struct names *n = host_names();
	char text[TOKEN_LENGTH], sealed[TOKEN_LENGTH];
	struct span in = {text, sizeof(text)};

	for (size_t d = 0; d <= n->own_count; d++) {
		struct token_mark mark = {.arrived = &n->own[0], .dialog = d ? &n->own[d - 1] : NULL}, got;
		token_mark_write(n, &mark, text_span("z9hG4bK1"), text);
		cr_expect_eq(token_mark_may_have_dialog(text, sizeof(text)), d != 0);
		cr_assert(token_mark_read(n, in, text_span("z9hG4bK1"), &got));
		token_mark_seal(&got, in, sealed);
		mark.sealed = true;
		token_mark_write(n, &mark, text_span("z9hG4bK1"), text);
		cr_expect_arr_eq(text, sealed, sizeof(text));
		cr_expect_eq(token_mark_may_have_dialog(text, sizeof(text)), d != 0);
	}
	cr_expect(token_mark_may_have_dialog("aa", 1), "what is cut off may have one");
	cr_expect(!token_mark_may_have_dialog("bA", 2));
}

Test(token, forms_of_an_address)
{
	static const char *const forms[] = {"[2001:db8:a::1]", "[2001:DB8:A::1]",
		"[2001:db8:a:0:0:0:0:1]", "[2001:DB8:A:0:0:0:0:1]",
		"[2001:0db8:000a:0000:0000:0000:0000:0001]", "[2001:0DB8:000A:0000:0000:0000:0000:0001]"};
	const struct names *n = host_names();
	char buf[NAMES_HOST_MAX];

	for (int i = 0; i < 6; i++) {
		char uri[128];
		struct field_uri u;
		enum name_form form;
		snprintf(uri, sizeof(uri), "sip:%s", forms[i]);
		cr_assert(field_uri(text_span(uri), &u));
		cr_expect_eq(names_own(n, &u.at, 5060, NAMES_ANY, TRANSPORT_UDP, &form), &n->own[3]);
		cr_expect_eq((int)form, i);
		size_t length = names_host(&n->own[3], form, buf);
		cr_expect(length == strlen(forms[i]) && memcmp(buf, forms[i], length) == 0);
	}
}

Test(token, whose_name_it_is)
{
	static const struct {
		const char *uri;
		int own; /* index, -1 = not own */
		bool us;
	} rows[] = {
		{"sip:10.0.0.1", 0, true}, {"sip:10.0.0.1:5060", 0, true}, {"sip:10.0.0.1:5070", 4, true},
		{"sip:10.0.0.1:5061", -1, false}, {"sip:SIP.host.Example", 5, true},
		{"sip:sip.host.example:5061", -1, false}, {"sip:adv.host.example:5090", 11, true},
		{"sip:[2001:db8:F:0::1]:5065", 6, true},
		{"sip:adv.host.example", -1, false}, {"sip:1.2.3.9", -1, true},
		{"sip:sip.ext.example:5062", -1, true}, {"sip:sip.ext.example", -1, false},
		{"sip:1.2.3.5:5062", -1, true}, {"sip:[2001:db8:B:0::1]", -1, true},
		{"sip:tcp.ext.example:5099", -1, true}, {"sip:[2001:db8:a:0::1]:5060", 3, true},
		{"sip:203.0.113.1", -1, false},
	};
	const struct names *n = host_names();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct field_uri u;
		enum name_form form;
		cr_assert(field_uri(text_span(rows[i].uri), &u));
		const struct name *own =
			names_own(n, &u.at, 5060, NAMES_ANY, TRANSPORT_UDP, &form);
		cr_expect_eq(own ? (int)(own - n->own) : -1, rows[i].own, "%s", rows[i].uri);
		cr_expect_eq(names_us(n, &u.at, 5060), rows[i].us, "%s", rows[i].uri);
	}
}
