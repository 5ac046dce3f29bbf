/* SPDX-License-Identifier: MIT */
/* Called by bondctl check; the sentences are bondrun's. */
#include "check_program.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), m = strlen(with);
	return n > m && strcmp(name + n - m, with) == 0;
}

bool check_program_is_elsewhere(const char *name)
{
	char path[PATH_MAX];

	return name[0] && !strchr(name, '/') && !ends(name, ".cfg") && !ends(name, ".conf") && access(name, F_OK) != 0 &&
		preload_find(name, path, sizeof(path)) != 0;
}

static void look_at_name(struct findings *f, const struct config *c, const struct preload_program *p,
	struct check_sight *sight)
{
	if (program_is_named(c, p))
		return;
	strcpy(sight->idle, "`program` names others");
	findings_say(f, FINDING_WARNING, "`program` names others: libbond does nothing in it");
}

void check_program_elsewhere(struct findings *f, const struct config *c, const char *name, struct check_sight *sight)
{
	static struct preload_program program;

	snprintf(program.name, sizeof(program.name), "%s", name);
	look_at_name(f, c, &program, sight);
	findings_say(f, FINDING_NOTE, "it is not on this machine: whether libbond can be loaded into it, and sees into its TLS, "
		"`bondctl check --for` says where it is");
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
	look_at_name(f, c, &program, sight);
	if (program_edits_tls(c) && program.path[0] && own_tls_explain(program.path, text, sizeof(text))) {
		findings_say(f, FINDING_WARNING, "%s", text);
		own_tls_name(program.path, sight->hidden, sizeof(sight->hidden));
	}
}
