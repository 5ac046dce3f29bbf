/* SPDX-License-Identifier: MIT */
/* What the bytes of a program or shared library tell about whom it is linked with: the objects that
 * it needs, and the symbols that it has for others. PURE: no file, no log, no allocation; safe on any
 * bytes. */
#ifndef BOND_ELF_OBJECT_H
#define BOND_ELF_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_object {
	const uint8_t *p; /* must stay as they are */
	size_t n;
	/* where what the dynamic section names lies among them, or 0 */
	size_t dynamic, dynamic_size;
	size_t strings, symbols, hash, gnu_hash;
	const char *soname;  /* within the bytes; NULL = none */
	const char *runpath; /* DT_RUNPATH, else DT_RPATH, likewise */
	bool symbolic;       /* its own definitions come first in it (-Bsymbolic) */
};

/* Of a 64- or 32-bit file of this machine's byte order; the size of pointers must be this machine's
 * too. false: it is none, or has no dynamic section. */
bool elf_object_open(struct elf_object *o, const void *bytes, size_t n);

/* The object that it needs as number i, or NULL behind the last one. */
const char *elf_object_needed(const struct elf_object *o, unsigned i);

/* Whether it defines the symbol for other objects, by its hash table, as the loader looks. */
bool elf_object_defines(const struct elf_object *o, const char *name);

#endif
