/* SPDX-License-Identifier: MIT */
/* The words of an opensips.cfg, comments left out: "# ..." and those in C's signs, which nest there. */
#ifndef BOND_CTL_OPENSIPS_TOKEN_H
#define BOND_CTL_OPENSIPS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* letters, digits, '_', '.', '-', '/', '$': names, addresses, numbers */
	TOKEN_STRING, /* without its quotes */
	TOKEN_SIGN    /* one other byte */
};

struct token {
	enum token_kind kind;
	const char *s;
	size_t n;
	uint32_t line;
	bool spaced; /* something stands between it and the one before */
};

struct tokens {
	const char *at, *end;
	uint32_t line;
	uint32_t open; /* the line of a comment or string that does not end, 0 = none was found */
};

/* Takes the next one. */
struct token opensips_next(struct tokens *t);

bool opensips_is(struct token t, const char *word); /* a word, without case */
bool opensips_is_sign(struct token t, char sign);

#endif
