/* SPDX-License-Identifier: MIT */
/* elf(5). Called by preload.c; fuzzed. */
#include "elf.h"

#include <errno.h>
#include <string.h>

#include "base/older.h"
#include "elf_bytes.h"

#define BUILDINFO_WITHIN 65536 /* of the first writable segment, as Go's debug/buildinfo */

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

/* A note "Go", type 4 (the build ID), which strip leaves in place. */
static bool notes_say_go(const struct elf_bytes *f, const struct elf_segment *s)
{
	uint64_t at = s->offset, end = s->offset + s->size;

	while (end - at >= 12) {
		uint64_t name = elf_number(f, at, 4), desc = elf_number(f, at + 4, 4);
		if (name == 4 && elf_number(f, at + 8, 4) == 4 && end - at >= 16 &&
			!memcmp(f->p + at + 12, "Go\0", 4))
			return true;
		uint64_t size = 12 + ((name + 3) & ~3ull) + ((desc + 3) & ~3ull);
		if (size > end - at)
			break;
		at += size;
	}
	return false;
}

static bool data_says_go(const struct elf_bytes *f, const struct elf_segment *s)
{
	static const char magic[] = "\xff Go buildinf:";
	uint64_t n = s->size < BUILDINFO_WITHIN ? s->size : BUILDINFO_WITHIN;

	for (uint64_t i = -s->address & 15; i + sizeof(magic) <= n; i += 16) {
		if (!memcmp(f->p + s->offset + i, magic, sizeof(magic) - 1))
			return true;
	}
	return false;
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
static void read_needed(struct elf_facts *facts, const struct elf_bytes *f, const struct elf_segment *s,
	uint64_t strings)
{
	uint64_t tag, value;

	for (unsigned i = 0; elf_dynamic(f, s, i, &tag, &value); i++) {
		if (tag != DT_NEEDED || !elf_inside(f, strings, value) || strings + value >= f->n)
			continue;
		const char *name = (const char *)f->p + strings + value;
		size_t n = strnlen(name, f->n - strings - value);
		if (is_sanitizer(name, n)) {
			facts->sanitizer = name;
			facts->sanitizer_length = n;
		}
	}
}

static void read_dynamic(struct elf_facts *facts, const struct elf_bytes *f, const struct elf_segment *s)
{
	uint64_t strings = 0, soname = 0, at, tag, value;
	bool named = false;

	for (unsigned i = 0; elf_dynamic(f, s, i, &tag, &value); i++) {
		if (tag == DT_STRTAB)
			strings = value;
		if (tag == DT_SONAME) {
			soname = value;
			named = true;
		}
	}
	at = elf_offset_of(f, strings);
	read_needed(facts, f, s, at);
	if (!named || !elf_inside(f, at, soname) || at + soname >= f->n)
		return;
	facts->soname = (const char *)f->p + at + soname;
	facts->soname_length = strnlen(facts->soname, f->n - at - soname);
}

static int read_segments(struct elf_facts *facts, const struct elf_bytes *f)
{
	uint64_t phoff = ELF_FIELD(f, 0, Ehdr, e_phoff);
	unsigned count = (unsigned)ELF_FIELD(f, 0, Ehdr, e_phnum);
	unsigned size = (unsigned)ELF_FIELD(f, 0, Ehdr, e_phentsize);
	struct elf_segment s;

	if (size < (f->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) && count)
		return EINVAL;
	if (count > ELF_SEGMENTS_MAX || phoff > f->n)
		return EINVAL;
	for (unsigned i = 0; i < count; i++) {
		if (!elf_segment(f, i, &s))
			return EINVAL;
		if (s.type != PT_INTERP && s.type != PT_DYNAMIC && s.type != PT_NOTE &&
			s.type != PT_LOAD)
			continue;
		if (!elf_inside(f, s.offset, s.size))
			return EINVAL;
		if (s.type == PT_INTERP) {
			facts->interpreter = (const char *)f->p + s.offset;
			facts->interpreter_length = strnlen(facts->interpreter, s.size);
		} else if (s.type == PT_DYNAMIC) {
			facts->dynamic = true;
			read_dynamic(facts, f, &s);
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
	struct elf_bytes f;

	memset(facts, 0, sizeof(*facts));
	if (n < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG))
		return ENOEXEC;
	bool known = elf_bytes_open(&f, bytes, n);
	facts->bits = f.p[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	facts->big_endian = f.p[EI_DATA] == ELFDATA2MSB;
	if (!known)
		return EINVAL;
	facts->machine = (uint16_t)ELF_FIELD(&f, 0, Ehdr, e_machine);
	facts->type = (uint16_t)ELF_FIELD(&f, 0, Ehdr, e_type);
	return read_segments(facts, &f);
}
