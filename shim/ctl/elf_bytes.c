/* SPDX-License-Identifier: MIT */
/* elf(5). */
#include "elf_bytes.h"

#include <string.h>

bool elf_bytes_open(struct elf_bytes *f, const void *bytes, size_t n)
{
	*f = (struct elf_bytes){.p = bytes, .n = n};
	if (n < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return false;
	f->wide = f->p[EI_CLASS] == ELFCLASS64;
	f->big = f->p[EI_DATA] == ELFDATA2MSB;
	return (f->wide || f->p[EI_CLASS] == ELFCLASS32) && (f->big || f->p[EI_DATA] == ELFDATA2LSB) &&
		elf_inside(f, 0, f->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
}

bool elf_inside(const struct elf_bytes *f, uint64_t at, uint64_t size)
{
	return at <= f->n && size <= f->n - at;
}

uint64_t elf_number(const struct elf_bytes *f, uint64_t at, int size)
{
	uint64_t v = 0;

	if (!elf_inside(f, at, (uint64_t)size))
		return 0;
	for (int i = 0; i < size; i++) {
		int from = f->big ? i : size - 1 - i;
		v = v << 8 | f->p[at + (uint64_t)from];
	}
	return v;
}

bool elf_segment(const struct elf_bytes *f, unsigned i, struct elf_segment *s)
{
	uint64_t at = ELF_FIELD(f, 0, Ehdr, e_phoff), size = ELF_FIELD(f, 0, Ehdr, e_phentsize);

	if (i >= ELF_FIELD(f, 0, Ehdr, e_phnum) || at > f->n)
		return false;
	at += i * size;
	if (!elf_inside(f, at, f->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return false;
	s->type = (uint32_t)ELF_FIELD(f, at, Phdr, p_type);
	s->flags = (uint32_t)ELF_FIELD(f, at, Phdr, p_flags);
	s->offset = ELF_FIELD(f, at, Phdr, p_offset);
	s->size = ELF_FIELD(f, at, Phdr, p_filesz);
	s->address = ELF_FIELD(f, at, Phdr, p_vaddr);
	return true;
}

uint64_t elf_offset_of(const struct elf_bytes *f, uint64_t address)
{
	struct elf_segment s;

	for (unsigned i = 0; i < ELF_SEGMENTS_MAX && elf_segment(f, i, &s); i++) {
		if (s.type == PT_LOAD && address >= s.address && address - s.address < s.size &&
			elf_inside(f, s.offset, s.size))
			return s.offset + (address - s.address);
	}
	return f->n;
}

bool elf_dynamic(const struct elf_bytes *f, const struct elf_segment *s, unsigned i, uint64_t *tag, uint64_t *value)
{
	uint64_t step = f->wide ? 16 : 8, at = s->offset + i * step;

	if (i >= ELF_DYNAMIC_MAX || (i + 1) * step > s->size)
		return false;
	*tag = elf_number(f, at, (int)step / 2);
	*value = elf_number(f, at + step / 2, (int)step / 2);
	return *tag != DT_NULL;
}
