/* SPDX-License-Identifier: MIT */
#include "changes_print.h"

#include <string.h>

#include "config/terminal.h"

bool changes_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void print_text(FILE *out, const struct change_line *l)
{
	static const char signs[] = {'+', '-', '~'};

	fprintf(out, "%c ", signs[l->change]);
	switch (l->of) {
	case CHANGE_OF_BOND: fprintf(out, "bond %s", l->name); break;
	case CHANGE_OF_MEMBER: fprintf(out, "bond %s: member %s", l->name, l->member); break;
	case CHANGE_OF_ROUTE: fprintf(out, "route %s", l->name); break;
	case CHANGE_OF_ROUTES: fputs("routes", out); break;
	case CHANGE_OF_SETTING: fputs(l->name, out); break;
	}
	fprintf(out, "%s\n", l->more);
}

static void put_name(struct json *j, const struct change_line *l)
{
	const char *key = l->of == CHANGE_OF_SETTING ? strstr(l->name, ": ") : NULL;

	if (l->of == CHANGE_OF_BOND || l->of == CHANGE_OF_MEMBER)
		json_text(j, "bond", l->name);
	if (l->of == CHANGE_OF_MEMBER)
		json_text(j, "member", l->member);
	if (l->of == CHANGE_OF_ROUTE)
		json_text(j, "route", l->name);
	if (!key)
		return;
	json_textf(j, "section", "%.*s", (int)(key - l->name), l->name);
	json_text(j, "key", key + 2);
}

static void put_object(struct json *j, const struct change_line *l)
{
	static const char *const changes[] = {"added", "removed", "changed"};
	static const char *const of[] = {"bond", "member", "route", "routes", "setting"};
	const char *more = l->more + strspn(l->more, ": ");

	json_object(j, NULL);
	json_text(j, "change", changes[l->change]);
	json_text(j, "of", of[l->of]);
	put_name(j, l);
	if (*more)
		json_text(j, "text", more);
	json_end(j);
}

void changes_print(const struct changes_out *to, const struct change_line *l)
{
	if (to->json)
		put_object(to->json, l);
	else
		print_text(to->text, l);
}

void changes_print_waits(const struct changes_out *to, const struct change_waits *w)
{
	struct json *j = to->json;
	char line[16] = "";

	if (j) {
		json_object(j, NULL);
		json_text(j, "key", w->key);
		if (w->member)
			json_text(j, "member", w->member);
		if (w->line)
			json_number(j, "line", w->line);
		if (w->reason)
			json_text(j, "reason", w->reason);
		json_end(j);
		return;
	}
	if (w->line)
		snprintf(line, sizeof(line), ":%u", w->line);
	terminal_printf(to->text, "%s%s: ", w->file, line);
	terminal_printf(to->text, w->member ? "member %s \"%s\"" : "%s`%s`", w->member ? w->member : "", w->key);
	terminal_printf(to->text, ": takes effect when %d restarts%s%s\n", w->pid, w->reason ? ": " : "",
		w->reason ? w->reason : "");
}
