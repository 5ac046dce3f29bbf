/* SPDX-License-Identifier: MIT */
/* What stands in the configuration of a host, Kamailio or OpenSIPS, that `from` and datagrams cannot
 * work with. The text is scanned, not understood: what it includes or leaves out by conditions of its
 * preprocessor is not known. */
#ifndef BOND_CTL_CHECK_HOST_H
#define BOND_CTL_CHECK_HOST_H

#include "check_opened.h"
#include "config/ini.h"

/* Adds to f what is to be said of the host's file, with places in that file; c is the usable
 * configuration. *heard: where the host listens. A file that cannot be read is an error in f. */
void check_host(struct findings *f, const struct config *c, const char *file, struct check_listeners *heard);

#endif
