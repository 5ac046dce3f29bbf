/* SPDX-License-Identifier: MIT */
#include "ladder_words.h"

#include <string.h>

#include "config/model.h"

void ladder_role(const struct ladder_column *k, char *to, size_t room)
{
	snprintf(to, room, "%s%s%s%s%s", k->role & COLUMN_H ? "H" : "",
		k->role == (COLUMN_H | COLUMN_M) ? " " : "", k->role & COLUMN_M ? "M" : "",
		k->role ? *k->bond ? " " : "" : "peer", k->role ? k->bond : "");
}

void ladder_label(const struct ladder_message *m, size_t room, char *to, size_t size)
{
	if (!m->cseq[0]) { /* a log does not have it */
		snprintf(to, size < room + 1 ? size : room + 1, "%s%s%s", m->start, m->reason[0] ? " " : "", m->reason);
		return;
	}
	if (m->reason[0])
		snprintf(to, size, "%s %s (%s)", m->start, m->reason, m->cseq);
	if (m->response && (!m->reason[0] || strlen(to) > room))
		snprintf(to, size, "%s (%s)", m->start, m->cseq);
	if (!m->response || strlen(to) > room)
		snprintf(to, size, "%s %s", m->start, m->cseq);
	const char *method = strchr(m->cseq, ' ');
	if (m->response && method && strlen(to) > room)
		snprintf(to, size, "%s%s", m->start, method);
	if (strlen(to) > room)
		to[room] = 0;
}

void ladder_note(const struct ladder_message *m, bool has_arrow, const struct addr *folded, char *to, size_t size)
{
	size_t n = 0;
	char end[ADDR_TEXT_MAX], label[3 * LADDER_NAME + 8];
	const char *comma = "";

	to[0] = 0;
#define ADD(...) \
	do { \
		n += (size_t)snprintf(to + n, size - n, "%s", comma); \
		n += (size_t)snprintf(to + n, size - n, __VA_ARGS__); \
		comma = ", "; \
	} while (0)
	if (!has_arrow) {
		ladder_label(m, sizeof(label), label, sizeof(label));
		ADD("%s", label);
	}
	if (m->again)
		ADD("again");
	if (m->bond[0])
		ADD("%s", m->bond);
	if (m->route[0])
		ADD("route %s", m->route);
	if (m->transport != TRANSPORT_UDP)
		ADD("%s", transport_names[m->transport]);
	if (m->unseen)
		ADD("not let in");
	if (folded) {
		addr_print(folded, end);
		ADD("%s %s", m->arrived == (folded == &m->peer) ? "from" : "to", end);
	}
#undef ADD
}

void ladder_time(const struct ladder_message *m, int64_t before, bool first, long zone, char *to, size_t size)
{
	int64_t ms = m->at / 1000000;
	long second = (long)((ms / 1000 + zone) % 86400);

	if (second < 0)
		second += 86400;
	if (first)
		snprintf(to, size, "%02ld:%02ld:%02ld.%03d", second / 3600, second / 60 % 60, second % 60,
			(int)(ms % 1000));
	else
		snprintf(to, size, "%+.6f", (double)(m->at - before) / 1e9);
}
