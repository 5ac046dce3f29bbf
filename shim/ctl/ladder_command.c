/* SPDX-License-Identifier: MIT */
/* bondctl ladder: the calls of a trace that was written earlier. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "command.h"
#include "config/terminal.h"
#include "saved.h"

/* What a capture lacks, or what is not understood of it. */
static void tell_missing(const struct saved *s, const char *file)
{
	if (s->fragments)
		terminal_printf(stderr, "bondctl: %s: left out: %" PRIu64 " pieces of datagrams of which others are missing\n", file,
			s->fragments);
	if (s->cut)
		terminal_printf(stderr, "bondctl: %s: left out: %" PRIu64 " packets of which not all was captured\n", file, s->cut);
	if (s->gaps)
		terminal_printf(stderr, "bondctl: %s: bytes of connections are missing in %" PRIu64 " places\n", file, s->gaps);
	if (s->link >= 0)
		terminal_printf(stderr, "bondctl: %s: packets of link type %" PRId64 " are not understood\n", file, s->link);
}

/* What is said where nothing is drawn. */
static void tell_nothing(const char *file, const struct ladder_style *wanted, uint64_t calls)
{
	if (calls)
		terminal_printf(stderr, "bondctl: %s: it has %" PRIu64 " call%s: --skip leaves none of them\n", file, calls, plural(calls));
	else if (wanted->call_id)
		terminal_printf(stderr, "bondctl: %s: there is no message with Call-ID %s in it\n", file, wanted->call_id);
	else
		terminal_printf(stderr, "bondctl: %s: there is no message of SIP in it\n", file);
}

static int draw(const char *file, FILE *in, struct ladder_style *style)
{
	static struct saved s;

	ladder_find_style(style, stdout);
	struct ladder *l = ladder_open(stdout, style);
	if (!l) {
		fputs("bondctl: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	saved_read(&s, in, l, style->zone);
	ladder_flush(l, INT64_MAX);
	struct ladder_counts calls = ladder_count(l);
	bool failed = ferror(in);
	int error = errno;
	bool whole = !calls.drawn || ladder_tell(l, file);
	if (!ladder_close(l)) {
		fputs("bondctl: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	if (failed)
		terminal_printf(stderr, "bondctl: %s: %s\n", file, strerror(error));
	else if (s.why)
		terminal_printf(stderr, "bondctl: %s: %s%s\n", file, s.why, calls.drawn ? ": what is before that was drawn" : "");
	tell_missing(&s, file);
	if (!calls.drawn && !failed && !s.why)
		tell_nothing(file, style, calls.calls);
	return failed || s.why || !calls.drawn ? EXIT_FAILURE : whole ? 0 : EXIT_LEFT_OUT;
}

static int ladder_run(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {{"svg", no_argument, NULL, 's'}, {"call-id", required_argument, NULL, 'c'},
		{"skip", required_argument, NULL, 'k'}, {"max", required_argument, NULL, 'm'}, {0}};
	struct ladder_style wanted = {.svg = false};
	int found;

	while ((found = next_option(self, argc, argv, options)) != -1) {
		uint64_t n = found == 'k' || found == 'm' ? argument_number(optarg, UINT32_MAX) : 1;
		if (!n)
			return bad_usage(self, "--%s: \"%s\" is no number from 1 on", found == 'k' ? "skip" : "max", optarg);
		switch (found) {
		case 's': wanted.svg = true; break;
		case 'c': wanted.call_id = optarg; break;
		case 'k': wanted.skip = n; break;
		case 'm': wanted.most = n; break;
		default: return EXIT_USAGE;
		}
	}
	if (optind >= argc)
		return bad_usage(self, "FILE is missing");
	if (argc > optind + 1)
		return bad_usage(self, "too many arguments: \"%s\"", argv[optind + 1]);
	const char *file = argv[optind];
	bool standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "re");
	if (!in) {
		terminal_printf(stderr, "bondctl: %s: %s\n", file, strerror(errno));
		return EXIT_FAILURE;
	}
	int status = draw(standard ? "standard input" : file, in, &wanted);
	if (!standard)
		fclose(in);
	return status;
}

const struct command ladder_command = {
	.name = "ladder",
	.arguments = "[--svg] [--call-id ID] [--skip COUNT] [--max COUNT] FILE",
	.summary = "draw the calls of a trace that was written earlier as ladders",
	.help = "FILE is a log of BOND_TRACE, what bondctl trace has printed, or a capture: of bondctl trace --pcap,\n"
		"or another one, pcapng or pcap; \"-\" is standard input. Each call is drawn as by bondctl trace\n"
		"--ladder: H is the program's listener, M the member that was used. A log has no CSeq; of what came\n"
		"in it has what libbond changed. Of WebSockets in the clear the messages are drawn. Where a capture\n"
		"of others does not tell which way a packet went, H is who got the first one of a conversation.\n"
		"  --svg            as one SVG, of 32767 pixels at most, as renderers take no more\n"
		"  --call-id ID     the call with that Call-ID alone\n"
		"  --skip COUNT     not the first COUNT calls\n"
		"  --max COUNT      COUNT calls at most\n\n"
		"Exit status: 0; 1 if FILE cannot be read, is damaged, or has no message of SIP, or none of that call;\n"
		"3 if the SVG has no room for some of the calls, which is said.\n",
	.run = ladder_run,
};
