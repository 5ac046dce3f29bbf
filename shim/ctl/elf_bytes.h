/* SPDX-License-Identifier: MIT */
/* The bytes of an ELF file as numbers, its segments and its dynamic section, of either class and byte order. PURE: no
 * file, no log, no allocation. Every offset is checked against the length. */
#ifndef BOND_ELF_BYTES_H
#define BOND_ELF_BYTES_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 1024
#define ELF_DYNAMIC_MAX 4096 /* entries looked at */

struct elf_bytes {
	const uint8_t *p;
	size_t n;
	bool big;
	bool wide; /* 64-bit */
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, size, address;
};

/* false: they are no ELF file of a class and an order that are known, or no header is all there. */
bool elf_bytes_open(struct elf_bytes *f, const void *bytes, size_t n);

bool elf_inside(const struct elf_bytes *f, uint64_t at, uint64_t size);

/* A number of 2, 4 or 8 bytes; 0 beyond the end. */
uint64_t elf_number(const struct elf_bytes *f, uint64_t at, int size);

#define ELF_FIELD(f, base, type, field) \
	((f)->wide ? elf_number(f, (base) + offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field)) \
		   : elf_number(f, (base) + offsetof(Elf32_##type, field), sizeof(((Elf32_##type *)0)->field)))

/* Segment number i. false: its header is not all there, or there are no more. */
bool elf_segment(const struct elf_bytes *f, unsigned i, struct elf_segment *s);

/* The file offset of an address, or the length. */
uint64_t elf_offset_of(const struct elf_bytes *f, uint64_t address);

/* Entry number i of a dynamic section. false: it ends there. */
bool elf_dynamic(const struct elf_bytes *f, const struct elf_segment *s, unsigned i, uint64_t *tag, uint64_t *value);

#endif
