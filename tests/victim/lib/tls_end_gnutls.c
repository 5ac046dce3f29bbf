/* SPDX-License-Identifier: MIT */
/* Way 0: gnutls_record_send() and _recv(); 1: packets, and writes once more without bytes; 2: padding, and
 * sequence numbers; 3: corked, and ranges. */
/*victim
cc: -lgnutls
*/
#include <gnutls/gnutls.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tls_end.h"

struct end {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	int fd, way;
	size_t pad; /* where TLS has any */
	long corked;         /* bytes that are on their way */
	unsigned char *left; /* of a packet, what was not read yet */
	size_t left_n;
};

static long told(ssize_t result)
{
	if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
		return TLS_AGAIN;
	return result > 0 ? result : result == 0 ? TLS_ENDED : TLS_BROKEN;
}

static void *open_end(const struct tls_end_as *as)
{
	struct end *e = calloc(1, sizeof(*e));
	gnutls_datum_t certificate = {(void *)as->certificate, as->certificate ? strlen(as->certificate) : 0};
	gnutls_datum_t key = {(void *)as->key, as->key ? strlen(as->key) : 0};

	e->fd = as->fd;
	e->way = as->way;
	e->pad = as->tls12 ? 0 : 100;
	gnutls_certificate_allocate_credentials(&e->credentials);
	if (as->server)
		gnutls_certificate_set_x509_key_mem(e->credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
	gnutls_init(&e->session, (as->server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK);
	gnutls_priority_set_direct(e->session,
		as->tls12 ? "NORMAL:-VERS-ALL:+VERS-TLS1.2" : "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL);
	gnutls_credentials_set(e->session, GNUTLS_CRD_CERTIFICATE, e->credentials);
	gnutls_transport_set_int(e->session, as->fd);
	return e;
}

static long shake_hands(void *end)
{
	int result = gnutls_handshake(((struct end *)end)->session);

	return result == 0 ? 1 : gnutls_error_is_fatal(result) ? TLS_BROKEN : TLS_AGAIN;
}

/* What a packet has is one's own until it is given back. */
static long read_packet(struct end *e, void *to, size_t n)
{
	unsigned char sequence[8];
	gnutls_packet_t packet;
	gnutls_datum_t data;

	if (!e->left_n) {
		ssize_t result = gnutls_record_recv_packet(e->session, &packet);
		if (result <= 0)
			return told(result);
		gnutls_packet_get(packet, &data, sequence);
		if (data.size != (size_t)result)
			return TLS_BROKEN;
		e->left = malloc(data.size);
		e->left_n = data.size;
		memcpy(e->left, data.data, data.size);
		gnutls_packet_deinit(packet);
	}
	n = n < e->left_n ? n : e->left_n;
	memcpy(to, e->left, n);
	e->left_n -= n;
	memmove(e->left, e->left + n, e->left_n);
	if (!e->left_n)
		free(e->left);
	return (long)n;
}

static long read_end(void *end, void *to, size_t n)
{
	struct end *e = end;
	unsigned char sequence[8];

	if (e->way == 1)
		return read_packet(e, to, n);
	if (e->way == 2)
		return told(gnutls_record_recv_seq(e->session, to, n, sequence));
	return told(gnutls_record_recv(e->session, to, n));
}

static long write_corked(struct end *e, const void *p, size_t n, bool again)
{
	if (!again) {
		gnutls_record_cork(e->session);
		e->corked = told(gnutls_record_send(e->session, p, n));
	}
	int result = gnutls_record_uncork(e->session, 0);
	if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
		return TLS_AGAIN;
	long went = e->corked;
	e->corked = 0;
	return result < 0 ? TLS_BROKEN : went;
}

/* Of a range the library tries again by itself, for as long as it takes. */
static bool is_idle(const struct end *e)
{
	int n = 0;

	return ioctl(e->fd, SIOCOUTQ, &n) == 0 && n == 0;
}

static long write_end(void *end, const void *p, size_t n, bool again)
{
	struct end *e = end;
	gnutls_range_st range = {n, n + 300};

	if (e->way == 1)
		return told(again ? gnutls_record_send(e->session, NULL, 0) : gnutls_record_send(e->session, p, n));
	if (e->way == 2)
		return told(gnutls_record_send2(e->session, p, n, e->pad, 0));
	if (e->way == 3 && (again ? e->corked > 0 : n % 2 != 0))
		return write_corked(e, p, n, again);
	if (e->way == 3 && !again && n < 2000 && is_idle(e) && gnutls_record_can_use_length_hiding(e->session))
		return told(gnutls_record_send_range(e->session, p, n, &range));
	return told(gnutls_record_send(e->session, p, n));
}

static size_t pending(void *end)
{
	struct end *e = end;

	return e->left_n ? e->left_n : gnutls_record_check_pending(e->session);
}

static void close_end(void *end)
{
	struct end *e = end;

	gnutls_deinit(e->session);
	gnutls_certificate_free_credentials(e->credentials);
	free(e);
}

extern const struct tls_end tls_end;
const struct tls_end tls_end = {open_end, shake_hands, read_end, write_end, pending, close_end};
