/* SPDX-License-Identifier: MIT */
/* The text format, version 0.0.4: all samples of a metric stand together, behind its HELP and TYPE. */
#include "status_print.h"

#include <inttypes.h>
#include <string.h>

#include "config/terminal.h"
#include "running_ini.h"

struct printer {
	const struct status *const *all;
	size_t count;
	bool many;
	FILE *out;
};

/* The label of a sample; name NULL ends the list. */
struct label {
	const char *name, *value;
};

void status_put_label(const char *value, FILE *out)
{
	size_t n = strlen(value), length;

	for (size_t i = 0; i < n; i += length) {
		bool plain;
		length = terminal_next(value + i, n - i, &plain);
		if (value[i] == '"' || value[i] == '\\')
			fprintf(out, "\\%c", value[i]);
		else if (plain)
			fwrite(value + i, 1, length, out);
		else
			for (size_t k = i; k < i + length; k++)
				fprintf(out, "\\\\x%02x", (unsigned char)value[k]);
	}
}

static void begin(const struct printer *p, const char *name, const char *type, const char *help)
{
	fprintf(p->out, "# HELP libbond_%s %s\n# TYPE libbond_%s %s\n", name, help, name, type);
}

/* name is without its "libbond_". */
static void sample(const struct printer *p, const struct status *s, const char *name,
	const struct label *labels, uint64_t value)
{
	const char *sign = "{";
	char pid[16];
	const struct label host[] = {{"program", s->name}, {"pid", pid}, {NULL, NULL}};

	snprintf(pid, sizeof(pid), "%d", (int)s->pid);
	fprintf(p->out, "libbond_%s", name);
	for (int list = 0; list < (p->many ? 2 : 1); list++)
		for (const struct label *l = list ? host : labels; l && l->name; l++) {
			fprintf(p->out, "%s%s=\"", sign, l->name);
			status_put_label(l->value, p->out);
			putc('"', p->out);
			sign = ",";
		}
	fprintf(p->out, "%s %" PRIu64 "\n", *sign == ',' ? "}" : "", value);
}

/* ---- of the host ---- */

static uint64_t uptime(const struct status *s)
{
	return (uint64_t)status_wall(s, s->started);
}
static uint64_t generation(const struct status *s)
{
	return s->generation;
}
static uint64_t processes(const struct status *s)
{
	return s->process_count;
}
static uint64_t current(const struct status *s)
{
	return s->process_current;
}
static uint64_t changed(const struct status *s)
{
	return s->ini == RUNNING_INI_CHANGED;
}
static uint64_t shared(const struct status *s)
{
	return s->memory.shared;
}
static uint64_t own(const struct status *s)
{
	return s->memory.own;
}
static uint64_t file(const struct status *s)
{
	return s->memory.file;
}
static uint64_t replaced(const struct status *s)
{
	return s->memory.replaced;
}
static uint64_t reserved(const struct status *s)
{
	return s->memory.reserved;
}

static void print_host(const struct printer *p)
{
	static const struct {
		const char *name, *help;
		uint64_t (*value)(const struct status *s);
	} gauges[] = {
		{"start_time_seconds", "When the host was started, since the epoch.", uptime},
		{"rules_generation", "Generation of the rules that count: 1 at the start, one more with each reload.",
			generation},
		{"processes", "Processes of the host.", processes},
		{"processes_current", "Processes that have the rules that count.", current},
		{"config_changed", "1 if the file on the disk is not what the host has read.", changed},
		{"memory_shared_bytes", "Memory that the processes of the host share.", shared},
		{"memory_private_bytes", "Memory of libbond in all processes of the host together.", own},
		{"memory_file_bytes", "Disk space of the file that bondctl finds the host by.", file},
		{"memory_replaced_bytes", "Of it what rules take that were replaced and are given back in time.", replaced},
		{"memory_reserved_bytes", "Most that this file can grow to.", reserved}};

	begin(p, "info", "gauge", "The host, always 1.");
	for (size_t i = 0; i < p->count; i++) {
		const struct status *s = p->all[i];
		struct label labels[] = {{"version", s->version}, {"file", s->file},
			{p->many ? NULL : "program", s->name}, {NULL, NULL}};
		sample(p, s, "info", labels, 1);
	}
	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		begin(p, gauges[g].name, "gauge", gauges[g].help);
		for (size_t i = 0; i < p->count; i++)
			sample(p, p->all[i], gauges[g].name, NULL, gauges[g].value(p->all[i]));
	}
}

/* ---- of members, bonds and routes ---- */

typedef bool member_value(const struct status *s, const struct status_member *m, int which, uint64_t *value);

static void print_members(const struct printer *p, const char *name, member_value *of, int which)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct status *s = p->all[i];
		for (size_t n = 0; n < s->member_count; n++) {
			const struct status_member *m = &s->members[n];
			const struct label labels[] = {{"bond", s->bonds[m->bond].name}, {"member", m->name},
				{NULL, NULL}};
			uint64_t value;
			if (of(s, m, which, &value))
				sample(p, s, name, labels, value);
		}
	}
}

static bool is_up(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	(void)s, (void)which;
	*value = m->state == STATE_UP;
	return m->state != STATE_UNKNOWN;
}

static bool since(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	(void)which;
	*value = (uint64_t)status_wall(s, m->since);
	return m->state != STATE_UNKNOWN && m->since;
}

static bool sockets(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	(void)s, (void)which;
	*value = m->socket_count;
	return m->use != USE_UNKNOWN;
}

static bool is_opened(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	(void)s, (void)which;
	*value = m->use == USE_OPENED && status_way(m);
	return m->open && m->use != USE_UNKNOWN;
}

static bool headers_seen(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	const struct seen *seen = &s->seen[m->transport];

	(void)which;
	*value = seen->answer == SEEN_YES;
	return seen->answer == SEEN_YES || seen->answer == SEEN_NO;
}

static bool count(const struct status *s, const struct status_member *m, int which, uint64_t *value)
{
	*value = m->counts[which];
	return s->has_tallies;
}

static void print_bonds(const struct printer *p, const char *name, int which)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct status *s = p->all[i];
		for (size_t b = 0; b < s->bond_count && s->has_tallies; b++) {
			const struct label labels[] = {{"bond", s->bonds[b].name}, {NULL, NULL}};
			sample(p, s, name, labels, s->bonds[b].without[which]);
		}
	}
}

static void print_routes(const struct printer *p, const char *name, int which)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct status *s = p->all[i];
		for (size_t r = 0; r < s->route_count && s->has_tallies; r++) {
			const struct label labels[] = {{"route", s->routes[r].name},
				{"bond", s->routes[r].bond ? s->routes[r].bond : ""}, {NULL, NULL}};
			sample(p, s, name, labels, s->routes[r].counts[which]);
		}
	}
}

static void print_unassigned(const struct printer *p, const char *name, int which)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->all[i]->has_tallies)
			sample(p, p->all[i], name, NULL, p->all[i]->elsewise[which]);
}

static void print_tallies(const struct printer *p)
{
	static const struct {
		const char *name, *of;
	} whose[] = {{"member", ", by the member."}, {"bond", ", of a bond of which no member was taken."},
		{"route", ", by the route."}, {"unassigned", ", of no bond or route that is there now."}};
	char name[80], help[200];

	for (int w = 0; w < 4; w++)
		for (int t = 0; t < TALLIES; t++) {
			snprintf(name, sizeof(name), "%s_%s_total", whose[w].name, tally_names[t]);
			snprintf(help, sizeof(help), "%.*s%s", (int)strlen(status_tallies[t].help) - 1,
				status_tallies[t].help, whose[w].of);
			begin(p, name, "counter", help);
			if (w == 0)
				print_members(p, name, count, t);
			else if (w == 1)
				print_bonds(p, name, t);
			else if (w == 2)
				print_routes(p, name, t);
			else
				print_unassigned(p, name, t);
		}
}

/* ---- the rest ---- */

static void print_counters(const struct printer *p)
{
	char name[80];

	for (int n = 0; n < COUNTERS; n++) {
		snprintf(name, sizeof(name), "%s_total", status_counters[n].name);
		begin(p, name, "counter", status_counters[n].help);
		for (size_t i = 0; i < p->count; i++)
			sample(p, p->all[i], name, NULL, p->all[i]->counters.counts[n]);
	}
}

static void print_tables(const struct printer *p)
{
	static const struct {
		const char *name, *type, *help;
	} values[] = {{"table_entries", "gauge", "Entries of a table that are in use."},
		{"table_limit", "gauge", "Entries that a table has room for."},
		{"table_full_total", "counter", "How often something found no room in a table."}};

	for (int v = 0; v < 3; v++) {
		begin(p, values[v].name, values[v].type, values[v].help);
		for (size_t i = 0; i < p->count; i++) {
			const struct status *s = p->all[i];
			for (size_t n = 0; n < s->table_count; n++) {
				const struct status_table *t = &s->tables[n];
				const struct label labels[] = {{"table", t->label}, {NULL, NULL}};
				if (v == 2 || t->counted)
					sample(p, s, values[v].name, labels, v == 0 ? t->used : v == 1 ? t->limit : t->full);
			}
		}
	}
}

static void print_domains(const struct printer *p)
{
	static const struct {
		const char *name, *help;
	} values[] = {{"dns_places", "Addresses with port and transport that are known of a domain."},
		{"dns_failed_lookups", "Look-ups of a domain that failed since its last answer."},
		{"dns_age_seconds", "Time since a domain was answered."}};

	for (int v = 0; v < 3; v++) {
		begin(p, values[v].name, "gauge", values[v].help);
		for (size_t i = 0; i < p->count; i++) {
			const struct status *s = p->all[i];
			for (size_t n = 0; n < s->domain_count; n++) {
				const struct table_domain_info *d = &s->domains[n];
				const struct label labels[] = {{"domain", d->name}, {NULL, NULL}};
				if (v < 2)
					sample(p, s, values[v].name, labels, v == 0 ? d->places : d->failures);
				else if (d->refreshed)
					sample(p, s, values[v].name, labels,
						s->dns_now > d->refreshed ? s->dns_now - d->refreshed : 0);
			}
		}
	}
}

void status_print_prometheus(const struct status *const *all, size_t count_of_all, bool many, FILE *out)
{
	const struct printer p = {all, count_of_all, many, out};

	print_host(&p);
	begin(&p, "member_up", "gauge", "1 if the member can be sent from, as far as addresses and interfaces tell.");
	print_members(&p, "member_up", is_up, 0);
	begin(&p, "member_state_time_seconds", "gauge", "When the member came up or went down, since the epoch.");
	print_members(&p, "member_state_time_seconds", since, 0);
	begin(&p, "member_sockets", "gauge", "Sockets that carry the member.");
	print_members(&p, "member_sockets", sockets, 0);
	begin(&p, "member_opened", "gauge", "1 if a listener of the host hears the member that the file opens.");
	print_members(&p, "member_opened", is_opened, 0);
	begin(&p, "member_headers_seen", "gauge",
		"1 if headers of what goes by the member, of TLS or WebSocket, are seen; none if that is not known.");
	print_members(&p, "member_headers_seen", headers_seen, 0);
	print_tallies(&p);
	print_counters(&p);
	print_tables(&p);
	print_domains(&p);
}
