/* SPDX-License-Identifier: MIT */
/* Questions to DNS servers through c-ares: each question once, CNAMEs chased, /etc/hosts first,
 * everything bounded (questions, records, sockets, time). One thread at a time; signals blocked by
 * the caller. Uses malloc, so never on the send path. Sockets come from the caller's own functions:
 * inside a host these are libc's, not the hooks. */
#ifndef BOND_DNS_QUERY_H
#define BOND_DNS_QUERY_H

#include <poll.h>
#include <sys/socket.h>

#include "answer.h"
#include "config/model.h"

#define QUERY_QUESTIONS_MAX 320 /* of one look-up */
#define QUERY_RECORDS_MAX 2048  /* kept in one look-up */
#define QUERY_SOCKETS_MAX 16

/* The functions that touch descriptors. */
struct names_io {
	int (*socket)(int domain, int type, int protocol);
	int (*close)(int fd);
	int (*connect)(int fd, const struct sockaddr *sa, socklen_t len);
	ssize_t (*recvfrom)(
		int fd, void *buf, size_t n, int flags, struct sockaddr *sa, socklen_t *len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *m, int flags);
	int (*fcntl)(int fd, int command, ...);
	int (*getsockopt)(int fd, int level, int name, void *value, socklen_t *len);
	int (*poll)(struct pollfd *fds, nfds_t count, int milliseconds);
};

/* What this program's own calls lead to: for bondctl and the tests. */
extern const struct names_io names_io_own;

struct query_setup {
	const struct names_io *io;
	const char *servers;  /* "127.0.0.53:5353,[::1]:53", NULL = resolv.conf */
	const char *fallback; /* where resolv.conf cannot be read (chroot): as servers, or NULL */
	uint32_t timeout_ms; /* for one question to one server, all tries; a look-up ends after four
			      */
	bool plain;          /* asks without EDNS first: query_plain() of an earlier look-up */
	int fd_floor;        /* sockets get numbers from here on, 0 = any */
	bool hosts_file; /* addresses of names in /etc/hosts come from there, as in most hosts */
};

enum question_state {
	QUESTION_WAITING,
	QUESTION_SENT,
	QUESTION_FOLLOWING, /* its CNAME ended elsewhere: see follow */
	QUESTION_DONE,      /* answered, perhaps with nothing */
	QUESTION_FAILED
};

/* Owned by its look-up. The records of a question are those of question_end(). */
struct dns_question {
	char name[ANSWER_NAME_MAX];
	uint16_t type;
	uint8_t state;
	uint8_t depth; /* CNAMEs that led here */
	uint8_t rcode;
	uint8_t refusal; /* the last rcode that made c-ares go on to the next server */
	bool from_file;  /* of /etc/hosts */
	bool plain;      /* asked without EDNS */
	bool again;      /* asked a second time, the other way */
	bool more;       /* records were left out */
	bool loop; /* failed: its CNAMEs lead in a circle or too far */
	uint16_t unusable;
	int failure;  /* a c-ares status, of QUESTION_FAILED */
	uint32_t ttl; /* least of all it kept, or how long "no" holds */
	uint16_t cname_count;
	uint16_t record_count;
	struct record *cnames;
	struct record *records;
	struct dns_question *follow;
};

struct query;

/* Fills in s from [dns]; server (ADDR_TEXT_MAX bytes) must live as long as s. */
void query_setup_from(
	struct query_setup *s, const struct config *c, const struct names_io *io, char *server);

/* The servers of resolv.conf, in the form of `servers`, for use as fallback. 0, ENOENT, ENOMEM. */
int query_system_servers(char *buf, size_t size);

/* 0, ENOMEM, or EINVAL where c-ares refuses the servers. */
int query_open(struct query **q, const struct query_setup *s);
void query_close(struct query *q);

/* The question (name as answer_name() gives it), new or asked before; it is sent by query_step().
 * NULL = the look-up has no room for more, or no memory; query_overfull() is true from then on. */
const struct dns_question *query_ask(struct query *q, const char *name, enum record_type type);
bool query_overfull(const struct query *q);
/* Question number i in the order they were asked, NULL after the last. */
const struct dns_question *query_question(const struct query *q, unsigned i);
const struct names_io *query_io(const struct query *q);
/* Whether the servers answer without EDNS alone, as far as is known now. */
bool query_plain(const struct query *q);

/* The last question of the CNAME chain; q itself without one. */
const struct dns_question *question_end(const struct dns_question *q);
static inline bool question_pending(const struct dns_question *q)
{
	return q->state < QUESTION_DONE;
}
/* "no answer in time", "the server refused", ... */
const char *question_failure(const struct dns_question *q);

/* What to poll for; returns how many of the max (QUERY_SOCKETS_MAX) entries were filled in. */
int query_sockets(struct query *q, struct pollfd *fds, int max);
/* Milliseconds until query_step() must be called even if nothing is ready; -1 = nothing pending. */
int query_wait(const struct query *q);
/* Sends, receives, gives up what is late. fds as polled, count 0 = only the clock moved on. */
void query_step(struct query *q, const struct pollfd *fds, int count);

#endif
