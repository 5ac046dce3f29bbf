/* SPDX-License-Identifier: MIT */
/* As config/bondctl.schema.json says. */
#include "status_print.h"

#include <string.h>

static void counts_json(struct json *j, const char *key, const uint64_t *counts)
{
	json_object(j, key);
	for (int t = 0; t < TALLIES; t++)
		json_number(j, tally_names[t], counts[t]);
	json_end(j);
}

/* What the list of hosts has as well; the object stays open. */
static void host_json(struct json *j, const struct status *s)
{
	json_object(j, NULL);
	json_number(j, "pid", (uint64_t)s->pid);
	json_text(j, "program", s->name);
	json_text(j, "version", s->version);
	json_number(j, "owner", s->owner);
	json_bool(j, "elsewhere", s->elsewhere);
	json_number(j, "started", (uint64_t)status_wall(s, s->started));
	json_number(j, "uptime", status_ago(s, s->started));
	json_text(j, "file", s->file);
	json_text(j, "file_state", status_ini_name(s->ini));
	if (s->generation)
		json_number(j, "generation", s->generation);
	else
		json_null(j, "generation");
	json_number(j, "process_count", s->process_count);
	json_number(j, "process_current", s->process_current);
}

void status_print_json_line(const struct status *s, struct json *j)
{
	host_json(j, s);
	json_end(j);
}

static void processes_json(struct json *j, const struct status *s)
{
	json_array(j, "processes");
	for (size_t i = 0; i < s->process_count; i++) {
		const struct status_process *p = &s->processes[i];
		json_object(j, NULL);
		json_number(j, "pid", (uint64_t)p->pid);
		if (p->generation)
			json_number(j, "generation", p->generation);
		else
			json_null(j, "generation");
		json_bool(j, "no_memory", p->no_memory);
		if (s->memory.told) {
			json_number(j, "memory", p->memory);
			json_number(j, "shared", p->shared);
		}
		json_end(j);
	}
	json_end(j);
}

static void sockets_json(struct json *j, const struct status_member *m)
{
	json_array(j, "sockets");
	for (size_t i = 0; i < m->socket_count; i++) {
		const struct status_socket *k = &m->sockets[i];
		json_object(j, NULL);
		if (k->pid) {
			json_number(j, "pid", (uint64_t)k->pid);
			json_number(j, "fd", (uint64_t)(k->fd < 0 ? 0 : k->fd));
		} else {
			json_null(j, "pid");
		}
		json_text(j, "by", k->opened ? "libbond" : "host");
		json_end(j);
	}
	json_end(j);
}

static void state_json(struct json *j, const struct status *s, const struct status_member *m)
{
	json_text(j, "state", m->state == STATE_UNKNOWN ? "unknown" : state_is_down(m->state) ? "down" : "up");
	if (m->state != STATE_UNKNOWN && m->since)
		json_number(j, "since", (uint64_t)status_wall(s, m->since));
	if (m->down)
		json_number(j, "last_down", (uint64_t)status_wall(s, m->down));
	if (state_is_down(m->state)) {
		json_text(j, "cause", state_names[m->state]);
		json_text(j, "reason", m->why);
	}
}

static void seen_json(struct json *j, const struct seen *seen)
{
	if (seen->answer == SEEN_NOT_ASKED)
		return;
	if (seen->answer == SEEN_NOT_KNOWN)
		json_null(j, "headers_seen");
	else
		json_bool(j, "headers_seen", seen->answer == SEEN_YES);
	json_text(j, "headers_reason", seen->why);
}

static void member_json(struct json *j, const struct status *s, const struct status_member *m)
{
	json_object(j, NULL);
	json_text(j, "name", m->name);
	json_text(j, "transport", transport_names[m->transport]);
	json_text(j, "written", m->written);
	json_number(j, "line", m->line);
	if (*m->as)
		json_text(j, "as", m->as);
	if (*m->as && m->as_port)
		json_number(j, "as_port", m->as_port);
	json_text(j, "socket", status_use_name(m->use));
	if (m->open)
		json_text(j, "opened", status_way(m));
	sockets_json(j, m);
	seen_json(j, &s->seen[m->transport]);
	state_json(j, s, m);
	if (s->has_tallies)
		counts_json(j, "counts", m->counts);
	json_end(j);
}

static void bonds_json(struct json *j, const struct status *s)
{
	json_array(j, "bonds");
	for (size_t i = 0; i < s->bond_count; i++) {
		const struct status_bond *b = &s->bonds[i];
		json_object(j, NULL);
		json_text(j, "name", b->name);
		json_number(j, "line", b->line);
		json_array(j, "members");
		for (size_t m = 0; m < b->member_count; m++)
			member_json(j, s, &b->members[m]);
		json_end(j);
		if (s->has_tallies) {
			counts_json(j, "counts", b->counts);
			counts_json(j, "without_member", b->without);
		}
		json_end(j);
	}
	json_end(j);
}

static void routes_json(struct json *j, const struct status *s)
{
	json_array(j, "routes");
	for (size_t i = 0; i < s->route_count; i++) {
		const struct status_route *r = &s->routes[i];
		json_object(j, NULL);
		json_text(j, "name", r->name);
		json_number(j, "line", r->line);
		json_text(j, "bond", r->bond);
		if (s->has_tallies)
			counts_json(j, "counts", r->counts);
		json_end(j);
	}
	json_end(j);
}

static void domains_json(struct json *j, const struct status *s)
{
	json_array(j, "domains");
	for (size_t i = 0; i < s->domain_count; i++) {
		const struct table_domain_info *d = &s->domains[i];
		json_object(j, NULL);
		json_text(j, "domain", d->name);
		json_text(j, "state", strncmp(d->name, "*.", 2) == 0 ? NULL : status_domain_name(d));
		if (d->refreshed)
			json_number(j, "refreshed", s->dns_now > d->refreshed ? s->dns_now - d->refreshed : 0);
		json_number(j, "failures", d->failures);
		json_number(j, "left_out", d->left_out);
		json_number(j, "places", d->places);
		json_end(j);
	}
	json_end(j);
}

static void domains_left_out_json(struct json *j, const struct status *s)
{
	if (s->domains_left_out)
		json_number(j, "domains_left_out", s->domains_left_out);
}

static void tables_json(struct json *j, const struct status *s)
{
	json_array(j, "tables");
	for (size_t i = 0; i < s->table_count; i++) {
		const struct status_table *t = &s->tables[i];
		json_object(j, NULL);
		json_text(j, "name", t->label);
		if (t->counted) {
			json_number(j, "used", t->used);
			json_number(j, "limit", t->limit);
		}
		json_number(j, "full", t->full);
		json_end(j);
	}
	json_end(j);
}

static void memory_json(struct json *j, const struct status *s)
{
	json_object(j, "memory");
	json_number(j, "file", s->memory.file);
	json_number(j, "rules", s->memory.rules);
	json_number(j, "replaced", s->memory.replaced);
	json_number(j, "replaced_rules", s->memory.replaced_count);
	if (s->memory.replaced_until)
		json_number(j, "replaced_seconds", status_left(s, s->memory.replaced_until));
	json_number(j, "reserved", s->memory.reserved);
	json_number(j, "caches", s->memory.caches);
	json_number(j, "descriptors", s->memory.descriptors);
	if (s->memory.told) {
		json_number(j, "shared", s->memory.shared);
		json_number(j, "processes", s->memory.own);
	}
	json_end(j);
}

void status_print_json(const struct status *s, struct json *j)
{
	static const char *const troubles[] = {[STATES_NO_NETLINK] = "no-netlink",
		[STATES_NO_ROOM] = "no-room", [STATES_NO_RELOAD] = "no-reload"};

	host_json(j, s);
	processes_json(j, s);
	json_text(j, "trouble", troubles[s->trouble]);
	if (s->has_rules) {
		bonds_json(j, s);
		routes_json(j, s);
	}
	if (s->has_tallies) {
		counts_json(j, "counts", s->counts);
		counts_json(j, "unassigned", s->elsewise);
	}
	json_object(j, "counters");
	for (int n = 0; n < COUNTERS; n++)
		json_number(j, status_counters[n].name, s->counters.counts[n]);
	json_end(j);
	domains_json(j, s);
	domains_left_out_json(j, s);
	tables_json(j, s);
	memory_json(j, s);
	json_end(j);
}
