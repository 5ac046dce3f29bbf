/* SPDX-License-Identifier: MIT */
/* pcapng, ip_headers: block by block and byte by byte, by arithmetic of the test's own. What Wireshark
 * makes of it: tests/victim/victims.py. */
#include "packet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/pcapng.h"

static char name[] = "/tmp/bond-pcapng-XXXXXX";
static char record[300000];
static uint8_t file[400000];
static size_t size;

static void make_name(void)
{
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	close(fd);
}

static void remove_name(void)
{
	unlink(name);
}

TestSuite(pcapng, .init = make_name, .fini = remove_name);

static void add(struct pcapng *p, const struct said *s)
{
	struct packet_view v;

	cr_assert(packet_read(&v, record, record_of_said(s, record)));
	pcapng_put(p, &v);
}

static void read_file(void)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, file, sizeof(file));

	cr_assert(n >= 0 && n < (ssize_t)sizeof(file));
	size = (size_t)n;
	close(fd);
}

static uint32_t word(const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static unsigned half(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1]; /* of the network's order */
}

/* Block number i of that type; *n: its length, of which the last four bytes repeat it. */
static const uint8_t *block(uint32_t type, int number, size_t *n)
{
	for (size_t at = 0; at < size; at += *n) {
		*n = word(file + at + 4);
		cr_assert(*n % 4 == 0 && *n >= 12 && *n <= size - at, "at %zu", at);
		cr_assert_eq(word(file + at + *n - 4), *n);
		if (word(file + at) == type && number-- == 0)
			return file + at;
	}
	return NULL;
}

static int count(uint32_t type)
{
	size_t n;
	int i = 0;

	while (block(type, i, &n))
		i++;
	return i;
}

/* The option of that code, NUL behind it; `nth` of several. */
static const char *option(const uint8_t *b, size_t n, size_t from, unsigned code, int nth)
{
	static char text[70000];

	for (size_t at = from; at + 8 <= n; at += 4 + ((size_t)((b[at + 2] | b[at + 3] << 8) + 3) & ~3ul)) {
		size_t length = (size_t)(b[at + 2] | b[at + 3] << 8);
		if ((unsigned)(b[at] | b[at + 1] << 8) != code || nth--)
			continue;
		memcpy(text, b + at + 4, length);
		text[length] = 0;
		return text;
	}
	return NULL;
}

/* The bytes of packet number i, its interface, and its comments. */
struct seen {
	const uint8_t *p;
	size_t n, whole;
	uint32_t interface;
	uint64_t at;
	char comments[2][70000];
	unsigned flags;
};

static struct seen *packet(int i)
{
	static struct seen s;
	size_t n;
	const uint8_t *b = block(6, i, &n);

	cr_assert(b, "packet %d", i);
	s.interface = word(b + 8);
	s.at = (uint64_t)word(b + 12) << 32 | word(b + 16);
	s.n = word(b + 20) - 16;
	s.whole = word(b + 24) - 16;
	s.p = b + 28 + 16;
	size_t options = 28 + 16 + ((s.n + 3) & ~3ul);
	for (int k = 0; k < 2; k++) {
		const char *text = option(b, n, options, 1, k);
		strcpy(s.comments[k], text ? text : "");
	}
	s.flags = word((const uint8_t *)option(b, n, options, 2, 0));
	cr_expect_arr_eq(b + 28, s.flags == 1 ? "\0\0\xff\xfe" : "\0\4\xff\xfe", 4);
	cr_expect_arr_eq(b + 28 + 14, s.p[0] >> 4 == 6 ? "\x86\xdd" : "\x08\0", 2);
	return &s;
}

static unsigned ones(const uint8_t *p, size_t n, unsigned sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* That the lengths and the checksums hold; what is behind the headers. */
static const char *payload(const struct seen *s, int protocol, size_t *n)
{
	bool v6 = s->p[0] >> 4 == 6;
	size_t ip = v6 ? 40 : 20;
	const uint8_t *ends = s->p + (v6 ? 8 : 12);

	cr_expect_eq(s->n, s->whole);
	if (v6) {
		cr_expect_eq(half(s->p + 4), s->n - 40);
		cr_expect_eq(s->p[6], protocol);
	} else {
		cr_expect_eq(s->p[0], 0x45);
		cr_expect_eq(half(s->p + 2), s->n);
		cr_expect_eq(s->p[9], protocol);
		cr_expect_eq(ones(s->p, 20, 0), 0xffff);
	}
	unsigned sum = ones(ends, v6 ? 32 : 8, (unsigned)protocol + (unsigned)(s->n - ip));
	cr_expect_eq(ones(s->p + ip, s->n - ip, sum), 0xffff);
	if (protocol == 17)
		cr_expect_eq(half(s->p + ip + 4), s->n - ip);
	size_t own = protocol == 17 ? 8 : (size_t)(s->p[ip + 12] >> 4) * 4;
	*n = s->n - ip - own;
	return (const char *)s->p + ip + own;
}

static const struct said out = {.from = "1.2.3.4:5060",
	.to = "203.0.113.9:5080",
	.shown = "10.10.0.3:5070",
	.texts = {"sendto", "external", "carriers", "udp:1.2.3.4:5060", "external fd 9"},
	.wire = "OPTIONS sip:b SIP/2.0\r\nVia: 1.2.3.4\r\n\r\n",
	.host = "OPTIONS sip:b SIP/2.0\r\nVia: 10.10.0.3\r\n\r\n"};

static const struct said in = {.from = "[2001:db8::9]:5060",
	.to = "[2001:db8::1]:5060",
	.flags = PACKET_ARRIVED,
	.wire = "SIP/2.0 200 OK\r\n\r\nodd"};

Test(pcapng, the_wire_with_comments)
{
	struct pcapng p;
	size_t n;

	cr_assert_eq(pcapng_open(&p, name, false), 0);
	add(&p, &out);
	add(&p, &in);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	cr_expect_eq(word(file), 0x0a0d0d0a);
	cr_expect_eq(word(file + 8), 0x1a2b3c4d);
	cr_expect(strncmp(option(file, word(file + 4), 24, 4, 0), "bondctl ", 8) == 0);
	cr_expect_eq(count(1), 2);
	const uint8_t *b = block(1, 0, &n);
	cr_expect_eq(b[8], 113);
	cr_expect_str_eq(option(b, n, 16, 2, 0), "wire");
	cr_expect_eq(option(b, n, 16, 9, 0)[0], 9);
	cr_assert_eq(count(6), 2);

	struct seen *s = packet(0);
	const char *bytes = payload(s, 17, &n);
	cr_expect_eq(s->at, 1790000000123456789u);
	cr_expect_eq(s->flags, 2);
	cr_expect_arr_eq(s->p + 12, "\1\2\3\4\xcb\0\x71\x09", 8);
	cr_expect_eq(half(s->p + 20), 5060);
	cr_expect_eq(half(s->p + 22), 5080);
	cr_expect(n == strlen(out.wire) && memcmp(bytes, out.wire, n) == 0);
	cr_expect_str_eq(s->comments[0], "pid 812: sendto; bond external; member udp:1.2.3.4:5060; "
					 "route carriers; external fd 9");
	cr_expect_str_eq(s->comments[1], "as the program sent it, from 10.10.0.3:5070:\n"
					 "OPTIONS sip:b SIP/2.0\nVia: 10.10.0.3\n\n");

	s = packet(1);
	bytes = payload(s, 17, &n);
	cr_expect_eq(s->flags, 1);
	cr_expect(n == strlen(in.wire) && memcmp(bytes, in.wire, n) == 0);
	cr_expect_str_eq(s->comments[0], "pid 812");
	cr_expect_str_eq(s->comments[1], "");
}

Test(pcapng, both_sides)
{
	struct said dropped = in, moved = out;
	struct pcapng p;
	size_t n;

	dropped.flags |= PACKET_UNSEEN;
	moved.host = NULL;
	cr_assert_eq(pcapng_open(&p, name, true), 0);
	add(&p, &out);
	add(&p, &dropped);
	add(&p, &moved);
	add(&p, &in);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	cr_expect_eq(count(1), 3);
	const uint8_t *b = block(1, 2, &n);
	cr_expect_str_eq(option(b, n, 16, 2, 0), "host");
	cr_assert_eq(count(6), 7);
	static const uint32_t interfaces[] = {0, 2, 0, 0, 2, 0, 2};
	for (int i = 0; i < 7; i++)
		cr_expect_eq(packet(i)->interface, interfaces[i], "%d", i);
	struct seen *s = packet(1);
	const char *bytes = payload(s, 17, &n);
	cr_expect_arr_eq(s->p + 12, "\x0a\x0a\0\3\xcb\0\x71\x09", 8);
	cr_expect_eq(half(s->p + 20), 5070);
	cr_expect(n == strlen(out.host) && memcmp(bytes, out.host, n) == 0);
	cr_expect_str_eq(packet(3)->comments[1], "as the program sent it, from 10.10.0.3:5070");
	cr_expect(strstr(packet(2)->comments[0], "did not get it"));
}

/* What TLS carries has an interface of its own, and is a stream, though of its ends another number is UDP's. */
Test(pcapng, inside_of_tls)
{
	struct said tls = out, wss = out;
	struct packet_view v;
	struct pcapng p;
	size_t n;

	tls.transport = TRANSPORT_TLS;
	wss.transport = TRANSPORT_WSS;
	wss.host = NULL;
	cr_assert_eq(pcapng_open(&p, name, true), 0);
	add(&p, &tls);
	/* a message of which not all is there: the next one is behind all of it */
	cr_assert(packet_read(&v, record, record_of_said(&wss, record)));
	v.packet.wire_whole += 100;
	pcapng_put(&p, &v);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	const uint8_t *b = block(1, 1, &n);
	cr_expect_str_eq(option(b, n, 16, 2, 0), "inside TLS");
	cr_assert_eq(count(6), 4);
	static const uint32_t interfaces[] = {1, 2, 1, 2};
	for (int i = 0; i < 4; i++)
		cr_expect_eq(packet(i)->interface, interfaces[i], "%d", i);
	cr_expect_str_eq(packet(0)->comments[0], "pid 812: sendto; inside TLS; bond external; member udp:1.2.3.4:5060; "
						 "route carriers; external fd 9");
	cr_expect(strncmp(packet(0)->comments[1], "as the program sent it", 22) == 0);
	cr_expect(strstr(packet(2)->comments[0], "; inside WebSocket inside TLS; ") && strstr(packet(2)->comments[0], "; cut"));
	const uint8_t *cut = block(6, 2, &n);
	cr_expect_eq(word(cut + 24) - word(cut + 20), 100); /* of which the headers speak */
	cr_expect_eq(half(packet(2)->p + 2), 40 + strlen(wss.wire) + 100);
	cr_expect_eq(packet(2)->p[9], 6);
}

/* What a stream brought goes on where the other direction's bytes say, whichever way round. */
Test(pcapng, streams_go_on)
{
	static const char *const ends[][2] = {{"1.2.3.4:40000", "203.0.113.9:5060"},
		{"[2001:db8::9]:40000", "[2001:db8::1]:5060"}};
	struct pcapng p;
	size_t n;

	for (int k = 0; k < 2; k++) {
		struct said there = {.from = ends[k][0], .to = ends[k][1], .transport = TRANSPORT_TCP};
		struct said back = {.from = ends[k][1], .to = ends[k][0], .transport = TRANSPORT_TCP,
			.flags = PACKET_ARRIVED};
		there.wire = "OPTIONS", back.wire = "SIP/2.0";
		cr_assert_eq(pcapng_open(&p, name, false), 0);
		add(&p, &there);
		add(&p, &there);
		add(&p, &back);
		there.wire = " sip";
		add(&p, &there);
		cr_assert_eq(pcapng_close(&p), 0);
		read_file();
		static const uint32_t places[][2] = {{1, 1}, {8, 1}, {1, 15}, {15, 8}};
		for (int i = 0; i < 4; i++) {
			struct seen *s = packet(i);
			const uint8_t *tcp = s->p + (k ? 40 : 20);
			payload(s, 6, &n);
			cr_expect_eq(half(tcp + 4) << 16 | half(tcp + 6), places[i][0], "%d %d", k, i);
			cr_expect_eq(half(tcp + 8) << 16 | half(tcp + 10), places[i][1], "%d %d", k, i);
		}
	}
}

Test(pcapng, many_streams)
{
	struct ip_flows f = {0};
	uint32_t back;

	for (uint32_t round = 0; round < 3; round++)
		for (unsigned i = 0; i < 20000; i++) {
			struct ip_ends e = {addr_of("1.2.3.4"), addr_of("203.0.113.9:5060")};
			e.from.port = (uint16_t)(i + 1000);
			cr_assert_eq(ip_flows_next(&f, &e, 10, &back), 1 + round * 10);
			cr_assert_eq(back, 1);
		}
	ip_flows_free(&f);
}

/* A stream's portion that is too long for a packet, and a datagram of the most that there can be. */
Test(pcapng, long_ones)
{
	struct said s = out;
	static char bytes[65536];
	struct pcapng p;
	size_t n, total = 0;

	memset(bytes, 'x', sizeof(bytes) - 1);
	s.wire = bytes;
	s.transport = TRANSPORT_TCP;
	cr_assert_eq(pcapng_open(&p, name, false), 0);
	add(&p, &s);
	s.transport = TRANSPORT_UDP;
	bytes[65507] = 0;
	add(&p, &s);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	int packets = count(6);
	for (int i = 0; i < packets - 1; i++) {
		payload(packet(i), 6, &n);
		total += n;
	}
	cr_expect_eq(total, 65535);
	payload(packet(packets - 1), 17, &n);
	cr_expect_eq(n, 65507);
}

/* Comments are UTF-8 with nothing that a terminal obeys, and as long as an option may be. */
Test(pcapng, comments_of_any_bytes)
{
	struct said s = out;
	static char bytes[65536];
	struct pcapng p;

	memset(bytes, '\x1b', sizeof(bytes) - 1);
	memcpy(bytes, "\xff\xc3\xa4\tX\r\nY\rZ", 10);
	s.host = bytes;
	s.texts[PACKET_BOND] = "\x1b[31m\n";
	cr_assert_eq(pcapng_open(&p, name, false), 0);
	add(&p, &s);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	struct seen *c = packet(0);
	cr_expect(strstr(c->comments[0], "bond \\x1b[31m"));
	const char *text = strchr(c->comments[1], '\n') + 1;
	cr_expect(strncmp(text, "\\xff\xc3\xa4\tX\nY\\x0dZ\\x1b\\x1b", 22) == 0, "%.60s", text);
	cr_expect_leq(strlen(c->comments[1]), 60008);
	cr_expect_str_eq(c->comments[1] + strlen(c->comments[1]) - 3, "...");
}

Test(pcapng, no_address_no_packet)
{
	struct said s = out;
	struct pcapng p;

	cr_assert_eq(pcapng_open(&p, name, true), 0);
	s.from = s.to = "";
	add(&p, &s);
	s.to = out.to;
	s.shown = NULL;
	add(&p, &s);
	cr_assert_eq(pcapng_close(&p), 0);
	read_file();
	cr_expect_eq(count(6), 2);
	cr_expect_arr_eq(packet(0)->p + 12, "\0\0\0\0\xcb\0\x71\x09", 8);
}

/* As on a disk that is full: the error is told, and what is there can be read. */
Test(pcapng, full_disk)
{
	struct rlimit limit = {6000, 6000};
	struct pcapng p;
	int status = 0;

	if (fork() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		int error = pcapng_open(&p, name, false);
		for (int i = 0; i < 100 && !error; i++) {
			add(&p, &out);
			error = pcapng_flush(&p);
		}
		add(&p, &out);
		_exit(error == EFBIG && pcapng_close(&p) == EFBIG ? 0 : 1);
	}
	wait(&status);
	cr_expect_eq(status, 0);
	read_file();
	cr_expect_gt(count(6), 5);
	cr_expect_leq(size, 6000);
}

Test(pcapng, what_cannot_be_opened)
{
	struct pcapng p;

	cr_expect_eq(pcapng_open(&p, "/no/such/place", false), ENOENT);
	cr_expect_eq(pcapng_open(&p, "/dev/full", false), ENOSPC);
	pcapng_close(&p);
}
