/* SPDX-License-Identifier: MIT */
/* elf(5), and the hash tables as ld.so(8) reads them. Every offset is checked against the length; no
 * chain is followed further than a table can be long. */
#include "elf_object.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#define SEGMENTS_MAX 1024
#define DYNAMIC_MAX 4096

#if UINTPTR_MAX > UINT32_MAX
#define OWN_CLASS ELFCLASS64
#else
#define OWN_CLASS ELFCLASS32
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_DATA ELFDATA2LSB
#else
#define OWN_DATA ELFDATA2MSB
#endif

/* Copies size bytes from there; false: they are not all within. */
static bool get(const struct elf_object *o, size_t at, void *to, size_t size)
{
	if (at > o->n || size > o->n - at)
		return false;
	memcpy(to, o->p + at, size);
	return true;
}

static uint32_t word_at(const struct elf_object *o, size_t table, size_t index)
{
	uint32_t w = 0;

	if (index < o->n / sizeof(w))
		get(o, table + index * sizeof(w), &w, sizeof(w));
	return w;
}

static bool segment_at(const struct elf_object *o, const ElfW(Ehdr) *e, unsigned i, ElfW(Phdr) *s)
{
	return e->e_phoff < o->n && get(o, (size_t)e->e_phoff + i * sizeof(*s), s, sizeof(*s));
}

static size_t offset_of(const struct elf_object *o, const ElfW(Ehdr) *e, ElfW(Addr) address)
{
	ElfW(Phdr) s;

	for (unsigned i = 0; i < e->e_phnum && segment_at(o, e, i, &s); i++) {
		if (s.p_type == PT_LOAD && address >= s.p_vaddr && address - s.p_vaddr < s.p_filesz &&
			s.p_offset <= o->n && address - s.p_vaddr < o->n - s.p_offset)
			return (size_t)(s.p_offset + (address - s.p_vaddr));
	}
	return 0;
}

/* The name at that place of the strings, which must end within the bytes. */
static const char *string_at(const struct elf_object *o, uint64_t at)
{
	if (!o->strings || at >= o->n - o->strings)
		return NULL;
	const char *s = (const char *)o->p + o->strings + at;
	return memchr(s, '\0', o->n - o->strings - at) ? s : NULL;
}

static bool dynamic_at(const struct elf_object *o, unsigned i, ElfW(Dyn) *d)
{
	return i < DYNAMIC_MAX && (i + 1) * sizeof(*d) <= o->dynamic_size &&
		get(o, o->dynamic + i * sizeof(*d), d, sizeof(*d)) && d->d_tag != DT_NULL;
}

static void read_dynamic(struct elf_object *o, const ElfW(Ehdr) *e)
{
	ElfW(Dyn) d;
	uint64_t soname = UINT64_MAX, rpath = UINT64_MAX, runpath = UINT64_MAX;

	for (unsigned i = 0; dynamic_at(o, i, &d); i++) {
		switch (d.d_tag) {
		case DT_STRTAB: o->strings = offset_of(o, e, d.d_un.d_ptr); break;
		case DT_SYMTAB: o->symbols = offset_of(o, e, d.d_un.d_ptr); break;
		case DT_HASH: o->hash = offset_of(o, e, d.d_un.d_ptr); break;
		case DT_GNU_HASH: o->gnu_hash = offset_of(o, e, d.d_un.d_ptr); break;
		case DT_SONAME: soname = d.d_un.d_val; break;
		case DT_RPATH: rpath = d.d_un.d_val; break;
		case DT_RUNPATH: runpath = d.d_un.d_val; break;
		case DT_SYMBOLIC: o->symbolic = true; break;
		case DT_FLAGS: o->symbolic = o->symbolic || (d.d_un.d_val & DF_SYMBOLIC); break;
		}
	}
	o->soname = string_at(o, soname);
	o->runpath = string_at(o, runpath != UINT64_MAX ? runpath : rpath);
}

bool elf_object_open(struct elf_object *o, const void *bytes, size_t n)
{
	ElfW(Ehdr) e;
	ElfW(Phdr) s;

	*o = (struct elf_object){.p = bytes, .n = n};
	if (!get(o, 0, &e, sizeof(e)) || memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 ||
		e.e_ident[EI_CLASS] != OWN_CLASS || e.e_ident[EI_DATA] != OWN_DATA ||
		e.e_phentsize != sizeof(s) || e.e_phnum > SEGMENTS_MAX)
		return false;
	for (unsigned i = 0; i < e.e_phnum && segment_at(o, &e, i, &s); i++) {
		if (s.p_type != PT_DYNAMIC || s.p_offset > n || s.p_filesz > n - s.p_offset)
			continue;
		o->dynamic = (size_t)s.p_offset;
		o->dynamic_size = (size_t)s.p_filesz;
		read_dynamic(o, &e);
		return true;
	}
	return false;
}

const char *elf_object_needed(const struct elf_object *o, unsigned i)
{
	ElfW(Dyn) d;

	for (unsigned k = 0; dynamic_at(o, k, &d); k++) {
		if (d.d_tag == DT_NEEDED && i-- == 0)
			return string_at(o, d.d_un.d_val);
	}
	return NULL;
}

static bool is_definition_of(const struct elf_object *o, uint32_t index, const char *name)
{
	ElfW(Sym) s;

	if (index >= o->n / sizeof(s) || !get(o, o->symbols + index * sizeof(s), &s, sizeof(s)) ||
		s.st_shndx == SHN_UNDEF)
		return false;
	const char *own = string_at(o, s.st_name);
	return own && strcmp(own, name) == 0;
}

static bool defines_by_gnu_hash(const struct elf_object *o, const char *name)
{
	uint32_t hash = 5381;
	uint32_t buckets = word_at(o, o->gnu_hash, 0), first = word_at(o, o->gnu_hash, 1);
	uint32_t bloom = word_at(o, o->gnu_hash, 2);
	size_t table = o->gnu_hash + 16 + (size_t)bloom * sizeof(ElfW(Addr));

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	if (!buckets)
		return false;
	for (uint32_t i = word_at(o, table, hash % buckets), n = 0; i >= first && i && n < o->n; i++, n++) {
		uint32_t seen = word_at(o, table, (size_t)buckets + (i - first));
		if ((seen | 1) == (hash | 1) && is_definition_of(o, i, name))
			return true;
		if (seen & 1 || (size_t)i >= o->n)
			break;
	}
	return false;
}

static bool defines_by_hash(const struct elf_object *o, const char *name)
{
	uint32_t hash = 0, buckets = word_at(o, o->hash, 0), count = word_at(o, o->hash, 1);

	for (const char *c = name; *c; c++) {
		hash = (hash << 4) + (unsigned char)*c;
		hash ^= hash >> 24 & 0xf0;
		hash &= 0x0fffffff;
	}
	if (!buckets)
		return false;
	for (uint32_t i = word_at(o, o->hash, 2 + hash % buckets), n = 0; i && n < count && n < o->n; n++) {
		if (is_definition_of(o, i, name))
			return true;
		i = word_at(o, o->hash, 2 + (size_t)buckets + i);
	}
	return false;
}

bool elf_object_defines(const struct elf_object *o, const char *name)
{
	if (!o->symbols || !o->strings)
		return false;
	if (o->gnu_hash)
		return defines_by_gnu_hash(o, name);
	return o->hash && defines_by_hash(o, name);
}
