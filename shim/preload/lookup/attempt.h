/* SPDX-License-Identifier: MIT */
/* How it ended that sk_lookup was to be had, in the constructor. */
#ifndef BOND_LOOKUP_ATTEMPT_H
#define BOND_LOOKUP_ATTEMPT_H

#include <stdint.h>

/* 0, or an errno. */
void attempt_ended(int error);

/* The same later; 0 also where none was made. */
int attempt_error(void);

/* The same as states_lookup() has it. */
uint32_t attempt_state(void);

/* What is missing where that is the errno, behind "sk_lookup ...". */
const char *attempt_reason(int error);

#endif
