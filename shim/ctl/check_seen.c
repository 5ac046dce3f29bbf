/* SPDX-License-Identifier: MIT */
/* A file tells less than a host that runs: which TLS library a program loads is only known of the latter. */
#include "check_seen.h"

#include <stdio.h>
#include <string.h>

#include "check_quote.h"
#include "config/expand.h"
#include "installed.h"
#include "seen.h"

#define LIBRARIES "a shared OpenSSL, GnuTLS, wolfSSL or mbed TLS"

static void describe(char *text, size_t size, const struct config *c, enum transport t, const struct check_sight *of)
{
	char library[PATH_MAX];

	if (c->headers_keep)
		snprintf(text, size, "headers are not seen: headers = keep");
	else if (of->idle[0])
		snprintf(text, size, "headers are not seen: %s", of->idle);
	else if (!transport_is_secure(t))
		snprintf(text, size, "headers are seen: libbond.so reads the frames itself");
	else if (of->hidden[0])
		snprintf(text, size, "headers are not seen: %s", of->hidden);
	else if (!expand_system->assume && !installed_find("libbond-tls.so", library))
		snprintf(text, size, "headers are not seen: libbond-tls.so is not installed here");
	else if (of->program)
		snprintf(text, size, "headers are seen if libbond-tls.so is preloaded, as bondrun does, and %s, which has no "
				     "TLS inside as far as is known, takes " LIBRARIES,
			of->program);
	else
		snprintf(text, size, "headers are seen if libbond-tls.so is preloaded, as bondrun does, and the program takes "
				     LIBRARIES);
}

void check_seen(struct findings *f, const struct config *c, const char *file, const struct check_sight *of)
{
	char text[PATH_MAX + 400];
	struct quote quote;
	uint32_t line = 0;

	quote_open(&quote, f, c, file);
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (!seen_is_asked((enum transport)m->transport) || m->place.line == line)
			continue;
		line = m->place.line;
		describe(text, sizeof(text), c, (enum transport)m->transport, of);
		quote_note(&quote, m->place, strlen(m->written), text);
	}
	quote_close(&quote);
}
