/* SPDX-License-Identifier: MIT */
/* Addresses of names in /etc/hosts, which most hosts ask first. */
#ifndef BOND_DNS_HOSTS_FILE_H
#define BOND_DNS_HOSTS_FILE_H

#include <ares.h>

#include "answer.h"

/* Fills a with the addresses of that type; false: the file has none. Reads it each time. */
bool hosts_file_answer(ares_channel channel, const char *name, enum record_type type,
	struct dns_answer *a);

#endif
