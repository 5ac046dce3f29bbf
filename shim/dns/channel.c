/* SPDX-License-Identifier: MIT */
/* c-ares from 1.34 on. */
#include "channel.h"

#if !CHANNEL_IS_OLDER

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/uio.h>

/* What c-ares would set makes a query faster, at most. */
static int set_nothing(ares_socket_t fd, ares_socket_opt_t option, const void *value, ares_socklen_t size, void *ctx)
{
	(void)fd, (void)option, (void)value, (void)size, (void)ctx;
	errno = ENOSYS;
	return -1;
}

static int connect_it(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, unsigned flags, void *ctx)
{
	(void)flags;
	return wire_connect(fd, sa, len, ctx);
}

static ares_ssize_t send_it(ares_socket_t fd, const void *buf, size_t n, int flags, const struct sockaddr *sa,
	ares_socklen_t len, void *ctx)
{
	struct iovec iov = {(void *)(uintptr_t)buf, n};
	(void)flags, (void)sa, (void)len; /* it is connected */
	return wire_send(fd, &iov, 1, ctx);
}

/* Of a link-local server. */
static unsigned index_of(const char *interface, void *ctx)
{
	(void)ctx;
	return if_nametoindex(interface);
}

static void watch(void *ctx, ares_socket_t fd, int readable, int writable)
{
	wire_watch(ctx, fd, (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)));
}

/* Without agetsockname c-ares sends no cookies (RFC 7873), which would be new in each look-up. */
int channel_open(ares_channel *channel, struct ares_options *options, int mask, struct wire *w)
{
	static const struct ares_socket_functions_ex functions = {.version = 1,
		.flags = ARES_SOCKFUNC_FLAG_NONBLOCKING,
		.asocket = wire_socket,
		.aclose = wire_close,
		.asetsockopt = set_nothing,
		.aconnect = connect_it,
		.arecvfrom = wire_receive,
		.asendto = send_it,
		.aif_nametoindex = index_of};
	options->sock_state_cb = watch;
	options->sock_state_cb_data = w;
	int e = ares_init_options(channel, options, mask | ARES_OPT_SOCK_STATE_CB);
	if (e != ARES_SUCCESS)
		return e;
	e = (int)ares_set_socket_functions_ex(*channel, &functions, w);
	if (e != ARES_SUCCESS)
		ares_destroy(*channel);
	return e;
}

/* What was read comes as records: they become a message again. */
static void answered(void *ctx, ares_status_t status, size_t timeouts, const ares_dns_record_t *records)
{
	struct channel_call *call = ctx;
	unsigned char *msg = NULL;
	size_t n = 0;
	(void)timeouts;
	if (records) {
		ares_status_t e = ares_dns_write(records, &msg, &n);
		if (e != ARES_SUCCESS)
			status = e == ARES_ENOMEM ? e : ARES_EBADRESP;
	}
	call->answered(call, (int)status, msg, msg ? n : 0);
	ares_free_string(msg);
}

/* The channel adds EDNS to all that it makes itself. */
static void ask_plain(ares_channel channel, const char *name, uint16_t type, struct channel_call *call)
{
	ares_dns_record_t *question;
	ares_status_t e =
		ares_dns_record_create(&question, 0, ARES_FLAG_RD, ARES_OPCODE_QUERY, ARES_RCODE_NOERROR);
	if (e == ARES_SUCCESS) {
		e = ares_dns_record_query_add(question, name, (ares_dns_rec_type_t)type, ARES_CLASS_IN);
		if (e == ARES_SUCCESS)
			ares_send_dnsrec(channel, question, answered, call, NULL);
		ares_dns_record_destroy(question);
	}
	if (e != ARES_SUCCESS)
		call->answered(call, (int)e, NULL, 0);
}

void channel_ask(ares_channel channel, const char *name, uint16_t type, bool plain, struct channel_call *call)
{
	if (plain)
		ask_plain(channel, name, type, call);
	else
		ares_query_dnsrec(channel, name, ARES_CLASS_IN, (ares_dns_rec_type_t)type, answered, call, NULL);
}

int channel_sockets(ares_channel channel, const struct wire *w, struct pollfd *fds, int max)
{
	int count = 0;
	(void)channel;
	for (int i = 0; i < w->count && count < max; i++)
		if (w->sockets[i].events && wire_owns(w, w->sockets[i].fd))
			fds[count++] = (struct pollfd){.fd = w->sockets[i].fd, .events = w->sockets[i].events};
	return count;
}

int channel_servers(ares_channel channel, unsigned most, char *buf, size_t size, unsigned *count)
{
	char *all = ares_get_servers_csv(channel);
	size_t len = 0; /* of those that are wanted and fit */
	*count = 0;
	buf[0] = '\0';
	if (!all)
		return ARES_ENOMEM;
	for (char *s = all, *end; *s; s = *end ? end + 1 : end, ++*count) {
		end = strchrnul(s, ',');
		if (*count < most && (size_t)(end - all) < size)
			len = (size_t)(end - all);
	}
	memcpy(buf, all, len);
	buf[len] = '\0';
	ares_free_string(all);
	return ARES_SUCCESS;
}

#endif
