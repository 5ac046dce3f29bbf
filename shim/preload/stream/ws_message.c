/* SPDX-License-Identifier: MIT */
/* The message is unmasked where there is room for what it becomes, edited there and masked again, by the
 * key turned so that the body stays as it is: it need not be there, and is not copied. */
#include "ws_message.h"

#include <errno.h>

#include "sip/strip.h"

#define ROOM (sizeof(((struct scratch *)0)->bytes))
#define TEXT_MOST (ROOM - WS_FRAME_HEAD_MAX - EDIT_TEXT) /* bytes of a message's head */
#define FIRST_LOOK 4096
#define ENOUGH 16 /* bytes that tell what is no SIP */

/* A message as it is looked at. */
struct message {
	const struct ws_frame *frame;
	char *text;  /* unmasked */
	size_t n;    /* of it, that are there */
	size_t size; /* of its head, or all that there is */
};

size_t ws_message_text(const char *q, size_t n, const struct ws_frame *f, char *to, size_t room)
{
	size_t there = n - f->head_n;

	there = there < f->length ? there : (size_t)f->length;
	there = there < room ? there : room;
	memmove(to, q + f->head_n, there);
	ws_frame_mask(f, 0, to, there);
	return there;
}

bool ws_message_head(const char *text, size_t n, size_t *size)
{
	size_t at = 0;

	while (at < n && (!text[at] || scan_is_white(text[at])))
		at++;
	for (;;) {
		const char *lf = memchr(text + at, '\n', n - at);
		if (!lf)
			return false;
		at = (size_t)(lf + 1 - text);
		size_t cr = at < n && text[at] == '\r';
		if (at + cr < n && text[at + cr] == '\n') {
			*size = at + cr + 1;
			return true;
		}
	}
}

/* Unmasks as much as it takes to see the head's end. Whether it is there. */
static bool look(struct message *m, const char *q, size_t n)
{
	for (size_t most = FIRST_LOOK;; most *= 4) {
		most = most < TEXT_MOST ? most : TEXT_MOST;
		m->n = ws_message_text(q, n, m->frame, m->text, most);
		if (ws_message_head(m->text, m->n, &m->size))
			return true;
		m->size = m->n;
		if (m->n < most || most == TEXT_MOST)
			return false;
	}
}

static bool is_sip(const struct message *m)
{
	return scan_is_request(m->text, m->n) || scan_is_response(m->text, m->n);
}

/* Whether the rest of it, which is not there, may make it a message of SIP. */
static bool may_be_sip(const struct message *m)
{
	return m->n < ENOUGH || !scan_is_foreign(m->text, m->n);
}

/* One that goes as it is though something was to be done with it. */
static enum ws_use unedited(struct passage *p)
{
	p->step.after.unedited++;
	return p->side.in && side_must_shut(&p->ends) ? WS_REFUSED : WS_PASSES;
}

/* What cannot be taken apart. */
static enum ws_use other(struct passage *p, const struct message *m)
{
	if (p->side.in && side_must_shut(&p->ends) &&
		strip_has_private(p->side.names, p->ends.rules->marks_all, m->text, m->n))
		return WS_REFUSED;
	return WS_PASSES;
}

/* As find_edits() of datagrams: what is removed may be too much for an edit. */
static int find_edits(struct passage *p, struct message *m, size_t *n)
{
	struct edit *e = &p->step.edit;
	int error = edit_message(&p->side, m->text, *n, 0, e);

	if (error == E2BIG) {
		*n = strip_message(p->side.names, m->text, *n);
		error = edit_message(&p->side, m->text, *n, 0, e);
	}
	return error;
}

/* The frame whose message begins with n bytes of text now, for m->size bytes before. */
static void make(struct passage *p, const struct message *m, size_t n)
{
	struct ws_frame f = *m->frame;
	int64_t grows = (int64_t)n - (int64_t)m->size;

	f.length = (uint64_t)((int64_t)f.length + grows);
	ws_frame_turn(&f, grows);
	ws_frame_mask(&f, 0, m->text, n);
	size_t head = ws_frame_size(&f, f.length);
	p->ws.at = WS_FRAME_HEAD_MAX - head;
	p->ws.n = head + n;
	p->ws.of = m->frame->head_n + m->size;
	ws_frame_write(&f, f.length, p->ws.room->bytes + p->ws.at);
}

static enum ws_use edit(struct passage *p, struct message *m)
{
	size_t n = m->size;
	int error = find_edits(p, m, &n);

	if (error == EINVAL)
		return other(p, m);
	if (!error && p->step.edit.count) {
		n = splice_apply(&p->step.edit, m->text, n, ROOM - WS_FRAME_HEAD_MAX);
		error = n ? 0 : E2BIG;
	}
	if (error) {
		p->step.edit.count = 0;
		if (n == m->size || p->side.in)
			return unedited(p);
		p->step.after.unedited++;
	}
	if (n == m->size && !p->step.edit.count)
		return WS_PASSES;
	make(p, m, n);
	return WS_EDITED;
}

enum ws_use ws_message(struct passage *p, const char *q, size_t n, const struct ws_frame *f)
{
	struct message m = {.frame = f};

	p->ws.message = SIZE_MAX;
	if (!p->ws.room && !(p->ws.room = scratch_wait()))
		return unedited(p);
	m.text = p->ws.room->bytes + WS_FRAME_HEAD_MAX;
	bool head = look(&m, q, n), whole = m.n == f->length;
	if (!head && !whole && m.n < TEXT_MOST)
		return may_be_sip(&m) ? WS_WAITS : other(p, &m);
	if (!is_sip(&m))
		return other(p, &m);
	p->ws.message = 0;
	p->ws.request = scan_is_request(m.text, m.n);
	p->step.after.at = (struct edit_progress){.request = p->ws.request};
	/* the head of a message goes on in another fragment, or it is too long */
	return head || (whole && f->last) ? edit(p, &m) : unedited(p);
}
