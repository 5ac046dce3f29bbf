/* SPDX-License-Identifier: MIT */
/* A host with its names, and a side of it chosen by two bytes; for the fuzz targets of shim/sip. */
#ifndef FUZZ_NAMES_H
#define FUZZ_NAMES_H

#include <stdlib.h>

#include "sip/edit.h"
#include "sip/name_prepare.h"

static inline void expect(bool good)
{
	if (!good)
		abort();
}

static inline struct name fuzz_name(const char *addr, enum transport t, uint16_t owner,
	const char *given)
{
	struct name name = {.transport = (uint8_t)t, .owner = owner, .given = {given, strlen(given)}};

	expect(addr_parse(&name.addr, addr, strlen(addr)) == 0);
	name.port = name.addr.port;
	return name;
}

static inline struct edit_side fuzz_side(uint8_t how, uint8_t which, const char *header)
{
	static struct name own[6], members[4];
	static struct names names;

	if (!names.own) {
		own[0] = fuzz_name("10.0.0.1:5060", TRANSPORT_UDP, 0, "");
		own[1] = fuzz_name("10.0.0.1:5060", TRANSPORT_TCP, 1, "");
		own[2] = fuzz_name("[2001:db8::a]:5060", TRANSPORT_UDP, 2, "");
		own[3] = fuzz_name("10.0.0.1:5060", TRANSPORT_UDP, 0, "h.example");
		own[4] = fuzz_name("10.0.0.1:5070", TRANSPORT_TCP, 3, "");
		own[5] = fuzz_name("1.2.3.4:5060", TRANSPORT_UDP, 4, "");
		members[0] = fuzz_name("1.2.3.4:5060", TRANSPORT_UDP, 0, "");
		members[1] = fuzz_name("1.2.3.5:5062", TRANSPORT_TCP, 0, "m.example");
		members[2] = fuzz_name("[2001:db8::b]:5060", TRANSPORT_UDP, 0, "");
		members[3] = fuzz_name("1.2.3.6:5060", TRANSPORT_TCP, 0, "");
		names.own_count = 6;
		names.members = members;
		names.member_count = 4;
		names.key_count = 2;
		prf_key(&names.keys[0], "fuzz", 4);
		prf_key(&names.keys[1], "", 0);
		names.own = own;
		names_prepare(&names);
	}
	names.header = (struct span){header, strlen(header)};
	struct edit_side side = {.names = &names, .in = how & 1, .socket = which % 5};
	side.transport = own[side.socket == 4 ? 5 : side.socket == 3 ? 4 : side.socket].transport;
	side.title = &members[which / 5 % 4];
	side.arrived = side.title;
	if (how & 2)
		side.title = how & 4 ? NULL : &own[0];
	side.as_member = how & 8;
	side.mark = how & 16;
	side.bond = (struct span){"external", how & 32 ? 8 : 0};
	return side;
}

/* The edited message, which must be the same by either way. out has room for EDIT_TEXT more. */
static inline size_t fuzz_edited(const struct edit *e, char *p, size_t n, char *out)
{
	struct iovec in = {p, n};
	struct iovec v[2 * EDIT_SPLICES + 1];
	size_t count = splice_iovec(e, &in, n != 0, v, 2 * EDIT_SPLICES + 1);
	size_t length = 0;
	size_t end = 0;

	expect(count || (int64_t)n + e->grows == 0);
	for (size_t i = 0; i < e->count; i++) {
		expect(e->splices[i].offset >= end && e->splices[i].row <= e->splices[i].offset);
		end = e->splices[i].offset + e->splices[i].cut;
		expect(end <= n);
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(out + length, v[i].iov_base, v[i].iov_len);
		length += v[i].iov_len;
	}
	expect((int64_t)length == (int64_t)n + e->grows);
	size_t room = n > length ? n : length;
	char *place = malloc(room + 1);
	memcpy(place, p, n);
	expect(splice_apply(e, place, n, room) == length && memcmp(place, out, length) == 0);
	if (length > n)
		expect(splice_apply(e, place, n, length - 1) == 0);
	free(place);
	return length;
}

#endif
