/* SPDX-License-Identifier: MIT */
/* Records are printed as in a zone file. */
#include "explain_uri.h"

#include "config/terminal.h"
#include "config/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RECORD_TEXT_MAX 700

static const char *type_name(uint16_t type)
{
	switch (type) {
	case RECORD_A:
		return "A";
	case RECORD_AAAA:
		return "AAAA";
	case RECORD_CNAME:
		return "CNAME";
	case RECORD_SRV:
		return "SRV";
	default:
		return "NAPTR";
	}
}

/* Bytes of the UTF-8 character at s (RFC 3629), 0 = it is none. */
static size_t utf8_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 :
		u[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* written too long, half of a pair of UTF-16, beyond the last */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
		(u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

void explain_json(FILE *out, const char *s)
{
	if (s == NULL) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (size_t n; *s; s += n ? n : 1) {
		n = utf8_length(s);
		if (n == 0)
			fputs("\\ufffd", out);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			fwrite(s, 1, n, out);
	}
	fputc('"', out);
}

/* The record without owner, TTL and type. */
static void record_data(const struct record *r, char text[RECORD_TEXT_MAX])
{
	char address[ADDR_TEXT_MAX];
	switch (r->type) {
	case RECORD_A:
	case RECORD_AAAA:
		addr_print_host(&r->addr, address);
		snprintf(text, RECORD_TEXT_MAX, "%s", address);
		return;
	case RECORD_SRV:
		snprintf(text, RECORD_TEXT_MAX, "%u %u %u %s.", r->first, r->second, r->port,
			r->name);
		return;
	case RECORD_NAPTR:
		snprintf(text, RECORD_TEXT_MAX, "%u %u \"%s\" \"%s\" %s.", r->first, r->second,
			r->flags, r->service, r->name);
		return;
	default:
		snprintf(text, RECORD_TEXT_MAX, "%s.", r->name);
	}
}

struct printer {
	const struct explain_uri *e;
	bool comma;
};

static void print_link(struct printer *p, const char *owner, const struct record *r, bool from_file)
{
	char data[RECORD_TEXT_MAX];
	FILE *out = p->e->out;
	record_data(r, data);
	if (!p->e->json) {
		if (from_file)
			fprintf(out, "      %s. %s %s (/etc/hosts)\n", owner, type_name(r->type),
				data);
		else
			fprintf(out, "      %s. %u %s %s\n", owner, r->ttl, type_name(r->type),
				data);
		return;
	}
	fprintf(out, "%s{\"name\":", p->comma ? "," : "");
	explain_json(out, owner);
	fprintf(out, ",\"ttl\":%u,\"type\":\"%s\",\"data\":", r->ttl, type_name(r->type));
	explain_json(out, data);
	fprintf(out, "%s}", from_file ? ",\"source\":\"/etc/hosts\"" : "");
	p->comma = true;
}

/* The CNAMEs of a question and then the record that was taken from its end. */
static void print_links(struct printer *p, const struct dns_question *q, const struct record *r)
{
	if (q == NULL)
		return;
	for (;; q = q->follow) {
		const char *owner = q->name;
		for (unsigned i = 0; i < q->cname_count; i++) {
			print_link(p, owner, &q->cnames[i], q->from_file);
			owner = q->cnames[i].name;
		}
		if (q->follow == NULL) {
			print_link(p, owner, r, q->from_file);
			return;
		}
	}
}

static void print_target(const struct explain_uri *e, const struct uri *u,
	const struct rfc3263_target *t, unsigned number)
{
	struct printer p = {.e = e};
	char address[ADDR_TEXT_MAX];
	struct explain_target target = {
		t->addr, (enum transport)t->transport, u->host, u->port, t->srv ? t->srv->name : NULL};
	addr_print(&t->addr, address);
	if (e->json)
		fprintf(e->out, "%s{\"transport\":\"%s\",\"address\":\"%s\",\"chain\":[",
			number > 1 ? "," : "", transport_names[t->transport], address);
	else
		fprintf(e->out, "%3u. %s:%s\n", number, transport_names[t->transport], address);
	print_links(&p, t->naptr_of, t->naptr);
	print_links(&p, t->srv_of, t->srv);
	print_links(&p, t->address_of, t->address);
	if (e->json)
		fputs("]", e->out);
	if (e->decision) {
		if (e->json)
			fputs(",\"decision\":", e->out);
		e->decision(e->ctx, &target, "      ", e->json, e->out);
	}
	if (e->json)
		fputs("}", e->out);
}

/* What came of a question, in words. */
static const char *result_of(const struct dns_question *q, char text[64])
{
	const struct dns_question *end = question_end(q);
	if (q->state == QUESTION_FAILED)
		return question_failure(q);
	if (end->record_count > 0) {
		snprintf(text, 64, "%u record%s", end->record_count,
			end->record_count == 1 ? "" : "s");
		return text;
	}
	if (end->unusable)
		return "no usable record";
	return end->rcode == ANSWER_NXDOMAIN ? "no such name" : "no such record";
}

static void print_questions_json(const struct explain_uri *e, const struct rfc3263 *l)
{
	const struct dns_question *q;
	char text[64];
	fputs("],\"questions\":[", e->out);
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++) {
		fprintf(e->out, "%s{\"name\":", i ? "," : "");
		explain_json(e->out, q->name);
		fprintf(e->out, ",\"type\":\"%s\",\"result\":", type_name(q->type));
		explain_json(e->out, result_of(q, text));
		fprintf(e->out, ",\"failed\":%s}", q->state == QUESTION_FAILED ? "true" : "false");
	}
	fputs("]", e->out);
}

/* All questions where there is no target, else only those that went wrong. */
static void print_questions(const struct explain_uri *e, const struct rfc3263 *l)
{
	const struct dns_question *q;
	char text[64];
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++) {
		const struct dns_question *end = question_end(q);
		bool wrong = q->state == QUESTION_FAILED || end->unusable;
		if (l->target_count == 0 || wrong)
			fprintf(e->out, "      %s. %s: %s\n", q->name, type_name(q->type),
				result_of(q, text));
	}
	if (l->more)
		fputs("      there are more records than are followed\n", e->out);
}

static const char *outcome_name(const struct rfc3263 *l)
{
	static const char *const names[] = {"pending", "answered", "partial", "negative", "failed"};
	return names[l->outcome];
}

static const char *no_target(const struct rfc3263 *l)
{
	if (l->impossible)
		return "no target: a sips: URI cannot go over UDP (RFC 3261 26.2.2)";
	if (l->outcome == RFC3263_FAILED)
		return "no target: DNS gave no usable answer";
	if (l->srv_known)
		return "no target: its SRV records lead to no address";
	return "no target: DNS has no address for it";
}

/* Returns how many places a host knows that DNS may not. */
static unsigned print(const struct explain_uri *e, const char *dest, const struct rfc3263 *l)
{
	unsigned known = 0;
	if (e->json) {
		fputs("{\"uri\":", e->out);
		explain_json(e->out, dest);
		fprintf(e->out, ",\"outcome\":\"%s\",\"targets\":[", outcome_name(l));
	} else {
		fprintf(e->out, "%s\n", dest);
		if (l->target_count == 0)
			fprintf(e->out, "  %s\n", no_target(l));
	}
	for (unsigned i = 0; i < l->target_count; i++)
		print_target(e, &l->uri, &l->targets[i], i + 1);
	if (e->json)
		print_questions_json(e, l);
	else
		print_questions(e, l);
	if (e->known)
		known = e->known(e->ctx, &l->uri, e->json, e->out);
	if (e->json)
		fputs("}\n", e->out);
	return known;
}

/* TRANSPORT: in front, as in an INI. TRANSPORT_NONE = there is none. */
static enum transport leading_transport(const char *dest)
{
	const char *colon = strchr(dest, ':');
	return colon ? transport_parse(dest, (size_t)(colon - dest)) : TRANSPORT_NONE;
}

bool explain_uri_takes(const char *dest)
{
	if (*dest == '<' || strncasecmp(dest, "sip:", 4) == 0 || strncasecmp(dest, "sips:", 5) == 0)
		return true;
	if (leading_transport(dest) != TRANSPORT_NONE)
		dest = strchr(dest, ':') + 1;
	/* what can only be meant for an address is told so; IPv6 has a second colon */
	struct word host = {dest, strcspn(dest, ":")};
	return host.n && *dest != '[' && !word_is_numeric(host) &&
		!(dest[host.n] && strchr(dest + host.n + 1, ':'));
}

static int parse(struct uri *u, const char *dest)
{
	const char *why = "";
	enum transport t = leading_transport(dest);
	const char *s = t == TRANSPORT_NONE ? dest : strchr(dest, ':') + 1;
	if (uri_parse(u, s, strlen(s), &why)) {
		terminal_printf(stderr, "bondctl: \"%s\": %s\n", dest, why);
		return EINVAL;
	}
	if (t != TRANSPORT_NONE)
		u->transport = (uint8_t)t;
	return 0;
}

int explain_uri(const struct explain_uri *e, const char *dest)
{
	struct uri u;
	struct query_setup s;
	struct rfc3263 *l;
	char server[ADDR_TEXT_MAX];
	int error = parse(&u, dest);
	if (error)
		return error;
	query_setup_from(&s, e->config, e->io, server);
	error = rfc3263_start(&l, &u, &s, RFC3263_ORDERED);
	if (error) {
		terminal_printf(stderr, "bondctl: %s: %s\n", dest,
			error == EINVAL ? "the DNS servers of resolv.conf cannot be read"
					: strerror(error));
		return error;
	}
	rfc3263_run(l);
	unsigned known = print(e, dest, l);
	error = l->target_count || known ? 0 : ENOENT;
	rfc3263_free(l);
	return error;
}
