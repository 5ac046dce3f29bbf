/* SPDX-License-Identifier: MIT */
/* Sections and keys of the INI, and what each does to the model. Part of the load. */
#ifndef BOND_KEYS_H
#define BOND_KEYS_H

#include "build.h"

#define KEYS_MAX 32

enum section { SECTION_NONE, SECTION_BAD, SECTION_BOND, SECTION_ROUTE, SECTION_HOST, SECTION_DNS };

struct keys {
	enum section section;
	struct word name;          /* of the section, for messages */
	struct place place;
	uint32_t seen[KEYS_MAX];   /* line of each key in this section, 0 = not yet */
	uint32_t host_line, dns_line;
	bool doubt; /* the list of programs could not be read in full */
};

/* Takes what stands between [ and ]; false if it is wrong. Its keys are then checked as those of the
 * section that was meant; where that cannot be told, k->section is SECTION_BAD and they are not.
 * told: the operator knows already that this line is wrong. */
bool keys_begin_section(struct keys *k, struct build *b, struct word name, bool told);
void keys_end_section(struct keys *k, struct build *b);

/* Whether the word is a key of any section. */
bool keys_known(const struct keys *k, struct word key);
/* Whether the key may stand here; says why not. */
bool keys_allowed(struct keys *k, struct build *b, struct word key);
/* There was an error in the line of that key (empty = none could be made out). */
void keys_doubt(struct keys *k, struct word key);
/* Notes that the key stands in this line. */
void keys_mark(struct keys *k, const struct build *b, struct word key);
/* Sets an allowed key; value is not empty. */
void keys_set(struct keys *k, struct build *b, struct word key, struct word value);

/* The number of the value in names, which NULL ends; false after an error that lists them. */
bool keys_choose(struct build *b, struct word value, const char *const *names, uint8_t *out);

/* host.c: a value of `open`, into *way as enum open_way; false after an error. */
bool host_choose_open(struct build *b, struct word value, uint8_t *way);

/* host.c: one for each key of [host] and [dns]. */
void host_set_program(struct build *b, struct word value);
void host_set_sip_ports(struct build *b, struct word value);
void host_set_alias(struct build *b, struct word value);
void host_set_secret(struct build *b, struct word value);
void host_set_no_route(struct build *b, struct word value);
void host_set_headers(struct build *b, struct word value);
void host_set_probe(struct build *b, struct word value);
void host_set_header(struct build *b, struct word value);
void host_set_header_over_tls(struct build *b, struct word value);
void host_set_unknown(struct build *b, struct word value);
void host_set_open(struct build *b, struct word value);
void host_set_server(struct build *b, struct word value);
void host_set_timeout(struct build *b, struct word value);
void host_set_refresh(struct build *b, struct word value);

/* secrets.c: warns of a secret that is known or can be guessed; and of one that a comment cuts: rest is
 * all that stands behind the '=', or on a line that goes on with secrets. */
void secret_check(struct build *b, struct word value);
void secret_check_comment(struct build *b, struct word rest);

/* pasted.c: says what a line means that stands swapped, or as other programs write it; false: it does
 * not. The same of what stands in place of a bond's name, and of destinations that are bonds. */
bool pasted_line(struct build *b, const struct keys *k, struct word key, struct word value);
bool pasted_reference(struct build *b, const char *name, size_t n, struct place place, bool from);
void pasted_targets(struct build *b);

#endif
