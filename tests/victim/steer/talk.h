/* SPDX-License-Identifier: MIT */
/* For victims that look at whole messages: what of them is changed on the wire, as the peer got them,
 * and in what the victim reads. The peer (peer.py) is told by a socket that no library sees what to
 * send and from where, and gives back what came to its quiet port. */
#ifndef TALK_H
#define TALK_H

#include <ctype.h>

#include "steer.h"

#define QUIET 5080 /* the peer's port that keeps messages and answers nothing */
#define TEXT_MAX 66000

struct text {
	char p[TEXT_MAX];
	size_t n;
};

static struct text *text_new(void)
{
	static struct text texts[64];
	static int next;

	return &texts[next++ % 64];
}

/* A message with \n for its line ends and no empty line at the end. One of 64 rotating ones. */
__attribute__((format(printf, 1, 2))) static struct text *sip(const char *format, ...)
{
	static char plain[TEXT_MAX / 2];
	struct text *t = text_new();
	va_list ap;

	va_start(ap, format);
	vsnprintf(plain, sizeof(plain), format, ap);
	va_end(ap);
	t->n = 0;
	for (const char *c = plain; *c; c++) {
		if (*c == '\n')
			t->p[t->n++] = '\r';
		t->p[t->n++] = *c;
	}
	if (!strstr(plain, "\n\n")) {
		memcpy(t->p + t->n, "\r\n", 2);
		t->n += 2;
	}
	return t;
}

static bool is_token(const char *p)
{
	size_t n = 0;

	while (isalpha((unsigned char)p[n]) || (p[n] >= '2' && p[n] <= '7'))
		n++;
	return n == 10;
}

/* A port that the kernel chose, and one that it chose before; printed as PORT and OLD wherever they stand
 * behind a colon. */
static int chosen_port, old_port;

static void hide_one(char *text, int number, const char *word)
{
	char port[8], *at;
	int n = snprintf(port, sizeof(port), ":%d", number);

	while (number && (at = strstr(text, port)) && !isdigit((unsigned char)at[n])) {
		memmove(at + 1 + strlen(word), at + n, strlen(at + n) + 1);
		memcpy(at + 1, word, strlen(word));
	}
}

static void hide_port(char *text)
{
	hide_one(text, chosen_port, "PORT");
	hide_one(text, old_port, "OLD");
}

/* One line, each token of libbond as a star. */
static void say_line(const char *sign, const char *line, size_t n)
{
	char out[3000];
	size_t to = 0;

	for (size_t i = 0; i < n && to < sizeof(out) - 1; i++) {
		size_t word = strncasecmp(line + i, ";bond=", 6) == 0 ? 6
			: strncasecmp(line + i, ";bond-in=", 9) == 0  ? 9
								   : 0;
		if (!word || !is_token(line + i + word)) {
			out[to++] = line[i] == '\t' ? '>' : line[i];
			continue;
		}
		memcpy(out + to, line + i, word);
		out[to += word] = '*';
		to++;
		i += word + 9;
	}
	out[to] = '\0';
	hide_port(out);
	say("  %s %s", sign, out);
}

struct lines {
	const char *p[400];
	size_t n[400];
	int count;
};

static void split(struct lines *l, const char *p, size_t n)
{
	const char *end = p + n;

	for (l->count = 0; p < end && l->count < 400; l->count++) {
		const char *lf = memchr(p, '\n', end - p);
		l->p[l->count] = p;
		l->n[l->count] = (lf ? lf + 1 : end) - p;
		p += l->n[l->count];
	}
}

static size_t bare_length(const struct lines *l, int i)
{
	size_t n = l->n[i];

	while (n && strchr("\r\n", l->p[i][n - 1]))
		n--;
	return n;
}

static bool on_wire; /* what is compared with the host's own message */

/* A mark has another form on the wire than in the host, of the same length: see marks.c. */
static bool same(const struct lines *a, int i, const struct lines *b, int k)
{
	const char *p = a->p[i], *mark = on_wire ? memmem(p, a->n[i], ";bond-in=", 9) : NULL;
	size_t n = mark && mark + 19 <= p + a->n[i] && is_token(mark + 9) ? mark + 9 - p : (long)a->n[i];
	size_t behind = n < a->n[i] ? n + 10 : n;

	return a->n[i] == b->n[k] && memcmp(p, b->p[k], n) == 0 &&
		memcmp(p + behind, b->p[k] + behind, a->n[i] - behind) == 0;
}

/* Prints which lines of a message are other ones now, and nothing if none are. */
static void say_changes(const struct text *was, const struct text *is)
{
	static short longest[401][401];
	static struct lines a, b;
	int i, k;

	split(&a, was->p, was->n);
	split(&b, is->p, is->n);
	for (i = a.count; i >= 0; i--)
		for (k = b.count; k >= 0; k--)
			longest[i][k] = i == a.count || k == b.count ? 0
				: same(&a, i, &b, k)                 ? longest[i + 1][k + 1] + 1
				: longest[i + 1][k] >= longest[i][k + 1] ? longest[i + 1][k]
									 : longest[i][k + 1];
	for (i = k = 0; i < a.count || k < b.count;) {
		if (i < a.count && k < b.count && same(&a, i, &b, k)) {
			i++, k++;
		} else if (i < a.count && (k == b.count || longest[i + 1][k] >= longest[i][k + 1])) {
			say_line("-", a.p[i], bare_length(&a, i));
			i++;
		} else {
			say_line("+", b.p[k], bare_length(&b, k));
			k++;
		}
	}
}

static void say_changes_on_wire(const struct text *was, const struct text *is)
{
	on_wire = true;
	say_changes(was, is);
	on_wire = false;
}

/* One command to the peer and its answer; the length of that. */
static size_t command(const char *line, const struct text *message, struct text *answer)
{
	static int fd = -1;
	struct ep peer = ep(ROUTED4, 4999);
	struct iovec iov[2] = {{(void *)line, strlen(line)}, {NULL, 0}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	struct pollfd p;
	long n;

	if (fd < 0) {
		fd = raw(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
		fd = raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900, 0, 0, 0);
		raw(SYS_connect, fd, (long)&peer.ss, peer.len, 0, 0, 0);
	}
	if (message)
		iov[1] = (struct iovec){(void *)message->p, message->n};
	raw(SYS_sendmsg, fd, (long)&msg, 0, 0, 0, 0);
	p = (struct pollfd){.fd = fd, .events = POLLIN};
	raw(SYS_poll, (long)&p, 1, 20000, 0, 0, 0);
	n = raw(SYS_recvfrom, fd, (long)answer->p, TEXT_MAX - 1, MSG_DONTWAIT, 0, 0);
	if (n < 0)
		die("the peer does not answer");
	answer->p[n] = '\0';
	return answer->n = n;
}

/* The peer's own name for an address that the victim may write as a mapped one. */
static const char *unmapped(const char *host)
{
	return strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host;
}

/* Lets the peer send from one of its ports. */
static void peer_sends(const char *host, int port, const struct ep *to, const struct text *message)
{
	static struct text answer;
	char line[200], there[64];
	const void *address = to->sa.sa_family == AF_INET ? (void *)&to->v4.sin_addr
							  : (void *)&to->v6.sin6_addr;

	inet_ntop(to->sa.sa_family, address, there, sizeof(there));
	snprintf(line, sizeof(line), "SEND %s %d %s %d\n", unmapped(host), port, there, ep_port(to));
	command(line, message, &answer);
}

/* What came to the peer's quiet port at that address, oldest first; NULL: nothing. Prints from
 * where it came. */
static struct text *peer_got(const char *host)
{
	struct text *t = text_new();
	char line[100];
	size_t head;

	snprintf(line, sizeof(line), "TAKE %s %d\n", unmapped(host), QUIET);
	if (!command(line, NULL, t)) {
		say("nothing on the wire");
		return NULL;
	}
	head = strcspn(t->p, "\n") + 1;
	snprintf(line, sizeof(line), "%.*s", (int)head - 1, t->p);
	hide_port(line);
	say("on the wire from %s", line);
	memmove(t->p, t->p + head, t->n -= head);
	t->p[t->n] = '\0';
	return t;
}

/* Sends a message by call to the peer's quiet port (to = NULL: fd is connected to host) and prints
 * how that went and what of the message was changed on the way. Returns it as it was on the wire. */
static struct text *goes_by(const char *call, int fd, const char *host, const struct text *message)
{
	static struct text kept;
	struct ep to = ep(host, QUIET);
	struct text *wire;
	long ret;

	kept.n = message->n;
	memcpy(kept.p, message->p, message->n);
	errno = 4321;
	ret = send_by(call, fd, needs_connection(call) ? NULL : &to, message->p, message->n);
	if (ret == -1) {
		say("%s = -1 %s", call, strerrorname_np(errno));
		return NULL;
	}
	if (ret != (long)message->n || errno != 4321)
		say("%s = %ld of %zu%s", call, ret, message->n,
			errno == 4321 ? "" : ", errno changed");
	if (memcmp(kept.p, message->p, message->n) != 0)
		say("the program's own bytes were changed");
	wire = peer_got(host);
	if (wire)
		say_changes_on_wire(message, wire);
	return wire;
}

static struct text *goes(int fd, const char *host, const struct text *message)
{
	return goes_by("sendto", fd, host, message);
}

/* Receives by the call of that name into room bytes; the length or -1. */
static long receive_by(const char *call, int fd, char *p, size_t room)
{
	static struct iovec bytes[IOV_MAX];
	struct ep from = {.len = sizeof(from.ss)};
	struct iovec iov[3] = {{p, room / 3}, {p + room / 3, room / 3},
		{p + room / 3 * 2, room - room / 3 * 2}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 3};
	struct mmsghdr mm = {.msg_hdr = m};
	long ret;

	for (size_t i = 0; i < IOV_MAX; i++)
		bytes[i] = (struct iovec){p + i, i < room ? 1 : 0};
	if (strcmp(call, "recvfrom") == 0)
		return recvfrom(fd, p, room, 0, &from.sa, &from.len);
	if (strcmp(call, "recvfrom-null") == 0)
		return recvfrom(fd, p, room, 0, NULL, NULL);
	if (strcmp(call, "recv") == 0)
		return recv(fd, p, room, 0);
	if (strcmp(call, "read") == 0)
		return read(fd, p, room);
	if (strcmp(call, "readv") == 0)
		return readv(fd, iov, 3);
	if (strcmp(call, "readv-bytes") == 0)
		return readv(fd, bytes, IOV_MAX);
	if (strcmp(call, "recvmsg") == 0)
		return recvmsg(fd, &m, 0);
	if (strcmp(call, "recvmsg-bytes") == 0) {
		m.msg_iov = bytes, m.msg_iovlen = IOV_MAX;
		return recvmsg(fd, &m, 0);
	}
	if (strcmp(call, "recvmmsg") == 0) {
		ret = recvmmsg(fd, &mm, 1, 0, NULL);
		return ret == 1 ? (long)mm.msg_len : ret;
	}
	errno = EINVAL;
	die(call);
	return -1;
}

/* Lets the peer send a message from its quiet port at host, reads it from fd by call, and prints
 * what of it was changed on the way. Returns it as it was read. */
static struct text *comes_by(const char *call, int fd, const char *host, const struct ep *to,
	const struct text *message)
{
	struct text *t = text_new();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	long n;

	peer_sends(host, QUIET, to, message);
	if (raw(SYS_poll, (long)&p, 1, patience(), 0, 0, 0) <= 0) {
		say("nothing to read");
		return NULL;
	}
	memset(t->p, '#', sizeof(t->p));
	n = receive_by(call, fd, t->p, TEXT_MAX - 1);
	if (n < 0) {
		say("%s = -1 %s", call, strerrorname_np(errno));
		return NULL;
	}
	t->p[t->n = n] = '\0';
	say_changes(message, t);
	return t;
}

static struct text *comes(int fd, const char *host, const struct ep *to, const struct text *message)
{
	return comes_by("recvfrom", fd, host, to, message);
}

/* The same where it must not arrive. */
static void comes_to_nobody(int fd, const char *host, const struct ep *to, const struct text *message)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	peer_sends(host, QUIET, to, message);
	say("%s", raw(SYS_poll, (long)&p, 1, SILENCE, 0, 0, 0) > 0 ? "it is heard" : "nothing to read");
}

/* Adds a message's rows of that name to another, the first one with more behind it. */
static void copy_rows(struct text *to, const struct text *from, const char *name, const char *more)
{
	static struct lines l;
	size_t n = strlen(name);

	split(&l, from->p, from->n);
	for (int i = 1; i < l.count && bare_length(&l, i); i++) {
		if (strncasecmp(l.p[i], name, n) != 0 || l.p[i][n] != ':')
			continue;
		size_t bare = bare_length(&l, i);
		to->n += sprintf(to->p + to->n, "%.*s%s\r\n", (int)bare, l.p[i], more);
		more = "";
	}
}

/* What a peer answers to a request as it got it: all it must copy (RFC 3261 8.2.6.2, 12.1.1), more
 * behind the top Via, and further rows with \n. */
static struct text *answer_to(const struct text *wire, const char *status, const char *via_more,
	const char *rows)
{
	struct text *t = text_new();

	t->n = sprintf(t->p, "SIP/2.0 %s\r\n", status);
	copy_rows(t, wire, "Via", via_more);
	copy_rows(t, wire, "Record-Route", "");
	copy_rows(t, wire, "From", "");
	copy_rows(t, wire, "To", strncmp(status, "100", 3) == 0 ? "" : ";tag=peer");
	copy_rows(t, wire, "Call-ID", "");
	copy_rows(t, wire, "CSeq", "");
	for (; *rows; rows++) {
		if (*rows == '\n')
			t->p[t->n++] = '\r';
		t->p[t->n++] = *rows;
	}
	t->n += sprintf(t->p + t->n, "\r\n");
	return t;
}

/* The text between the first before and the next after in a message; static. */
static const char *part(const struct text *t, const char *before, const char *after)
{
	static char parts[8][1000];
	static int next;
	char *out = parts[next++ % 8];
	const char *from = memmem(t->p, t->n, before, strlen(before));

	out[0] = '\0';
	if (from) {
		from += strlen(before);
		size_t n = strcspn(from, after);
		snprintf(out, sizeof(parts[0]), "%.*s", (int)n, from);
	}
	return out;
}

#endif
