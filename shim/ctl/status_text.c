/* SPDX-License-Identifier: MIT */
/* A column of counts stands where something was counted, those of every send always. */
#include "status_print.h"

#include <inttypes.h>
#include <string.h>

#include "columns.h"
#include "command.h"
#include "config/terminal.h"
#include "running_ini.h"

#define PROCESSES_SHOWN 16
#define SOCKETS_SHOWN 4

static void time_text(const struct status *s, uint64_t then, char text[32])
{
	time_t wall = status_wall(s, then);
	struct tm tm;

	if (!localtime_r(&wall, &tm) || !strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(text, "?");
}

/* "2 d 3 h", "4 min 5 s". */
static void span_text(uint64_t seconds, char text[48])
{
	if (seconds >= 86400)
		snprintf(text, 48, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400, seconds / 3600 % 24);
	else if (seconds >= 3600)
		snprintf(text, 48, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(text, 48, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
	else
		snprintf(text, 48, "%" PRIu64 " s", seconds);
}

static void bytes_text(uint64_t n, char text[32])
{
	static const char *const units[] = {"kB", "MB", "GB", "TB"};
	double value = (double)n / 1000;
	int unit = 0;

	for (; value >= 1000 && unit < 3; unit++)
		value /= 1000;
	snprintf(text, 32, "%.*f %s", value < 10 ? 1 : 0, value, units[unit]);
}

/* ---- the host ---- */

static void print_file(const struct status *s, FILE *out)
{
	static const char *const states[] = {[RUNNING_INI_CLOSED] = "which cannot be read here in its stead",
		[RUNNING_INI_SAME] = "as it is on the disk",
		[RUNNING_INI_CHANGED] = "which has changed on the disk since"};

	fputs(running_has_no_file(&s->host) ? "rules of " : "file ", out);
	terminal_puts(out, s->file); /* newlines in it are no lines of ours */
	if (!running_has_no_file(&s->host))
		fprintf(out, ", %s", states[s->ini]);
	if (s->generation)
		fprintf(out, "; generation %" PRIu32, s->generation);
	putc('\n', out);
}

/* Those with older rules, if there are any. */
static void print_behind(const struct status *s, bool no_memory, const char *why, FILE *out)
{
	size_t count = 0, shown = 0;

	for (size_t i = 0; i < s->process_count; i++)
		count += s->processes[i].generation != s->generation && s->processes[i].no_memory == no_memory;
	if (count)
		fprintf(out, "; %zu %s:", count, why);
	for (size_t i = 0; count && i < s->process_count; i++) {
		const struct status_process *p = &s->processes[i];
		if (p->generation == s->generation || p->no_memory != no_memory)
			continue;
		if (shown++ == PROCESSES_SHOWN) {
			fputs(" ...", out);
			break;
		}
		fprintf(out, "%s %d", shown > 1 ? "," : "", (int)p->pid);
	}
}

static void print_processes(const struct status *s, FILE *out)
{
	size_t behind = s->generation ? s->process_count - s->process_current : 0;

	fprintf(out, "%zu process%s", s->process_count, s->process_count == 1 ? "" : "es");
	if (s->generation && !behind)
		fprintf(out, ", %s generation %" PRIu32, s->process_count == 1 ? "with" : "all with", s->generation);
	if (behind) {
		fprintf(out, ", %zu with generation %" PRIu32, s->process_current, s->generation);
		print_behind(s, false, "at their next call", out);
		print_behind(s, true, "had no memory for it and go by what they had", out);
	}
	putc('\n', out);
}

static void print_host(const struct status *s, FILE *out)
{
	char since[32], span[48];

	time_text(s, s->started, since);
	span_text(status_ago(s, s->started), span);
	terminal_printf(out, "%s, process %d, libbond %s, since %s (%s)", s->name, (int)s->pid, s->version, since,
		span);
	fputs(s->elsewhere ? ", in a place of its own\n" : "\n", out);
	print_file(s, out);
	print_processes(s, out);
}

/* ---- counts ---- */

/* Which counts have a column. */
struct shown {
	bool count[TALLIES];
	bool rates;
};

static void show(struct shown *w, const uint64_t *counts)
{
	for (int t = 0; t < TALLIES; t++)
		w->count[t] = w->count[t] || counts[t] || t == TALLY_REQUESTS || t == TALLY_BYTES;
}

static void count_titles(struct columns *c, const struct shown *w)
{
	for (int t = 0; t < TALLIES; t++) {
		if (!w->count[t])
			continue;
		columns_title(c, status_tallies[t].name, true);
		if (w->rates && t <= TALLY_BYTES)
			columns_title(c, "/s", true);
	}
}

/* before: hundredths of a second ago, or NULL: it was not there. */
static void count_cells(struct columns *c, const struct shown *w, const uint64_t *counts, const uint64_t *before,
	uint64_t hundredths)
{
	for (int t = 0; t < TALLIES; t++) {
		if (!w->count[t])
			continue;
		columns_number(c, counts[t]);
		if (!w->rates || t > TALLY_BYTES)
			continue;
		if (before && hundredths && counts[t] >= before[t])
			columns_text(c, "%.1f", (double)(counts[t] - before[t]) * 100 / (double)hundredths);
		else
			columns_text(c, "-");
	}
}

static uint64_t between(const struct status *s, const struct status *before)
{
	return before && s->now > before->now ? s->now - before->now : 0;
}

/* ---- bonds ---- */

static void state_cell(struct columns *c, const struct status *s, const struct status_member *m)
{
	char since[32] = "";

	if (m->since)
		time_text(s, m->since, since);
	if (m->state == STATE_UNKNOWN)
		columns_text(c, "-");
	else if (!state_is_down(m->state))
		columns_text(c, "up%s%s", m->since ? " since " : "", since);
	else
		columns_text(c, "down%s%s because %s", m->since ? " since " : "", since, m->why);
}

static void use_cell(struct columns *c, const struct status_member *m)
{
	char text[200];
	const char *way = m->use == USE_OPENED ? status_way(m) : NULL;
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", status_use_name(m->use));

	for (char *p = text; *p; p++)
		*p = *p == '-' ? ' ' : *p;
	if (way)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " by %s", way);
	if (m->use == USE_UNKNOWN)
		snprintf(text, sizeof(text), "-");
	for (size_t i = 0; i < m->socket_count && i < SOCKETS_SHOWN && n < sizeof(text); i++) {
		const struct status_socket *k = &m->sockets[i];
		const char *sign = i ? "," : ":";
		if (k->pid)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s fd %d of %d", sign, k->fd, (int)k->pid);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s by one that others have now", sign);
	}
	if (m->socket_count > SOCKETS_SHOWN && n < sizeof(text))
		snprintf(text + n, sizeof(text) - n, " and %zu more", m->socket_count - SOCKETS_SHOWN);
	columns_text(c, "%s", text);
}

static const struct status_bond *bond_before(const struct status *before, const char *name)
{
	for (size_t i = 0; before && i < before->bond_count; i++)
		if (strcmp(before->bonds[i].name, name) == 0)
			return &before->bonds[i];
	return NULL;
}

static const uint64_t *member_before(const struct status_bond *before, size_t near, const char *name)
{
	if (before && near < before->member_count && strcmp(before->members[near].name, name) == 0)
		return before->members[near].counts;
	for (size_t i = 0; before && i < before->member_count; i++)
		if (strcmp(before->members[i].name, name) == 0)
			return before->members[i].counts;
	return NULL;
}

static void print_without(const struct status_bond *b, FILE *out)
{
	const char *sign = "  without a member: ";

	for (int t = 0; t < TALLIES; t++) {
		if (!b->without[t])
			continue;
		fprintf(out, "%s%s %" PRIu64, sign, status_tallies[t].name, b->without[t]);
		sign = ", ";
	}
	if (*sign == ',')
		putc('\n', out);
}

/* Whether of a member it is asked if what it carries is seen. */
static bool has_asked(const struct status *s, const struct status_bond *b)
{
	for (size_t i = 0; i < b->member_count; i++)
		if (s->seen[b->members[i].transport].answer != SEEN_NOT_ASKED)
			return true;
	return false;
}

static void print_bond(const struct status *s, const struct status_bond *b, const struct status *before,
	FILE *out)
{
	const struct status_bond *then = bond_before(before, b->name);
	bool asked = has_asked(s, b);
	struct columns c = {0};
	struct shown w = {.rates = before != NULL};

	terminal_printf(out, "\nbond %s\n", b->name);
	for (size_t i = 0; i < b->member_count; i++)
		show(&w, b->members[i].counts);
	columns_title(&c, "member", false);
	columns_title(&c, "state", false);
	columns_title(&c, "socket", false);
	if (asked)
		columns_title(&c, "headers", false);
	if (s->has_tallies)
		count_titles(&c, &w);
	for (size_t i = 0; i < b->member_count; i++) {
		const struct status_member *m = &b->members[i];
		columns_text(&c, "%s", m->name);
		state_cell(&c, s, m);
		use_cell(&c, m);
		if (asked)
			columns_text(&c, "%s", seen_word(s->seen[m->transport].answer));
		if (s->has_tallies)
			count_cells(&c, &w, m->counts, member_before(then, i, m->name), between(s, before));
	}
	columns_print(&c, "  ", out);
	print_without(b, out);
}

/* ---- routes ---- */

static const uint64_t *route_before(const struct status *before, size_t near, const char *name)
{
	if (before && near < before->route_count && strcmp(before->routes[near].name, name) == 0)
		return before->routes[near].counts;
	for (size_t i = 0; before && i < before->route_count; i++)
		if (strcmp(before->routes[i].name, name) == 0)
			return before->routes[i].counts;
	return NULL;
}

static void print_routes(const struct status *s, const struct status *before, FILE *out)
{
	struct columns c = {0};
	struct shown w = {.rates = before != NULL};

	if (!s->route_count)
		return;
	for (size_t i = 0; i < s->route_count; i++)
		show(&w, s->routes[i].counts);
	fputs("\nroutes\n", out);
	columns_title(&c, "route", false);
	columns_title(&c, "bond", false);
	if (s->has_tallies)
		count_titles(&c, &w);
	for (size_t i = 0; i < s->route_count; i++) {
		const struct status_route *r = &s->routes[i];
		columns_text(&c, "%s", r->name);
		columns_text(&c, "%s", r->bond ? r->bond : "none");
		if (s->has_tallies)
			count_cells(&c, &w, r->counts, route_before(before, i, r->name), between(s, before));
	}
	columns_print(&c, "  ", out);
}

/* ---- the rest ---- */

static void print_domain(const struct status *s, const struct table_domain_info *d, FILE *out)
{
	char ago[48];

	span_text(s->dns_now > d->refreshed ? s->dns_now - d->refreshed : 0, ago);
	fprintf(out, "  %s: ", d->name);
	if (strncmp(d->name, "*.", 2) == 0)
		fputs("learnt from the host's own look-ups", out);
	else if (d->state == TABLE_EMPTY)
		fprintf(out, "DNS has no address for it, %s ago", ago);
	else if (d->state == TABLE_UNKNOWN)
		fputs("no answer yet", out);
	else
		fprintf(out, "%sanswered %s ago", d->state == TABLE_PARTIAL ? "partly " : "", ago);
	fprintf(out, ", %u place%s", d->places, plural(d->places));
	if (d->left_out || d->state == TABLE_FULL)
		fprintf(out, ", %u found no room", d->left_out);
	if (d->failures)
		fprintf(out, ", %u look-up%s failed since", d->failures, plural(d->failures));
	putc('\n', out);
}

static void print_counters(const struct status *s, FILE *out)
{
	bool any = false;

	for (int n = 0; n < COUNTERS; n++)
		any = any || s->counters.counts[n];
	for (int t = 0; t < TALLIES; t++)
		any = any || s->elsewise[t];
	if (any)
		fputs("\ncounted\n", out);
	for (int t = 0; t < TALLIES; t++)
		if (s->elsewise[t])
			fprintf(out, "  %12" PRIu64 "  %s, of no bond or route that is there now\n", s->elsewise[t],
				status_tallies[t].name);
	for (int n = 0; n < COUNTERS; n++)
		if (s->counters.counts[n])
			fprintf(out, "  %12" PRIu64 "  %s\n", (uint64_t)s->counters.counts[n],
				status_counters[n].help);
}

static void print_tables(const struct status *s, FILE *out)
{
	fputs("\ntables\n", out);
	for (size_t i = 0; i < s->table_count; i++) {
		const struct status_table *t = &s->tables[i];
		if (!t->counted && !t->full)
			continue;
		fprintf(out, "  %s: ", t->name);
		if (t->counted)
			fprintf(out, "%" PRIu64 " of %" PRIu64, t->used, t->limit);
		if (t->full)
			fprintf(out, "%s%" PRIu64 " found no room so far", t->counted ? ", " : "", t->full);
		putc('\n', out);
	}
}

static void print_replaced(const struct status *s, FILE *out)
{
	char text[48];

	if (!s->memory.replaced)
		return;
	bytes_text(s->memory.replaced, text);
	fprintf(out, "  of the file %s: rules that were replaced", text);
	span_text(status_left(s, s->memory.replaced_until), text);
	if (s->memory.replaced_until)
		fprintf(out, ", %u of them; the first goes in %s", s->memory.replaced_count, text);
	putc('\n', out);
}

static void print_memory(const struct status *s, FILE *out)
{
	char a[32], b[32], c[32];
	uint64_t most = 0;

	fputs("\nmemory\n", out);
	bytes_text(s->memory.file, a);
	bytes_text(s->memory.reserved, b);
	fprintf(out, "  shared: file %s", a);
	bytes_text(s->memory.rules, a);
	bytes_text(s->memory.caches, c);
	fprintf(out, ", %s of it the rules, at most %s; caches at most %s", a, b, c);
	bytes_text(s->memory.shared, a);
	fprintf(out, s->memory.told ? "; %s taken now\n" : "\n", a);
	print_replaced(s, out);
	if (!s->memory.told) {
		fputs("  in each process: only root can tell\n", out);
		return;
	}
	for (size_t i = 0; i < s->process_count; i++)
		most = s->processes[i].memory > most ? s->processes[i].memory : most;
	bytes_text(s->memory.own / s->process_count, a);
	bytes_text(most, b);
	bytes_text(s->memory.descriptors, c);
	fprintf(out, "  in each process: %s, %s in the largest; of it descriptors at most %s\n", a, b, c);
}

static void print_trouble(const struct status *s, FILE *out)
{
	static const char *const texts[] = {[STATES_FINE] = "",
		[STATES_NO_NETLINK] = "the host may not follow addresses and interfaces: states are not known",
		[STATES_NO_ROOM] = "this machine has more addresses than are followed",
		[STATES_NO_RELOAD] = "an interface has other addresses now than its members: bondctl reload"};

	if (s->trouble)
		fprintf(out, "note: %s\n", texts[s->trouble]);
}

void status_print_text(const struct status *s, const struct status *before, FILE *out)
{
	print_host(s, out);
	print_trouble(s, out);
	for (size_t i = 0; i < s->bond_count; i++)
		print_bond(s, &s->bonds[i], before, out);
	print_routes(s, before, out);
	if (s->domain_count || s->domains_left_out)
		fputs("\nDNS\n", out);
	for (size_t i = 0; i < s->domain_count; i++)
		print_domain(s, &s->domains[i], out);
	if (s->domains_left_out)
		fprintf(out, "  %zu found no room in the table: the name in a request decides\n", s->domains_left_out);
	print_counters(s, out);
	status_print_seen(s, out);
	print_tables(s, out);
	print_memory(s, out);
}
