/* SPDX-License-Identifier: MIT */
/* bondctl status: the hosts on this machine, or all that is known of one. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "columns.h"
#include "command.h"
#include "config/terminal.h"
#include "screen.h"
#include "status_print.h"
#include "who.h"
#include "running_ini.h"

#define PERIOD_DEFAULT 2000 /* milliseconds of --watch */
#define PERIOD_MAX 3600000

struct options {
	const char *who; /* NULL = all */
	bool json, prometheus;
	unsigned period; /* milliseconds, 0 = once */
};

/* A host of the list. */
struct listed {
	struct status status;
	char *why; /* it cannot be reached, NULL = it can */
	pid_t pid;
};

struct list {
	struct listed *hosts;
	size_t count;
	struct hosts found;
	size_t inert; /* processes without a file */
};

static void free_list(struct list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->hosts[i].why)
			status_free(&l->hosts[i].status);
		free(l->hosts[i].why);
	}
	free(l->hosts);
	hosts_free(&l->found);
	*l = (struct list){0};
}

/* status_read() with what it complains of as a text, without bondctl's name in front. */
static void read_host(struct listed *h, const struct hosts *found, pid_t pid)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int status = f ? status_read(&h->status, found, pid, f) : EXIT_FAILURE;

	h->pid = pid;
	if (f)
		fclose(f);
	if (!status) {
		free(text);
		return;
	}
	h->why = text ? text : strdup("bondctl: out of memory\n");
	if (!h->why)
		abort();
	h->why[strcspn(h->why, "\n")] = 0;
	if (strncmp(h->why, "bondctl: ", 9) == 0)
		memmove(h->why, h->why + 9, strlen(h->why + 9) + 1);
}

/* The number of the process that is asked for, 0 = it is by a name, or not at all. */
static pid_t wanted_pid(const struct options *o)
{
	return o->who ? argument_pid(o->who) : 0;
}

static bool is_wanted(const struct options *o, const struct hosts *found, size_t first, size_t end)
{
	char name[HOSTS_NAME_MAX];

	for (size_t i = first; o->who && i < end; i++) {
		hosts_name(found->processes[i].pid, name);
		if (found->processes[i].pid == wanted_pid(o) || strcmp(name, o->who) == 0)
			return true;
	}
	return !o->who;
}

/* 0 or an errno. */
static int read_list(struct list *l, const struct options *o)
{
	*l = (struct list){0};
	int error = hosts_find(&l->found);
	if (error)
		return error;
	const struct hosts *found = &l->found;
	l->hosts = calloc(found->count + 1, sizeof(*l->hosts));
	if (!l->hosts) {
		hosts_free(&l->found);
		return ENOMEM;
	}
	for (size_t first = 0, end; first < found->count; first = end) {
		end = hosts_end(found, first);
		if (!found->processes[first].inode)
			l->inert += end - first;
		else if (is_wanted(o, found, first, end))
			read_host(&l->hosts[l->count++], found, found->processes[first].pid);
	}
	/* who may not look at its mappings may yet be the owner of its file */
	if (wanted_pid(o) && l->count == 0)
		read_host(&l->hosts[l->count++], found, wanted_pid(o));
	return 0;
}

/* ---- all hosts ---- */

/* What the same host had counted before. */
static const struct status *status_before(const struct list *before, const struct status *s)
{
	for (size_t i = 0; before && i < before->count; i++) {
		const struct listed *h = &before->hosts[i];
		if (!h->why && h->status.pid == s->pid && h->status.started == s->started)
			return &h->status;
	}
	return NULL;
}

static void list_row(struct columns *c, const struct status *s, const struct status *before, bool rates)
{
	char since[32];
	time_t wall = status_wall(s, s->started);
	struct tm tm;

	if (!localtime_r(&wall, &tm) || !strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(since, "?");
	columns_number(c, (uint64_t)s->pid);
	columns_text(c, "%s", s->name);
	columns_text(c, "%s", since);
	columns_number(c, s->process_count);
	columns_text(c, s->generation ? "%" PRIu32 : "-", s->generation);
	columns_text(c, s->has_tallies ? "%" PRIu64 : "-", s->counts[TALLY_REQUESTS]);
	if (rates && before && s->now > before->now)
		columns_text(c, "%.1f",
			(double)(s->counts[TALLY_REQUESTS] - before->counts[TALLY_REQUESTS]) * 100 /
				(double)(s->now - before->now));
	else if (rates)
		columns_text(c, "-");
	columns_text(c, "%s%s", s->file, s->ini == RUNNING_INI_CHANGED ? " (changed)" : "");
}

static void list_reached(const struct list *l, const struct list *before, bool rates, FILE *out)
{
	struct columns c = {0};

	columns_title(&c, "process", true);
	columns_title(&c, "program", false);
	columns_title(&c, "since", false);
	columns_title(&c, "processes", true);
	columns_title(&c, "generation", true);
	columns_title(&c, "requests", true);
	if (rates)
		columns_title(&c, "/s", true);
	columns_title(&c, "file", false);
	for (size_t i = 0; i < l->count; i++)
		if (!l->hosts[i].why)
			list_row(&c, &l->hosts[i].status, status_before(before, &l->hosts[i].status), rates);
	columns_print(&c, "", out);
}

static void list_text(const struct list *l, const struct list *before, bool rates, FILE *out)
{
	size_t reached = 0;

	for (size_t i = 0; i < l->count; i++)
		reached += !l->hosts[i].why;
	if (reached)
		list_reached(l, before, rates, out);
	for (size_t i = 0; i < l->count; i++)
		if (l->hosts[i].why)
			terminal_printf(out, "%s\n", l->hosts[i].why);
	if (l->count == 0)
		fputs("no program runs with libbond here\n", out);
	if (l->inert)
		fprintf(out, "%zu other process%s %s libbond loaded, without a configuration or a file of its host\n",
			l->inert, l->inert == 1 ? "" : "es", l->inert == 1 ? "has" : "have");
	if (l->found.denied)
		fputs(geteuid() == 0 ? "there are processes that may not be looked at here\n"
				     : "processes of other users are only seen by root\n",
			out);
}

static void list_json(const struct list *l)
{
	struct json j;

	json_start(&j, stdout);
	json_object(&j, NULL);
	json_array(&j, "hosts");
	for (size_t i = 0; i < l->count; i++)
		if (!l->hosts[i].why)
			status_print_json_line(&l->hosts[i].status, &j);
	json_end(&j);
	json_array(&j, "unreachable");
	for (size_t i = 0; i < l->count; i++) {
		if (!l->hosts[i].why)
			continue;
		json_object(&j, NULL);
		json_number(&j, "pid", (uint64_t)l->hosts[i].pid);
		json_text(&j, "reason", l->hosts[i].why);
		json_end(&j);
	}
	json_end(&j);
	json_array(&j, "inert");
	for (size_t i = 0; i < l->found.count; i++)
		if (!l->found.processes[i].inode)
			json_number(&j, NULL, (uint64_t)l->found.processes[i].pid);
	json_end(&j);
	json_bool(&j, "denied", l->found.denied);
	json_end(&j);
	json_finish(&j);
}

/* Exit status: a host that was named must be there, and be reached. */
static int list_prometheus(const struct list *l, const struct options *o)
{
	const struct status **all = calloc(l->count + 1, sizeof(*all));
	size_t count = 0;

	if (!all)
		abort();
	for (size_t i = 0; i < l->count; i++) {
		if (l->hosts[i].why)
			fprintf(stderr, "bondctl: %s\n", l->hosts[i].why);
		else
			all[count++] = &l->hosts[i].status;
	}
	if (count || !o->who)
		status_print_prometheus(all, count, !o->who || count > 1, stdout);
	free(all);
	return count || !o->who ? 0 : EXIT_FAILURE;
}

/* ---- what is asked for ---- */

/* Exit status: a host that was named must be there, and be reached. */
static int print_named(const struct list *l, const struct list *before, const struct options *o, FILE *out)
{
	int status = EXIT_FAILURE;
	struct json j;

	for (size_t i = 0; i < l->count; i++) {
		const struct listed *h = &l->hosts[i];
		if (h->why) {
			fprintf(stderr, "bondctl: %s\n", h->why);
			continue;
		}
		status = 0;
		json_start(&j, stdout);
		if (o->json) {
			status_print_json(&h->status, &j);
			json_finish(&j);
		} else {
			if (i)
				putc('\n', out);
			status_print_text(&h->status, status_before(before, &h->status), out);
		}
	}
	return status;
}

static int print(const struct list *l, const struct list *before, const struct options *o, FILE *out)
{
	if (o->who && l->count == 0)
		return who_is_nobody(o->who, &l->found);
	if (o->prometheus) {
		return list_prometheus(l, o);
	}
	if (o->who)
		return print_named(l, before, o, out);
	if (o->json)
		list_json(l);
	else
		list_text(l, before, o->period != 0, out);
	return 0;
}

static int print_once(const struct options *o)
{
	struct list l;
	int error = read_list(&l, o);

	if (error) {
		fprintf(stderr, "bondctl: /proc: %s\n", strerror(error));
		return EXIT_FAILURE;
	}
	int status = print(&l, NULL, o, stdout);
	free_list(&l);
	return status;
}

static int watch(const struct options *o)
{
	struct list lists[2] = {0};
	int status = 0, error;
	bool first = true;

	screen_start();
	for (int turn = 0; status == 0; turn = !turn) {
		char *text = NULL;
		size_t size = 0;
		free_list(&lists[turn]);
		error = read_list(&lists[turn], o);
		FILE *out = error ? NULL : open_memstream(&text, &size);
		if (!out) {
			fprintf(stderr, "bondctl: %s\n", strerror(error ? error : ENOMEM));
			status = EXIT_FAILURE;
			break;
		}
		status = print(&lists[turn], first ? NULL : &lists[!turn], o, out);
		fclose(out);
		if (!o->json && size)
			screen_show(text, size, first);
		free(text);
		fflush(stdout);
		first = false;
		if (status == 0 && !screen_wait(o->period))
			break;
	}
	free_list(&lists[0]);
	free_list(&lists[1]);
	return status;
}

static bool parse_period(const char *s, unsigned *period)
{
	char *end;
	double seconds = s ? strtod(s, &end) : 2;

	if (s && (*end || *s < '0' || *s > '9' || !(seconds >= 0.1) || !(seconds <= PERIOD_MAX / 1000)))
		return false;
	*period = s ? (unsigned)(seconds * 1000) : PERIOD_DEFAULT;
	return true;
}

static int status_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{"watch", optional_argument, NULL, 'w'},
		{"json", no_argument, NULL, 'j'}, {"prometheus", no_argument, NULL, 'p'}, {0}};
	struct options given = {0};
	int o;

	while ((o = next_option(self, argc, argv, options)) != -1)
		switch (o) {
		case 'w':
			if (!parse_period(optarg, &given.period))
				return bad_usage(self, "--watch: \"%s\" is no number of seconds from 0.1 to 3600", optarg);
			break;
		case 'j': given.json = true; break;
		case 'p': given.prometheus = true; break;
		default: return EXIT_USAGE;
		}
	if (argc > optind + 1)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 1]);
	if (given.prometheus && (given.json || given.period))
		return bad_usage(self, "--prometheus goes with neither --json nor --watch");
	given.who = optind < argc ? argv[optind] : NULL;
	return given.period ? watch(&given) : print_once(&given);
}

const struct command status_command = {
	.name = "status",
	.arguments = "[OPTIONS] [PID|PROGRAM]",
	.summary = "list the hosts that run with libbond, or show one",
	.help = "Lists the programs of this machine that run with libbond, also in containers, as far as the\n"
		"caller may see them: since when, how many processes, which generation of its rules, how many\n"
		"requests, and the file; or, of the host of process PID or those of the name PROGRAM, everything:\n"
		"its bonds with the state of each member, by which socket it is sent from, what went by it; its\n"
		"routes, domains, tables and memory.\n"
		"  --watch[=SECONDS]  again and again, every 2 seconds or so many, with rates, until Ctrl-C\n"
		"  --json             for programs\n"
		"  --prometheus       metrics for Prometheus\n\n"
		"Exit status: 0; 1 if no such host is there or it cannot be reached.\n",
	.run = status_run,
};
