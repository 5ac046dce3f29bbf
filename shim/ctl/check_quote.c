/* SPDX-License-Identifier: MIT */
#include "check_quote.h"

#include <stdlib.h>
#include <string.h>

void quote_open(struct quote *q, struct findings *f, const struct config *c, const char *file)
{
	*q = (struct quote){f, c, fopen(file, "re")};
}

static const char *list_of(const struct quote *q, struct place place)
{
	return place.list && place.list <= q->config->list_count ? q->config->lists[place.list - 1].path : NULL;
}

static void add(struct quote *q, enum finding_kind kind, struct place place, size_t length, const char *text)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = -1;

	const char *list = list_of(q, place);
	FILE *file = list ? fopen(list, "re") : q->file;

	if (file) {
		rewind(file);
		for (uint32_t i = 0; i < place.line; i++)
			n = getline(&line, &size, file);
	}
	if (list && file)
		fclose(file);
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	int error = findings_add(q->findings, kind, place, length, n < 0 ? NULL : line,
		n < 0 ? 0 : (size_t)n, strdup(text));
	if (!error && list)
		findings_set_file(q->findings, list);
	free(line);
}

void quote_warn(struct quote *q, struct place place, size_t length, const char *text)
{
	add(q, FINDING_WARNING, place, length, text);
}

void quote_note(struct quote *q, struct place place, size_t length, const char *text)
{
	add(q, FINDING_NOTE, place, length, text);
}

void quote_close(struct quote *q)
{
	if (q->file)
		fclose(q->file);
	findings_sort(q->findings);
}
