/* SPDX-License-Identifier: MIT */
/* What a script's first line "#!/usr/bin/env ..." asks of env(1). PURE but for getenv(). */
#ifndef BOND_ENV_H
#define BOND_ENV_H

#include <stdbool.h>
#include <stddef.h>

#define ENV_TEXT 4096
#define ENV_WORDS 128

struct env_script {
	const char *undone;  /* the words that take LD_PRELOAD away, as written; NULL = it stays */
	const char *program; /* what env starts, NULL = nothing, or nothing that can be made out */
	/* its own */
	char text[ENV_TEXT];
	char shown[ENV_TEXT];
	const char *words[ENV_WORDS];
	size_t used, count;
};

/* argument: all that stands behind the interpreter in the first line. */
void env_read(struct env_script *e, const char *argument);

#endif
