/* SPDX-License-Identifier: MIT */
/* What the bytes of a program or shared library tell about whom it is linked with: the objects that
 * it needs, and the symbols that it has for others. PURE: no file, no log, no allocation; safe on any
 * bytes. */
#ifndef BOND_ELF_OBJECT_H
#define BOND_ELF_OBJECT_H

#include "elf_bytes.h"

struct elf_object {
	struct elf_bytes f; /* must stay as they are */
	struct elf_segment dynamic;
	/* where what that names lies among the bytes; their length = nowhere */
	uint64_t strings, symbols, hash, gnu_hash;
	const char *soname;  /* within the bytes; NULL = none */
	const char *runpath; /* DT_RUNPATH, else DT_RPATH, likewise */
	bool symbolic;       /* its own definitions come first in it (-Bsymbolic) */
};

/* false: the bytes are no ELF file, or one without a dynamic section. */
bool elf_object_open(struct elf_object *o, const void *bytes, size_t n);

/* The object that it needs as number i, or NULL behind the last one. */
const char *elf_object_needed(const struct elf_object *o, unsigned i);

/* Whether it defines the symbol for other objects, by its hash table, as the loader looks. */
bool elf_object_defines(const struct elf_object *o, const char *name);

#endif
