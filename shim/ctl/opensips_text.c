/* SPDX-License-Identifier: MIT */
#include "opensips_text.h"

void opensips_print(FILE *out, const char *text)
{
	for (; *text; text++)
		putc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
}
