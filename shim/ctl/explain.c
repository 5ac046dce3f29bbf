/* SPDX-License-Identifier: MIT */
/* bondctl explain: which route and member a destination gets, and why not the others. Reads the
 * arguments; what is printed is explain_address.c's and decision.c's. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "decision.h"
#include "explain_address.h"
#include "host_table.h"
#include "inside.h"
#include "config/build.h"
#include "running_ini.h"
#include "who.h"

/* Reads TRANSPORT:HOST[:PORT] as a configuration does; its first fault is complained of. */
static bool parse_as_member(const struct command *self, const char *s, const char *what,
	uint16_t family, enum transport *t, struct addr *a)
{
	struct findings f = {0};
	struct config c = {0};
	struct build b = {
		.c = &c, .f = &f, .text = s, .size = strlen(s), .line = s, .line_len = strlen(s), .number = 1};
	struct endpoint e = {0};
	expand_start(&b.expand);
	bool good = endpoint_parse(&b, (struct word){s, strlen(s)}, what, (struct word){0}, &e) &&
		    b.expand.count;
	if (good) {
		*t = e.transport;
		*a = b.expand.found[0];
		for (size_t i = 0; i < b.expand.count && a->family != family; i++)
			if (b.expand.found[i].family == family)
				*a = b.expand.found[i];
		a->port = e.port;
	} else {
		bad_usage(self, "\"%s\": %s", s, f.count ? f.items[0].text : "out of memory");
	}
	expand_end(&b.expand);
	free(b.lines);
	findings_free(&f);
	config_free(&c);
	return good;
}

/* TRANSPORT:ADDRESS[:PORT]; false after a complaint. */
static bool parse_destination(
	const struct command *self, const char *s, enum transport *t, struct addr *a)
{
	const char *colon = strchr(s, ':');
	*t = colon ? transport_parse(s, (size_t)(colon - s)) : TRANSPORT_NONE;
	if (*t == TRANSPORT_NONE && addr_parse(a, s, strlen(s)) == 0) {
		const char *open = strchr(s, '[') || a->family == AF_INET ? "" : "[";
		bad_usage(self, "\"%s\" needs a transport: write udp:%s%s%s", s, open, s,
			*open ? "]" : "");
		return false;
	}
	struct word host = {colon ? colon + 1 : s, strcspn(colon ? colon + 1 : s, ":")};
	/* IPv6 without brackets has a second colon: that is told below. */
	bool name = host.n && host.s[0] != '[' && !word_is_numeric(host) &&
		    !(host.s[host.n] && strchr(host.s + host.n + 1, ':'));
	if (*t == TRANSPORT_NONE || name) {
		bad_usage(self,
			"\"%s\" is no destination: write sip:carrier1.com, "
			"udp:198.51.100.7:5060 or tls:[2001:db8::7]:5061",
			s);
		return false;
	}
	if (!parse_as_member(self, s, "destination", 0, t, a))
		return false;
	if (addr_is_any(a)) {
		bad_usage(self, "\"%s\": no traffic goes to this address", s);
		return false;
	}
	return true;
}

/* HOST[:PORT] of a request's next hop. */
static bool parse_next_hop(const struct command *self, const char *s, struct next_hop *nh)
{
	const char *colon = strrchr(s, ':');
	size_t n = strlen(s);
	*nh = (struct next_hop){.host = s, .host_len = n};
	if (s[0] == '[') {
		const char *close = strchr(s, ']');
		if (!close || (close[1] && close[1] != ':'))
			goto bad;
		*nh = (struct next_hop){.host = s + 1, .host_len = (size_t)(close - s) - 1};
		colon = close[1] ? close + 1 : NULL;
	} else if (colon) {
		nh->host_len = (size_t)(colon - s);
	}
	if (colon) {
		nh->port = (uint16_t)argument_number(colon + 1, UINT16_MAX);
		if (!nh->port)
			goto bad;
	}
	if (nh->host_len)
		return true;
bad:
	bad_usage(self, "\"%s\" is no next hop: write HOST or HOST:PORT", s);
	return false;
}

struct options {
	const char *words[2]; /* [FILE] DEST */
	int count;
	const char *socket;
	const char *who; /* the host that is asked, NULL = none */
	bool json;
};

static bool is_file(const char *word)
{
	return access(word, F_OK) == 0;
}

/* Whether the word can only be meant as a destination: what no file is called here. */
static bool is_destination(const char *word)
{
	struct addr a;
	const char *colon = strchr(word, ':');
	struct word scheme = {word, colon ? (size_t)(colon - word) : 0};
	if (is_file(word))
		return false;
	return addr_parse(&a, word, strlen(word)) == 0 || word_is(scheme, "sip") ||
		word_is(scheme, "sips") ||
		(colon && transport_parse(word, scheme.n) != TRANSPORT_NONE);
}

/* 0 or EXIT_USAGE after a complaint. */
static int parse_options(
	const struct command *self, int argc, char **argv, struct options *o, struct request *q)
{
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
		{"from", required_argument, NULL, 'f'}, {"next-hop", required_argument, NULL, 'n'},
		{"pid", required_argument, NULL, 'p'}, {"json", no_argument, NULL, 'j'}, {0}};
	int found;
	while ((found = next_option(self, argc, argv, options)) != -1) {
		switch (found) {
		case 's': o->socket = optarg; break;
		case 'f':
			q->from = optarg;
			q->from_host = strcmp(optarg, "none") == 0;
			break;
		case 'n':
			if (!parse_next_hop(self, optarg, &q->next_hop))
				return EXIT_USAGE;
			break;
		case 'p': o->who = optarg; break;
		case 'j': o->json = true; break;
		default: return EXIT_USAGE;
		}
	}
	for (; optind < argc; optind++) {
		if (o->count == 2)
			return bad_usage(self, "too many arguments: \"%s\"", argv[optind]);
		o->words[o->count++] = argv[optind];
	}
	if (o->count == 0)
		return bad_usage(self, "no destination");
	if (o->count == 2 && !is_destination(o->words[1]) &&
		(is_destination(o->words[0]) || is_file(o->words[1])) && !is_file(o->words[0]))
		return bad_usage(self, "FILE stands before DEST: write bondctl explain %s %s",
			o->words[1], o->words[0]);
	size_t n = strlen(o->words[0]);
	if (o->count == 1 && is_file(o->words[0]) &&
		(strchr(o->words[0], '/') || (n > 4 && strcmp(o->words[0] + n - 4, ".ini") == 0)))
		return bad_usage(self, "no destination: \"%s\" is a file; write bondctl explain %s DEST",
			o->words[0], o->words[0]);
	return 0;
}

/* Whether what DNS says of the domains has a say at all: a route before them may take everything. */
static bool dns_matters(const struct request *q)
{
	struct question question = {.dst = &q->dst,
		.stream = q->stream,
		.probe = true,
		.socket = q->socket,
		.socket_transport = (uint8_t)q->socket_transport,
		.from_known = request_from_known(q, q->stream),
		.from = &q->from_bond,
		.from_count = request_from_count(q)};
	struct answer a;
	return match_route(q->m, &question, &a) == MATCH_UNDECIDED;
}

/* A URI or name: each target that DNS gives with what is decided for it; of a running host also what
 * its table has. The exit status. */
static int explain_name(const struct request *q, const char *dest, struct json *json)
{
	struct expand x;
	struct decision d = {.request = q, .expand = &x};
	struct explain_uri e = {.config = q->c,
		.io = &dns_io_own,
		.out = stdout,
		.json = json,
		.decision = decision_print,
		.known = q->dns->host ? host_table_print : NULL,
		.ctx = &d};
	expand_start(&x);
	int error = explain_uri(&e, dest);
	expand_end(&x);
	return error == EINVAL ? EXIT_USAGE : error ? EXIT_FAILURE : 0;
}

static int explain(struct request *q, const struct options *o, const struct running *host)
{
	const char *dest = o->words[o->count - 1];
	bool uri = explain_uri_takes(dest);
	struct dns_view view = {.on = false};
	struct json j, *json = o->json ? &j : NULL;
	int error = 0, status = 0;
	q->dns = &view;
	q->dns_asked = uri || host || dns_matters(q);
	if (host)
		error = dns_view_take(&view, q->c, host);
	else if (q->dns_asked)
		error = dns_view_ask(&view, q->c, &dns_io_own);
	if (error)
		fprintf(stderr, "bondctl: the domains cannot be looked up: %s\n", strerror(error));
	json_start(&j, stdout);
	if (uri)
		status = explain_name(q, dest, json);
	else
		explain_address(q, json);
	dns_view_free(&view);
	return status;
}

/* FILE, else what the host has read, else the default. */
static int load_file(struct config *c, const struct options *o, struct running *host)
{
	struct findings f;
	int error;
	if (o->count == 2 || !host)
		return load_or_complain(c, o->count == 2 ? o->words[0] : default_file());
	error = running_load(c, host, &f);
	findings_print(&f, host->ini, stderr, false);
	findings_free(&f);
	if (error)
		config_free(c);
	return error ? EXIT_FAILURE : 0;
}

static int load(const struct command *self, struct request *q, const struct options *o,
	struct running *host)
{
	struct config c;
	struct match *m;
	if (load_file(&c, o, host))
		return EXIT_FAILURE;
	q->from_bond = q->from ? config_find_bond(&c, q->from, strlen(q->from)) : MODEL_NONE;
	q->from_unseen = q->from && q->from_bond == MODEL_NONE && strcmp(q->from, "unseen") == 0;
	if (q->from && !q->from_host && !q->from_unseen && q->from_bond == MODEL_NONE) {
		config_free(&c);
		return bad_usage(self, "--from: there is no bond \"%s\" in this file", q->from);
	}
	if (match_compile(&m, &c)) {
		fputs("bondctl: out of memory\n", stderr);
		config_free(&c);
		return EXIT_FAILURE;
	}
	q->c = &c;
	q->m = m;
	int status = explain(q, o, host);
	match_free(m);
	config_free(&c);
	return status;
}

/* What the command line says of addresses, as they are seen where the host runs. */
static int parse_addresses(const struct command *self, struct request *q, const struct options *o)
{
	const char *dest = o->words[o->count - 1];
	bool uri = explain_uri_takes(dest);
	if (uri && q->next_hop.host)
		return bad_usage(self, "a URI names the next hop itself: --next-hop is for addresses");
	if (!uri && !parse_destination(self, dest, &q->transport, &q->dst))
		return EXIT_USAGE;
	if (o->socket && !parse_as_member(self, o->socket, "socket", q->dst.family,
				&q->socket_transport, &q->socket_addr))
		return EXIT_USAGE;
	q->socket = o->socket ? &q->socket_addr : NULL;
	q->stream = !transport_is_datagram(q->transport);
	return 0;
}

static int explain_for(
	const struct command *self, struct request *q, const struct options *o, struct running *host)
{
	if (o->count == 1 && !running_check_ini(host))
		return EXIT_FAILURE;
	int error = inside_enter(host->pid, host->root);
	if (error)
		fprintf(stderr, "bondctl: %d has a network or files of its own, which cannot be looked at "
				"(%s): addresses, interfaces and names are as they are here\n",
			(int)host->pid, strerror(error));
	int status = parse_addresses(self, q, o);
	return status ? status : load(self, q, o, host);
}

static int explain_run(const struct command *self, int argc, char **argv)
{
	struct request q = {0};
	struct options o = {0};
	struct running host;
	pid_t pid = 0;
	int status = parse_options(self, argc, argv, &o, &q);
	if (!status && o.who)
		status = who_find(self, o.who, &pid);
	if (status)
		return status;
	if (!o.who) {
		status = parse_addresses(self, &q, &o);
		return status ? status : load(self, &q, &o, NULL);
	}
	if (running_find(&host, pid, stderr))
		return EXIT_FAILURE;
	status = explain_for(self, &q, &o, &host);
	running_free(&host);
	return status;
}

const struct command explain_command = {
	.name = "explain",
	.arguments = "[OPTIONS] [FILE] DEST",
	.summary = "explain which route and member a destination gets, and why",
	.help = "DEST is a SIP URI or a name (sip:carrier1.com;transport=tcp, sips:carrier1.com, tls:carrier1.com):\n"
		"prints the targets that RFC 3263 gives in order, each with its DNS records, route and member.\n\n"
		"Or DEST is TRANSPORT:ADDRESS[:PORT], as in udp:198.51.100.7:5060 or tls:[2001:db8::7]:5061.\n"
		"Prints each route of FILE in order with the reason why it takes DEST or not, the bond,\n"
		"each of its members with the reason why it fits or not, and the member chosen.\n\n"
		"  --socket T:ADDRESS:PORT   the host sends from this socket of its own\n"
		"  --next-hop HOST[:PORT]    the request names this next hop (its top Route, else "
		"its R-URI)\n"
		"  --from BOND               the request came in on a member of BOND; none: it is the "
		"host's own;\n"
		"                            unseen: nobody can say, as where it came in by TLS\n"
		"  --pid PID|PROGRAM         with what the host of process PID, or of that name, knows of "
		"DNS;\n"
		"                            FILE is the one that it has read, where it is left out;\n"
		"                            interfaces and names are those of where the host runs\n"
		"  --json                    for programs\n\n"
		"Exit status: 0; 1 if FILE has errors, which are printed, DNS gives no target, or PID "
		"cannot be\nreached; 2 if DEST is no destination.\n",
	.run = explain_run,
};
