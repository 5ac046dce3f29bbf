/* SPDX-License-Identifier: MIT */
/* The INI that a running host has read. */
#ifndef BOND_CTL_RUNNING_INI_H
#define BOND_CTL_RUNNING_INI_H

#include "config/ini.h"
#include "running.h"

enum running_ini {
	RUNNING_INI_CLOSED,  /* there is none, or it may not be read in the host's stead */
	RUNNING_INI_SAME,    /* as the host has read it */
	RUNNING_INI_CHANGED  /* since */
};

/* Whether the INI that the host names may be read in its stead: a plain file in its root that is its
 * user's own or everybody's to read, as the host's file may be any user's word. Then it is r->ini and
 * r->ini_fd. */
enum running_ini running_open_ini(struct running *r);

/* Whether bondrun had the host's rules of its command line: the text that it made of them is taken for the file. */
bool running_has_no_file(const struct running *r);

/* attach_lists() of the text of ini, which the caller names, before inside_enter(). NULL: of r->ini; then a list may
 * be read where r->ini itself might, and is looked for there. */
int running_attach(struct running *r, const char *ini, char **text, size_t *n);

/* config_load_open() of r->ini. */
int running_load(struct config *c, struct running *r, struct findings *f);

/* Says on standard error why it may not, or that there is no file, and what to do. */
void running_complain_ini(const struct running *r);

/* So, and says on standard error if it is not today what the host has read, else why not. */
bool running_check_ini(struct running *r);

#endif
