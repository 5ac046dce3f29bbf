/* SPDX-License-Identifier: MIT */
/* Requests in every form that a real host takes for one (tests/data/starts.tsv), out and in: each leaves by
 * the member with its Via edited, by other calls too, its answer is restored, and it is marked where it
 * comes in; what cannot be taken apart passes, but not with a script's header in it. */
/*ini
[host]
header = X-Bond
[bond:ext]
member = udp:10.0.1.1:5060
[bond:in]
member = udp:10.0.2.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
forms: more than 150
out, by sendto: all edited, from 10.0.1.1
out, by sendmsg-bytes: all edited, from 10.0.1.1
in: all marked, without what was forged
back: all as they were
others: 9 pass out as they are, none with the script's header
others: 9 come in as they are, none with the script's header
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: "OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: (OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: .OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: /OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 2d207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 31207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 3d207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 4f207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 76207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 78207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 166 bytes 80207369 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 171 bytes 004f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 171 bytes 094f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 171 bytes 0a4f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 171 bytes 0d4f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 171 bytes 204f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 014f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 0a0a4f50 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 0b4f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 0c4f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 0d0a4f50 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 4f505449 x8
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 4f5054e9 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes 804f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes e94f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 172 bytes ff4f5054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes 4f505400 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes 4f505401 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes 4f505409 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes 4f505449 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes 4f50547f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes c2a04f50 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 173 bytes c3965054 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 000d0a4f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 090d0a4f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 0d0a004f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 0d0a0d0a x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 0d0a204f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 200d0a4f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes 20202020 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 174 bytes efbbbf4f x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 175 bytes 00000000 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 178 bytes 00000000 x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 2d207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 31207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 3d207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 4f207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 76207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 78207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 192 bytes 80207369
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 197 bytes 004f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 197 bytes 094f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 197 bytes 0a4f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 197 bytes 0d4f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 197 bytes 204f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 014f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 0a0a4f50
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 0b4f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 0c4f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 0d0a4f50
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 4f505449 x4
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 4f5054e9
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes 804f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes e94f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 198 bytes ff4f5054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes 4f505400
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes 4f505401
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes 4f505409
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes 4f505449
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes 4f50547f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes c2a04f50
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 199 bytes c3965054
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 1OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 000d0a4f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 090d0a4f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 0d0a004f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 0d0a204f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 200d0a4f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes 20202020
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 200 bytes efbbbf4f
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 201 bytes 00000000
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 204 bytes 00000000
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 211 bytes 0d0a0d0a x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 237 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 771 bytes 0d0a0d0a x2
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: 797 bytes 0d0a0d0a
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: :OPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: @OPTIONS x6
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT"IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT#IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT$IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT&IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT(IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT)IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT,IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT/IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT:IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT;IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT<IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT=IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT>IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT?IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT@IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x210
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS/ x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT[IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT\IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT]IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT^IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT{IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT|IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPT}IONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: Options x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIP/2.0X x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: SIPX x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: a=b x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: foobar x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: oPTIONS x3
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: options x3
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: OPTIONS x9
*/
#include "talk.h"

static struct form {
	char name[48];
	char text[1200];
	size_t n;
	bool request, taken;
} forms[256];
static int count, h, m;

static void unescape(struct form *f, const char *p)
{
	static const char uri[] = "sip:b@198.51.100.9:5080";
	unsigned byte;

	for (f->n = 0; *p; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			memcpy(f->text + f->n, uri, sizeof(uri) - 1);
			f->n += sizeof(uri) - 1;
			p++;
		} else if (*p == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			f->text[f->n++] = (char)byte;
			p += 3;
		} else if (*p == '\\') {
			p++;
			f->text[f->n++] = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : '\\';
		} else {
			f->text[f->n++] = *p;
		}
	}
}

static void read_forms(void)
{
	static char line[4096];
	char path[500];

	snprintf(path, sizeof(path), "%.*s../../data/starts.tsv",
		(int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__);
	FILE *file = fopen(path, "r");
	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		struct form *f = &forms[count];
		char *text = strchr(line, '\t');
		if (*line == '#' || !text)
			continue;
		*text++ = '\0';
		char *rest = strchr(text, '\t');
		*rest++ = '\0';
		snprintf(f->name, sizeof(f->name), "%.47s", line);
		f->request = strstr(rest, "request") != NULL;
		f->taken = strpbrk(rest, "0123456789") != NULL;
		unescape(f, text);
		count++;
	}
	fclose(file);
}

static struct text *message(const struct form *f, const char *host, const char *more)
{
	struct text *t = text_new();

	memcpy(t->p, f->text, f->n);
	t->n = f->n + (size_t)sprintf(t->p + f->n, "Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d\r\n%s"
		"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		host, (int)(f - forms), more);
	return t;
}

static bool has(const struct text *t, const char *what)
{
	return memmem(t->p, t->n, what, strlen(what)) != NULL;
}

/* As it came to the peer; from where. */
static struct text *took(char *from)
{
	struct text *t = text_new();

	if (!command("TAKE " ROUTED4 " 5080\n", NULL, t))
		return NULL;
	size_t head = strcspn(t->p, "\n") + 1;
	snprintf(from, 64, "%.*s", (int)strcspn(t->p, ":"), t->p);
	memmove(t->p, t->p + head, t->n -= head);
	return t;
}

static struct text *received(int fd, const struct text *t)
{
	struct text *in = text_new();
	struct ep at = true_name(fd);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	peer_sends(ROUTED4, QUIET, &at, t);
	raw(SYS_poll, (long)&p, 1, 2000, 0, 0, 0);
	long n = recv(fd, in->p, TEXT_MAX - 1, MSG_DONTWAIT);
	in->n = n > 0 ? (size_t)n : 0;
	return n >= 0 ? in : NULL;
}

static void out(const char *call)
{
	struct ep to = ep(ROUTED4, QUIET);
	char from[64], want[200];
	bool all = true;

	for (struct form *f = forms; f < forms + count; f++) {
		if (!f->request)
			continue;
		struct text *t = message(f, H4, "X-Bond-In: in\r\n"), *wire;
		send_by(call, h, &to, t->p, t->n);
		wire = took(from);
		snprintf(want, sizeof(want), "Via: SIP/2.0/UDP " M4 ";branch=z9hG4bK-%d;bond=", (int)(f - forms));
		if (wire && strcmp(from, M4) == 0 && has(wire, want) && !has(wire, "X-Bond") &&
			memcmp(wire->p, f->text, f->n) == 0)
			continue;
		say("%s, %s: %s", call, f->name, wire ? from : "nothing");
		all = false;
	}
	if (all)
		say("out, by %s: all edited, from " M4, call);
}

/* The start line without folds behind it: what the script is told stands in front of these. */
static size_t line_of(const struct form *f)
{
	const char *version = memmem(f->text, f->n, "SIP/2.0", 7);
	const char *lf = version ? memchr(version, '\n', f->n - (size_t)(version - f->text)) : NULL;

	return lf ? (size_t)(lf + 1 - f->text) : f->n;
}

static void in(void)
{
	bool all = true;

	for (struct form *f = forms; f < forms + count; f++) {
		if (!f->request)
			continue;
		struct text *t = message(f, "198.51.100.9:5080", "x-bond-IN :\r\n third\r\nX-Bond-Out: ext\r\n");
		struct text *got = received(h, t);
		if (got && has(got, ";bond-in=") && has(got, "X-Bond-In: in\r") && !has(got, "X-Bond-Out") &&
			!has(got, "x-bond-IN") && memcmp(got->p, f->text, line_of(f)) == 0)
			continue;
		say("in, %s: %s", f->name, got ? "not as it should be" : "nothing");
		all = false;
	}
	if (all)
		say("in: all marked, without what was forged");
}

/* The answers to what left come to the member: without what was written for the way. */
static void back(void)
{
	struct ep to = ep(ROUTED4, QUIET);
	char from[64];
	bool all = true;

	for (struct form *f = forms; f < forms + count; f++) {
		if (!f->request)
			continue;
		struct text *t = message(f, H4, "Route: <sip:" H4 ";lr>\r\n"), *wire, *got;
		char via[200];
		sendto(h, t->p, t->n, 0, &to.sa, to.len);
		wire = took(from);
		if (!wire)
			continue;
		struct text *reply = sip("SIP/2.0 200 OK\n");
		reply->n -= 2;
		const char *row = memmem(wire->p, wire->n, "Via: ", 5);
		size_t n = (size_t)((char *)memchr(row, '\r', 900) + 2 - row);
		memcpy(reply->p + reply->n, row, n);
		reply->n += n;
		reply->n += (size_t)sprintf(reply->p + reply->n, "CSeq: 1 OPTIONS\r\n\r\n");
		got = received(m, reply);
		snprintf(via, sizeof(via), "Via: SIP/2.0/UDP " M4 ";branch=z9hG4bK-%d\r\n", (int)(f - forms));
		if (got && has(got, via))
			continue;
		say("back, %s", f->name);
		all = false;
	}
	if (all)
		say("back: all as they were");
}

static void others(void)
{
	struct ep to = ep(ROUTED4, QUIET);
	char from[64];
	int passed = 0, came = 0, leaked = 0;

	for (struct form *f = forms; f < forms + count; f++) {
		if (f->request || !f->taken)
			continue;
		struct text *t = message(f, H4, ""), *bad = message(f, H4, "x-bond-out : ext\r\n"), *wire;
		sendto(h, t->p, t->n, 0, &to.sa, to.len);
		wire = took(from);
		passed += wire && wire->n == t->n && memcmp(wire->p, t->p, t->n) == 0;
		leaked += sendto(h, bad->p, bad->n, 0, &to.sa, to.len) != -1 || errno != ENETUNREACH;
	}
	say("others: %d pass out as they are, %s with the script's header", passed, leaked ? "some" : "none");
	for (struct form *f = forms; f < forms + count; f++) {
		if (f->request || !f->taken)
			continue;
		struct text *t = message(f, H4, ""), *got = received(h, t);
		came += got && got->n == t->n && memcmp(got->p, t->p, t->n) == 0;
		leaked += received(h, message(f, H4, "X-BOND-In: ext\r\n")) != NULL;
	}
	say("others: %d come in as they are, %s with the script's header", came, leaked ? "some" : "none");
}

int main(void)
{
	h = udp(H4, 5060), m = udp(M4, 5060);
	read_forms();
	say("forms: more than %d", count > 150 ? 150 : count);
	out("sendto");
	out("sendmsg-bytes");
	in();
	back();
	others();
	return 0;
}
