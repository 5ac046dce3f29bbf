/* SPDX-License-Identifier: MIT */
/* The operator's INI text -> struct config, with every error and warning of one run. */
#ifndef BOND_INI_H
#define BOND_INI_H

#include "attach.h"
#include "findings.h"

/* Reads, checks, expands and indexes file. 0 = c is usable (warnings may be in f); EINVAL = f holds
 * at least one error, and c nothing but its programs, if all of them could be read; an open or read
 * error gives its errno, with a finding too. In each case findings_free(f) and config_free(c). */
int config_load(struct config *c, const char *file, struct findings *f);

/* As config_load(), for the program that is to act by the file. Where acts() says of the list of
 * programs that it is none of them, nothing else of the file is looked at: ECANCELED, and c holds the
 * programs. The machine is asked for nothing that only a warning needs. */
int config_load_host(struct config *c, const char *file, bool (*acts)(const struct config *c),
	struct findings *f);

/* As config_load(), with lists (to = @FILE) taken from that folder instead of the file's own. */
int config_load_beside(struct config *c, const char *file, const char *folder, struct findings *f);

/* As config_load(), of an open plain file, with lists that are opened so. */
int config_load_open(struct config *c, const char *file, int fd, const struct attach *how, struct findings *f);

/* Reads what config_load() reads, lists behind the INI (attached.h), into *text, which the caller frees also on
 * failure. 0 or an errno, as text_read(). */
int config_read(const char *file, char **text, size_t *n);

/* As config_load(), of a text in memory as config_read() has it; file is used in messages only. */
int config_load_text(struct config *c, const char *file, const char *text, size_t n,
	struct findings *f);

/* The text that former was made of, in a host that runs: interfaces have the addresses that they have now, or
 * none; names of hosts mean what they mean in former, and nobody is asked. Its secrets may be other ones. As
 * config_load_text() else. */
int config_load_again(struct config *c, const char *text, size_t n, const struct config *former,
	struct findings *f);

#endif
