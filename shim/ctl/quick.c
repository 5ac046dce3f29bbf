/* SPDX-License-Identifier: MIT */
/* Each option is a line of its own, by whose number it is found again. */
#include "quick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/ini.h"
#include "config/terminal.h"
#include "config/text.h"

#define NAME "command-line"

bool quick_add(struct quick *q, bool member, const char *value)
{
	if (q->count == QUICK_MAX)
		return false;
	q->options[q->count++] = (struct quick_option){member, value};
	return true;
}

static const char *option_name(const struct quick_option *o)
{
	return o->member ? "--member" : "--to";
}

/* The option in that line of the text: members are in front, lines count from 1 and the first is the section's. */
static const struct quick_option *option_of(const struct quick *q, unsigned line)
{
	unsigned at = 1;

	for (int to = 0; to < 2; to++, at++)
		for (size_t i = 0; i < q->count; i++)
			if (q->options[i].member == !to && ++at == line)
				return &q->options[i];
	return NULL;
}

/* A list is named by its whole path, as everything that is started has to find it. */
static void put_value(FILE *f, const struct quick_option *o)
{
	char *folder = NULL;

	if (!o->member && o->value[0] == '@' && o->value[1] != '/')
		folder = realpath(".", NULL);
	if (folder)
		fprintf(f, "to = @%s/%s\n", folder, o->value + 1);
	else
		fprintf(f, "%s = %s\n", o->member ? "member" : "to", o->value);
	free(folder);
}

static char *write_text(const struct quick *q)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	fputs(TEXT_ITSELF "[bond:" NAME "]\n", f);
	for (size_t i = 0; i < q->count; i++)
		if (q->options[i].member)
			put_value(f, &q->options[i]);
	fputs("[route:" NAME "]\n", f);
	for (size_t i = 0; i < q->count; i++)
		if (!q->options[i].member)
			put_value(f, &q->options[i]);
	fputs("bond = " NAME "\n", f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* Of a text that names lines, with the options that stand in them. */
static void say_text(const struct quick *q, const char *text)
{
	static const char word[] = "line ";
	const char *at;

	while ((at = strstr(text, word))) {
		char *end;
		unsigned long line = strtoul(at + strlen(word), &end, 10);
		const struct quick_option *o = end > at + strlen(word) ? option_of(q, (unsigned)line) : NULL;
		terminal_put(stderr, text, (size_t)(at - text));
		if (o) {
			fprintf(stderr, "%s ", option_name(o));
			terminal_puts(stderr, o->value);
		} else {
			terminal_put(stderr, at, (size_t)(end - at));
		}
		text = end;
	}
	terminal_puts(stderr, text);
}

static void say(const struct quick *q, const struct finding *f)
{
	const struct quick_option *o = option_of(q, f->place.line);
	size_t key = o ? strlen(o->member ? "member = " : "to = ") : 0;

	fputs("bondrun: ", stderr);
	if (o) {
		fprintf(stderr, "%s ", option_name(o));
		terminal_puts(stderr, o->value);
		fputs(": ", stderr);
	}
	say_text(q, f->text ? f->text : "out of memory");
	putc('\n', stderr);
	if (!o || !f->line_text || f->place.column <= key || o->value[0] == '@')
		return;
	fputs("    ", stderr);
	terminal_puts(stderr, o->value);
	fprintf(stderr, "\n    %*s^", (int)(f->place.column - 1 - key), "");
	for (uint32_t i = 1; i < f->length; i++)
		putc('~', stderr);
	putc('\n', stderr);
}

/* What would begin a line of its own would be another option's. */
static bool is_one_line(const struct quick_option *o)
{
	if (!strpbrk(o->value, "\r\n") && o->value[strspn(o->value, " \t")])
		return true;
	fprintf(stderr, "bondrun: %s ", option_name(o));
	terminal_puts(stderr, o->value);
	fputs(strpbrk(o->value, "\r\n") ? ": a line ends in it: give the option twice\n" : ": it is empty\n", stderr);
	return false;
}

char *quick_config(const struct quick *q, int *status)
{
	struct config c;
	struct findings f;
	bool members = false;

	*status = EX_CONFIG;
	for (size_t i = 0; i < q->count; i++) {
		members = members || q->options[i].member;
		if (!is_one_line(&q->options[i]))
			return NULL;
	}
	if (!members) {
		fputs("bondrun: --to needs a --member that leads there\n", stderr);
		return NULL;
	}
	char *text = write_text(q);
	if (!text) {
		fputs("bondrun: out of memory\n", stderr);
		return NULL;
	}
	int error = config_load(&c, text, &f);
	for (size_t i = 0; i < f.count; i++)
		if (f.items[i].kind == FINDING_ERROR)
			say(q, &f.items[i]);
	if (error && findings_pass(&f))
		*status = EX_TEMPFAIL;
	findings_free(&f);
	config_free(&c);
	if (!error)
		return text;
	free(text);
	return NULL;
}
