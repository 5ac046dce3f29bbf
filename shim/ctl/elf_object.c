/* SPDX-License-Identifier: MIT */
/* The hash tables are read as ld.so(8) does. No chain is followed further than a table can be long. */
#include "elf_object.h"

#include <string.h>

/* The name at that place of the strings, which must end within the bytes. */
static const char *string_at(const struct elf_object *o, uint64_t at)
{
	if (at >= o->f.n - o->strings)
		return NULL;
	const char *s = (const char *)o->f.p + o->strings + at;
	return memchr(s, '\0', o->f.n - o->strings - at) ? s : NULL;
}

static void read_dynamic(struct elf_object *o)
{
	uint64_t tag, value, soname = UINT64_MAX, rpath = UINT64_MAX, runpath = UINT64_MAX;

	for (unsigned i = 0; elf_dynamic(&o->f, &o->dynamic, i, &tag, &value); i++) {
		switch (tag) {
		case DT_STRTAB: o->strings = elf_offset_of(&o->f, value); break;
		case DT_SYMTAB: o->symbols = elf_offset_of(&o->f, value); break;
		case DT_HASH: o->hash = elf_offset_of(&o->f, value); break;
		case DT_GNU_HASH: o->gnu_hash = elf_offset_of(&o->f, value); break;
		case DT_SONAME: soname = value; break;
		case DT_RPATH: rpath = value; break;
		case DT_RUNPATH: runpath = value; break;
		case DT_SYMBOLIC: o->symbolic = true; break;
		case DT_FLAGS: o->symbolic = o->symbolic || (value & DF_SYMBOLIC); break;
		}
	}
	o->soname = string_at(o, soname);
	o->runpath = string_at(o, runpath != UINT64_MAX ? runpath : rpath);
}

bool elf_object_open(struct elf_object *o, const void *bytes, size_t n)
{
	*o = (struct elf_object){.strings = n, .symbols = n, .hash = n, .gnu_hash = n};
	if (!elf_bytes_open(&o->f, bytes, n))
		return false;
	for (unsigned i = 0; i < ELF_SEGMENTS_MAX && elf_segment(&o->f, i, &o->dynamic); i++) {
		if (o->dynamic.type != PT_DYNAMIC || !elf_inside(&o->f, o->dynamic.offset, o->dynamic.size))
			continue;
		read_dynamic(o);
		return true;
	}
	return false;
}

const char *elf_object_needed(const struct elf_object *o, unsigned i)
{
	uint64_t tag, value;

	for (unsigned k = 0; elf_dynamic(&o->f, &o->dynamic, k, &tag, &value); k++) {
		if (tag == DT_NEEDED && i-- == 0)
			return string_at(o, value);
	}
	return NULL;
}

/* A word of 32 bits of a table. */
static uint32_t entry(const struct elf_object *o, uint64_t table, uint64_t index)
{
	return index < o->f.n ? (uint32_t)elf_number(&o->f, table + index * 4, 4) : 0;
}

static bool is_definition_of(const struct elf_object *o, uint32_t index, const char *name)
{
	uint64_t size = o->f.wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), at = o->symbols + index * size;

	if (index >= o->f.n || !elf_inside(&o->f, at, size) || ELF_FIELD(&o->f, at, Sym, st_shndx) == SHN_UNDEF)
		return false;
	const char *own = string_at(o, ELF_FIELD(&o->f, at, Sym, st_name));
	return own && strcmp(own, name) == 0;
}

static bool defines_by_gnu_hash(const struct elf_object *o, const char *name)
{
	uint32_t hash = 5381;
	uint32_t buckets = entry(o, o->gnu_hash, 0), first = entry(o, o->gnu_hash, 1), bloom = entry(o, o->gnu_hash, 2);
	uint64_t table = o->gnu_hash + 16 + (uint64_t)bloom * (o->f.wide ? 8 : 4);

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	if (!buckets)
		return false;
	for (uint32_t i = entry(o, table, hash % buckets); i && i >= first && i < o->f.n; i++) {
		uint32_t seen = entry(o, table, (uint64_t)buckets + (i - first));
		if ((seen | 1) == (hash | 1) && is_definition_of(o, i, name))
			return true;
		if (seen & 1)
			break;
	}
	return false;
}

static bool defines_by_hash(const struct elf_object *o, const char *name)
{
	uint32_t hash = 0, buckets = entry(o, o->hash, 0), count = entry(o, o->hash, 1);

	for (const char *c = name; *c; c++) {
		hash = (hash << 4) + (unsigned char)*c;
		hash ^= hash >> 24 & 0xf0;
		hash &= 0x0fffffff;
	}
	if (!buckets)
		return false;
	for (uint32_t i = entry(o, o->hash, 2 + hash % buckets), n = 0; i && n < count && n < o->f.n; n++) {
		if (is_definition_of(o, i, name))
			return true;
		i = entry(o, o->hash, 2 + (uint64_t)buckets + i);
	}
	return false;
}

bool elf_object_defines(const struct elf_object *o, const char *name)
{
	if (o->gnu_hash < o->f.n)
		return defines_by_gnu_hash(o, name);
	return defines_by_hash(o, name);
}
