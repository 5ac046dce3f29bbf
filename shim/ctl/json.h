/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259) as bondctl prints it, written as it goes: what every --json has in common. Whatever
 * bytes a text holds, the output is UTF-8, on one line, and nothing in it that a terminal obeys.
 *
 * A library would have to be built into the tool too, which is also linked statically for small
 * images; those at hand build a tree first, each node of which may find no memory, and pass bytes on
 * that are no UTF-8. Nothing here reads JSON. */
#ifndef BOND_CTL_JSON_H
#define BOND_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 32

struct json {
	FILE *out;
	unsigned depth;  /* of objects and arrays that are open */
	uint32_t arrays; /* bit n: level n is an array; */
	uint32_t filled; /* it has a value */
	bool wrong;      /* deeper than the maximum, or ended too often: there is no more output */
};

void json_start(struct json *j, FILE *out);

/* Ends the line. Whether what was written is one whole value. */
bool json_finish(struct json *j);

/* A value, as the member `key` of the object that is open; in an array, and as the whole, key is
 * NULL. What begins an object or array is ended by json_end(). */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);

/* NULL is null. Bytes that are no UTF-8 are written as U+FFFD, one each. */
void json_text(struct json *j, const char *key, const char *s);
void json_textf(struct json *j, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Readers with binary64 numbers alone are exact up to 2^53 (RFC 8259 section 6). */
void json_number(struct json *j, const char *key, uint64_t n);
void json_bool(struct json *j, const char *key, bool b);
void json_null(struct json *j, const char *key);

#endif
