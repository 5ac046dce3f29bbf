/* SPDX-License-Identifier: MIT */
/* The constructor: reads the environment and the INI, then opens the hooks. Runs once, before main,
 * after the constructors of the program's own libraries. A file that is wrong ends the host before
 * it has begun, because a shim that silently does nothing sends calls out of the wrong side. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/ini.h"
#include "config/terminal.h"
#include "core/arrival.h"
#include "preload/datagram/arrive.h"
#include "core/domains.h"
#include "preload/sockets/note.h"
#include "core/names.h"
#include "preload/datagram/leave.h"
#include "libbond.h"
#include "core/listeners.h"
#include "preload/trace/notices.h"
#include "core/hears.h"
#include "preload/real/real.h"
#include "segment/area.h"
#include "segment/choices.h"
#include "hot.h"
#include "segment/streams.h"
#include "preload/trace/trace.h"
#include "preload/datagram/fast.h"

#define DEFAULT_FILE "/etc/bond.ini"
#define MANY_TARGETS 4096 /* with fewer, what the load took is not worth the work */
#define ACTIVE_MARK "BOND_ACTIVE" /* in the environment of a host's children */

int shim_mode;
const struct config *shim_config;
const struct match *shim_match;
uintptr_t shim_address_span, shim_active_span;

static struct config config;

void shim_has_clients(void)
{
	shim_mode |= SHIM_CLIENTS;
	shim_active_span = 0;
}

const char __attribute__((visibility("default"))) *bond_version(void)
{
	return BOND_VERSION;
}

static const char *environment(const char *name)
{
	return getauxval(AT_SECURE) ? NULL : getenv(name);
}

/* Whether `program` names the executable, by the file's name or the name it was called by. */
static bool is_wanted(const struct config *c)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *base = "";

	if (n > 0) {
		path[n] = 0;
		base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	}
	for (size_t i = 0; i < c->program_count; i++) {
		if (strcmp(c->programs[i], base) == 0 ||
			strcmp(c->programs[i], program_invocation_short_name) == 0)
			return true;
	}
	return c->program_count == 0;
}

/* Says what is wrong with the file. Returns only where the program is to run on, inert. */
static void refuse(int error, const struct findings *f, const char *file)
{
	const char *on_error = environment("BOND_ON_ERROR");
	bool later = findings_pass(f) || error == ENOMEM;

	findings_print(f, file, stderr, false);
	if (environment(ACTIVE_MARK)) {
		terminal_printf(stderr, "libbond: %s[%d] was started by a host that runs with libbond and "
				"goes on without it\n",
			program_invocation_short_name, (int)getpid());
		return;
	}
	if (on_error && strcmp(on_error, "pass") == 0) {
		terminal_printf(stderr, "libbond: %s[%d] runs without libbond (BOND_ON_ERROR=pass)\n",
			program_invocation_short_name, (int)getpid());
		return;
	}
	if (on_error && strcmp(on_error, "exit") != 0)
		terminal_printf(stderr, "libbond: BOND_ON_ERROR=%s: write exit or pass\n", on_error);
	if (later)
		terminal_printf(stderr, "libbond: %s is not started now; start it again when what is missing is "
				"there (exit status 75), or correct the file (bondctl check %s)\n",
			program_invocation_short_name, file);
	else
		terminal_printf(stderr, "libbond: %s is not started; correct the file (bondctl check %s), or set "
				"BOND_ON_ERROR=pass to run without libbond\n",
			program_invocation_short_name, file);
	fflush(stderr);
	_exit(later ? EX_TEMPFAIL : EX_CONFIG);
}

/* The configuration to be read, NULL = none. */
static const char *config_file(void)
{
	const char *file = environment("BOND_CONFIG");

	if (file && *file)
		return file;
	return access(DEFAULT_FILE, F_OK) == 0 ? DEFAULT_FILE : NULL;
}

/* Reads the configuration; false: none, none that can be used, or one for other programs. */
static bool load(const char *file)
{
	struct findings findings;

	if (!file)
		return false;
	int error = config_load_host(&config, file, is_wanted, &findings);
	if (error == 0 && !is_wanted(&config))
		error = ECANCELED;
	/* A program that the file leaves alone is none the worse for a mistake in it. */
	if (error && error != ECANCELED)
		refuse(error, &findings, file);
	findings_free(&findings);
	if (error)
		config_free(&config);
	return !error;
}

static void say_unreachable(void)
{
	char text[512];

	snprintf(text, sizeof(text), "bondctl cannot reach this host: %s", segment_trouble());
	trace_say(text);
}

__attribute__((constructor)) static void start(void)
{
	int saved = errno;
	struct match *match;
	const char *file = config_file();

	real_init();
	bool loaded = load(file);
	if (!loaded && !environment("BOND_TRACE")) {
		errno = saved;
		return;
	}
	if (!loaded)
		config = (struct config){0}; /* no route, no member: only the trace works */
	if (match_compile(&match, &config) != 0) {
		if (!loaded)
			return;
		fprintf(stderr, "libbond: not enough memory for the routes\n");
		_exit(EX_OSERR);
	}
	shim_match = match;
	bool many = config.target_count > MANY_TARGETS;
	config_drop_prefixes(&config);
	if (many)
		malloc_trim(0); /* what the load took, and free() kept for later */
	if (loaded)
		domains_init(&config, segment_init(file, domains_room(&config)));
	shim_address_span = (UINT64_C(1) << 47) - SHIM_ADDRESS_LOW;
	shim_config = &config;
	fds_init();
	shared_init();
	notices_init();
	stream_state_init();
	fast_init();
	listeners_init(&config);
	if (loaded)
		hears_init();
	names_init(&config);
	arrival_init(&config);
	arrive_init(&config);
	leave_init(&config);
	trace_init(&config);
	if (loaded)
		setenv(ACTIVE_MARK, "1", 1);
	shim_mode = SHIM_ACTIVE | (trace_on ? SHIM_TRACE : 0);
	shim_active_span = trace_on ? 0 : shim_address_span;
	notices_full_at_start();
	if (loaded && segment_trouble() && trace_on)
		say_unreachable();
	errno = saved;
}

__attribute__((destructor)) static void end(void)
{
	if (shim_mode != SHIM_INERT)
		notices_end();
	segment_end();
}
