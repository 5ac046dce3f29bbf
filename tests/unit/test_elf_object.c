/* SPDX-License-Identifier: MIT */
/* elf_object: what the libraries of this machine need and define, by either hash table, and that
 * damaged ones are safe. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ctl/elf_object.c"

static uint8_t bytes[8 << 20];

/* Of the library that has a function, or of one beside it. */
static size_t read_library(void *function, const char *beside)
{
	char path[4096];
	Dl_info info;

	cr_assert(dladdr(function, &info) && info.dli_fname);
	snprintf(path, sizeof(path), "%s", info.dli_fname);
	if (beside)
		strcpy(strrchr(path, '/') + 1, beside);
	FILE *file = fopen(path, "re");
	cr_assert(file, "%s", path);
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return n;
}

Test(elf_object, a_library)
{
	struct elf_object o;
	bool loader = false;

	cr_assert(elf_object_open(&o, bytes, read_library((void *)(uintptr_t)&gnu_get_libc_version, NULL)));
	cr_expect_str_eq(o.soname, "libc.so.6");
	for (unsigned i = 0; elf_object_needed(&o, i); i++)
		loader = loader || strstr(elf_object_needed(&o, i), "ld-linux") || strstr(elf_object_needed(&o, i), "ld64");
	cr_expect(loader);
	cr_expect(elf_object_defines(&o, "connect") && elf_object_defines(&o, "sendto"));
	cr_expect(!elf_object_defines(&o, "SSL_write") && !elf_object_defines(&o, ""));
	cr_expect(!elf_object_defines(&o, "__tls_get_addr"), "that one it only needs");
	/* the same by the older table alone, where it has one */
	o.gnu_hash = o.f.n;
	cr_expect(elf_object_defines(&o, "connect") == (o.hash != o.f.n) && !elf_object_defines(&o, "SSL_write"));
}

/* What libdl.so.2 defines. */
#if __GLIBC_PREREQ(2, 34)
#define SYMBOL "__libdl_version_placeholder"
#else
#define SYMBOL "dlopen"
#endif

static void ask(const uint8_t *p, size_t n)
{
	struct elf_object o;

	if (!elf_object_open(&o, p, n))
		return;
	for (unsigned i = 0; i < 8 && elf_object_needed(&o, i); i++)
		cr_assert(strlen(elf_object_needed(&o, i)) < n);
	elf_object_defines(&o, SYMBOL);
	elf_object_defines(&o, "SSL_write");
	o.gnu_hash = o.f.n;
	elf_object_defines(&o, SYMBOL);
}

Test(elf_object, damaged_ones_are_safe)
{
	size_t n = read_library((void *)(uintptr_t)&gnu_get_libc_version, "libdl.so.2"), room = (n + 4095) & ~4095ul;
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	uint8_t *area = mmap(NULL, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct elf_object o;

	cr_assert(area != MAP_FAILED && mprotect(area + room, 4096, PROT_NONE) == 0);
	memcpy(area + room - n, bytes, n);
	cr_assert(elf_object_open(&o, area + room - n, n) && elf_object_defines(&o, SYMBOL));
	for (size_t i = 0; i < n; i++) { /* in place, each byte */
		for (size_t v = 0; v < sizeof(values); v++) {
			area[room - n + i] = values[v];
			ask(area + room - n, n);
		}
		area[room - n + i] = bytes[i];
	}
	for (size_t k = 0; k < n; k += 7) { /* ends early, before a page that cannot be read */
		memcpy(area + room - k, bytes, k);
		ask(area + room - k, k);
	}
}
