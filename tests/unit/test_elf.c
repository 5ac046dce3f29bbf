/* SPDX-License-Identifier: MIT */
/* elf: what is read from ELF files of both classes and byte orders, from damaged ones, and from the
 * programs of this machine. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/elf.c"

/* ---- a small linker ---- */

struct image {
	uint8_t p[4096];
	size_t n;
	bool wide, big;
	unsigned segments;
};

static void put(struct image *m, size_t at, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		m->p[at + (size_t)i] = (uint8_t)(value >> 8 * (m->big ? size - 1 - i : i));
	if (at + (size_t)size > m->n)
		m->n = at + (size_t)size;
}

#define PUT(m, base, type, field, value) \
	((m)->wide ? put(m, (base) + offsetof(Elf64_##type, field), value, \
			     sizeof(((Elf64_##type *)0)->field)) \
		   : put(m, (base) + offsetof(Elf32_##type, field), value, \
			     sizeof(((Elf32_##type *)0)->field)))

#define HEADER_SIZE(m, type) ((m)->wide ? sizeof(Elf64_##type) : sizeof(Elf32_##type))

static void make_image(struct image *m, bool wide, bool big, uint16_t machine)
{
	memset(m, 0, sizeof(*m));
	m->wide = wide;
	m->big = big;
	memcpy(m->p, ELFMAG, SELFMAG);
	m->p[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
	m->p[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
	m->p[EI_VERSION] = EV_CURRENT;
	PUT(m, 0, Ehdr, e_type, ET_DYN);
	PUT(m, 0, Ehdr, e_machine, machine);
	PUT(m, 0, Ehdr, e_phoff, HEADER_SIZE(m, Ehdr));
	PUT(m, 0, Ehdr, e_phentsize, HEADER_SIZE(m, Phdr));
	m->n = 1024; /* room for program headers; contents follow */
}

static size_t add_segment(struct image *m, uint32_t type, uint32_t flags, const void *p, size_t n,
	uint64_t address)
{
	size_t at = HEADER_SIZE(m, Ehdr) + m->segments++ * HEADER_SIZE(m, Phdr), offset = m->n;

	memcpy(m->p + offset, p, n);
	m->n += n;
	PUT(m, at, Phdr, p_type, type);
	PUT(m, at, Phdr, p_flags, flags);
	PUT(m, at, Phdr, p_offset, offset);
	PUT(m, at, Phdr, p_filesz, n);
	PUT(m, at, Phdr, p_vaddr, address);
	PUT(m, 0, Ehdr, e_phnum, m->segments);
	return offset;
}

static void add_dynamic(struct image *m, const uint64_t (*entries)[2], size_t count)
{
	struct image d = {.wide = m->wide, .big = m->big};
	int size = m->wide ? 8 : 4;

	for (size_t i = 0; i < count; i++) {
		put(&d, d.n, entries[i][0], size);
		put(&d, d.n, entries[i][1], size);
	}
	add_segment(m, PT_DYNAMIC, PF_R, d.p, d.n, 0);
}

static void add_note(struct image *m, const char *name, uint32_t type)
{
	struct image d = {.wide = m->wide, .big = m->big};

	/* First another one, of odd lengths. */
	put(&d, 0, 3, 4);
	put(&d, 4, 5, 4);
	put(&d, 8, 1, 4);
	memcpy(d.p + 12, "XY", 3);
	d.n = 12 + 4 + 8;
	put(&d, d.n, 4, 4);
	put(&d, d.n, 2, 4);
	put(&d, d.n, type, 4);
	memcpy(d.p + d.n, name, 4);
	d.n += 8;
	add_segment(m, PT_NOTE, PF_R, d.p, d.n, 0);
}

/* Reads a copy whose last byte is the last of a page: reading beyond it is a crash. */
static int read_at_edge(struct elf_facts *f, const struct image *m, size_t n)
{
	static uint8_t *area;

	if (!area) {
		area = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + 2 * 4096, 4096, PROT_NONE) == 0);
	}
	memcpy(area + 2 * 4096 - n, m->p, n);
	return elf_read(f, area + 2 * 4096 - n, n);
}

/* A program with everything that is looked for. */
static void make_full(struct image *m, bool wide, bool big)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
	static const char strings[] = "\0libfoo.so.1\0ld-linux.so.2";
	static const uint64_t entries[][2] = {{DT_STRTAB, 0x400010}, {DT_NEEDED, 1}, {DT_SONAME, 13},
		{DT_NULL, 0}, {DT_SONAME, 1}};
	char data[64] = {0};

	make_image(m, wide, big, EM_X86_64);
	memcpy(data + 0x10, strings, sizeof(strings));
	add_segment(m, PT_INTERP, PF_R, loader, sizeof(loader), 0x1000);
	add_segment(m, PT_LOAD, PF_R | PF_X, data, sizeof(data), 0x400000);
	add_dynamic(m, entries, 5);
	add_note(m, "Go\0", 4);
}

Test(elf, both_classes_and_byte_orders)
{
	struct image m;
	struct elf_facts f;

	for (int i = 0; i < 4; i++) {
		make_full(&m, i & 1, i & 2);
		cr_assert(read_at_edge(&f, &m, m.n) == 0);
		cr_expect(f.bits == (i & 1 ? 64 : 32));
		cr_expect(f.big_endian == !!(i & 2));
		cr_expect(f.machine == EM_X86_64 && f.type == ET_DYN);
		cr_expect(f.dynamic && f.go);
		cr_assert(f.interpreter && f.interpreter_length == 27);
		cr_expect(!memcmp(f.interpreter, "/lib64/ld-linux-x86-64.so.2", 27));
		cr_assert(f.soname && f.soname_length == 13);
		cr_expect(!memcmp(f.soname, "ld-linux.so.2", 13), "the first one before DT_NULL");
	}
}

/* The runtimes that want to be the first library, by what the program needs. */
Test(elf, shared_sanitizers)
{
	static const struct {
		const char *needed;
		bool found;
	} m[] = {{"libasan.so.8", true}, {"libclang_rt.asan-x86_64.so", true}, {"libhwasan.so.0", true},
		{"libtsan.so.2", false}, {"libubsan.so.1", false}, {"libc.so.6", false},
		{"libasan", false}, {"", false}};

	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++) {
		const uint64_t entries[][2] = {{DT_NEEDED, 0x20}, {DT_NEEDED, 0x30}, {DT_STRTAB, 0x400000},
			{DT_NEEDED, 0xffff}, {DT_NULL, 0}};
		char data[0x60] = "";
		struct image image;
		struct elf_facts f;
		memcpy(data + 0x20, "libm.so.6", 10);
		memcpy(data + 0x30, m[i].needed, strlen(m[i].needed) + 1);
		make_image(&image, true, false, EM_X86_64);
		add_segment(&image, PT_LOAD, PF_R | PF_X, data, sizeof(data), 0x400000);
		add_dynamic(&image, entries, 5);
		cr_assert(read_at_edge(&f, &image, image.n) == 0);
		cr_expect(!!f.sanitizer == m[i].found, "%s", m[i].needed);
		if (f.sanitizer)
			cr_expect(f.sanitizer_length == strlen(m[i].needed) &&
				!memcmp(f.sanitizer, m[i].needed, f.sanitizer_length));
	}
}

Test(elf, every_shorter_file_is_safe)
{
	struct image m;
	struct elf_facts f;

	for (int i = 0; i < 4; i++) {
		make_full(&m, i & 1, i & 2);
		for (size_t n = 0; n < m.n; n++) {
			int result = read_at_edge(&f, &m, n);
			cr_expect(result == (n < EI_NIDENT ? ENOEXEC : EINVAL), "%zu bytes: %d", n, result);
		}
	}
}

Test(elf, every_changed_byte_is_safe)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	struct image m;
	struct elf_facts f;

	for (int i = 0; i < 4; i++) {
		make_full(&m, i & 1, i & 2);
		for (size_t at = 0; at < m.n; at++) {
			uint8_t was = m.p[at];
			for (size_t k = 0; k < sizeof(values); k++) {
				m.p[at] = values[k];
				read_at_edge(&f, &m, m.n);
				if (f.interpreter)
					cr_expect(f.interpreter_length < m.n);
				if (f.soname)
					cr_expect(f.soname_length < m.n);
			}
			m.p[at] = was;
		}
	}
}

Test(elf, go_by_note_or_build_information)
{
	struct image m;
	struct elf_facts f;
	char data[128] = {0};

	make_image(&m, true, false, EM_X86_64);
	add_note(&m, "GNU", 4);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && !f.go);
	make_image(&m, true, false, EM_X86_64);
	add_note(&m, "Go\0", 3);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && !f.go);
	make_image(&m, true, false, EM_X86_64);
	add_note(&m, "Go\0", 4);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && f.go);

	memcpy(data + 48, "\xff Go buildinf:\x08\x02", 16);
	make_image(&m, true, false, EM_X86_64);
	add_segment(&m, PT_LOAD, PF_R, data, sizeof(data), 0x400000);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && !f.go, "only writable data counts");
	add_segment(&m, PT_LOAD, PF_R | PF_W, data, sizeof(data), 0x500000);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && f.go);
	/* aligned by its address, not by its place in the file */
	make_image(&m, true, false, EM_X86_64);
	add_segment(&m, PT_LOAD, PF_R | PF_W, data + 8, sizeof(data) - 8, 0x500008);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && f.go);
}

Test(elf, refuses_what_is_none)
{
	struct image m;
	struct elf_facts f;

	cr_expect(elf_read(&f, "#!/bin/sh\necho a longer script\n", 31) == ENOEXEC);
	cr_expect(elf_read(&f, "", 0) == ENOEXEC);
	make_image(&m, true, false, EM_X86_64);
	cr_expect(elf_read(&f, m.p, m.n) == 0 && !f.interpreter && !f.dynamic && !f.go);
	m.p[EI_CLASS] = 3;
	cr_expect(elf_read(&f, m.p, m.n) == EINVAL);
	m.p[EI_CLASS] = ELFCLASS64;
	m.p[EI_DATA] = 0;
	cr_expect(elf_read(&f, m.p, m.n) == EINVAL);
	m.p[EI_DATA] = ELFDATA2LSB;
	PUT(&m, 0, Ehdr, e_phnum, 0xffff);
	cr_expect(elf_read(&f, m.p, m.n) == EINVAL);
	PUT(&m, 0, Ehdr, e_phnum, 1);
	PUT(&m, 0, Ehdr, e_phentsize, 8);
	cr_expect(elf_read(&f, m.p, m.n) == EINVAL);
	PUT(&m, 0, Ehdr, e_phentsize, 56);
	PUT(&m, 0, Ehdr, e_phoff, UINT64_MAX - 8);
	cr_expect(elf_read(&f, m.p, m.n) == EINVAL);
}

static void read_file(struct elf_facts *f, const char *path)
{
	static uint8_t bytes[64 << 20];
	FILE *file = fopen(path, "re");

	cr_assert(file, "%s", path);
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	cr_assert(elf_read(f, bytes, n) == 0, "%s", path);
}

Test(elf, programs_of_this_machine)
{
	struct elf_facts f, own;

	read_file(&own, "/proc/self/exe");
	cr_expect(own.bits == 8 * (int)sizeof(long) && own.dynamic && !own.go && !own.big_endian);
	cr_assert(own.interpreter);
	char *loader = strndup(own.interpreter, own.interpreter_length);
	cr_expect(access(loader, X_OK) == 0, "%s", loader);
	uint16_t machine = own.machine;
	cr_expect(elf_machine_name(machine));
	read_file(&f, loader);
	cr_expect(!f.interpreter && f.machine == machine);
	cr_assert(f.soname);
	cr_expect(!strncmp(f.soname, strrchr(loader, '/') + 1, f.soname_length), "%.*s",
		(int)f.soname_length, f.soname);
	free(loader);
	cr_expect(!elf_machine_name(0) && !elf_machine_name(0xfffe));
	cr_expect_str_eq(elf_machine_name(EM_AARCH64), "AArch64");
}
