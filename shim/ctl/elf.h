/* SPDX-License-Identifier: MIT */
/* What the bytes of an ELF file tell about how it is started. PURE: no file, no log, no allocation;
 * safe on any bytes. */
#ifndef BOND_ELF_H
#define BOND_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_facts {
	uint8_t bits;     /* 32 or 64 */
	bool big_endian;
	uint16_t machine; /* EM_... */
	uint16_t type;    /* ET_... */
	bool dynamic;     /* has a dynamic section */
	bool go;          /* built by the Go compiler */
	const char *interpreter; /* of PT_INTERP, within the bytes, not NUL-terminated; NULL = none */
	size_t interpreter_length;
	const char *soname; /* DT_SONAME, likewise */
	size_t soname_length;
	const char *sanitizer; /* the runtime of AddressSanitizer among DT_NEEDED, likewise */
	size_t sanitizer_length;
};

/* Reads n bytes of a file. 0; ENOEXEC = not an ELF file; EINVAL = a damaged one (what could be read
 * is in f). */
int elf_read(struct elf_facts *f, const void *bytes, size_t n);

/* "x86-64", "ARM" and so on, or NULL. */
const char *elf_machine_name(uint16_t machine);

#endif
