/* SPDX-License-Identifier: MIT */
#include "check_quote.h"

#include <stdlib.h>
#include <string.h>

void quote_open(struct quote *q, struct findings *f, const char *file)
{
	*q = (struct quote){f, fopen(file, "re")};
}

void quote_warn(struct quote *q, struct place place, size_t length, const char *text)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = -1;

	if (q->file) {
		rewind(q->file);
		for (uint32_t i = 0; i < place.line; i++)
			n = getline(&line, &size, q->file);
	}
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	findings_add(q->findings, FINDING_WARNING, place, length, n < 0 ? NULL : line, n < 0 ? 0 : (size_t)n,
		strdup(text));
	free(line);
}

void quote_close(struct quote *q)
{
	if (q->file)
		fclose(q->file);
	findings_sort(q->findings);
}
