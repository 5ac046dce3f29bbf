/* SPDX-License-Identifier: MIT */
/* A block is made in memory, and its length set when it is whole. */
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/model.h"
#include "config/terminal.h"

#define FLUSH_AT (256 * 1024)
/* Linux cooked: a header that tells the direction and the family. Not LINKTYPE_RAW, which libpcap up to 1.10
 * reads of one interface only. */
#define LINKTYPE_LINUX_SLL 113
#define SLL_SIZE 16
#define SNAPLEN 262144   /* what libpcap takes for the most */
#define COMMENT_MAX 60000 /* an option has 65,535 bytes */
#define SEGMENT_MAX 16000 /* of a stream, as a packet, */
#define FRAME_MAX (IP_DATAGRAM_MAX - 20) /* and of a message in one */

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, ENHANCED_PACKET = 6 };
enum { OPT_END, OPT_COMMENT, EPB_FLAGS = 2, IF_NAME = 2, IF_DESCRIPTION = 3, SHB_USERAPPL = 4, IF_TSRESOL = 9 };
enum { WIRE, CLEAR, HOST };

static void put(struct pcapng *p, const void *bytes, size_t n)
{
	if (p->error)
		return;
	if (p->n + n > p->room) {
		size_t room = (p->n + n) * 2 > FLUSH_AT ? (p->n + n) * 2 : FLUSH_AT;
		char *more = realloc(p->bytes, room);
		if (!more) {
			p->error = ENOMEM;
			return;
		}
		p->bytes = more;
		p->room = room;
	}
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
}

static void put_padding(struct pcapng *p, size_t n)
{
	put(p, "\0\0\0", -n & 3);
}

static void put_u32(struct pcapng *p, uint32_t n)
{
	put(p, &n, sizeof(n));
}

static void put_option(struct pcapng *p, unsigned code, const void *value, size_t n)
{
	uint16_t head[2] = {(uint16_t)code, (uint16_t)n};

	put(p, head, sizeof(head));
	put(p, value, n);
	put_padding(p, n);
}

static void put_text(struct pcapng *p, unsigned code, const char *text)
{
	put_option(p, code, text, strlen(text));
}

static size_t begin(struct pcapng *p, uint32_t type)
{
	size_t at = p->n;

	put_u32(p, type);
	put_u32(p, 0);
	return at;
}

static void end(struct pcapng *p, size_t at)
{
	put_u32(p, OPT_END); /* and its length, 0 */
	uint32_t n = (uint32_t)(p->n - at + sizeof(n));
	put_u32(p, n);
	if (!p->error)
		memcpy(p->bytes + at + 4, &n, sizeof(n));
	else
		p->n = at;
}

static void put_section(struct pcapng *p)
{
	static const uint16_t version[2] = {1, 0};
	static const uint64_t unknown = UINT64_MAX;
	size_t at = begin(p, SECTION);

	put_u32(p, 0x1a2b3c4d);
	put(p, version, sizeof(version));
	put(p, &unknown, sizeof(unknown));
	put_text(p, SHB_USERAPPL, "bondctl " BOND_VERSION " (libbond)");
	end(p, at);
}

static void put_interface(struct pcapng *p, const char *name, const char *description)
{
	static const uint16_t link[2] = {LINKTYPE_LINUX_SLL, 0};
	static const uint8_t nanoseconds = 9;
	size_t at = begin(p, INTERFACE);

	put(p, link, sizeof(link));
	put_u32(p, SNAPLEN);
	put_text(p, IF_NAME, name);
	put_text(p, IF_DESCRIPTION, description);
	put_option(p, IF_TSRESOL, &nanoseconds, sizeof(nanoseconds));
	end(p, at);
}

int pcapng_open(struct pcapng *p, const char *file, bool both)
{
	*p = (struct pcapng){.both = both};
	p->fd = strcmp(file, "-") == 0
		? dup(STDOUT_FILENO)
		: open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	if (p->fd < 0)
		return errno;
	put_section(p);
	put_interface(p, "wire", "messages as they left and arrived");
	put_interface(p, "inside TLS", "so, of what is inside of TLS on the wire, in the clear");
	if (both)
		put_interface(p, "host", "messages as the program sent and read them");
	return pcapng_flush(p);
}

int pcapng_flush(struct pcapng *p)
{
	off_t before = p->n ? lseek(p->fd, 0, SEEK_CUR) : -1;
	size_t done = 0;

	while (!p->error && done < p->n) {
		ssize_t n = write(p->fd, p->bytes + done, p->n - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			p->error = n ? errno : EIO;
	}
	/* half a block would end what can be read with an error */
	if (p->error && done && before >= 0 && ftruncate(p->fd, before) == 0)
		lseek(p->fd, before, SEEK_SET);
	p->n = 0;
	return p->error;
}

int pcapng_close(struct pcapng *p)
{
	int error = pcapng_flush(p);

	if (close(p->fd) != 0 && !error)
		error = errno;
	ip_flows_free(&p->flows);
	free(p->bytes);
	p->bytes = NULL;
	p->fd = -1;
	return error;
}

/* A comment as it grows. UTF-8, without what a terminal obeys, but line ends and tabs are kept. */
struct comment {
	size_t n;
	char text[COMMENT_MAX + 8];
};

static void add(struct comment *c, const char *s, size_t n)
{
	size_t size;

	for (size_t i = 0; i < n && c->n < COMMENT_MAX - 8; i += size) {
		bool plain, is_text = s[i] == '\n' || s[i] == '\t';
		size = terminal_next(s + i, n - i, &plain);
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			continue;
		for (size_t k = i; k < i + size && c->n < COMMENT_MAX; k++) {
			if (plain || is_text)
				c->text[c->n++] = s[k];
			else
				c->n += (size_t)sprintf(c->text + c->n, "\\x%02x", (unsigned char)s[k]);
		}
		if (c->n >= COMMENT_MAX - 8) {
			memcpy(c->text + c->n, "...", 3);
			c->n += 3;
		}
	}
}

static void add_text(struct comment *c, const char *s)
{
	add(c, s, strlen(s));
}

static void add_named(struct comment *c, const char *before, const struct packet_view *v,
	enum packet_text text)
{
	if (!v->packet.texts[text])
		return;
	add_text(c, before);
	add(c, v->texts[text], v->packet.texts[text]);
}

/* "pid 812: sendto: external udp:1.2.3.4:5060 fd 9, route carriers" */
static void put_verdict(struct pcapng *p, const struct packet_view *v, struct comment *c)
{
	char number[32];

	c->n = 0;
	snprintf(number, sizeof(number), "pid %d", (int)v->packet.process);
	add_text(c, number);
	add_named(c, ": ", v, PACKET_CALL);
	if (transport_is_secure((enum transport)v->packet.transport))
		add_text(c, v->packet.transport == TRANSPORT_WSS ? "; inside WebSocket inside TLS" : "; inside TLS");
	add_named(c, "; bond ", v, PACKET_BOND);
	add_named(c, "; member ", v, PACKET_MEMBER);
	add_named(c, "; route ", v, PACKET_ROUTE);
	add_named(c, "; ", v, PACKET_VERDICT);
	if (v->packet.flags & PACKET_UNSEEN)
		add_text(c, "; the program did not get it");
	if (v->packet.wire < v->packet.wire_whole)
		add_text(c, "; cut");
	put_option(p, OPT_COMMENT, c->text, c->n);
}

/* "as the program sent it, from 10.10.0.3:5060:" and so it follows. */
static void put_host(struct pcapng *p, const struct packet_view *v, struct comment *c)
{
	bool arrived = v->packet.flags & PACKET_ARRIVED;
	const struct addr *own = arrived ? &v->packet.to : &v->packet.from, *shown = &v->packet.shown;
	bool elsewhere = shown->family && !addr_equal(shown, own);
	bool same = v->packet.flags & (PACKET_SAME | PACKET_UNSEEN);
	char at[ADDR_TEXT_MAX];

	if (same && !elsewhere)
		return;
	c->n = 0;
	add_text(c, arrived ? "as the program read it" : "as the program sent it");
	if (elsewhere) {
		addr_print(shown, at);
		add_text(c, arrived ? ", at " : ", from ");
		add_text(c, at);
	}
	if (!same) {
		add_text(c, ":\n");
		add(c, v->host, v->host_n);
	}
	put_option(p, OPT_COMMENT, c->text, c->n);
}

static void put_link(struct pcapng *p, bool arrived, bool v6)
{
	const uint8_t h[SLL_SIZE] = {[1] = arrived ? 0 : 4, /* to us, from us */
		[2] = 0xff, [3] = 0xfe,             /* ARPHRD_NONE */
		[14] = v6 ? 0x86 : 8, [15] = v6 ? 0xdd : 0};

	put(p, h, sizeof(h));
}

/* A packet of these bytes, the first ones of `whole`. */
static void put_packet(struct pcapng *p, const struct packet_view *v, uint32_t interface,
	const struct ip_ends *e, const char *bytes, size_t n, size_t whole)
{
	static struct comment comment;
	uint8_t headers[IP_HEADERS_MAX];
	uint64_t at = (uint64_t)v->packet.at;
	uint32_t flags = v->packet.flags & PACKET_ARRIVED ? 1 : 2, acknowledged;
	size_t h;

	if (transport_is_datagram((enum transport)v->packet.transport)) {
		h = ip_headers_udp(headers, e, bytes, n);
	} else {
		uint32_t place = ip_flows_next(&p->flows, e, whole, &acknowledged);
		h = ip_headers_tcp(headers, e, place, acknowledged, bytes, n, whole);
	}
	size_t block = begin(p, ENHANCED_PACKET);
	put_u32(p, interface);
	put_u32(p, (uint32_t)(at >> 32));
	put_u32(p, (uint32_t)at);
	put_u32(p, (uint32_t)(SLL_SIZE + h + n)); /* that are here, */
	put_u32(p, (uint32_t)(SLL_SIZE + h + whole)); /* and that there were by the headers */
	put_link(p, v->packet.flags & PACKET_ARRIVED, headers[0] >> 4 == 6);
	put(p, headers, h);
	put(p, bytes, n);
	put_padding(p, h + n); /* the link's are a multiple of it */
	put_verdict(p, v, &comment);
	if (interface != HOST)
		put_host(p, v, &comment);
	put_option(p, EPB_FLAGS, &flags, sizeof(flags));
	end(p, block);
}

/* Of a stream as many packets as it takes. The message of a frame is one, which may be cut: what follows is not taken for
 * the rest of it then. */
static void put_bytes(struct pcapng *p, const struct packet_view *v, uint32_t interface,
	const struct ip_ends *e, const char *bytes, size_t n)
{
	size_t whole = bytes == v->wire ? v->packet.wire_whole : v->packet.host_whole;

	if (transport_is_datagram((enum transport)v->packet.transport)) {
		n = n < IP_DATAGRAM_MAX ? n : IP_DATAGRAM_MAX;
		put_packet(p, v, interface, e, bytes, n, n);
	} else if (v->packet.transport == TRANSPORT_WSS) {
		whole = whole < FRAME_MAX ? whole : FRAME_MAX;
		put_packet(p, v, interface, e, bytes, n < whole ? n : whole, whole);
	} else {
		for (size_t done = 0, size; done < n; done += size) {
			size = n - done < SEGMENT_MAX ? n - done : SEGMENT_MAX;
			put_packet(p, v, interface, e, bytes + done, size, size);
		}
	}
}

/* The address of nobody, of the other one's family. */
static void fill_in(struct addr *a, const struct addr *other)
{
	if (a->family)
		return;
	*a = (struct addr){.family = other->family};
	if (a->family == AF_INET)
		a->ip[10] = a->ip[11] = 0xff;
}

void pcapng_put(struct pcapng *p, const struct packet_view *v)
{
	const struct packet *m = &v->packet;
	struct ip_ends e = {m->from, m->to};
	bool secure = transport_is_secure((enum transport)m->transport);

	if (p->error || (!e.from.family && !e.to.family))
		return;
	fill_in(&e.from, &e.to);
	fill_in(&e.to, &e.from);
	put_bytes(p, v, secure ? CLEAR : WIRE, &e, v->wire, m->wire);
	if (p->both && !(m->flags & PACKET_UNSEEN)) {
		if (m->shown.family)
			*(m->flags & PACKET_ARRIVED ? &e.to : &e.from) = m->shown;
		put_bytes(p, v, HOST, &e, v->host, v->host_n);
	}
	if (p->n >= FLUSH_AT)
		pcapng_flush(p);
}
