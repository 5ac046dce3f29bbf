/* SPDX-License-Identifier: MIT */
/* What the tests of shim/sip share: texts, a host with its names, a generator of numbers. */
#ifndef TEST_SIP_H
#define TEST_SIP_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "sip/edit.h"
#include "sip/name_prepare.h"
#include "sip/token.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct text {
	size_t n;
	char p[1 << 16];
};

static inline void text_add(struct text *t, const char *p, size_t n)
{
	if (n >= sizeof(t->p) - t->n)
		cr_assert_fail("the text is too long");
	memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = 0;
}

__attribute__((format(printf, 2, 3))) static inline void text_print(
	struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(t->p + t->n, sizeof(t->p) - t->n, format, args);
	va_end(args);
	cr_assert(n >= 0 && (size_t)n < sizeof(t->p) - t->n);
	t->n += (size_t)n;
}

static inline struct span text_span(const char *s)
{
	return (struct span){s, strlen(s)};
}

/* The owners of the host's listeners, and its bonds. */
enum { H_UDP, H_TCP, M_UDP, H_UDP6, H_5070, H_WILD, H_TCP6, H_NAMED };
enum { EXTERNAL, INTERNAL };

/* Indices of the members. */
enum { EXT_UDP, EXT_AS, EXT_TCP, EXT_UDP6, EXT_TCP_AS, EXT_AS_PLAIN, INT_UDP, INT_TCP };

static inline struct name name_of(const char *addr, enum transport t, uint16_t owner)
{
	struct name name = {.transport = (uint8_t)t, .owner = owner};

	cr_assert(addr_parse(&name.addr, addr, strlen(addr)) == 0);
	name.port = name.addr.port;
	return name;
}

static inline struct name name_given(const char *addr, enum transport t, uint16_t owner,
	const char *given, uint16_t port, bool always)
{
	struct name name = name_of(addr, t, owner);

	name.given = text_span(given);
	name.port = port ? port : name.addr.port;
	name.port_always = always;
	return name;
}

/* A host on 10.0.0.1 and 2001:db8:a::1 with one adopted member (1.2.3.4) and some that it does not
 * know, on a wildcard listener too. */
static inline const struct names *host_names(void)
{
	static struct name own[16];
	static struct name members[12];
	static struct names names;

	if (names.own)
		return &names;
	struct name *o = own;
	*o++ = name_of("10.0.0.1:5060", TRANSPORT_UDP, H_UDP);
	*o++ = name_of("10.0.0.1:5060", TRANSPORT_TCP, H_TCP);
	*o++ = name_of("1.2.3.4:5060", TRANSPORT_UDP, M_UDP);
	*o++ = name_of("[2001:db8:a::1]:5060", TRANSPORT_UDP, H_UDP6);
	*o++ = name_of("10.0.0.1:5070", TRANSPORT_UDP, H_5070);
	*o++ = name_given("10.0.0.1:5060", TRANSPORT_UDP, H_UDP, "sip.host.example", 0, false);
	*o++ = name_given("10.0.0.1:5060", TRANSPORT_UDP, H_UDP, "[2001:db8:f::1]", 5065, false);
	*o++ = name_of("10.0.0.1:5080", TRANSPORT_UDP, H_WILD);
	*o++ = name_of("1.2.3.4:5080", TRANSPORT_UDP, H_WILD);
	*o++ = name_of("0.0.0.0:5080", TRANSPORT_UDP, H_WILD);
	*o++ = name_of("[2001:db8:a::1]:5060", TRANSPORT_TCP, H_TCP6);
	*o++ = name_given("10.0.0.9:5060", TRANSPORT_UDP, H_NAMED, "adv.host.example", 5090, false);
	*o++ = name_of("10.0.0.9:5060", TRANSPORT_UDP, H_NAMED);
	names.own = own;
	names.own_count = (size_t)(o - own);
	struct name *m = members;
	*m++ = name_of("1.2.3.4:5060", TRANSPORT_UDP, EXTERNAL);
	*m++ = name_given("1.2.3.5:5062", TRANSPORT_UDP, EXTERNAL, "sip.ext.example", 0, false);
	*m++ = name_of("1.2.3.9:5060", TRANSPORT_TCP, EXTERNAL);
	*m++ = name_of("[2001:db8:b::1]:5060", TRANSPORT_UDP, EXTERNAL);
	*m++ = name_given("1.2.3.9:5071", TRANSPORT_TCP, EXTERNAL, "tcp.ext.example", 5099, true);
	*m++ = name_given("1.2.3.6:5060", TRANSPORT_UDP, EXTERNAL, "plain.ext.example", 0, false);
	*m++ = name_of("10.0.0.1:5060", TRANSPORT_UDP, INTERNAL);
	*m++ = name_of("10.0.0.1:5060", TRANSPORT_TCP, INTERNAL);
	names.members = members;
	names.member_count = (size_t)(m - members);
	prf_key(&names.keys[0], "new secret", 10);
	prf_key(&names.keys[1], "old secret", 10);
	names.key_count = 2;
	memcpy(names.mark_keys, names.keys, sizeof(names.keys));
	names.header = text_span("X-Bond");
	names_prepare(&names);
	return &names;
}

static inline struct edit_side side_out(uint16_t socket, const struct name *title)
{
	const struct names *n = host_names();
	enum transport t = TRANSPORT_UDP;

	for (size_t i = 0; i < n->own_count; i++) {
		if (n->own[i].owner == socket)
			t = (enum transport)n->own[i].transport;
	}
	return (struct edit_side){
		.names = n, .transport = (uint8_t)t, .socket = socket, .title = title};
}

static inline struct edit_side side_in(uint16_t socket, const struct name *arrived)
{
	return (struct edit_side){.names = host_names(), .transport = arrived->transport, .in = true,
		.socket = socket, .arrived = arrived};
}

/* The edited message by way of the iovec; checked against the way in place. */
static inline void edited(const struct edit *e, const char *p, size_t n, struct text *out)
{
	static char place[1 << 17];
	struct iovec in = {(char *)p, n};
	struct iovec v[2 * EDIT_SPLICES + 1];
	size_t count = splice_iovec(e, &in, n != 0, v, COUNT(v));

	out->n = 0;
	out->p[0] = 0;
	for (size_t i = 0; i < count; i++)
		text_add(out, v[i].iov_base, v[i].iov_len);
	cr_assert_eq((int64_t)out->n, (int64_t)n + e->grows);
	memcpy(place, p, n);
	cr_assert_eq(splice_apply(e, place, n, out->n > n ? out->n : n), out->n);
	cr_assert(memcmp(place, out->p, out->n) == 0);
}

static inline uint32_t next_random(uint32_t *state)
{
	/* xorshift32 */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
