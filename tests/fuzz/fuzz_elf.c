/* SPDX-License-Identifier: MIT */
/* libFuzzer target of elf: any bytes behind the magic; every text must lie in the file. */
#include <stdlib.h>

#include "ctl/elf_bytes.c"
#include "ctl/elf.c"

static void in_file(const char *text, size_t length, const char *p, size_t n)
{
	if (text && (text < p || length > n || text > p + n - length))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* an exact copy, for the sanitizer to see the first byte too far */
	char *p = malloc(n ? n : 1);
	struct elf_facts facts;

	memcpy(p, data, n);
	if (n >= SELFMAG)
		memcpy(p, ELFMAG, SELFMAG);
	if (elf_read(&facts, p, n) != ENOEXEC) {
		in_file(facts.interpreter, facts.interpreter_length, p, n);
		in_file(facts.soname, facts.soname_length, p, n);
		in_file(facts.sanitizer, facts.sanitizer_length, p, n);
		elf_machine_name(facts.machine);
	}
	free(p);
	return 0;
}
