/* SPDX-License-Identifier: MIT */
/* Errors are said once: what reads from a pipe may end it, and then there is nothing to say. */
#include "sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/terminal.h"
#include "ladder.h"
#include "pcapng.h"

#define DRAW_EVERY 50000000    /* nanoseconds */
#define WAIT_FOR_OLDER 100000000 /* so */

/* A record that may have to wait for an older one. */
struct waiting {
	struct waiting *next; /* which is older, or not newer */
	int64_t at;
	size_t n;
	_Alignas(16) char bytes[];
};

struct sink {
	const char *file; /* NULL = none */
	struct pcapng pcap;
	struct ladder *ladder; /* or NULL */
	int64_t drawn; /* when */
	struct waiting *newest;
	bool failed;
};

static void complain(const char *file, int error)
{
	if (error == EPIPE)
		return;
	terminal_printf(stderr, "bondctl: %s: %s\n", strcmp(file, "-") == 0 ? "standard output" : file,
		strerror(error));
}

struct sink *sink_open(const struct sink_options *o)
{
	struct sink *s = calloc(1, sizeof(*s));
	struct ladder_style style = {.svg = false};
	int error = s ? 0 : ENOMEM;

	if (s && o->pcap)
		error = pcapng_open(&s->pcap, o->pcap, o->both);
	if (error) {
		complain(o->pcap ? o->pcap : "-", error);
		free(s);
		return NULL;
	}
	s->file = o->pcap;
	if (!o->ladder)
		return s;
	ladder_find_style(&style, stdout);
	style.svg = o->svg;
	s->ladder = ladder_open(stdout, &style);
	if (s->ladder)
		return s;
	complain("-", ENOMEM);
	sink_close(s);
	return NULL;
}

static bool fail(struct sink *s, const char *file, int error)
{
	if (!s->failed)
		complain(file, error);
	s->failed = true;
	return false;
}

bool sink_put(struct sink *s, const void *record, size_t n)
{
	struct packet_view v;

	if (!packet_read(&v, record, n))
		return false;
	struct waiting *w = malloc(sizeof(*w) + n), **at = &s->newest;
	if (!w) {
		fail(s, s->file ? s->file : "-", ENOMEM);
		return false;
	}
	w->at = v.packet.at;
	w->n = n;
	memcpy(w->bytes, record, n);
	while (*at && (*at)->at > w->at)
		at = &(*at)->next;
	w->next = *at;
	*at = w;
	return true;
}

/* Writes those of up to that time. */
static void write_waiting(struct sink *s, int64_t until)
{
	struct waiting **at = &s->newest, *oldest = NULL, *w;
	struct packet_view v;

	while (*at && (*at)->at > until)
		at = &(*at)->next;
	for (; (w = *at);) {
		*at = w->next;
		w->next = oldest;
		oldest = w;
	}
	for (; (w = oldest); free(w)) {
		oldest = w->next;
		packet_read(&v, w->bytes, w->n);
		if (s->file)
			pcapng_put(&s->pcap, &v);
		if (s->ladder)
			ladder_put(s->ladder, &v);
	}
}

bool sink_tick(struct sink *s, int64_t now)
{
	write_waiting(s, now == INT64_MAX ? now : now - WAIT_FOR_OLDER);
	int error = s->file ? pcapng_flush(&s->pcap) : 0;

	if (error)
		return fail(s, s->file, error);
	if (!s->ladder || now - s->drawn < DRAW_EVERY)
		return true;
	s->drawn = now;
	ladder_flush(s->ladder, now);
	if (fflush(stdout) || ferror(stdout))
		return fail(s, "-", errno);
	return true;
}

bool sink_close(struct sink *s)
{
	bool good = sink_tick(s, INT64_MAX);
	int error = s->file ? pcapng_close(&s->pcap) : 0;

	if (error)
		good = fail(s, s->file, error);
	if (s->ladder && !ladder_tell(s->ladder, NULL))
		good = false;
	if (s->ladder && !ladder_close(s->ladder))
		good = fail(s, "-", ENOMEM);
	good = good && !s->failed;
	free(s);
	return good;
}
