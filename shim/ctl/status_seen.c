/* SPDX-License-Identifier: MIT */
#include "status_print.h"

#include <inttypes.h>

#include "command.h"
#include "config/terminal.h"

void status_print_seen(const struct status *s, FILE *out)
{
	uint64_t begun = s->counters.counts[COUNTER_TLS_BEGUN], seen = s->counters.counts[COUNTER_TLS_SEEN];
	bool told = false;

	for (int t = 0; t < TRANSPORT_COUNT; t++) {
		if (s->seen[t].answer == SEEN_NOT_ASKED)
			continue;
		fprintf(out, "%s  %s: headers are %s: ", told ? "" : "\nTLS and WebSocket\n", transport_names[t],
			seen_word(s->seen[t].answer));
		terminal_printf(out, "%s\n", s->seen[t].why);
		told = true;
	}
	if (!begun)
		return;
	fprintf(out, "%s  %" PRIu64 " connection%s of TLS, what %" PRIu64 " carried was seen\n",
		told ? "" : "\nTLS and WebSocket\n", begun, plural(begun), seen);
	if (!seen && !told)
		fputs("  of none so far: libbond-tls.so is not preloaded, or the program has a TLS library inside that it does not know\n",
			out);
}
