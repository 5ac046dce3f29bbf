/* SPDX-License-Identifier: MIT */
/* bondctl trace: what a running host does, as it happens. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "config/terminal.h"
#include "sink.h"
#include "trace_lines.h"
#include "trace_reader.h"
#include "running_ini.h"
#include "who.h"

#define FILTER_MAX 4096

struct options {
	const char *output; /* NULL = standard output */
	struct sink_options messages; /* instead of lines */
	uint64_t count;     /* 0 = all */
	uint64_t seconds;   /* 0 = as long as the host runs */
	const char *who;
	char words[FILTER_MAX];
	struct filter filter;
};

/* What was printed of a trace. */
struct printed {
	FILE *out;
	struct sink *sink; /* of messages, NULL = lines */
	const char *what;  /* "line" or "message" */
	uint64_t count, lost;
	unsigned lapsed;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction end = {.sa_handler = interrupt}, ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static int read_number(const struct command *self, const char *option, uint64_t *n)
{
	*n = argument_number(optarg, UINT32_MAX);
	return *n ? 0 : bad_usage(self, "%s: \"%s\" is no number from 1 on", option, optarg);
}

/* The words behind the host, as if they were one list. */
static int read_words(const struct command *self, struct options *o, int argc, char **argv)
{
	size_t n = 0;

	if (optind >= argc)
		return bad_usage(self, "which host? PID or PROGRAM");
	o->who = argv[optind];
	for (int i = optind + 1; i < argc; i++) {
		int length = snprintf(o->words + n, sizeof(o->words) - n, "%s%s", n ? "," : "", argv[i]);
		if ((size_t)length >= sizeof(o->words) - n)
			return bad_usage(self, "the filter is too long");
		n += (size_t)length;
	}
	return 0;
}

static int check_messages(const struct command *self, const struct options *o)
{
	const struct sink_options *m = &o->messages;

	if (m->both && !m->pcap)
		return bad_usage(self, "--both needs --pcap");
	if (m->svg && !m->ladder)
		return bad_usage(self, "--svg needs --ladder");
	if (m->ladder && m->pcap && strcmp(m->pcap, "-") == 0)
		return bad_usage(self, "--ladder and --pcap - both write to standard output");
	if (o->output && (m->pcap || m->ladder))
		return bad_usage(self, "-o is for lines: --pcap FILE and --ladder print none");
	return 0;
}

static int read_options(const struct command *self, struct options *o, int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
		{"count", required_argument, NULL, 'n'}, {"for", required_argument, NULL, 'f'},
		{"pcap", required_argument, NULL, 'p'}, {"both", no_argument, NULL, 'b'},
		{"ladder", no_argument, NULL, 'l'}, {"svg", no_argument, NULL, 's'}, {0}};
	int option, status = 0;

	while (!status && (option = next_option_of(self, argc, argv, ":o:n:", options)) != -1) {
		switch (option) {
		case 'o': o->output = optarg; break;
		case 'n': status = read_number(self, "-n", &o->count); break;
		case 'f': status = read_number(self, "--for", &o->seconds); break;
		case 'p': o->messages.pcap = optarg; break;
		case 'b': o->messages.both = true; break;
		case 'l': o->messages.ladder = true; break;
		case 's': o->messages.svg = true; break;
		default: return EXIT_USAGE;
		}
	}
	if (!status)
		status = check_messages(self, o);
	return status ? status : read_words(self, o, argc, argv);
}

/* By the names in the INI that the host has read; if that may not be read here, any name may be one. */
static int read_filter(struct options *o, struct running *host)
{
	char error[FILTER_ERROR_SIZE];
	struct config c = {0};
	struct findings f;
	bool loaded = false;

	if (running_open_ini(host) != RUNNING_INI_CLOSED) {
		loaded = running_load(&c, host, &f) == 0;
		findings_free(&f);
	}
	int status = filter_parse(&o->filter, o->words, loaded ? &c : &filter_any, error);
	config_free(&c);
	if (!status)
		return 0;
	fputs("bondctl: ", stderr);
	terminal_puts(stderr, error);
	putc('\n', stderr);
	return EXIT_USAGE;
}

/* Made for its owner alone, as it tells who calls whom. */
static FILE *open_output(const char *file)
{
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600) : -1;
	FILE *f = !file ? stdout : fd >= 0 ? fdopen(fd, "a") : NULL;

	if (!f)
		terminal_printf(stderr, "bondctl: %s: %s\n", file, strerror(errno));
	return f;
}

/* Where in the trace something is missing. */
static void print_gaps(struct printed *p, const struct trace_reader *t)
{
	uint64_t lost = trace_reader_lost(t) - p->lost;

	if (t->lapsed != p->lapsed)
		fputs("bondctl: the trace was off here, as bondctl did not come to run for some seconds\n", p->out);
	if (lost)
		fprintf(p->out, "bondctl: %" PRIu64 " %s%s lost here: more came than could be read\n", lost,
			p->what, lost == 1 ? " was" : "s were");
	p->lapsed = t->lapsed;
	p->lost += lost;
}

static void print_end(const struct printed *p, const struct trace_reader *t)
{
	if (t->why)
		fprintf(stderr, "bondctl: the trace of %d ends: %s\n", (int)t->host->pid, t->why);
	if (p->lost)
		fprintf(stderr, "bondctl: %" PRIu64 " %s%s printed, %" PRIu64 " lost\n", p->count, p->what,
			p->count == 1 ? "" : "s", p->lost);
}

static uint64_t seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec;
}

/* Whether it counts. */
static bool print_record(struct printed *p, const struct options *o, const struct ring_record *r)
{
	if (p->sink && r->kind == RING_PACKET)
		return sink_put(p->sink, r->bytes, r->size);
	if (p->sink || (r->kind != RING_LINE && r->kind != RING_SAID))
		return false;
	trace_lines_print(p->out, r, o->filter.date);
	return true;
}

/* All that came is written; false: it cannot be, and why was said. */
static bool flush(const struct printed *p, const struct options *o)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (p->sink)
		return sink_tick(p->sink, t.tv_sec * INT64_C(1000000000) + t.tv_nsec);
	if (fflush(p->out) == 0 && !ferror(p->out))
		return true;
	/* who reads from a pipe may end it */
	if (errno != EPIPE)
		terminal_printf(stderr, "bondctl: %s: %s: the trace ends\n", o->output ? o->output : "standard output",
			strerror(errno));
	return false;
}

static int follow(struct trace_reader *t, const struct options *o, struct printed *p)
{
	uint64_t until = o->seconds ? seconds_now() + o->seconds : UINT64_MAX;
	struct ring_record record;

	for (;;) {
		enum trace_outcome found = trace_reader_next(t, &record);
		print_gaps(p, t);
		if (found == TRACE_ENDED)
			break;
		if (found == TRACE_RECORD && print_record(p, o, &record) && ++p->count == o->count)
			break;
		if (found == TRACE_NOTHING) {
			if (!flush(p, o))
				return EXIT_FAILURE;
			usleep(1000);
		}
		if (!p->sink && ferror(p->out))
			break;
		if (!t->left && (interrupted || seconds_now() >= until))
			trace_reader_leave(t);
	}
	return flush(p, o) ? 0 : EXIT_FAILURE;
}

/* Of messages, what is to be said goes to standard error. */
static bool open_printed(struct printed *p, const struct options *o)
{
	bool messages = o->messages.pcap || o->messages.ladder;

	*p = (struct printed){.what = messages ? "message" : "line"};
	p->out = messages ? stderr : open_output(o->output);
	p->sink = messages ? sink_open(&o->messages) : NULL;
	return messages ? p->sink != NULL : p->out != NULL;
}

static int trace_host(struct options *o, struct running *host)
{
	struct trace_reader t;
	struct printed p;
	int status = read_filter(o, host);

	if (status)
		return status;
	if (!open_printed(&p, o))
		return EXIT_FAILURE;
	status = trace_reader_open(&t, host, p.sink ? LIVE_PACKETS : LIVE_LINES, &o->filter, stderr);
	if (!status) {
		status = follow(&t, o, &p);
		print_end(&p, &t);
		trace_reader_close(&t);
	}
	if (p.sink && !sink_close(p.sink))
		status = EXIT_FAILURE;
	return status;
}

static int trace_run(const struct command *self, int argc, char **argv)
{
	static struct options o;
	struct running host;
	pid_t pid;
	int status = read_options(self, &o, argc, argv);

	if (!status)
		status = who_find(self, o.who, &pid);
	if (status)
		return status;
	catch_signals();
	status = running_find(&host, pid, stderr);
	if (status)
		return status;
	status = trace_host(&o, &host);
	running_free(&host);
	return status;
}

const struct command trace_command = {
	.name = "trace",
	.arguments = "[-o FILE] [-n COUNT] [--for SECONDS] [--pcap FILE [--both]] [--ladder [--svg]] PID|PROGRAM [FILTER]",
	.summary = "print what a running host does, as it happens",
	.help = "Prints each call of all processes of the running host of which PID is one, or of the one of the name\n"
		"PROGRAM, as BOND_TRACE does: nothing has to be set before, and nothing is restarted. Ctrl-C ends it\n"
		"at once, and so does the end of the host; if bondctl is killed it ends within seconds.\n"
		"FILTER: the words of BOND_TRACE, with commas between them; without one, all. See libbond(8).\n"
		"  bond=NAME, route=NAME, peer=ADDRESS[:PORT], peer=ADDRESS/LENGTH, call-id=ID\n"
		"  select, fail, unknown, restore; names of calls such as sendto; date; ! in front leaves out\n"
		"The host never waits for bondctl: what cannot be read in time is lost, and the number of\n"
		"lines stands where they are missing. Up to eight bondctl may trace a host, each for itself.\n\n"
		"  -o, --output FILE    append to FILE, which is made for its owner alone\n"
		"  -n, --count COUNT    end after COUNT lines\n"
		"  --for SECONDS        end after that time\n"
		"  --pcap FILE          instead of lines: each message as it was on the wire, as a capture that\n"
		"                       Wireshark and sngrep read; \"-\" is standard output. Comments tell the\n"
		"                       process, bond, member, route and verdict, and the program's own text\n"
		"                       where libbond changed it\n"
		"  --both               the messages as the program has them as well, on an interface \"host\"\n"
		"                       beside \"wire\"\n"
		"  --ladder             instead of lines: each call as a ladder, as wide as the terminal; H is\n"
		"                       the program's listener, M the member that was used\n"
		"  --svg                the ladders as one SVG, when the trace ends\n\n"
		"Exit status: 0, or 1 if the host cannot be reached or the lines cannot be written.\n",
	.run = trace_run,
};
