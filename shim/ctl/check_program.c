/* SPDX-License-Identifier: MIT */
/* Called by bondctl check; the sentences are bondrun's. */
#include "check_program.h"

#include <string.h>
#include <sys/mman.h>

#include "config/build.h"
#include "own_tls.h"
#include "preload.h"
#include "program.h"

bool check_program_is(const char *name, char *path, size_t size)
{
	const void *bytes = NULL;
	size_t n = 0;

	if (preload_find(name, path, size) != 0 || preload_map(path, &bytes, &n) != 0 || n < 4)
		return false;
	bool is = memcmp(bytes, "\177ELF", 4) == 0 || memcmp(bytes, "#!/", 3) == 0 || memcmp(bytes, "#! ", 3) == 0;
	munmap((void *)(uintptr_t)bytes, n);
	return is;
}

/* The library is of the same build as this program. */
static bool own_facts(struct elf_facts *facts)
{
	const void *bytes = NULL;
	size_t n = 0;

	return preload_map("/proc/self/exe", &bytes, &n) == 0 && elf_read(facts, bytes, n) == 0;
}

void check_program(struct findings *f, const struct config *c, const char *path, const struct preload_starter *by,
	struct check_sight *sight)
{
	static struct preload_program program;
	static char text[PRELOAD_TEXT_SIZE];
	struct elf_facts own;

	sight->program = path;
	if (!own_facts(&own))
		return;
	switch (preload_check(&own, path, path, by, &program, text)) {
	case PRELOAD_WORKS: break;
	case PRELOAD_UNKNOWN: findings_say(f, FINDING_WARNING, "%s", text); return;
	case PRELOAD_IMPOSSIBLE:
	case PRELOAD_NOT_STARTED:
		strcpy(sight->idle, "libbond.so cannot be loaded into the program");
		findings_say(f, FINDING_ERROR, "%s", text);
		return;
	}
	if (!program_is_named(c, &program)) {
		strcpy(sight->idle, "`program` names others");
		findings_say(f, FINDING_WARNING, "`program` names others: libbond does nothing in it");
	}
	if (program_edits_tls(c) && program.path[0] && own_tls_explain(program.path, text, sizeof(text))) {
		findings_say(f, FINDING_WARNING, "%s", text);
		own_tls_name(program.path, sight->hidden, sizeof(sight->hidden));
	}
}
