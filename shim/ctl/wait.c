/* SPDX-License-Identifier: MIT */
/* bondctl wait: until something happens to a host. Its file is looked at some times a second: what its
 * processes write to their mapping wakes nobody. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "config/expand.h"
#include "config/terminal.h"
#include "host_image.h"
#include "running.h"
#include "segment/states.h"
#include "who.h"

#define NAP_MS 100

enum event { EVENT_NONE, EVENT_RELOADED, EVENT_DOWN, EVENT_UP };

struct wait {
	enum event event;
	pid_t pid;
	const char *bond; /* NULL = any */
	long timeout;     /* seconds, 0 = none */
	uint64_t process; /* it, as it was at the begin: see segment_process() */
	struct running host;
	uint32_t generation;     /* at the begin */
	struct host_image image; /* of the rules that count now */
	struct states *first, *now;
};

/* Where they begin, 0 = there are none. */
static uint64_t states_at(const struct segment_head *head)
{
	uint64_t at = head->states;

	return at && at <= head->size && sizeof(struct states) <= head->size - at ? at : 0;
}

static bool read_states(const struct wait *w, struct states *to)
{
	return pread(w->host.fd, to, sizeof(*to), (off_t)states_at(&w->host.head)) == sizeof(*to);
}

/* The rules that count, for names of members. */
static int read_rules(struct wait *w)
{
	uint64_t current;
	uint8_t turn;
	int error = host_image_current(w->host.fd, &w->host.head, &current, &turn);

	if (error || (w->image.image && w->image.image->generation == segment_current_generation(current)))
		return error;
	host_image_free(&w->image);
	return host_image_read(&w->image, w->host.fd, &w->host.head, current);
}

static void print_member(const struct wait *w, const struct member *m, const struct member_state *s)
{
	const struct config *c = &w->image.rules.config;
	char address[ADDR_TEXT_MAX], why[STATE_TEXT_MAX];

	expand_print(&m->addr, address);
	state_explain(s, why);
	terminal_printf(stdout, "%d: bond %s: member %s:%s is %s%s%s\n", (int)w->pid, c->bonds[m->bond].name,
		transport_names[m->transport], address, w->event == EVENT_DOWN ? "down" : "up", *why ? ": " : "", why);
}

/* Whether it has gone down, or come up, since the last look; of one that came with a reload there was none. */
static bool happened(const struct wait *w, const struct member *m)
{
	if (m->slot >= STATES_MAX ||
		(w->bond && strcasecmp(w->image.rules.config.bonds[m->bond].name, w->bond) != 0))
		return false;
	enum state before = state_of(w->first->members[m->slot].now), now = state_of(w->now->members[m->slot].now);
	if (before == STATE_UNKNOWN || now == STATE_UNKNOWN)
		return false;
	return w->event == EVENT_DOWN ? !state_is_down(before) && state_is_down(now)
				      : state_is_down(before) && !state_is_down(now);
}

static bool look_at_members(struct wait *w)
{
	bool found = false;

	if (read_rules(w) || !read_states(w, w->now))
		return false;
	for (size_t i = 0; i < w->image.rules.config.member_count; i++) {
		const struct member *m = &w->image.rules.config.members[i];
		if (!happened(w, m))
			continue;
		print_member(w, m, &w->now->members[m->slot]);
		found = true;
	}
	struct states *last = w->first;
	w->first = w->now;
	w->now = last;
	return found;
}

static bool look_at_rules(struct wait *w)
{
	char path[SOURCE_PATH_MAX] = "";
	struct source s;
	uint64_t current;
	uint8_t turn;

	if (host_image_current(w->host.fd, &w->host.head, &current, &turn) ||
		segment_current_generation(current) == w->generation)
		return false;
	host_image_source(&s, path, sizeof(path), w->host.fd, &w->host.head);
	terminal_printf(stdout, "%d: reloaded: rules %u%s%s\n", (int)w->pid, segment_current_generation(current),
		*path ? ", " : "", path);
	return true;
}

static bool is_over(const struct wait *w)
{
	struct stat st;

	return !segment_is_alive(w->process) || fstat(w->host.fd, &st) != 0 ||
		!segment_is_whole(&w->host.head, st.st_size);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int wait_for(struct wait *w)
{
	time_t begin = seconds();

	for (;;) {
		if (w->event == EVENT_RELOADED ? look_at_rules(w) : look_at_members(w))
			return 0;
		if (is_over(w)) {
			fprintf(stderr, "bondctl: %d has ended\n", (int)w->pid);
			return EXIT_FAILURE;
		}
		if (w->timeout && seconds() - begin >= w->timeout) {
			fprintf(stderr, "bondctl: nothing happened to %d in %ld s\n", (int)w->pid, w->timeout);
			return EXIT_FAILURE;
		}
		nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000}, NULL);
	}
}

/* What is compared with later; EXIT_FAILURE after a complaint. */
static int begin(struct wait *w)
{
	uint64_t current = 0;
	uint8_t turn;
	int error = host_image_current(w->host.fd, &w->host.head, &current, &turn);

	w->process = segment_process(w->pid, segment_now());
	w->generation = segment_current_generation(current);
	if (!error)
		error = read_rules(w);
	if (error) {
		fprintf(stderr, "bondctl: the rules of %d cannot be read\n", (int)w->pid);
		return EXIT_FAILURE;
	}
	const struct config *c = &w->image.rules.config;
	if (w->bond && config_find_bond(c, w->bond, strlen(w->bond)) == MODEL_NONE) {
		terminal_printf(stderr, "bondctl: %d has no bond \"%s\"\n", (int)w->pid, w->bond);
		return EXIT_FAILURE;
	}
	if (w->event == EVENT_RELOADED)
		return 0;
	if (!states_at(&w->host.head)) {
		fprintf(stderr, "bondctl: %d does not follow its members\n", (int)w->pid);
		return EXIT_FAILURE;
	}
	w->first = calloc(2, sizeof(*w->first));
	w->now = w->first ? w->first + 1 : NULL;
	if (!w->first || !read_states(w, w->first)) {
		fprintf(stderr, "bondctl: the states of %d's members cannot be read\n", (int)w->pid);
		return EXIT_FAILURE;
	}
	return 0;
}

static int parse(const struct command *self, int argc, char **argv, struct wait *w)
{
	static const struct option options[] = {{"reloaded", no_argument, NULL, EVENT_RELOADED},
		{"member-down", no_argument, NULL, EVENT_DOWN}, {"member-up", no_argument, NULL, EVENT_UP},
		{"timeout", required_argument, NULL, 't'}, {0}};
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1) {
		if (found == '?')
			return EXIT_USAGE;
		if (found == 't')
			w->timeout = (long)argument_number(optarg, INT32_MAX);
		if (found == 't' && !w->timeout)
			return bad_usage(self, "--timeout: \"%s\" is no number of seconds from 1 on", optarg);
		if (found != 't' && w->event != EVENT_NONE)
			return bad_usage(self, "for one thing at a time");
		if (found != 't')
			w->event = (enum event)found;
	}
	if (optind == argc)
		return bad_usage(self, "which host? PID or PROGRAM");
	const char *who = argv[optind];
	w->bond = ++optind < argc ? argv[optind++] : NULL;
	if (optind < argc)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind]);
	if (w->event == EVENT_NONE)
		return bad_usage(self, "for what? --reloaded, --member-down or --member-up");
	if (w->event == EVENT_RELOADED && w->bond)
		return bad_usage(self, "--reloaded is of all bonds");
	return who_find(self, who, &w->pid);
}

static int wait_run(const struct command *self, int argc, char **argv)
{
	struct wait w = {.event = EVENT_NONE};
	int status = parse(self, argc, argv, &w);

	if (status)
		return status;
	if (running_find(&w.host, w.pid, stderr))
		return EXIT_FAILURE;
	status = begin(&w);
	if (!status)
		status = wait_for(&w);
	free(w.first < w.now ? w.first : w.now);
	host_image_free(&w.image);
	running_free(&w.host);
	return status;
}

const struct command wait_command = {
	.name = "wait",
	.arguments = "PID|PROGRAM EVENT [BOND]",
	.summary = "wait until a host is reloaded, or a member goes down or up",
	.help = "Waits until it happens to the host of process PID, or the one of the name PROGRAM, says what it was\n"
		"on one line, and exits: for scripts, which call it again.\n\n"
		"  --reloaded                other rules were published\n"
		"  --member-down             a member, of BOND if it is named, can no longer be sent from\n"
		"  --member-up               it can again\n"
		"  --timeout SECONDS         gives up after that time\n\n"
		"Exit status: 0 it happened; 1 the host ended, cannot be reached, or nothing happened in time; 2 wrong\n"
		"use.\n",
	.run = wait_run,
};
