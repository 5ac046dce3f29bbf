/* SPDX-License-Identifier: MIT */
/* packet: a record is read as it was written, and nothing else is taken for one. */
#include "packet.h"

static char record[300000];

static const struct said usual = {.from = "1.2.3.4:5060",
	.to = "203.0.113.9:5060",
	.shown = "10.10.0.3:5070",
	.texts = {"sendto", "external", "carriers", "udp:1.2.3.4:5060", "external udp:1.2.3.4:5060 fd 9"},
	.wire = "OPTIONS sip:b SIP/2.0\r\n\r\n",
	.host = "OPTIONS sip:b SIP/2.0\r\nX: y\r\n\r\n"};

Test(packet, as_it_was_written)
{
	struct packet_view v;
	size_t n = record_of_said(&usual, record);

	cr_assert(packet_read(&v, record, n));
	cr_expect_eq(v.packet.process, 812);
	cr_expect_eq(v.packet.from.port, 5060);
	for (int i = 0; i < PACKET_TEXTS; i++) {
		cr_expect_eq(v.packet.texts[i], strlen(usual.texts[i]));
		cr_expect_arr_eq(v.texts[i], usual.texts[i], v.packet.texts[i]);
	}
	cr_expect_eq(v.packet.wire, strlen(usual.wire));
	cr_expect_arr_eq(v.wire, usual.wire, v.packet.wire);
	cr_expect_eq(v.host_n, strlen(usual.host));
	cr_expect_arr_eq(v.host, usual.host, v.host_n);
}

Test(packet, of_what_stayed_the_same_there_is_one)
{
	struct said s = usual;
	struct packet_view v;

	s.host = NULL;
	cr_assert(packet_read(&v, record, record_of_said(&s, record)));
	cr_expect_eq(v.host, v.wire);
	cr_expect_eq(v.host_n, v.packet.wire);
	s.flags = PACKET_ARRIVED | PACKET_UNSEEN;
	cr_assert(packet_read(&v, record, record_of_said(&s, record)));
	cr_expect_eq(v.host_n, 0);
}

Test(packet, no_length_but_its_own)
{
	struct packet_view v;
	size_t n = record_of_said(&usual, record);

	for (size_t i = 0; i < n + 200; i++)
		cr_expect_eq(packet_read(&v, record, i), i == n, "%zu of %zu", i, n);
}

/* Each field, with what must not stand in it. */
Test(packet, what_is_none)
{
	struct packet good, bad;
	struct packet_view v;
	size_t n = record_of_said(&usual, record);

	memcpy(&good, record, sizeof(good));
#define REFUSED(change) \
	do { \
		bad = good; \
		change; \
		memcpy(record, &bad, sizeof(bad)); \
		cr_expect_not(packet_read(&v, record, n), #change); \
	} while (0)
	REFUSED(bad.at = -1);
	REFUSED(bad.from.family = AF_UNIX);
	REFUSED(bad.to.family = 77);
	REFUSED(bad.shown.ip[0] = 1);
	REFUSED(bad.transport = TRANSPORT_COUNT);
	REFUSED(bad.wire = UINT32_MAX);
	REFUSED(bad.host = UINT32_MAX);
	REFUSED(bad.wire = bad.wire + bad.host + 1; bad.host = UINT32_MAX);
	REFUSED(bad.wire_whole = 1);
	REFUSED(bad.host_whole = 1);
	REFUSED(bad.flags |= PACKET_SAME);
	REFUSED(bad.flags |= PACKET_UNSEEN);
	for (int i = 0; i < PACKET_TEXTS; i++) {
		REFUSED(bad.texts[i] = UINT16_MAX);
		REFUSED(bad.texts[i]++);
	}
	memcpy(record, &good, sizeof(good));
	cr_expect(packet_read(&v, record, n));
}

Test(packet, as_large_as_any)
{
	struct said s = usual;
	struct packet_view v;
	static char bytes[PACKET_BYTES_MAX + 2];

	memset(bytes, 'x', PACKET_BYTES_MAX);
	s.wire = s.host = bytes;
	cr_expect(packet_read(&v, record, record_of_said(&s, record)));
	bytes[PACKET_BYTES_MAX] = 'x';
	cr_expect_not(packet_read(&v, record, record_of_said(&s, record)));
}
