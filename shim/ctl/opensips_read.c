/* SPDX-License-Identifier: MIT */
/* By the grammar of OpenSIPS 4.0 for socket=, which that of 3.x is a part of, and of listen= before 3.1. The script
 * is not run: what it chooses is found by its words, and the block around them. */
#include "opensips_read.h"

#include <stdlib.h>
#include <strings.h>

#include "opensips_socket.h"

#define DEPTH_MAX 64

struct reader {
	struct opensips *o;
	struct tokens t;
	int depth;                                     /* of braces */
	char from[DEPTH_MAX + 1][OPENSIPS_NAME_MAX];   /* the bond that was asked for around each block */
	char asked[OPENSIPS_NAME_MAX];                 /* for the block that begins next, or the one statement */
	bool narrowed[DEPTH_MAX + 1];                  /* something else is asked around each block */
	bool condition, more;                          /* for the next: there is a condition; it has more than a question */
};

static void copy(char *to, struct token t)
{
	snprintf(to, OPENSIPS_NAME_MAX, "%.*s", (int)t.n, t.s);
}

/* Whether what comes next is only for some of what its `from` names. */
static bool is_narrowed(const struct reader *r)
{
	return r->narrowed[r->depth] || (r->condition && (r->more || !*r->asked));
}

static void end_condition(struct reader *r)
{
	*r->asked = 0;
	r->condition = r->more = false;
}

static void add_choice(struct reader *r, uint32_t line, const char *what)
{
	struct opensips *o = r->o;
	struct opensips_choice *c = opensips_grow(o, &o->choices, &o->choice_count, sizeof(*c));

	if (!c)
		return;
	c->line = line;
	snprintf(c->what, sizeof(c->what), "%s", what);
	snprintf(c->from, sizeof(c->from), "%s", *r->asked ? r->asked : r->from[r->depth]);
	c->narrowed = is_narrowed(r);
	if (strncasecmp(what, "bond:", 5) == 0)
		snprintf(c->bond, sizeof(c->bond), "%s", what + 5);
}

/* "(NAME)" behind $var and the like. */
static void add_argument(struct reader *r, char *what)
{
	struct tokens at = r->t;
	struct token open = opensips_next(&at), name = opensips_next(&at), close = opensips_next(&at);
	size_t n = strlen(what);

	if (*what != '$' || !opensips_is_sign(open, '(') || name.kind != TOKEN_WORD || !opensips_is_sign(close, ')'))
		return;
	snprintf(what + n, OPENSIPS_NAME_MAX - n, "(%.*s)", (int)name.n, name.s);
	r->t = at;
}

/* "= VALUE ;" behind $socket_out, $fs and the like. */
static void read_assignment(struct reader *r, uint32_t line)
{
	struct tokens before = r->t;
	struct token sign = opensips_next(&r->t), value;
	char what[OPENSIPS_NAME_MAX] = "";

	if (!opensips_is_sign(sign, '=')) {
		r->t = before;
		return;
	}
	before = r->t;
	value = opensips_next(&r->t);
	if (opensips_is_sign(value, '=')) /* a comparison */
		return;
	copy(what, value);
	add_argument(r, what);
	if (opensips_is(value, "$null") || opensips_is(value, "null"))
		return;
	add_choice(r, line, what);
}

/* "(TRANSPORT:HOST:PORT)", as a string or bare. */
static void read_call(struct reader *r, uint32_t line)
{
	char what[OPENSIPS_NAME_MAX] = "";
	struct token t = opensips_next(&r->t);

	if (!opensips_is_sign(t, '('))
		return;
	for (t = opensips_next(&r->t); t.kind != TOKEN_END && !opensips_is_sign(t, ')') && !opensips_is_sign(t, ';'); t = opensips_next(&r->t)) {
		size_t n = strlen(what);
		snprintf(what + n, sizeof(what) - n, "%.*s", (int)t.n, t.s);
	}
	add_choice(r, line, what);
}

/* socket_belongs_to_bond( SOCKET , "BOND" ): the block behind it is for what came in there, unless it is denied. */
static void read_question(struct reader *r, bool denied)
{
	struct token t = opensips_next(&r->t);

	if (!opensips_is_sign(t, '('))
		return;
	while (t.kind != TOKEN_END && !opensips_is_sign(t, ',') && !opensips_is_sign(t, ';') && !opensips_is_sign(t, '{'))
		t = opensips_next(&r->t);
	if (!opensips_is_sign(t, ','))
		return;
	t = opensips_next(&r->t);
	if (denied || *r->asked) /* of two the first: what else the condition says narrows it, or does not */
		r->more = true;
	else
		copy(r->asked, t);
}

static void open_block(struct reader *r)
{
	if (r->depth < DEPTH_MAX) {
		bool narrowed = is_narrowed(r);
		r->depth++;
		r->narrowed[r->depth] = narrowed;
		snprintf(r->from[r->depth], OPENSIPS_NAME_MAX, "%s", *r->asked ? r->asked : r->from[r->depth - 1]);
	}
	end_condition(r);
}

static void read_script_word(struct reader *r, struct token t, bool denied)
{
	if (opensips_is(t, "$socket_out") || opensips_is(t, "$fs"))
		read_assignment(r, t.line);
	else if (opensips_is(t, "force_send_socket"))
		read_call(r, t.line);
	else if (opensips_is(t, "socket_belongs_to_bond"))
		read_question(r, denied);
	else if (opensips_is(t, "and") || opensips_is(t, "or"))
		r->more = true;
	else if (opensips_is(t, "if") || opensips_is(t, "while") || opensips_is(t, "switch") || opensips_is(t, "else"))
		r->condition = r->depth > 0;
}

/* Of settings outside of the script. */
static void read_setting(struct reader *r, struct token t)
{
	struct tokens before = r->t;

	if (opensips_is(t, "include_file") || opensips_is(t, "import_file")) {
		opensips_complain(r->o, t.line, "%.*s: nothing is read: it stands on a line of its own, with the file's name in quotes",
			(int)t.n, t.s);
		return;
	}
	if (opensips_is(t, "advertised_port") && opensips_is_sign(opensips_next(&r->t), '=')) {
		if (!opensips_port_read(&r->t, &r->o->advertised_port))
			opensips_complain(r->o, t.line, "advertised_port: this is no port");
		return;
	}
	r->t = before;
	bool socket = opensips_is(t, "socket") || opensips_is(t, "listen");
	bool alias = opensips_is(t, "alias") || opensips_is(t, "advertised_address");
	if (!(socket || alias) || !opensips_is_sign(opensips_next(&r->t), '=')) {
		r->t = before;
		return;
	}
	if (socket)
		opensips_socket_read(r->o, &r->t, t.line);
	else
		opensips_alias_read(r->o, &r->t, t.line, opensips_is(t, "advertised_address"));
}

void opensips_read(struct opensips *o, const char *text, size_t n)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct token t;
	bool denied = false;

	if (!r) {
		o->no_memory = true;
		return;
	}
	r->o = o;
	r->t = (struct tokens){.at = text, .end = text + n, .line = 1};
	while ((t = opensips_next(&r->t)).kind != TOKEN_END && !o->no_memory) {
		if (opensips_is_sign(t, '{'))
			open_block(r);
		else if (opensips_is_sign(t, '}'))
			r->depth -= r->depth > 0;
		else if (opensips_is_sign(t, ';'))
			end_condition(r);
		else if (opensips_is_sign(t, '&') || opensips_is_sign(t, '|'))
			r->more = true;
		else if (t.kind == TOKEN_WORD) {
			read_script_word(r, t, denied);
			if (r->depth == 0)
				read_setting(r, t);
		}
		denied = opensips_is_sign(t, '!') || opensips_is(t, "not");
	}
	if (r->t.open)
		opensips_complain(o, r->t.open, "what begins here does not end: nothing behind it is read");
	free(r);
	opensips_bonds_finish(o);
}
