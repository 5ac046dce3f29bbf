/* SPDX-License-Identifier: MIT */
/* The libc functions behind the hooks, found with RTLD_NEXT so that other preloads keep their
 * place. Usable at any time: until real_init() each pointer is a resolver that fills itself in. */
#ifndef BOND_REAL_REAL_H
#define BOND_REAL_REAL_H

#include <dirent.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct real {
#define CALL(type, name, parameters, arguments) type(*name) parameters;
#define NEWFD(name, parameters, arguments) int(*name) parameters;
#define STREAM(name, parameters, arguments) FILE *(*name) parameters;
#define WAIT CALL
#define TURN CALL
#define ALONE(name, parameters, arguments) CALL(int, name, parameters, arguments)
#include "preload/hooks/calls.h"
#undef CALL
#undef NEWFD
#undef STREAM
#undef WAIT
#undef TURN
#undef ALONE
};

extern struct real real;

/* Resolves all; a symbol that this libc lacks fails with ENOSYS when it is called. */
void real_init(void);

#endif
