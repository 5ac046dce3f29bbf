/* SPDX-License-Identifier: MIT */
/* What the kernel tells of interfaces and addresses by netlink(7), read message by message. PURE: bytes
 * in, one piece of news out, whatever the bytes are. */
#ifndef BOND_CORE_LINK_NEWS_H
#define BOND_CORE_LINK_NEWS_H

#include <net/if.h>

#include "config/addr.h"

enum link_news_kind {
	NEWS_NONE, /* nothing that is looked for */
	NEWS_LINK, /* an interface is so now */
	NEWS_LINK_GONE,
	NEWS_ADDRESS, /* it has the address */
	NEWS_ADDRESS_GONE,
	NEWS_DONE,   /* of the answer to a question, all was told */
	NEWS_FAILED, /* that question was refused, or acknowledged */
	NEWS_LOST    /* some of what happened was not told: ask again */
};

struct link_news {
	enum link_news_kind kind;
	uint32_t sequence; /* of the question; 0 = news that nobody asked for */
	bool changed;      /* what is listed changed meanwhile (NLM_F_DUMP_INTR): ask again */
	int error;         /* of NEWS_FAILED, 0 or a positive errno */
	uint32_t index;    /* of the interface */
	char name[IF_NAMESIZE];
	bool up, carrier;     /* of NEWS_LINK */
	struct addr addr;     /* without port; with its scope where it is link-local */
	bool tentative, duplicate; /* IPv6, RFC 4862 5.4 */
};

/* Takes the first message of the *size bytes at *at, which then begin behind it. False: there is no whole
 * one. Any bytes, at any address. */
bool link_news_next(struct link_news *n, const void **at, size_t *size);

/* Writes a question for all interfaces, or for all addresses, into buf; returns its size. */
#define LINK_QUESTION_MAX 64
size_t link_news_ask(void *buf, bool addresses, uint32_t sequence);

#endif
