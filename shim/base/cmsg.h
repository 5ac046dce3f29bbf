/* SPDX-License-Identifier: MIT */
/* Control data (cmsg(3)) from header to header, whoever wrote it: the lengths in it are not believed, and
 * nothing is read beyond its end. PURE. */
#ifndef BOND_BASE_CMSG_H
#define BOND_BASE_CMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

struct cmsg {
	size_t at;           /* where it stands in the control data */
	size_t next;         /* and the one behind it would, or the end */
	struct cmsghdr head; /* a copy: control data need not be aligned */
};

/* Whether a header follows; c = {0} before the first. */
static inline bool cmsg_follows(const struct cmsg *c, size_t total)
{
	return total - c->next >= sizeof(c->head);
}

/* Goes on to the next header. False: there is none, or it lies about its length, so that nothing behind
 * it can be found either; cmsg_follows() tells which, and head is what stands there. */
static inline bool cmsg_next(struct cmsg *c, const char *control, size_t total)
{
	size_t space, left = total - c->next;

	if (!cmsg_follows(c, total))
		return false;
	memcpy(&c->head, control + c->next, sizeof(c->head));
	if (c->head.cmsg_len < sizeof(c->head) || c->head.cmsg_len > left)
		return false;
	c->at = c->next;
	space = CMSG_ALIGN(c->head.cmsg_len);
	c->next += space < left ? space : left;
	return true;
}

/* What the header is of. */
static inline bool cmsg_is(const struct cmsg *c, int level, int type)
{
	return c->head.cmsg_level == level && c->head.cmsg_type == type;
}

/* Its data, of cmsg_size() bytes. */
static inline const char *cmsg_data(const struct cmsg *c, const char *control)
{
	return control + c->at + CMSG_LEN(0);
}

static inline size_t cmsg_size(const struct cmsg *c)
{
	return c->head.cmsg_len - CMSG_LEN(0);
}

/* Calls each() with every descriptor in the control data (SCM_RIGHTS, unix(7)), which can be read. */
static inline void cmsg_each_fd(const struct msghdr *msg, void (*each)(int fd))
{
	const char *control = msg->msg_control;
	struct cmsg c = {.next = 0};

	while (cmsg_next(&c, control, msg->msg_controllen)) {
		if (!cmsg_is(&c, SOL_SOCKET, SCM_RIGHTS))
			continue;
		for (size_t at = 0; at + sizeof(int) <= cmsg_size(&c); at += sizeof(int)) {
			int fd;
			memcpy(&fd, cmsg_data(&c, control) + at, sizeof(fd));
			each(fd);
		}
	}
}

#endif
