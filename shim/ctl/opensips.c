/* SPDX-License-Identifier: MIT */
#include "opensips.h"

#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "config/build.h"
#include "config/terminal.h"

const char *opensips_place(const struct opensips *o, uint32_t *line)
{
	size_t i = o->part_count;

	while (i > 0 && o->parts[i - 1].first > *line)
		i--;
	if (i == 0 || !o->parts[i - 1].file)
		return o->file;
	*line = o->parts[i - 1].line + (*line - o->parts[i - 1].first);
	return o->parts[i - 1].file;
}

void opensips_complain(struct opensips *o, uint32_t line, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *s = text; *s; s++)
		if (*s == '\n')
			*s = ' ';
	const char *file = opensips_place(o, &line);
	terminal_printf(o->complaints, "%s:%u: %s\n", file, line, text);
	o->left_out++;
}

int opensips_family(const char *host)
{
	struct addr a;

	return addr_parse(&a, host, strlen(host)) == 0 && a.port == 0 ? a.family : 0;
}

bool opensips_is_host(const char *host)
{
	struct word w = {host, strlen(host)};

	return opensips_family(host) || !domain_fault(w);
}

const struct opensips_bond *opensips_find_bond(const struct opensips *o, const char *name)
{
	for (size_t i = 0; i < o->bond_count; i++)
		if (strcasecmp(o->bonds[i].name, name) == 0)
			return &o->bonds[i];
	return NULL;
}

void *opensips_grow(struct opensips *o, void *array, size_t *count, size_t size)
{
	char **p = array;

	if ((*count & (*count - 1)) == 0) {
		char *more = realloc(*p, (*count ? *count * 2 : 1) * size);
		if (!more) {
			o->no_memory = true;
			return NULL;
		}
		*p = more;
	}
	return memset(*p + (*count)++ * size, 0, size);
}

void opensips_free(struct opensips *o)
{
	for (size_t i = 0; i < o->bond_count; i++) {
		free(o->bonds[i].members);
		free(o->bonds[i].written);
	}
	for (size_t i = 0; i < o->part_count; i++)
		free(o->parts[i].file);
	free(o->parts);
	free(o->bonds);
	free(o->sockets);
	free(o->choices);
	free(o->aliases);
}
