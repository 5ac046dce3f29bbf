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

static void print_link(const struct explain_uri *e, const char *owner, const struct record *r,
	bool from_file)
{
	char data[RECORD_TEXT_MAX];
	record_data(r, data);
	if (!e->json) {
		if (from_file)
			fprintf(e->out, "      %s. %s %s (/etc/hosts)\n", owner, type_name(r->type),
				data);
		else
			fprintf(e->out, "      %s. %u %s %s\n", owner, r->ttl, type_name(r->type),
				data);
		return;
	}
	json_object(e->json, NULL);
	json_text(e->json, "name", owner);
	json_number(e->json, "ttl", r->ttl);
	json_text(e->json, "type", type_name(r->type));
	json_text(e->json, "data", data);
	if (from_file)
		json_text(e->json, "source", "/etc/hosts");
	json_end(e->json);
}

/* The CNAMEs of a question and then the record that was taken from its end. */
static void print_links(const struct explain_uri *e, const struct dns_question *q, const struct record *r)
{
	if (q == NULL)
		return;
	for (;; q = q->follow) {
		const char *owner = q->name;
		for (unsigned i = 0; i < q->cname_count; i++) {
			print_link(e, owner, &q->cnames[i], q->from_file);
			owner = q->cnames[i].name;
		}
		if (q->follow == NULL) {
			print_link(e, owner, r, q->from_file);
			return;
		}
	}
}

static void print_target(const struct explain_uri *e, const struct uri *u,
	const struct rfc3263_target *t, unsigned number)
{
	char address[ADDR_TEXT_MAX];
	struct explain_target target = {
		t->addr, (enum transport)t->transport, u->host, u->port, t->srv ? t->srv->name : NULL};
	addr_print(&t->addr, address);
	if (e->json) {
		json_object(e->json, NULL);
		json_text(e->json, "transport", transport_names[t->transport]);
		json_text(e->json, "address", address);
		json_array(e->json, "chain");
	} else {
		fprintf(e->out, "%3u. %s:%s\n", number, transport_names[t->transport], address);
	}
	print_links(e, t->naptr_of, t->naptr);
	print_links(e, t->srv_of, t->srv);
	print_links(e, t->address_of, t->address);
	if (e->json)
		json_end(e->json);
	if (e->decision)
		e->decision(e->ctx, &target, "      ", e->json, e->out);
	if (e->json)
		json_end(e->json);
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

static void print_questions_json(struct json *j, const struct rfc3263 *l)
{
	const struct dns_question *q;
	char text[64];
	json_array(j, "questions");
	for (unsigned i = 0; (q = rfc3263_question(l, i)) != NULL; i++) {
		json_object(j, NULL);
		json_text(j, "name", q->name);
		json_text(j, "type", type_name(q->type));
		json_text(j, "result", result_of(q, text));
		json_bool(j, "failed", q->state == QUESTION_FAILED);
		json_end(j);
	}
	json_end(j);
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

/* Both return how many places a host knows that DNS may not. */
static unsigned print_json(const struct explain_uri *e, const char *dest, const struct rfc3263 *l)
{
	unsigned known;
	json_object(e->json, NULL);
	json_text(e->json, "uri", dest);
	json_text(e->json, "outcome", outcome_name(l));
	json_array(e->json, "targets");
	for (unsigned i = 0; i < l->target_count; i++)
		print_target(e, &l->uri, &l->targets[i], i + 1);
	json_end(e->json);
	print_questions_json(e->json, l);
	known = e->known ? e->known(e->ctx, &l->uri, e->json, e->out) : 0;
	json_end(e->json);
	json_finish(e->json);
	return known;
}

static unsigned print_text(const struct explain_uri *e, const char *dest, const struct rfc3263 *l)
{
	fprintf(e->out, "%s\n", dest);
	if (l->target_count == 0)
		fprintf(e->out, "  %s\n", no_target(l));
	for (unsigned i = 0; i < l->target_count; i++)
		print_target(e, &l->uri, &l->targets[i], i + 1);
	print_questions(e, l);
	return e->known ? e->known(e->ctx, &l->uri, NULL, e->out) : 0;
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
	unsigned known = e->json ? print_json(e, dest, l) : print_text(e, dest, l);
	error = l->target_count || known ? 0 : ENOENT;
	rfc3263_free(l);
	return error;
}
