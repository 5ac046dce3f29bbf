/* SPDX-License-Identifier: MIT */
/* saved: logs and captures that were written earlier, as ladders: the same ends and words as live, whoever wrote
 * the capture, and no more than what is whole of it. */
#include "packet.h"

#include <stdlib.h>
#include <unistd.h>

#include "ctl/pcapng.h"
#include "ctl/saved.h"

static char *text;
static size_t text_n;

static void forget(void)
{
	free(text);
	text = NULL;
}

static struct saved saved;

/* The ladder of these bytes. */
static const char *draw(const void *bytes, size_t n, bool svg)
{
	const struct ladder_style style = {.width = 150, .svg = svg};
	forget();
	FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "r"), *out = open_memstream(&text, &text_n);
	struct ladder *l = ladder_open(out, &style);

	cr_assert(in && out && l);
	saved_read(&saved, in, l, 0);
	cr_assert(ladder_close(l));
	fclose(in);
	fclose(out);
	return text;
}

static const char *draw_log(const char *log)
{
	return draw(log, strlen(log), false);
}

/* ---- logs ---- */

#define V4(address, port) "{sa_family=AF_INET, sin_port=htons(" port "), sin_addr=inet_addr(\"" address "\")}, 16) = 812 <0.000034>"
#define TO V4("203.0.113.9", "5070")

Test(saved, log_of_a_call)
{
	cr_expect_str_eq(draw_log(
		"[pid 812] 12:00:01.100000 recvfrom(7<UDP:[10.10.0.3:5060]>, \"SIP/2.0 180 Ringing\\r\\nVia: SIP\"..., 900, 0, "
			V4("203.0.113.9", "5070") " ! arrived at external udp:1.2.3.4:5060, restored via, Call-ID \"a@x\"\n"
		"bondctl: 3 lines were lost here: more came than could be read\n"
		"[pid 812] 12:00:01.000000 sendto(7<UDP:[10.10.0.3:5060]>, \"INVITE sip:b@carrier1.com SIP/2.\"..., 812, 0, "
			TO " ! external udp:1.2.3.4:5060 fd 9, route carriers, via record-route, Call-ID \"a@x\"\n"
		"[pid 812] 12:00:02.000000 sendto(7<UDP:[10.10.0.3:5060]>, \"ACK sip:b@carrier1.com SIP/2.0\\r\\n\"..., 312, 0, "
			TO " ! already right: external udp:1.2.3.4:5060, route carriers, Call-ID \"a@x\"\n"
		"[pid 812] 12:00:03.000000 sendto(7<UDP:[10.10.0.3:5060]>, \"BYE sip:b@carrier1.com SIP/2.0\\r\\n\"..., 312, 0, "
			"{sa_family=AF_INET, sin_port=htons(5070), sin_addr=inet_addr(\"203.0.113.9\")}, 16) = -1 ENETUNREACH "
			"(Network is unreachable) <0.000034> ! no usable member of external for UDP IPv4, route carriers, refused, Call-ID \"a@x\"\n"),
		"Call-ID a@x\n"
		"             10.10.0.3:5060    1.2.3.4:5060      203.0.113.9:5070\n"
		"             H                 M external        peer\n"
		"12:00:01.000 |.................|-----INVITE----->| external, route carriers\n"
		"+0.100034    |.................|<--180 Ringing---| external\n"
		"+0.899966    |.................|-------ACK------>| external, route carriers\n\n", "%s", text);
	cr_expect_null(saved.why);
}

/* Of a TLS library: what it carries is there, and the records that the system calls carried are no messages. */
Test(saved, log_of_tls)
{
	cr_expect_str_eq(draw_log(
		"[pid 812] 12:00:01.000000 write(7<TCP:[1.2.3.4:40112->203.0.113.9:5061]>, \"\\27\\3\\3\\0\"..., 900) = 900 <0.000034>\n"
		"[pid 812] 12:00:01.000000 gnutls_record_send(<TLS:[1.2.3.4:40112->203.0.113.9:5061]>, \"INVITE sip:b@carrier1.com SIP/2.\"..., "
			"812) = 812 <0.000034> ! already right: external tls:1.2.3.4:5061, route carriers, edited via, Call-ID \"a@x\"\n"
		"[pid 812] 12:00:01.100000 SSL_read(<WSS:[1.2.3.4:40112->203.0.113.9:5061]>, \"SIP/2.0 180 Ringing\\r\\nVia: SIP\"..., "
			"9000) = 900 <0.000000> ! arrived at external wss:1.2.3.4:5061, restored via, Call-ID \"a@x\"\n"),
		"Call-ID a@x\n"
		"             1.2.3.4:40112     203.0.113.9:5061\n"
		"             H external        peer\n"
		"12:00:01.000 |-----INVITE----->| external, route carriers, tls\n"
		"+0.100000    |<--180 Ringing---| external, wss\n\n", "%s", text);
	cr_expect_null(saved.why);
}

/* IPv6, pieces, several messages of a call, dates, connections, and no number of a process. */
Test(saved, log_of_every_form)
{
	draw_log("2026-11-28T23:59:59.900000+01:00 sendmsg(9<UDPv6:[[2001:db8::1]:5060]>, {msg_name={sa_family=AF_INET6, sin6_port=htons(5071), "
		"sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"2001:db8::9\", &sin6_addr), sin6_scope_id=0}, msg_namelen=28, "
		"msg_iov=[{iov_base=\"OPTIONS sip:\\\"x\\\" ! y\"..., iov_len=400}], msg_iovlen=1}, 0) = 400 <0.000010> "
		"! external udp:[2001:db8::2]:5060 pktinfo, route six, Call-ID \"b\\\"@x\"\n");
	cr_expect(strstr(text, "Call-ID b\\\"@x\n") && strstr(text, "[2001:db8::2]:5060") && strstr(text, "[2001:db8::9]:5071") &&
		strstr(text, "22:59:59.900 |") && strstr(text, "external, route six"), "%s", text);
	draw_log("[pid 1] 23:59:59.500000 sendmmsg(9<UDP:[10.0.0.1:5060]>, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(5071), "
		"sin_addr=inet_addr(\"192.0.2.1\")}, msg_iov=[{iov_base=\"OPTIONS sip:a\"..., iov_len=4}]}}, {msg_hdr={msg_name={sa_family=AF_INET, "
		"sin_port=htons(5072), sin_addr=inet_addr(\"192.0.2.2\")}, msg_iov=[{iov_base=\"REGISTER sip:a\"..., iov_len=4}]}}], 2, 0) = 2 "
		"<0.000010>, Call-ID \"one\" \"two\"\n"
		"[pid 1] 00:00:00.500000 send(5<TCP:[10.0.0.1:40001->192.0.2.3:5060]>, \"BYE sip:a\"..., 5, 0) = 5 <0.000001>, Call-ID \"two\"\n");
	cr_expect(strstr(text, "Call-ID one\n") && strstr(text, "192.0.2.1:5071") && strstr(text, "-OPTIONS-"), "%s", text);
	cr_expect(strstr(text, "Call-ID two\n") && strstr(text, "192.0.2.2:5072") && strstr(text, "-REGISTER-") &&
		strstr(text, "+1.000000    ") && strstr(text, "10.0.0.1:40001") && strstr(text, " tcp\n"), "%s", text);
}

Test(saved, log_without_messages)
{
	static const char *const lines[] = {"", "\n", "x", "[pid", "[pid 1] 12:00", "[pid 812] 12:00:01.000000 close(7) = 0 <0.000001>",
		"[pid 1] 12:00:00.000000 sendto(7, \"INVITE sip:a\"..., 1, 0, NULL, 0) = 1 <0.000001>",
		"[pid 1] 12:00:00.000000 sendto(7<UDP:[1.2.3.4:5]>, \"\\0\\1\"..., 1, 0, NULL, 0) = 1 <0.000001>, Call-ID \"x\"",
		"[pid 1] 99:00:00.000000 sendto(7, \"INVITE sip:a\"..., 1, 0, NULL, 0) = 1, Call-ID \"x\"",
		"[pid 1] 12:00:00.000000 sendto(7<UDP:[1, \"INVITE sip:a", "[pid 1] 12:00:00.000000 sendto(7<UDP:->", "\n\r\r\n"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i][0])
			draw_log(lines[i]);
		cr_expect(!lines[i][0] || !*text || strncmp(text, "Call-ID x\n             0.0", 12) == 0, "%zu: %s", i, text);
	}
}

/* ---- captures ---- */

static char capture[100000];
static size_t capture_n;

static void add(const void *p, size_t n)
{
	cr_assert(capture_n + n <= sizeof(capture));
	memcpy(capture + capture_n, p, n);
	capture_n += n;
}

static void add32(uint32_t n, bool swapped)
{
	n = swapped ? __builtin_bswap32(n) : n;
	add(&n, 4);
}

static void begin_pcap(unsigned link, uint32_t magic, bool swapped)
{
	capture_n = 0;
	add32(magic, swapped);
	add32(swapped ? 0x00040002 : 0x00040002, false);
	add32(0, false);
	add32(0, false);
	add32(65535, swapped);
	add32(link, swapped);
}

static unsigned second = 1790000000;

/* A piece of a datagram from 192.0.2.9 or 2001:db8::9. */
static void add_piece(bool v6, size_t offset, bool more, const char *bytes, size_t n)
{
	unsigned char head[48] = {v6 ? 0x60 : 0x45};
	size_t size = v6 ? 48 : 20;

	head[v6 ? 5 : 3] = (unsigned char)(n + (v6 ? 8 : 20));
	head[v6 ? 6 : 9] = v6 ? 44 : 17;
	if (v6) {
		memcpy(head + 8, addr_of("[2001:db8::9]:1").ip, 16);
		memcpy(head + 24, addr_of("[2001:db8::1]:1").ip, 16);
		head[40] = 17;
		head[43] = (unsigned char)(offset | more);
		head[47] = 7;
	} else {
		memcpy(head + 12, addr_of("192.0.2.9:1").ip + 12, 4);
		memcpy(head + 16, addr_of("192.0.2.1:1").ip + 12, 4);
		head[5] = 7;
		head[6] = more ? 0x20 : 0;
		head[7] = (unsigned char)(offset / 8);
	}
	add32(second++, false);
	add32(0, false);
	add32((uint32_t)(size + n), false);
	add32((uint32_t)(size + n), false);
	add(head, size);
	add(bytes, n);
}

/* A packet of UDP or TCP over IP, behind a header of the link. */
static void add_packet(const void *link, size_t link_n, bool v6, uint32_t tcp_at, const char *from, const char *to,
	const char *bytes, bool swapped)
{
	struct addr a = addr_of(from), b = addr_of(to);
	size_t n = strlen(bytes), ports = tcp_at ? 20 : 8, ip = v6 ? 40 : 20;
	unsigned char head[64] = {0};

	head[0] = v6 ? 0x60 : 0x45;
	head[v6 ? 4 : 2] = (unsigned char)((n + ports + (v6 ? 0 : 20)) >> 8);
	head[v6 ? 5 : 3] = (unsigned char)(n + ports + (v6 ? 0 : 20));
	head[v6 ? 6 : 9] = tcp_at ? 6 : 17;
	memcpy(head + (v6 ? 8 : 12), v6 ? a.ip : a.ip + 12, v6 ? 16 : 4);
	memcpy(head + (v6 ? 24 : 16), v6 ? b.ip : b.ip + 12, v6 ? 16 : 4);
	unsigned char *p = head + ip;
	p[0] = (unsigned char)(a.port >> 8), p[1] = (unsigned char)a.port;
	p[2] = (unsigned char)(b.port >> 8), p[3] = (unsigned char)b.port;
	for (int i = 0; tcp_at && i < 4; i++)
		p[4 + i] = (unsigned char)(tcp_at >> (24 - 8 * i));
	p[12] = tcp_at ? 0x50 : p[12];
	add32(second++, swapped);
	add32(500, swapped);
	add32((uint32_t)(link_n + ip + ports + n), swapped);
	add32((uint32_t)(link_n + ip + ports + n), swapped);
	add(link, link_n);
	add(head, ip + ports);
	add(bytes, n);
}

#define MESSAGE(start, id, cseq) start "\r\nCall-ID: " id "\r\nCSeq: " cseq "\r\nContent-Length: 0\r\n\r\n"
#define INVITE MESSAGE("INVITE sip:b SIP/2.0", "c@x", "1 INVITE")
#define RINGING MESSAGE("SIP/2.0 180 Ringing", "c@x", "1 INVITE")

/* Of whatever link, and either byte order; who was called first is the host. */
Test(saved, captures_of_others)
{
	static const struct {
		unsigned link;
		size_t n;
		unsigned char bytes[24];
		bool v6;
	} links[] = {{101, 0, {0}, false}, {1, 14, {[12] = 8}, false}, {1, 18, {[12] = 0x81, [16] = 0x86, [17] = 0xdd}, true},
		{113, 16, {[14] = 8}, false}, {276, 20, {8}, true}, {0, 4, {2}, false}};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		for (int swapped = 0; swapped < 2; swapped++) {
			const char *a = links[i].v6 ? "[2001:db8::9]:5060" : "192.0.2.9:5060";
			const char *h = links[i].v6 ? "[2001:db8::1]:5060" : "192.0.2.1:5060";
			begin_pcap(links[i].link, i % 2 ? 0xa1b23c4d : 0xa1b2c3d4, swapped);
			add_packet(links[i].bytes, links[i].n, links[i].v6, 0, a, h, INVITE, swapped);
			unsigned char back[24];
			memcpy(back, links[i].bytes, sizeof(back));
			back[1] = links[i].link == 113 ? 4 : back[1];
			back[10] = links[i].link == 276 ? 4 : back[10];
			add_packet(back, links[i].n, links[i].v6, 0, h, a, RINGING, swapped);
			draw(capture, capture_n, false);
			cr_expect(!saved.why && strstr(text, "Call-ID c@x\n") && strstr(text, " peer") && strstr(text, " H\n"),
				"%zu %d: %s", i, swapped, text);
			cr_expect(strstr(text, "-INVITE 1-") && strstr(text, "-180 Ringing (1 INVITE)-"), "%s", text);
			cr_expect_lt(strstr(text, a), strstr(text, h));
			forget();
		}
}

/* A connection in pieces, some of them twice. */
Test(saved, connections_are_put_together)
{
	begin_pcap(101, 0xa1b2c3d4, false);
	add_packet("", 0, false, 1000, "192.0.2.9:4000", "192.0.2.1:5060", "INVITE sip:b SIP/2.0\r\nCall-", false);
	add_packet("", 0, false, 1000, "192.0.2.9:4000", "192.0.2.1:5060", "INVITE sip:b SIP/2.0\r\nCall-", false);
	add_packet("", 0, false, 1027, "192.0.2.9:4000", "192.0.2.1:5060", "ID: c@x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n", false);
	add_packet("", 0, false, 1022, "192.0.2.9:4000", "192.0.2.1:5060", "Call-ID: c@x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
		MESSAGE("ACK sip:b SIP/2.0", "c@x", "1 ACK"), false);
	draw(capture, capture_n, false);
	cr_expect_eq(strstr(strstr(text, "INVITE 1") + 1, "INVITE 1"), NULL, "%s", text);
	cr_expect(strstr(text, "ACK 1") && strstr(text, "tcp"), "%s", text);
}

/* The same where one came before the other, or is missing: what is behind goes on once the other end has it. */
Test(saved, connections_in_any_order)
{
	static const char first[] = "INVITE sip:b SIP/2.0\r\nCall-", rest[] = "ID: c@x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
		third[] = MESSAGE("ACK sip:b SIP/2.0", "c@x", "1 ACK");

	for (int lost = 0; lost < 2; lost++) {
		begin_pcap(101, 0xa1b2c3d4, false);
		add_packet("", 0, false, 1000, "192.0.2.9:4000", "192.0.2.1:5060", first, false);
		add_packet("", 0, false, 1000 + sizeof(first) + sizeof(rest) - 2, "192.0.2.9:4000", "192.0.2.1:5060", third, false);
		if (!lost)
			add_packet("", 0, false, 1000 + sizeof(first) - 1, "192.0.2.9:4000", "192.0.2.1:5060", rest, false);
		draw(capture, capture_n, false);
		cr_expect_eq(!strstr(text, "INVITE 1"), lost, "%s", text);
		cr_expect(strstr(text, "ACK 1"), "%s", text);
		cr_expect_eq(saved.gaps, (uint64_t)lost);
	}
}

/* Datagrams in pieces, in any order; where one is missing they are counted. */
Test(saved, datagrams_are_put_together)
{
	static const char bytes[] = "\x13\xc4\x13\xc4\0\0\0\0" INVITE; /* behind the head of UDP */
	static const unsigned orders[][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}, {1, 1, 2}, {0, 1, 1}};

	for (int v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < 5; i++) {
			begin_pcap(101, 0xa1b2c3d4, false);
			for (int k = 0; k < 3; k++) {
				size_t at = orders[i][k] * 24, n = at == 48 ? sizeof(bytes) - 1 - at : 24;
				add_piece(v6, at, at != 48, bytes + at, n);
			}
			draw(capture, capture_n, false);
			cr_expect_eq(strstr(text, "INVITE 1") != NULL, i < 3, "%zu: %s", i, text);
			cr_expect_eq(saved.fragments, i < 3 ? 0 : 3, "%zu", i);
		}
}

/* A column that stands for several: at the arrow it is told which. */
Test(saved, ends_that_have_no_column)
{
	char to[64];

	begin_pcap(101, 0xa1b2c3d4, false);
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof(to), "192.0.2.%d:5060", i + 20);
		add_packet("", 0, false, 0, "192.0.2.9:5060", to, INVITE, false);
	}
	for (int svg = 0; svg < 2; svg++) {
		draw(capture, capture_n, svg);
		cr_expect(strstr(text, "to 192.0.2.39:5060") && !strstr(text, "to 192.0.2.20:5060"), "%s", text);
	}
}

/* A machine that calls itself, as tcpdump -i any has it: all of it arrives, and some of it on two interfaces. */
Test(saved, of_a_machine_with_itself)
{
	static const unsigned char arrives[16] = {[14] = 8}, leaves[16] = {[1] = 4, [14] = 8};

	begin_pcap(113, 0xa1b2c3d4, false);
	add_packet(arrives, 16, false, 0, "192.0.2.1:5062", "192.0.2.1:5060", INVITE, false);
	add_packet(arrives, 16, false, 0, "192.0.2.1:5060", "192.0.2.1:5062", RINGING, false);
	draw(capture, capture_n, false);
	cr_expect(strstr(strstr(text, "192.0.2.1:5062"), "192.0.2.1:5060"), "%s", text);
	cr_expect_not(strstr(strstr(text, "192.0.2.1:5062") + 1, "192.0.2.1:5062"), "%s", text);
	cr_expect(strstr(text, ">|\n") && strstr(text, "|<-"), "%s", text);

	begin_pcap(113, 0xa1b2c3d4, false);
	add_packet(leaves, 16, false, 0, "192.0.2.1:5060", "192.0.2.9:5060", INVITE, false);
	second--;
	add_packet(leaves, 16, false, 0, "192.0.2.1:5060", "192.0.2.9:5060", INVITE, false);
	add_packet(leaves, 16, false, 0, "192.0.2.1:5060", "192.0.2.9:5060", INVITE, false);
	draw(capture, capture_n, false);
	const char *again = strstr(text, "again");
	cr_expect(again && !strstr(again + 1, "again"), "%s", text);
}

/* What cannot be read is told. */
Test(saved, of_no_known_kind)
{
	draw("\x1f\x8b\x08\0", 4, false);
	cr_expect(saved.why && strstr(saved.why, "compressed"));
	begin_pcap(105, 0xa1b2c3d4, false);
	add_packet("", 0, false, 0, "192.0.2.9:5060", "192.0.2.1:5060", INVITE, false);
	draw(capture, capture_n, false);
	cr_expect_eq(saved.link, 105);
}

/* What bondctl wrote is drawn as it was live; what the host had beside it is not drawn again. */
static void write_capture(bool both)
{
	static char record[10000];
	char file[] = "/tmp/test_saved.XXXXXX";
	struct packet_view v;
	struct pcapng p;
	int fd = mkstemp(file);
	const struct said call[] = {
		{.from = "10.0.0.9:5060", .to = "10.10.0.3:5060", .flags = PACKET_ARRIVED, .wire = INVITE},
		{.from = "1.2.3.4:5060", .to = "203.0.113.9:5060", .shown = "10.10.0.3:5060",
			.texts = {[PACKET_CALL] = "sendto", [PACKET_BOND] = "external", [PACKET_ROUTE] = "carriers",
				[PACKET_MEMBER] = "udp:1.2.3.4:5060", [PACKET_VERDICT] = "external udp:1.2.3.4:5060, route carriers"},
			.wire = INVITE, .host = MESSAGE("INVITE sip:b SIP/2.0", "c@x", "1 INVITE")}};

	cr_assert(pcapng_open(&p, file, both) == 0);
	for (int i = 0; i < 2; i++) {
		cr_assert(packet_read(&v, record, record_of_said(&call[i], record)));
		pcapng_put(&p, &v);
	}
	cr_assert(pcapng_close(&p) == 0);
	capture_n = (size_t)pread(fd, capture, sizeof(capture), 0);
	close(fd);
	unlink(file);
}

Test(saved, captures_of_bondctl)
{
	for (int both = 0; both < 2; both++) {
		write_capture(both);
		draw(capture, capture_n, false);
		cr_expect(strstr(text, "peer") && strstr(text, "H   ") && strstr(text, "M external") &&
			strstr(text, "|.......") && strstr(text, "| external, route carriers\n"), "%s", text);
		cr_expect_null(saved.why);
		unsigned invites = 0;
		for (const char *at = text; (at = strstr(at, "INVITE 1")); at++)
			invites++;
		cr_expect_eq(invites, 2, "%u: %s", invites, text);
		forget();
	}
}

/* Wherever it ends, what was before is drawn; and no byte of it does harm. */
Test(saved, of_any_length_and_any_bytes)
{
	static char whole[sizeof(capture)];

	write_capture(true);
	memcpy(whole, capture, capture_n);
	for (size_t n = 1; n < capture_n; n++) {
		draw(whole, n, n % 2);
		if (n > 12)
			cr_expect(saved.why || strstr(text, "INVITE") || n < 400, "%zu", n);
		forget();
	}
	srandom(1);
	for (int i = 0; i < 3000; i++) {
		memcpy(capture, whole, capture_n);
		for (int k = 0; k < 4; k++)
			capture[(size_t)random() % capture_n] = (char)random();
		draw(capture, capture_n, i % 2);
		forget();
	}
}

/* Names, reasons and Call-IDs of others are text in SVG. */
Test(saved, svg_of_hostile_messages)
{
	begin_pcap(101, 0xa1b2c3d4, false);
	add_packet("", 0, false, 0, "192.0.2.9:5060", "192.0.2.1:5060",
		MESSAGE("SIP/2.0 200 </text><script>&\"'\033[31m\xff", "</text>\"<&>\033x", "1 <B>&"), false);
	draw(capture, capture_n, true);
	cr_expect(strstr(text, ">Call-ID &#60;/text&#62;&#34;&#60;&#38;&#62;?x</text>"), "%s", text);
	cr_expect(strstr(text, ">200 &#60;/text&#62;&#60;script&#62;&#38;&#34;&#39;?[31m?"), "%s", text);
	cr_expect_not(strstr(text, "<script") || strchr(text, '\033') || strchr(text, '\xff'));
	cr_expect(strncmp(text, "<?xml", 5) == 0 && strcmp(text + text_n - 7, "</svg>\n") == 0);
}
