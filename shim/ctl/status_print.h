/* SPDX-License-Identifier: MIT */
/* What is known of a host, printed. */
#ifndef BOND_CTL_STATUS_PRINT_H
#define BOND_CTL_STATUS_PRINT_H

#include "json.h"
#include "status.h"

/* For people; between = what was known before, NULL = nothing: then counts are a second's, since then. */
void status_print_text(const struct status *s, const struct status *before, FILE *out);

/* Of that text: whether what members of TLS and WebSocket carry is seen, and of how many connections it was. */
void status_print_seen(const struct status *s, FILE *out);

/* As an object, which is the array's next, or the whole. */
void status_print_json(const struct status *s, struct json *j);

/* One line of the list of all hosts, as an object. */
void status_print_json_line(const struct status *s, struct json *j);

/* Of all these hosts, in the text format of Prometheus; with `many` each sample has the labels program and
 * pid. */
void status_print_prometheus(const struct status *const *all, size_t count, bool many, FILE *out);

/* A label's value, escaped, without its quotes. */
void status_put_label(const char *value, FILE *out);

/* Words for a state of the file, of the housekeeping thread, of a domain. */
const char *status_ini_name(enum running_ini ini);
const char *status_domain_name(const struct table_domain_info *d);

/* What is counted of the host as such, see segment/counters.h: for programs, and in words. */
struct status_counter {
	const char *name, *help;
};
extern const struct status_counter status_counters[COUNTERS], status_tallies[TALLIES];

#endif
