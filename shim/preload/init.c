/* SPDX-License-Identifier: MIT */
/* The constructor: reads the environment and the INI, then opens the hooks. Runs once, before main,
 * after the constructors of the program's own libraries. A file that is wrong ends the host before
 * it has begun, because a shim that silently does nothing sends calls out of the wrong side. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/generation.h"
#include "base/path.h"
#include "base/raw.h"
#include "config/attached.h"
#include "config/ini.h"
#include "config/terminal.h"
#include "config/text.h"
#include "dns/targets.h"
#include "dns/table_memory.h"
#include "preload/datagram/fast.h"
#include "preload/housekeeping/thread.h"
#include "preload/lookup/attempt.h"
#include "preload/lookup/serve.h"
#include "preload/opened/begun.h"
#include "preload/opened/abreast.h"
#include "preload/opened/trouble.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "preload/sockets/note.h"
#include "preload/trace/log.h"
#include "preload/trace/notices.h"
#include "preload/trace/setup.h"
#include "segment/area.h"
#include "segment/processes.h"
#include "segment/counters.h"
#include "segment/source.h"
#include "hot.h"
#include "libbond.h"
#include "process.h"
#include "renew.h"
#include "tally.h"

#define DEFAULT_FILE "/etc/bond.ini"
#define MANY_TARGETS 4096 /* with fewer, what the load took is not worth the work */
#define ACTIVE_MARK "BOND_ACTIVE" /* in the environment of a host's children */

const char __attribute__((visibility("default"))) *bond_version(void)
{
	return BOND_VERSION;
}

static const char *environment(const char *name)
{
	return getauxval(AT_SECURE) ? NULL : getenv(name);
}

/* The name of the executable's file, within path; "" = it cannot be told. */
static const char *executable(char path[4096])
{
	ssize_t n = readlink("/proc/self/exe", path, 4095);

	path[n > 0 ? n : 0] = 0;
	return path_base(path);
}

/* They are to tell what is wrong with a file, and are no host among others, also in a shell that has libbond; and in a
 * service's commands as root (+) they would make its trace file, in which the service's user could not write. */
static bool is_own_tool(void)
{
	char path[4096];
	const char *base = executable(path);

	return strcmp(base, "bondctl") == 0 || strcmp(base, "bondrun") == 0;
}

/* Whether `program` names the executable, by the file's name or the name it was called by. */
static bool is_wanted(const struct config *c)
{
	char path[4096];
	const char *base = executable(path);

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

/* Whether a program runs on where something is wrong. */
static bool goes_on(void)
{
	const char *on_error = environment("BOND_ON_ERROR");

	return on_error && strcmp(on_error, "pass") == 0;
}

/* The configuration to be read, NULL = none. */
static const char *config_file(void)
{
	const char *file = environment("BOND_CONFIG");

	if (is_own_tool())
		return NULL;
	if (file && *file)
		return file;
	return access(DEFAULT_FILE, F_OK) == 0 ? DEFAULT_FILE : NULL;
}

/* Where a member is to be opened by sk_lookup alone, and that cannot be had. */
static void refuse_lookup(int error, const struct config *c, const char *file)
{
	struct findings f = {0};

	if (trouble_goes_on())
		return;
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		char *text;
		if (m->open != OPEN_LOOKUP)
			continue;
		if (asprintf(&text, "this member is to be opened by sk_lookup, which %s", attempt_reason(error)) < 0)
			text = NULL;
		findings_add(&f, FINDING_ERROR, m->place, strlen(m->written), NULL, 0, text);
	}
	if (f.error_count)
		refuse(error, &f, text_name(file));
	findings_free(&f);
}

/* Reads the configuration; false: none, none that can be used, or one for other programs. */
static bool load(const char *file, struct config *c)
{
	struct findings findings;

	if (!file)
		return false;
	int error = config_load_host(c, file, is_wanted, &findings);
	if (error == 0 && !is_wanted(c))
		error = ECANCELED;
	/* A program that the file leaves alone is none the worse for a mistake in it. */
	if (error && error != ECANCELED)
		refuse(error, &findings, text_name(file));
	findings_free(&findings);
	trouble_init(text_name(file), environment(ACTIVE_MARK) || goes_on());
	int unled = error ? 0 : serve_start(c);
	if (unled)
		refuse_lookup(unled, c, file);
	if (error)
		config_free(c);
	return !error;
}

static void say_unreachable(void)
{
	char text[512];

	snprintf(text, sizeof(text), "bondctl cannot reach this host: %s", segment_trouble(&this_host.segment));
	trace_say(text);
}

static void end_for_memory(const char *what)
{
	fprintf(stderr, "libbond: not enough memory for the %s\n", what);
	_exit(EX_OSERR);
}

/* Where the kernel has no random bytes yet, those that it gave the process. */
static void make_proof(struct prf_key *key)
{
	const void *given = (const void *)getauxval(AT_RANDOM);

	if (raw_syscall(SYS_getrandom, (long)key, sizeof(*key), GRND_NONBLOCK, 0) != sizeof(*key) && given)
		prf_key(key, given, sizeof(*key));
}

/* What the file says as all processes of the host are to have it; without one there is no route and no
 * member, and only the trace works. Takes c, but for what is needed of its domains. */
static struct image *make_image(struct rules *r)
{
	struct image *image = NULL;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (rules_make(r) != 0 ||
		image_write(&image, &r->config, r->match, NULL, (uint64_t)now.tv_sec) != 0)
		end_for_memory("routes");
	make_proof(&image->proof);
	match_free((struct match *)(uintptr_t)r->match);
	return image;
}

/* Where the file is a plain one, or the text itself, which bondctl finds nowhere else. */
static bool names_text(const char *file, struct stat *st, char path[4096])
{
	if (text_name(file) == file)
		return stat(file, st) == 0 && S_ISREG(st->st_mode) && realpath(file, path);
	*st = (struct stat){.st_size = 0};
	strcpy(path, text_name(file));
	return true;
}

/* Puts the file's text, without its secrets, behind the image; the size of all. */
static size_t add_source(struct image **image, const char *file)
{
	struct source source = {.generation = (*image)->generation, .published = segment_now()};
	size_t size = (*image)->size, n, total;
	void *bytes = *image;
	char path[4096], *text = NULL;
	struct stat st;

	if (!names_text(file, &st, path) || config_read(file, &text, &n) != 0) {
		free(text);
		return size;
	}
	source.inode = st.st_ino;
	source.size = (uint64_t)st.st_size;
	source.changed = segment_changed(&st);
	source.lists = attached_stamp(text, n);
	source_blank(text, n);
	if (source_append(&bytes, size, &source, path, text, n, &total) == 0)
		size = total;
	*image = bytes;
	free(text);
	return size;
}

static void before_fork(void)
{
	begun_forks();
	segment_begin_fork(&this_host.segment);
}

static void after_fork(void)
{
	segment_child_forked(&this_host.segment);
	renew_forked();
	abreast_forked();
}

/* How large the table of DNS is. */
struct dns_room {
	uint32_t domains, addresses;
	size_t size;
};

static struct dns_room dns_room(const struct config *c)
{
	struct dns_room room;

	targets_host_room(c, &room.domains, &room.addresses);
	room.size = table_size(room.domains, room.addresses);
	return room;
}

/* The numbers that the domains of c get in a table with room for so many: those that they will have. */
static void number_domains(struct image *image, const struct config *c, uint32_t domains)
{
	size_t size = c->target_count ? table_size(domains, 1) : 0;
	void *area = size ? aligned_alloc(64, size) : NULL;
	struct table t;

	if (!area)
		return;
	memset(area, 0, size);
	if (table_format(area, size, domains, 1) == 0 && table_attach(&t, area, size) == 0)
		targets_register(&t, c, image_numbers(image));
	free(area);
}

/* What DNS says of the domains of c, and of those of rules to come: in the segment. */
static void make_table(const struct dns_room *room, const struct config *c)
{
	void *area = this_host.segment.dns;
	uint16_t *numbers = area ? calloc(c->target_count + 1, sizeof(*numbers)) : NULL;

	if (numbers && table_format(area, room->size, room->domains, room->addresses) == 0 &&
		table_attach(&this_host.dns, area, room->size) == 0) {
		this_host.dns.generation = this_host.segment.generation;
		targets_register(&this_host.dns, c, numbers);
	}
	free(numbers);
}

/* The memory that the host's processes share. Returns where the image lies from now on. */
static const struct image *make_segment(const char *file, struct image *image, const struct config *c)
{
	struct dns_room room = dns_room(c);
	struct segment_wants wants = {.ini = file ? text_name(file) : NULL, .page = &page};

	if (file) {
		number_domains(image, c, room.domains);
		wants.pairs = tally_expected(c);
		wants.dns_size = room.size;
		wants.image_size = add_source(&image, file);
		wants.image = image;
		pthread_atfork(before_fork, NULL, after_fork);
	}
	atomic_store(&page.p.generation, GENERATION_FIRST);
	segment_init(&this_host.segment, &wants);
	make_table(&room, c);
	uint64_t at = segment_current_offset(segment_current(&page.p));
	if (!at)
		return image;
	free(image);
	return segment_at(&this_host.segment, at);
}

/* Those that come later come behind them. */
static void share_addresses(struct locals *l, const struct hears *h)
{
	if (!l)
		return;
	memcpy(l->addrs, h->local, h->local_count * sizeof(h->local[0]));
	l->count = (uint32_t)h->local_count;
	l->network = ask_network();
}

/* What is known of the host's sockets: nothing yet. */
static void make_host(bool loaded, const struct image *image)
{
	owner_init();
	ask_init();
	note_init();
	segment_tell_descriptors(&this_host.segment, this_host.sockets.records,
		sizeof(*this_host.sockets.records) * (size_t)this_host.sockets.max);
	fast_init();
	if (loaded && !ask_addresses(&this_host.hears))
		counters_add_full(this_host.segment.counters, FULL_ADDRESSES);
	if (loaded)
		share_addresses(this_host.segment.locals, &this_host.hears);
	this_host.names.shown = this_host.segment.shown;
	if (!renew_first(image))
		end_for_memory("rules");
	if (loaded)
		housekeeping_init(&rules_now()->config);
}

/* From now on calls are followed, and decided. */
static void open_hooks(void)
{
	page.p.active_span = trace_on ? 0 : hot.address_span;
	/* bondctl may have been there already */
	__atomic_fetch_or(&page.p.mode, HOT_ACTIVE | (trace_on ? HOT_TRACE_FILE : 0), __ATOMIC_SEQ_CST);
}

__attribute__((constructor)) static void start(void)
{
	int saved = errno;
	const char *file = config_file();

	real_init();
	struct rules r = {0};
	bool loaded = load(file, &r.config);
	if (!loaded && (!environment("BOND_TRACE") || is_own_tool())) {
		errno = saved;
		return;
	}
	if (!loaded)
		r.config = (struct config){0};
	bool many = r.config.target_count > MANY_TARGETS;
	struct image *made = make_image(&r);
	const struct image *image = make_segment(loaded ? file : NULL, made, &r.config);
	config_free(&r.config);
	if (many)
		malloc_trim(0); /* what the load took, and free() kept for later */
	hot.address_span = (UINT64_C(1) << 47) - HOT_ADDRESS_LOW;
	make_host(loaded, image);
	trace_init(&rules_now()->config);
	if (loaded)
		setenv(ACTIVE_MARK, "1", 1);
	open_hooks();
	serve_inherited();
	notices_say();
	if (loaded && segment_trouble(&this_host.segment) && trace_on)
		say_unreachable();
	errno = saved;
}

__attribute__((destructor)) static void end(void)
{
	if (page.p.mode != HOT_INERT)
		notices_end();
	segment_end(&this_host.segment);
}
