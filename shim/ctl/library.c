/* SPDX-License-Identifier: MIT */
#include "library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installed.h"
#include "preload.h"

void library_find(char path[PATH_MAX])
{
	if (installed_find(LIBRARY, path))
		return;
	fputs("bondrun: there is no " LIBRARY " beside bondrun, nor below ../lib, /usr/local/lib or /usr/lib. Run make, "
	      "or make install\n",
		stderr);
	exit(LIBRARY_EXIT);
}

void library_read(const char *path, struct elf_facts *facts)
{
	static const char mark[] = "@(#)libbond ";
	const void *bytes;
	size_t n;
	int error;

	if (strpbrk(path, " :\t\n")) {
		fprintf(stderr,
			"bondrun: %s: the loader cannot take a library whose path has a space or a colon. "
			"Move libbond to another folder\n",
			path);
		exit(LIBRARY_EXIT);
	}
	error = preload_map(path, &bytes, &n);
	if (!error)
		error = elf_read(facts, bytes, n);
	if (error) {
		fprintf(stderr, "bondrun: %s: %s. Run make, or make install\n", path,
			error == ENOEXEC || error == EINVAL ? "not a shared library"
							    : strerror(error));
		exit(LIBRARY_EXIT);
	}
	const char *found = memmem(bytes, n, mark, sizeof(mark) - 1);
	if (!found) {
		fprintf(stderr,
			"bondrun: %s is another library of that name: it bears no version of "
			"libbond. Install bondrun and " LIBRARY " from the same build\n",
			path);
		exit(LIBRARY_EXIT);
	}
	const char *version = found + sizeof(mark) - 1;
	size_t length = strnlen(version, n - (size_t)(version - (const char *)bytes));
	if (length != strlen(BOND_VERSION) || memcmp(version, BOND_VERSION, length)) {
		fprintf(stderr,
			"bondrun: %s is of version %.*s, bondrun of " BOND_VERSION
			". Install both from the same build\n",
			path, (int)(length < 32 ? length : 32), version);
		exit(LIBRARY_EXIT);
	}
}
