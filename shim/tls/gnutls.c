/* SPDX-License-Identifier: MIT */
/* What a host reads and writes by GnuTLS. A session says itself which connection it is, but not which end:
 * that one has no name of a server to tell which is the client. A write takes as much as a record has; what
 * it did not take is written by the same call once more, or by one without bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "call.h"

/* Of <gnutls/gnutls.h>. */
#define E_INVALID_SESSION -10
#define E_MEMORY_ERROR -25
#define E_INVALID_REQUEST -50
#define SHUT_WRITES 1 /* GNUTLS_SHUT_WR */
#define PACKET_SIZE 16384
#define SEQUENCE_SIZE 8
#define DTLS_FIRST 200 /* GNUTLS_DTLS0_9 */
#define DTLS_LAST 254

typedef void *gnutls_session_t;
typedef struct gnutls_datum {
	unsigned char *data;
	unsigned size;
} gnutls_datum_t;
typedef struct gnutls_range {
	size_t low, high;
} gnutls_range_st;

/* The hooked ones first. */
enum {
	F_RECV, F_SEND, F_CHECK_PENDING,
	F_SEND2, F_SEND_RANGE, F_RECV_SEQ, F_RECV_PACKET, F_PACKET_GET, F_PACKET_DEINIT, F_UNCORK,
	F_GET_VERSION, F_GET_RANDOM, F_SERVER_NAME_GET, F_IS_FATAL, F_BYE, F_GET_INT2
};

static const char *const names[] = {"gnutls_record_recv", "gnutls_record_send", "gnutls_record_check_pending",
	"gnutls_record_send2", "gnutls_record_send_range", "gnutls_record_recv_seq",
	"gnutls_record_recv_packet", "gnutls_packet_get", "gnutls_packet_deinit", "gnutls_record_uncork",
	"gnutls_protocol_get_version", "gnutls_session_get_random", "gnutls_server_name_get", "gnutls_error_is_fatal", "gnutls_bye",
	"gnutls_transport_get_int2", NULL};

static const struct find_kind kind = {names, F_UNCORK + 1, F_CHECK_PENDING + 1, "gnutls_init", 0};
static struct find_all found = {.kind = &kind};

/* One packet of ours: what it begins with is never the first word of the library's. */
struct gnutls_packet {
	const void *mark;
	size_t n;
	unsigned char sequence[SEQUENCE_SIZE];
	unsigned char bytes[PACKET_SIZE];
};
typedef struct gnutls_packet *gnutls_packet_t;
static const char packet_mark;

ssize_t gnutls_record_recv(gnutls_session_t session, void *to, size_t n);
ssize_t gnutls_record_recv_seq(gnutls_session_t session, void *to, size_t n, unsigned char *sequence);
ssize_t gnutls_record_recv_packet(gnutls_session_t session, gnutls_packet_t *packet);
void gnutls_packet_get(gnutls_packet_t packet, gnutls_datum_t *data, unsigned char *sequence);
void gnutls_packet_deinit(gnutls_packet_t packet);
size_t gnutls_record_check_pending(gnutls_session_t session);
ssize_t gnutls_record_send(gnutls_session_t session, const void *p, size_t n);
ssize_t gnutls_record_send2(gnutls_session_t session, const void *p, size_t n, size_t pad, unsigned flags);
ssize_t gnutls_record_send_range(
	gnutls_session_t session, const void *p, size_t n, const gnutls_range_st *range);
int gnutls_record_uncork(gnutls_session_t session, unsigned flags);

typedef int (*tells_version)(gnutls_session_t);
typedef ssize_t (*reads)(gnutls_session_t, void *, size_t);
typedef ssize_t (*reads_seq)(gnutls_session_t, void *, size_t, unsigned char *);
typedef ssize_t (*reads_packet)(gnutls_session_t, gnutls_packet_t *);
typedef void (*opens_packet)(gnutls_packet_t, gnutls_datum_t *, unsigned char *);
typedef void (*ends_packet)(gnutls_packet_t);
typedef ssize_t (*writes)(gnutls_session_t, const void *, size_t);
typedef ssize_t (*writes_padded)(gnutls_session_t, const void *, size_t, size_t, unsigned);
typedef ssize_t (*writes_range)(gnutls_session_t, const void *, size_t, const gnutls_range_st *);
typedef size_t (*counts)(gnutls_session_t);
typedef int (*flushes)(gnutls_session_t, unsigned);
typedef void (*tells_random)(gnutls_session_t, gnutls_datum_t *, gnutls_datum_t *);
typedef int (*tells_name)(gnutls_session_t, void *, size_t *, unsigned *, unsigned);
typedef int (*judges)(int);
typedef void (*tells_fds)(gnutls_session_t, int *, int *);

/* During one call of the host. */
struct session {
	struct object o;
	unsigned char *sequence; /* of what was read last, NULL: nobody asks */
	bool padded;             /* by gnutls_record_send2() */
	size_t pad;
	unsigned flags;
	const gnutls_range_st *range; /* by gnutls_record_send_range() */
};

static long real_read(void *tls, void *to, size_t n)
{
	struct session *s = tls;
	ssize_t result;

	if (s->sequence)
		PASS(result, &s->o, F_RECV_SEQ, reads_seq, to, n, s->sequence);
	else
		PASS(result, &s->o, F_RECV, reads, to, n);
	return result;
}

static long real_write(void *tls, const void *p, size_t n)
{
	struct session *s = tls;
	ssize_t result;

	if (s->range) { /* as much as it is by now is in it */
		gnutls_range_st range = {s->range->low < n ? s->range->low : n,
			s->range->high > n ? s->range->high : n};
		PASS(result, &s->o, F_SEND_RANGE, writes_range, p, n, &range);
	} else if (s->padded) {
		PASS(result, &s->o, F_SEND2, writes_padded, p, n, s->pad, s->flags);
	} else {
		PASS(result, &s->o, F_SEND, writes, p, n);
	}
	return result;
}

static size_t real_pending(void *tls)
{
	size_t result;

	PASS(result, &((struct session *)tls)->o, F_CHECK_PENDING, counts);
	return result;
}

static bool real_goes_on(void *tls, long result)
{
	return result < 0 && !OWN(&((struct session *)tls)->o, F_IS_FATAL, judges)((int)result);
}

static void real_forget(void *tls)
{
	(void)tls;
}

static bool real_prepare(void *tls)
{
	(void)tls;
	return true;
}

static int real_fd(void *tls)
{
	const struct object *o = &((struct session *)tls)->o;
	int fd = -1, other = -1;

	OWN(o, F_GET_INT2, tells_fds)(o->ssl, &fd, &other);
	return fd;
}

static void real_shut(void *tls)
{
	const struct object *o = &((struct session *)tls)->o;
	int ignored;

	CALL(ignored, o, F_BYE, flushes, SHUT_WRITES);
	(void)ignored;
}

static long real_ended(void *tls, bool reading)
{
	(void)tls;
	(void)reading;
	return E_INVALID_SESSION;
}

static const struct bond_tls_real real = {real_read, real_write, real_pending, real_goes_on, real_forget,
	real_prepare, real_fd, real_shut, real_ended, "gnutls_record_recv", "gnutls_record_send"};

static bool begin(struct session *s, gnutls_session_t session, const void *caller)
{
	*s = (struct session){.o = {session, find_of(&found, session, caller)}};
	return !depth && session && s->o.in && call_is_wanted() && s->o.in->complete;
}

static bool copy(uint8_t *to, const gnutls_datum_t *random)
{
	if (!random->data || random->size != BOND_TLS_RANDOM)
		return false;
	memcpy(to, random->data, BOND_TLS_RANDOM);
	return true;
}

static bool identify(struct session *s, struct bond_tls_call *call)
{
	const struct object *o = &s->o;
	gnutls_datum_t client = {NULL, 0}, server = {NULL, 0};
	size_t n = 0;
	unsigned type;
	int name, version;

	CALL(version, o, F_GET_VERSION, tells_version);
	if (version >= DTLS_FIRST && version <= DTLS_LAST) /* of media */
		return false;
	*call = (struct bond_tls_call){.real = &real, .tls = s};
	OWN(o, F_GET_RANDOM, tells_random)(o->ssl, &client, &server);
	if (!copy(call->id.client, &client) || !copy(call->id.server, &server))
		return false;
	CALL(name, o, F_SERVER_NAME_GET, tells_name, NULL, &n, &type, 0);
	call->id.is_server = name != E_INVALID_REQUEST;
	return true;
}

static bool take_in(struct session *s, void *to, size_t n, long *result)
{
	struct bond_tls_call call;

	return n && identify(s, &call) && bond_tls_3()->read(&call, to, n, false, result);
}

static bool take_out(struct session *s, const void *p, size_t n, long *result)
{
	struct bond_tls_call call;

	return (!n || p) && identify(s, &call) && bond_tls_3()->write(&call, p, n, result);
}

static int no_library(void)
{
	errno = ENOSYS;
	return -1;
}

EXPORT ssize_t gnutls_record_recv(gnutls_session_t session, void *to, size_t n)
{
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0)) && take_in(&s, to, n, &result))
		return result;
	if (!call_has(&s.o, F_RECV))
		return no_library();
	PASS(passed, &s.o, F_RECV, reads, to, n);
	return passed;
}

EXPORT ssize_t gnutls_record_recv_seq(gnutls_session_t session, void *to, size_t n, unsigned char *sequence)
{
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0))) {
		s.sequence = call_has(&s.o, F_RECV_SEQ) ? sequence : NULL;
		if (take_in(&s, to, n, &result))
			return result;
	}
	if (!call_has(&s.o, F_RECV_SEQ))
		return no_library();
	PASS(passed, &s.o, F_RECV_SEQ, reads_seq, to, n, sequence);
	return passed;
}

/* A packet of ours, as long as the host has it. False: it is the library's to make. */
static bool take_packet(struct session *s, gnutls_packet_t *packet, long *result)
{
	struct gnutls_packet *own = malloc(sizeof(*own));

	if (!own) {
		*result = E_MEMORY_ERROR;
		return true;
	}
	own->mark = &packet_mark;
	memset(own->sequence, 0, sizeof(own->sequence));
	s->sequence = call_has(&s->o, F_RECV_SEQ) ? own->sequence : NULL;
	if (!take_in(s, own->bytes, sizeof(own->bytes), result)) {
		free(own);
		return false;
	}
	own->n = *result > 0 ? (size_t)*result : 0;
	*packet = *result > 0 ? own : NULL;
	if (!own->n)
		free(own);
	return true;
}

EXPORT ssize_t gnutls_record_recv_packet(gnutls_session_t session, gnutls_packet_t *packet)
{
	struct bond_tls_call call;
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0)) && packet && identify(&s, &call) &&
		take_packet(&s, packet, &result))
		return result;
	if (!call_has(&s.o, F_RECV_PACKET))
		return no_library();
	PASS(passed, &s.o, F_RECV_PACKET, reads_packet, packet);
	return passed;
}

static bool is_own(gnutls_packet_t packet)
{
	return packet && packet->mark == &packet_mark;
}

EXPORT void gnutls_packet_get(gnutls_packet_t packet, gnutls_datum_t *data, unsigned char *sequence)
{
	const struct object o = {NULL, find_of(&found, NULL, __builtin_return_address(0))};

	if (!is_own(packet)) {
		if (call_has(&o, F_PACKET_GET))
			NEXT(&o, F_PACKET_GET, opens_packet)(packet, data, sequence);
		return;
	}
	if (data)
		*data = (gnutls_datum_t){packet->bytes, (unsigned)packet->n};
	if (sequence)
		memcpy(sequence, packet->sequence, SEQUENCE_SIZE);
}

EXPORT void gnutls_packet_deinit(gnutls_packet_t packet)
{
	const struct object o = {NULL, find_of(&found, NULL, __builtin_return_address(0))};

	if (is_own(packet)) {
		packet->mark = NULL;
		free(packet);
	} else if (call_has(&o, F_PACKET_DEINIT)) {
		NEXT(&o, F_PACKET_DEINIT, ends_packet)(packet);
	}
}

EXPORT size_t gnutls_record_check_pending(gnutls_session_t session)
{
	struct bond_tls_call call;
	struct session s;
	size_t passed, more = 0;

	if (begin(&s, session, __builtin_return_address(0)) && identify(&s, &call))
		more = bond_tls_3()->pending(&call);
	if (!call_has(&s.o, F_CHECK_PENDING))
		return 0;
	PASS(passed, &s.o, F_CHECK_PENDING, counts);
	return passed + more;
}

EXPORT ssize_t gnutls_record_send(gnutls_session_t session, const void *p, size_t n)
{
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0)) && take_out(&s, p, n, &result))
		return result;
	if (!call_has(&s.o, F_SEND))
		return no_library();
	PASS(passed, &s.o, F_SEND, writes, p, n);
	return passed;
}

EXPORT ssize_t gnutls_record_send2(
	gnutls_session_t session, const void *p, size_t n, size_t pad, unsigned flags)
{
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0)) && call_has(&s.o, F_SEND2)) {
		s.padded = true;
		s.pad = pad;
		s.flags = flags;
		if (take_out(&s, p, n, &result))
			return result;
	}
	if (!call_has(&s.o, F_SEND2))
		return no_library();
	PASS(passed, &s.o, F_SEND2, writes_padded, p, n, pad, flags);
	return passed;
}

EXPORT ssize_t gnutls_record_send_range(
	gnutls_session_t session, const void *p, size_t n, const gnutls_range_st *range)
{
	struct session s;
	ssize_t passed;
	long result;

	if (begin(&s, session, __builtin_return_address(0)) && range && call_has(&s.o, F_SEND_RANGE)) {
		s.range = range;
		if (take_out(&s, p, n, &result))
			return result;
	}
	if (!call_has(&s.o, F_SEND_RANGE))
		return no_library();
	PASS(passed, &s.o, F_SEND_RANGE, writes_range, p, n, range);
	return passed;
}

/* It calls gnutls_record_send() itself, by bytes that went through it. */
EXPORT int gnutls_record_uncork(gnutls_session_t session, unsigned flags)
{
	const struct object o = {session, find_of(&found, session, __builtin_return_address(0))};
	int passed;

	if (!call_has(&o, F_UNCORK))
		return no_library();
	PASS(passed, &o, F_UNCORK, flushes, flags);
	return passed;
}
