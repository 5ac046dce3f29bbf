/* SPDX-License-Identifier: MIT */
/* One read of the host from a connection: what the kernel has for it, which is looked at first and
 * taken only when it is decided, and how long the host may wait for more. What is decided of the
 * bytes is bytes_in's. */
#ifndef BOND_STREAM_READER_H
#define BOND_STREAM_READER_H

#include <sys/socket.h>

#include "alone.h"
#include "bytes_in.h"
#include "preload/scratch.h"
#include "preload/trace/incoming.h"

/* What one look at the kernel's buffer came to. */
enum look {
	LOOK_DONE,  /* delivered, or the end: r->result */
	LOOK_END,   /* so, and no more is waited for */
	LOOK_AGAIN,
	LOOK_WAIT,  /* there is nothing: wait as the host does */
	LOOK_STEP   /* go on: p.step is to be delivered */
};

struct reader {
	struct passage p;
	struct bytes_room to;
	int flags;
	struct msghdr *msg;
	struct trace_in *trace; /* NULL = off */
	ssize_t result; /* if nothing was got */
	bool dry;       /* only count what would be delivered */
	bool found;     /* state was kept */
	struct scratch *scratch; /* p.bytes is in it */
	struct alone alone;      /* from before the state is found until it is kept */
};

/* Adds up the room of the host's buffers; false: there is none, or they cannot be written to. */
bool reader_open(struct reader *r);

/* The host's own call from now on. With MSG_WAITALL some of it may be there already. */
enum look reader_pass(struct reader *r);

/* From here to reader_rest() nobody else reads the connection: what is found stays so. */
void reader_begin(struct reader *r);

/* A buffer for what is there; false: they are all taken, for a while. */
bool reader_take_scratch(struct reader *r);

/* Others may have the buffer, and read. */
void reader_rest(struct reader *r);

/* Looks at what is there without taking it; p.n, which is that of state.given at the end, or a
 * negative errno. */
ssize_t reader_peek(struct reader *r);

/* Takes n bytes out of the kernel's buffer, beside those that were given. false: another thread was
 * there before. */
bool reader_consume(struct reader *r, size_t n);

/* SO_RCVLOWAT. */
int reader_lowat(int fd);
void reader_set_lowat(int fd, int value);

/* What poll(2) says of the descriptor within that time. */
short reader_ready(int fd, int wait_ms);

/* Whether the host's call may wait, and how many milliseconds by its own SO_RCVTIMEO; INT_MAX: for
 * ever. */
bool reader_is_blocking(struct reader *r);
int reader_own_time(struct reader *r);

#endif
