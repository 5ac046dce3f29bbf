/* SPDX-License-Identifier: MIT */
/* What the file of a host says may be anybody's word: each part is copied, and read as far as its own
 * checks allow. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "core/image.h"
#include "status_memory.h"
#include "status_rules.h"
#include "status_sockets.h"
#include "status_store.h"
#include "running_ini.h"

time_t status_wall(const struct status *s, uint64_t then)
{
	return (time_t)((s->wall - (s->now > then ? s->now - then : 0)) / 100);
}

uint64_t status_ago(const struct status *s, uint64_t then)
{
	return s->now > then ? (s->now - then) / 100 : 0;
}

uint64_t status_left(const struct status *s, uint64_t then)
{
	return then > s->now ? (then - s->now + 99) / 100 : 0;
}

const char *status_way(const struct status_member *m)
{
	enum opening o = opening_of(m->opening);

	return o == OPENING_FILTER ? "filter" : o == OPENING_LOOKUP ? "sk_lookup" : NULL;
}

const char *status_use_name(enum status_use use)
{
	static const char *const names[] = {[USE_UNKNOWN] = "unknown",
		[USE_ADOPTED] = "adopted",
		[USE_OPENED] = "opened",
		[USE_CONNECTIONS] = "connections-only",
		[USE_NEVER] = "never-bound",
		[USE_CLOSED] = "closed",
		[USE_AT_RESTART] = "at-restart"};
	return names[use];
}

/* The generation that a process has told, and since when it is known; 0 = it is not in the file. */
static void read_process(const struct segment_head *head, struct status_process *p)
{
	pid_t own = p->own;

	for (unsigned n = 0; n < SEGMENT_PROBES; n++) {
		unsigned place = (segment_place(own) + n) % SEGMENT_PROCESSES;
		if (segment_pid(head->processes[place]) != own)
			continue;
		uint32_t has = head->generations[place];
		p->generation = has & ~SEGMENT_NO_MEMORY;
		p->no_memory = has & SEGMENT_NO_MEMORY;
		p->seen = head->processes[place] - segment_process(own, 0);
		return;
	}
}

/* Those that have the file mapped; where maps of proc(5) cannot be read, those that the file names. */
static bool read_processes(struct status *s, const struct hosts *hosts, pid_t pid)
{
	const struct segment_head *head = &s->host.head;
	size_t first = hosts_of_pid(hosts, pid), end = first, room = SEGMENT_PROCESSES;

	if (first < hosts->count && hosts->processes[first].inode) {
		while (first > 0 && hosts_end(hosts, first - 1) > first)
			first--;
		end = hosts_end(hosts, first);
		room = end - first;
	}
	s->processes = status_keep(s, room * sizeof(*s->processes));
	if (!s->processes)
		return false;
	for (size_t i = first; i < end; i++) {
		struct status_process *p = &s->processes[s->process_count++];
		p->pid = hosts->processes[i].pid;
		p->own = hosts->processes[i].own;
		read_process(head, p);
	}
	for (unsigned i = 0; first == end && !s->elsewhere && i < SEGMENT_PROCESSES; i++) {
		uint64_t word = head->processes[i];
		if (!word || !segment_is_alive(word))
			continue;
		struct status_process *p = &s->processes[s->process_count++];
		p->pid = p->own = segment_pid(word);
		read_process(head, p);
	}
	return true;
}

static void name_host(struct status *s)
{
	uint64_t seen = UINT64_MAX;

	s->pid = s->host.pid;
	for (size_t i = 0; i < s->process_count; i++) {
		const struct status_process *p = &s->processes[i];
		if (p->seen && p->seen < seen) {
			seen = p->seen;
			s->pid = p->pid;
		}
	}
	hosts_name(s->pid, s->name);
}

/* Those that the rules name, which are looked up. Names are anybody's bytes. */
static bool read_domains(struct status *s)
{
	const struct table *t = &s->host.table;
	uint16_t count = s->host.has_table ? table_domains(t) : 0;

	s->dns_now = s->host.now;
	s->domains = status_keep(s, count * sizeof(*s->domains));
	for (uint16_t n = 0; s->domains && n < count; n++) {
		struct table_domain_info *d = &s->domains[s->domain_count];
		if ((s->has_rules && !table_numbers_has(&s->named, n)) || table_domain_describe(t, n, d))
			continue;
		for (char *c = d->name; *c; c++)
			*c = *c <= ' ' || *c > '~' ? '?' : *c;
		s->domain_count++;
	}
	return s->domains != NULL;
}

static void read_counters(struct status *s)
{
	const struct segment_head *head = &s->host.head;
	size_t size = head->counters_size < sizeof(s->counters) ? head->counters_size : sizeof(s->counters);
	void *copy = status_part(s, head->counters, size);

	if (copy)
		memcpy(&s->counters, copy, size);
}

static void count_current(struct status *s)
{
	for (size_t i = 0; i < s->process_count; i++)
		s->process_current += s->generation && s->processes[i].generation == s->generation;
}

/* Those of which it is known how full they are are added with that. */
static void read_tables(struct status *s)
{
	static const struct {
		const char *name, *label;
	} full[] = {
		[FULL_LISTENERS] = {"listeners", "listeners"},
		[FULL_NAMES] = {"own names", "names"},
		[FULL_SCRATCH] = {"gathering", "gathering"},
		[FULL_CHOICES] = {"transactions", "transactions"},
		[FULL_ADDRESSES] = {"local addresses", "addresses"},
		[FULL_FLOWS] = {"flows", "flows"},
		[FULL_HELLOS] = {"TLS connections", "tls"},
		[FULL_TEXTS] = {"texts of TLS", "tls_texts"}};
	const struct table *t = &s->host.table;

	status_add_table(s, "processes", "processes", s->process_count, SEGMENT_PROCESSES, 0);
	if (s->host.has_table) {
		status_add_table(s, "domains", "dns_domains", table_domains_used(t), t->domain_max,
			table_count(t, TABLE_FULL_DOMAINS));
		status_add_table(s, "addresses of domains", "dns_addresses", table_addresses(t),
			(uint64_t)t->entry_mask + 1, table_count(t, TABLE_FULL_ADDRESSES));
	}
	_Static_assert(sizeof(full) / sizeof(full[0]) == FULL_TALLIES && FULL_TABLES == FULL_ADOPTED + 1,
		"each table has a name, here, in status_rules.c or status_sockets.c");
	for (int i = 0; i < FULL_TALLIES && s->table_count < STATUS_TABLES_MAX; i++)
		s->tables[s->table_count++] = (struct status_table){
			.name = full[i].name, .label = full[i].label, .full = s->counters.full[i]};
}

/* Objects are only looked at where there is a member above TLS that they matter for. */
static void read_seen(struct status *s)
{
	struct seen_facts facts = {.begun = s->counters.counts[COUNTER_TLS_BEGUN],
		.seen = s->counters.counts[COUNTER_TLS_SEEN]};
	struct seen_objects objects = {0};
	bool above = false;

	for (size_t i = 0; i < s->member_count && !s->headers_keep; i++)
		above = above || transport_is_secure((enum transport)s->members[i].transport);
	for (size_t i = 0; above && i < s->process_count; i++)
		seen_add_process(&facts, &objects, s->processes[i].pid);
	free(objects.items);
	for (size_t i = 0; i < s->member_count; i++) {
		enum transport t = (enum transport)s->members[i].transport;
		seen_judge(&s->seen[t], t, s->headers_keep, &facts);
	}
}

static bool read_all(struct status *s, const struct hosts *hosts, pid_t pid)
{
	const struct segment_head *head = &s->host.head;
	struct timespec wall;

	s->version = head->version;
	s->elsewhere = s->host.elsewhere;
	s->owner = s->host.owner;
	s->started = head->started;
	clock_gettime(CLOCK_REALTIME, &wall);
	s->wall = (uint64_t)wall.tv_sec * 100 + (uint64_t)wall.tv_nsec / 10000000;
	s->now = segment_now();
	s->ini = running_open_ini(&s->host);
	s->file = head->ini.path;
	if (!read_processes(s, hosts, pid))
		return false;
	name_host(s);
	read_counters(s);
	read_tables(s);
	if (!status_rules(s) || !read_domains(s) || !status_sockets(s))
		return false;
	count_current(s);
	read_seen(s);
	status_memory(s);
	return true;
}

static int read_found(struct status *s, const struct hosts *hosts, pid_t pid, FILE *complaints)
{
	if (read_all(s, hosts, pid))
		return 0;
	fputs("bondctl: out of memory\n", complaints);
	status_free(s);
	return EXIT_FAILURE;
}

int status_read(struct status *s, const struct hosts *hosts, pid_t pid, FILE *complaints)
{
	memset(s, 0, sizeof(*s));
	int status = running_find(&s->host, pid, complaints);
	return status ? status : read_found(s, hosts, pid, complaints);
}

int status_read_open(struct status *s, const struct hosts *hosts, pid_t pid, int fd, FILE *complaints)
{
	memset(s, 0, sizeof(*s));
	int status = running_take(&s->host, pid, fd, complaints);
	return status ? status : read_found(s, hosts, pid, complaints);
}

void status_free(struct status *s)
{
	status_drop(s);
	running_free(&s->host);
}
