/* SPDX-License-Identifier: MIT */
/* elf(5). Called by preload.c; fuzzed. Every offset is checked against the length. */
#include "elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define SEGMENTS_MAX 1024
#define DYNAMIC_MAX 4096      /* entries looked at */
#define BUILDINFO_WITHIN 65536 /* of the first writable segment, as Go's debug/buildinfo */

struct file {
	const uint8_t *p;
	size_t n;
	bool big;
	bool wide; /* 64-bit */
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, size, address;
};

static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {{EM_386, "x86"}, {EM_X86_64, "x86-64"}, {EM_ARM, "ARM"}, {EM_AARCH64, "AArch64"},
	{EM_PPC, "PowerPC"}, {EM_PPC64, "PowerPC 64"}, {EM_S390, "s390"}, {EM_RISCV, "RISC-V"},
	{EM_MIPS, "MIPS"}, {EM_SPARC, "SPARC"}, {EM_SPARCV9, "SPARC 64"}, {EM_68K, "m68k"},
	{EM_LOONGARCH, "LoongArch"}, {EM_IA_64, "IA-64"}};

const char *elf_machine_name(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine == machine)
			return machines[i].name;
	}
	return NULL;
}

static bool inside(const struct file *f, uint64_t at, uint64_t size)
{
	return at <= f->n && size <= f->n - at;
}

/* A number of 2, 4 or 8 bytes; 0 beyond the end. */
static uint64_t number(const struct file *f, uint64_t at, int size)
{
	uint64_t v = 0;

	if (!inside(f, at, (uint64_t)size))
		return 0;
	for (int i = 0; i < size; i++) {
		int from = f->big ? i : size - 1 - i;
		v = v << 8 | f->p[at + (uint64_t)from];
	}
	return v;
}

static uint64_t word(const struct file *f, uint64_t at)
{
	return number(f, at, f->wide ? 8 : 4);
}

#define FIELD(f, base, type, field) \
	((f)->wide ? number(f, (base) + offsetof(Elf64_##type, field), \
			     sizeof(((Elf64_##type *)0)->field)) \
		   : number(f, (base) + offsetof(Elf32_##type, field), \
			     sizeof(((Elf32_##type *)0)->field)))

static bool read_segment(const struct file *f, uint64_t at, struct segment *s)
{
	if (!inside(f, at, f->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return false;
	s->type = (uint32_t)FIELD(f, at, Phdr, p_type);
	s->flags = (uint32_t)FIELD(f, at, Phdr, p_flags);
	s->offset = FIELD(f, at, Phdr, p_offset);
	s->size = FIELD(f, at, Phdr, p_filesz);
	s->address = FIELD(f, at, Phdr, p_vaddr);
	return true;
}

/* A note "Go", type 4 (the build ID), which strip leaves in place. */
static bool notes_say_go(const struct file *f, const struct segment *s)
{
	uint64_t at = s->offset, end = s->offset + s->size;

	while (end - at >= 12) {
		uint64_t name = number(f, at, 4), desc = number(f, at + 4, 4);
		if (name == 4 && number(f, at + 8, 4) == 4 && end - at >= 16 &&
			!memcmp(f->p + at + 12, "Go\0", 4))
			return true;
		uint64_t size = 12 + ((name + 3) & ~3ull) + ((desc + 3) & ~3ull);
		if (size > end - at)
			break;
		at += size;
	}
	return false;
}

static bool data_says_go(const struct file *f, const struct segment *s)
{
	static const char magic[] = "\xff Go buildinf:";
	uint64_t n = s->size < BUILDINFO_WITHIN ? s->size : BUILDINFO_WITHIN;

	for (uint64_t i = -s->address & 15; i + sizeof(magic) <= n; i += 16) {
		if (!memcmp(f->p + s->offset + i, magic, sizeof(magic) - 1))
			return true;
	}
	return false;
}

/* The file offset of an address, or n. */
static uint64_t offset_of(const struct file *f, uint64_t phoff, unsigned count, unsigned size,
	uint64_t address)
{
	struct segment s;

	for (unsigned i = 0; i < count && read_segment(f, phoff + (uint64_t)i * size, &s); i++) {
		if (s.type == PT_LOAD && address >= s.address && address - s.address < s.size &&
			inside(f, s.offset, s.size))
			return s.offset + (address - s.address);
	}
	return f->n;
}

static bool is_sanitizer(const char *name, size_t n)
{
	static const char *const runtimes[] = {"libasan.so", "libclang_rt.asan", "libhwasan.so",
		"libclang_rt.hwasan"};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		if (n >= strlen(runtimes[i]) && !memcmp(name, runtimes[i], strlen(runtimes[i])))
			return true;
	}
	return false;
}

/* strings: the file offset of the names. */
static void read_needed(struct elf_facts *facts, const struct file *f, const struct segment *s,
	uint64_t strings)
{
	uint64_t step = f->wide ? 16 : 8;

	for (uint64_t i = 0; i < DYNAMIC_MAX && (i + 1) * step <= s->size; i++) {
		uint64_t tag = word(f, s->offset + i * step);
		uint64_t value = word(f, s->offset + i * step + step / 2);
		if (tag == DT_NULL)
			break;
		if (tag != DT_NEEDED || !inside(f, strings, value) || strings + value >= f->n)
			continue;
		const char *name = (const char *)f->p + strings + value;
		size_t n = strnlen(name, f->n - strings - value);
		if (is_sanitizer(name, n)) {
			facts->sanitizer = name;
			facts->sanitizer_length = n;
		}
	}
}

static void read_dynamic(struct elf_facts *facts, const struct file *f, const struct segment *s,
	uint64_t phoff, unsigned count, unsigned size)
{
	uint64_t step = f->wide ? 16 : 8, strings = 0, soname = 0, at;
	bool named = false;

	for (uint64_t i = 0; i < DYNAMIC_MAX && (i + 1) * step <= s->size; i++) {
		uint64_t tag = word(f, s->offset + i * step);
		uint64_t value = word(f, s->offset + i * step + step / 2);
		if (tag == DT_NULL)
			break;
		if (tag == DT_STRTAB)
			strings = value;
		if (tag == DT_SONAME) {
			soname = value;
			named = true;
		}
	}
	at = offset_of(f, phoff, count, size, strings);
	read_needed(facts, f, s, at);
	if (!named || !inside(f, at, soname) || at + soname >= f->n)
		return;
	facts->soname = (const char *)f->p + at + soname;
	facts->soname_length = strnlen(facts->soname, f->n - at - soname);
}

static int read_segments(struct elf_facts *facts, const struct file *f)
{
	uint64_t phoff = FIELD(f, 0, Ehdr, e_phoff);
	unsigned count = (unsigned)FIELD(f, 0, Ehdr, e_phnum);
	unsigned size = (unsigned)FIELD(f, 0, Ehdr, e_phentsize);
	struct segment s;

	if (size < (f->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) && count)
		return EINVAL;
	if (count > SEGMENTS_MAX || phoff > f->n)
		return EINVAL;
	for (unsigned i = 0; i < count; i++) {
		if (!read_segment(f, phoff + (uint64_t)i * size, &s))
			return EINVAL;
		if (s.type != PT_INTERP && s.type != PT_DYNAMIC && s.type != PT_NOTE &&
			s.type != PT_LOAD)
			continue;
		if (!inside(f, s.offset, s.size))
			return EINVAL;
		if (s.type == PT_INTERP) {
			facts->interpreter = (const char *)f->p + s.offset;
			facts->interpreter_length = strnlen(facts->interpreter, s.size);
		} else if (s.type == PT_DYNAMIC) {
			facts->dynamic = true;
			read_dynamic(facts, f, &s, phoff, count, size);
		} else if (s.type == PT_NOTE) {
			facts->go = facts->go || notes_say_go(f, &s);
		} else if (s.flags & PF_W) {
			facts->go = facts->go || data_says_go(f, &s);
		}
	}
	return 0;
}

int elf_read(struct elf_facts *facts, const void *bytes, size_t n)
{
	struct file f = {.p = bytes, .n = n};

	memset(facts, 0, sizeof(*facts));
	if (n < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG))
		return ENOEXEC;
	facts->bits = f.p[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	facts->big_endian = f.p[EI_DATA] == ELFDATA2MSB;
	if ((f.p[EI_CLASS] != ELFCLASS64 && f.p[EI_CLASS] != ELFCLASS32) ||
		(f.p[EI_DATA] != ELFDATA2LSB && f.p[EI_DATA] != ELFDATA2MSB))
		return EINVAL;
	f.wide = facts->bits == 64;
	f.big = facts->big_endian;
	if (!inside(&f, 0, f.wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
		return EINVAL;
	facts->machine = (uint16_t)FIELD(&f, 0, Ehdr, e_machine);
	facts->type = (uint16_t)FIELD(&f, 0, Ehdr, e_type);
	return read_segments(facts, &f);
}
