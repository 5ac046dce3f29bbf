/* SPDX-License-Identifier: MIT */
/* /etc/hosts as an answer of DNS. Called as a question is about to be sent. */
#include "hosts_file.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#define FILE_TTL 60 /* it is read again after that */

static void add_file_address(struct dns_answer *a, int family, const char *bytes)
{
	struct record *r = &a->records[a->record_count];
	memset(r, 0, sizeof(*r));
	r->type = family == AF_INET ? RECORD_A : RECORD_AAAA;
	r->ttl = FILE_TTL;
	answer_address(&r->addr, family, bytes);
	if (answer_address_usable(&r->addr))
		a->record_count++;
}

bool hosts_file_answer(ares_channel channel, const char *name, enum record_type type,
	struct dns_answer *a)
{
	struct hostent *host = NULL;
	int family = type == RECORD_A ? AF_INET : AF_INET6;
	if (ares_gethostbyname_file(channel, name, family, &host) != ARES_SUCCESS)
		return false;
	memset(a, 0, offsetof(struct dns_answer, cnames));
	a->ttl = FILE_TTL;
	for (char **p = host->h_addr_list; *p && a->record_count < ANSWER_RECORDS_MAX; p++)
		add_file_address(a, family, *p);
	ares_free_hostent(host);
	return a->record_count > 0;
}
