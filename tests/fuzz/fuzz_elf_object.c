/* SPDX-License-Identifier: MIT */
/* libFuzzer target of elf_object: any bytes behind the magic; every name must lie in the file. */
#include <stdlib.h>

#include "ctl/elf_bytes.c"
#include "ctl/elf_object.c"

static void in_file(const char *text, const uint8_t *p, size_t n)
{
	if (text && ((const uint8_t *)text < p || (const uint8_t *)text + strlen(text) >= p + n))
		abort();
}

static void ask(const struct elf_object *o)
{
	in_file(o->soname, o->f.p, o->f.n);
	in_file(o->runpath, o->f.p, o->f.n);
	for (unsigned i = 0; elf_object_needed(o, i); i++)
		in_file(elf_object_needed(o, i), o->f.p, o->f.n);
	elf_object_defines(o, "SSL_write");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* an exact copy, for the sanitizer to see the first byte too far */
	uint8_t *p = malloc(n ? n : 1);
	struct elf_object o;

	memcpy(p, data, n);
	if (n >= SELFMAG)
		memcpy(p, ELFMAG, SELFMAG);
	if (elf_object_open(&o, p, n)) {
		ask(&o);
		o.gnu_hash = n;
		ask(&o);
	}
	free(p);
	return 0;
}
