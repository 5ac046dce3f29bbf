/* SPDX-License-Identifier: MIT */
/* The host's own look-ups: what they find about the domains of the routes goes into the table. The
 * host's result is never changed, and errno and h_errno stay. They may take their time, and a host
 * that asks may do nothing else yet that would start the housekeeping thread. */
#include "hook.h"

#include "preload/process.h"
#include "preload/housekeeping/thread.h"
#include "dns/learn.h"

static inline void before_question(void)
{
	if (unlikely(page.p.mode != HOT_INERT))
		housekeeping_poke_ready();
}

static int learn_response(const void *msg, int result, int room)
{
	if (unlikely(hot.domains) && result > 0 && msg)
		learn_message(&this_host.dns, msg, (size_t)(result < room ? result : room));
	return result;
}

HOOK(int, getaddrinfo, const char *node, const char *service, const void *hints,
	struct addrinfo **list)
{
	before_question();
	int result = real.getaddrinfo(node, service, hints, list);

	if (unlikely(hot.domains) && result == 0)
		learn_addrinfo(&this_host.dns, node, *list);
	return result;
}

static struct hostent *learn_host(const char *name, struct hostent *host)
{
	if (unlikely(hot.domains) && host)
		learn_hostent(&this_host.dns, name, host);
	return host;
}

HOOK(struct hostent *, gethostbyname, const char *name)
{
	before_question();
	return learn_host(name, real.gethostbyname(name));
}

HOOK(struct hostent *, gethostbyname2, const char *name, int family)
{
	before_question();
	return learn_host(name, real.gethostbyname2(name, family));
}

HOOK(int, gethostbyname_r, const char *name, struct hostent *host, char *buf, size_t n,
	struct hostent **found, int *error)
{
	before_question();
	int result = real.gethostbyname_r(name, host, buf, n, found, error);

	if (result == 0)
		learn_host(name, *found);
	return result;
}

HOOK(int, gethostbyname2_r, const char *name, int family, struct hostent *host, char *buf,
	size_t n, struct hostent **found, int *error)
{
	before_question();
	int result = real.gethostbyname2_r(name, family, host, buf, n, found, error);

	if (result == 0)
		learn_host(name, *found);
	return result;
}

/* libc has each under two names; a host may have been linked with either. */
#define QUERY(name) \
	HOOK(int, name, const char *domain, int class, int type, unsigned char *msg, int n) \
	{ \
		before_question(); \
		return learn_response(msg, real.name(domain, class, type, msg, n), n); \
	}
#define STATE_QUERY(name) \
	HOOK(int, name, void *state, const char *domain, int class, int type, unsigned char *msg, \
		int n) \
	{ \
		before_question(); \
		return learn_response(msg, real.name(state, domain, class, type, msg, n), n); \
	}
#define DOMAIN_QUERY(call) \
	HOOK(int, call, const char *name, const char *domain, int class, int type, \
		unsigned char *msg, int n) \
	{ \
		before_question(); \
		return learn_response(msg, real.call(name, domain, class, type, msg, n), n); \
	}
#define STATE_DOMAIN_QUERY(call) \
	HOOK(int, call, void *state, const char *name, const char *domain, int class, int type, \
		unsigned char *msg, int n) \
	{ \
		before_question(); \
		return learn_response( \
			msg, real.call(state, name, domain, class, type, msg, n), n); \
	}
#define SEND(name) \
	HOOK(int, name, const unsigned char *query, int length, unsigned char *msg, int n) \
	{ \
		before_question(); \
		return learn_response(msg, real.name(query, length, msg, n), n); \
	}
#define STATE_SEND(name) \
	HOOK(int, name, void *state, const unsigned char *query, int length, unsigned char *msg, \
		int n) \
	{ \
		before_question(); \
		return learn_response(msg, real.name(state, query, length, msg, n), n); \
	}

#if __GLIBC_PREREQ(2, 34)
QUERY(res_query)
QUERY(res_search)
STATE_QUERY(res_nquery)
STATE_QUERY(res_nsearch)
DOMAIN_QUERY(res_querydomain)
STATE_DOMAIN_QUERY(res_nquerydomain)
SEND(res_send)
STATE_SEND(res_nsend)
#endif
QUERY(__res_query)
QUERY(__res_search)
STATE_QUERY(__res_nquery)
STATE_QUERY(__res_nsearch)
DOMAIN_QUERY(__res_querydomain)
STATE_DOMAIN_QUERY(__res_nquerydomain)
SEND(__res_send)
STATE_SEND(__res_nsend)
