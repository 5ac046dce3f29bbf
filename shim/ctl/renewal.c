/* SPDX-License-Identifier: MIT */
/* All that can fail without a trace in the host comes first: INI, rules, image, space. */
#include "renewal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "changes.h"
#include "command.h"
#include "config/terminal.h"
#include "config/attached.h"
#include "config/text.h"
#include "core/held.h"
#include "dns/answer.h"
#include "dns/table_append.h"
#include "dns/table_domains.h"
#include "has_rules.h"
#include "host_filters.h"
#include "hosts.h"
#include "inside.h"
#include "publish.h"
#include "restart.h"
#include "restart_open.h"
#include "running_ini.h"

struct work {
	struct running host;
	struct opens_by opens;
	int fd; /* of its file, for writing; -1 = nothing is to be done */
	struct lease lease;

	char *name;  /* of the INI, as messages and the host are to have it */
	char *text;
	size_t text_n;
	struct stat st;
	struct config config;
	struct match *match;

	struct host_image former;
	uint64_t current;
	uint8_t turn;
	struct rules rules; /* of what is to be published */
	void *room, *bytes;
	struct image_rest rest;      /* of replaced rules, when those that are due had gone */
	struct table_numbers added;  /* domains to the table of DNS */
};

static int complain(const struct work *w, const char *text)
{
	fprintf(stderr, "bondctl: %d: %s: nothing was changed\n", (int)w->host.pid, text);
	return EXIT_FAILURE;
}

/* The INI's descriptor and name; -1 after a complaint. */
static int open_ini(struct work *w, const char *ini)
{
	int fd;

	if (!ini) {
		if (running_has_no_file(&w->host) || running_open_ini(&w->host) == RUNNING_INI_CLOSED) {
			running_complain_ini(&w->host);
			complain(w, "its INI is not known");
			return -1;
		}
		w->name = strdup(w->host.head.ini.path);
		return w->name ? dup(w->host.ini_fd) : -1;
	}
	fd = open(ini, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		terminal_printf(stderr, "bondctl: %s: %s\n", ini, strerror(errno));
		return -1;
	}
	w->name = realpath(ini, NULL);
	if (!w->name)
		w->name = strdup(ini);
	return fd;
}

static int read_ini(struct work *w, const char *ini)
{
	int fd = open_ini(w, ini), error;

	if (fd < 0)
		return EXIT_FAILURE;
	error = fstat(fd, &w->st) != 0 ? errno : S_ISREG(w->st.st_mode) ? 0 : EINVAL;
	if (!error)
		error = text_read_open(fd, &w->text, &w->text_n);
	close(fd);
	if (!error)
		error = running_attach(&w->host, ini, &w->text, &w->text_n);
	if (!error)
		return 0;
	terminal_printf(stderr, "bondctl: %s: %s\n", ini ? ini : w->name,
		error == EINVAL ? "this is no plain file" : strerror(error));
	return EXIT_FAILURE;
}

/* As the host sees its machine. */
static int load(struct work *w, const char *ini)
{
	const char *shown = ini ? ini : w->host.ini;
	struct findings f;
	int error = inside_enter(w->host.pid, w->host.root);

	if (error) {
		fprintf(stderr, "bondctl: %d has a network or files of its own, which cannot be looked at (%s): ",
			(int)w->host.pid, strerror(error));
		return complain(w, "addresses would be those of this place");
	}
	error = config_load_text(&w->config, w->name, w->text, w->text_n, &f);
	findings_print(&f, shown, stderr, false);
	findings_free(&f);
	if (error) {
		config_free(&w->config);
		return complain(w, "the file has errors");
	}
	return match_compile(&w->match, &w->config) ? complain(w, "out of memory") : 0;
}

/* Its file, for writing, by the descriptor that was looked at. */
static int open_file(struct work *w)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->host.fd);
	w->fd = open(path, O_RDWR | O_CLOEXEC);
	return w->fd < 0 ? complain(w, strerror(errno)) : 0;
}

/* What is due goes first: also the domains of it are nobody's then. */
static void sweep(struct work *w)
{
	const struct publish p = {w->fd, &w->host.head, &w->lease, w->current, w->turn};

	if (w->fd >= 0)
		publish_sweep(&p, &w->rest);
}

static int read_former(struct work *w)
{
	int error = 0;

	if (w->fd >= 0)
		error = lease_take(&w->lease, w->fd, &w->host.head);
	if (error)
		return complain(w, error == EBUSY ? "another bondctl, or the host itself, changes its rules just now"
			: error == EFBIG ? "its file is larger than bondctl may write (ulimit -f)" : strerror(error));
	error = host_image_current(w->host.fd, &w->host.head, &w->current, &w->turn);
	if (!error)
		error = host_image_read(&w->former, w->host.fd, &w->host.head, w->current);
	if (!error)
		error = running_copy_table(&w->host);
	if (!error)
		sweep(w);
	return error ? complain(w, error == ENOENT ? "its rules are not in its file" : error == ENOMEM
						? "out of memory" : "its file is damaged") : 0;
}

static void say_no_room(const struct work *w, uint32_t line, const char *domain, uint32_t others)
{
	char more[32] = "";

	if (others)
		snprintf(more, sizeof(more), " and %u other%s", others, others == 1 ? "" : "s");
	terminal_printf(stderr, "bondctl: %s:%u: no room is left in the table of %d, which has %u domains, for %s%s: the "
				"name in a request decides, until a reload five minutes after some were removed\n",
		w->name, line, (int)w->host.pid, w->host.has_table ? w->host.table.domain_max : 0, domain, more);
}

/* The numbers of its domains in the table of the host, in which more are noted for publish_domains(). */
static void number_domains(struct work *w, struct image *i)
{
	const struct image_target *t = image_part(i, IMAGE_TARGETS);
	uint16_t *numbers = (uint16_t *)((char *)i + i->parts[IMAGE_DOMAIN_NUMBERS].at);
	struct table *table = w->host.has_table ? &w->host.table : NULL;
	char name[ANSWER_NAME_MAX];
	struct table_numbers meant;
	uint32_t left_out = 0, first = 0;

	rest_domains(&meant, w->host.fd, &w->host.head, w->current);
	for (uint32_t n = 0; n < image_count(i, IMAGE_TARGETS); n++, t++) {
		const char *domain = image_text(i, t->domain);
		numbers[n] = MODEL_NONE;
		if (answer_name(name, domain, strlen(domain)) == 0 && table &&
			table_append(table, name, t->port, t->kind == TARGET_WILDCARD, &meant, &w->added,
				&numbers[n]) == 0)
			continue;
		numbers[n] = MODEL_NONE;
		first = left_out++ ? first : n;
	}
	t = image_part(i, IMAGE_TARGETS);
	if (left_out)
		say_no_room(w, t[first].place.line, image_text(i, t[first].domain), left_out - 1);
}

static int make_image(struct work *w)
{
	struct image *i;
	struct config c = w->config;

	held_keep(&c, &w->former.rules.config);
	int error = image_write(&i, &c, w->match, w->former.image, segment_now() / 100);

	if (error == EAGAIN)
		return complain(w, "too much was removed in the last ten minutes: try again later");
	if (error == ENOSPC)
		return complain(w, "more than 1024 earlier names would have to be known: restart it");
	if (error == EFBIG)
		return complain(w, "the INI is too large for a running host: restart it");
	if (error)
		return complain(w, strerror(error));
	number_domains(w, i);
	w->bytes = i;
	w->room = aligned_alloc(IMAGE_ALIGN, image_room(i) + IMAGE_ALIGN);
	if (!w->room)
		return complain(w, "out of memory");
	image_attach(&w->rules, i, w->room);
	return 0;
}

static int put(const struct work *w, struct table_bytes b)
{
	if (pwrite(w->fd, b.p, b.size, (off_t)(w->host.head.table + b.at)) == (ssize_t)b.size)
		return 0;
	return errno ? errno : EIO;
}

/* Of each its name first, then that it is in use; then how many there are. */
static int publish_domains(const struct work *w)
{
	const struct table *t = &w->host.table;
	uint16_t count = w->host.has_table ? table_domains(t) : 0;
	int error = 0;

	errno = 0;
	for (uint16_t n = 0; n < count && !error; n++) {
		if (!table_numbers_has(&w->added, n))
			continue;
		error = put(w, table_bytes_of_name(t, n));
		if (!error)
			error = put(w, table_bytes_of_kind(t, n));
		if (!error)
			error = put(w, table_bytes_of_use(t, n));
	}
	return error || !count ? error : put(w, table_bytes_of_count(t));
}

/* What counts now has to stay for a while, too. */
static int check_room(const struct work *w)
{
	const struct image_rest *rest = &w->rest;
	char text[160];

	if (!rest->fits)
		return 0;
	uint64_t now = segment_now(), left = rest->fits > now ? (rest->fits - now + 99) / 100 : 1;
	snprintf(text, sizeof(text), "%u rules that were replaced hold %" PRIu64 " MiB for five minutes, which is what "
				     "they may: try again in %" PRIu64 " seconds",
		rest->count, (rest->bytes + (1 << 20) - 1) >> 20, left);
	return complain(w, text);
}

static int publish_all(struct work *w)
{
	const struct publish p = {w->fd, &w->host.head, &w->lease, w->current, w->turn};
	struct source s = {.generation = w->former.image->generation + 1,
		.published = segment_now(),
		.inode = w->st.st_ino,
		.size = (uint64_t)w->st.st_size,
		.changed = segment_changed(&w->st),
		.lists = attached_stamp(w->text, w->text_n),
		.former = w->former.at};
	size_t size = ((struct image *)w->bytes)->size;

	if (check_room(w))
		return EXIT_FAILURE;
	source_blank(w->text, w->text_n);
	int error = source_append(&w->bytes, size, &s, w->name, w->text, w->text_n, &size);
	if (!error)
		error = publish_domains(w);
	if (!error)
		error = publish(&p, &w->former, w->bytes, size);
	if (error == ENOSPC)
		return complain(w, "there is no room for them on the disk where its file lies");
	if (error == EFBIG)
		return complain(w, "its file is larger than bondctl may write (ulimit -f)");
	if (error == ERANGE)
		return complain(w, "no address is left for other rules: restart it");
	if (error == ESTALE)
		return complain(w, "another one has changed its rules meanwhile: try again");
	if (error)
		return complain(w, strerror(error));
	return 0;
}

static bool is_same_file(const struct work *w)
{
	const struct segment_ini *ini = &w->host.head.ini;

	return ini->inode == w->st.st_ino && ini->size == (uint64_t)w->st.st_size &&
		ini->changed == segment_changed(&w->st) &&
		w->host.ini_lists == attached_stamp(w->text, w->text_n) && strcmp(ini->path, w->name) == 0;
}

/* Prints what changes. */
static int compare(const struct work *w, const char *ini, struct changes *sum, const struct changes_out *to)
{
	const char *file = ini ? ini : w->name;
	char name[HOSTS_NAME_MAX];

	hosts_name(w->host.pid, name);
	if (to->json) {
		json_object(to->json, NULL);
		json_number(to->json, "pid", (uint64_t)w->host.pid);
		json_text(to->json, "program", name);
		json_text(to->json, "file", w->name);
		json_array(to->json, "changes");
	} else
		terminal_printf(to->text, "%d %s: %s\n", (int)w->host.pid, name, w->name);
	if (changes_list(sum, &w->former.rules, &w->rules, to))
		return complain(w, "out of memory");
	if (to->json) {
		json_end(to->json);
		json_array(to->json, "at_restart");
	}
	restart_settings(&w->former.rules.config, &w->config, file, w->host.pid, to);
	restart_list(&w->former.rules, &w->rules, file, w->host.pid, to);
	restart_open(&w->rules, &w->opens, file, w->host.pid, to);
	if (to->json)
		json_end(to->json);
	return 0;
}

/* The rest, when it is done. published: not only what was there already. */
static void report(const struct work *w, const struct changes *sum, bool dry, bool published,
	const struct changes_out *to)
{
	uint32_t generation = w->former.image->generation + published;
	struct has_rules h = {0};
	unsigned stale = 0;

	if (!dry) {
		h = has_rules_wait(&w->host, generation);
		stale = host_filters_renew(&w->host, w->fd, &w->opens, &w->rules, to->json ? NULL : stderr);
	}
	if (to->json) {
		changes_put_sum(sum, to->json);
		json_bool(to->json, "published", published);
		json_number(to->json, "generation", generation);
		if (!dry) {
			json_number(to->json, "process_count", h.all);
			json_number(to->json, "process_current", h.have);
			json_number(to->json, "process_without_memory", h.no_memory);
			json_number(to->json, "filter_stale", stale);
		}
		json_end(to->json);
		json_finish(to->json);
		return;
	}
	changes_sum(sum, stdout);
	if (dry) {
		puts(changes_none(sum) && is_same_file(w) ? "" : ": not done");
		return;
	}
	printf(": rules %u", generation);
	has_rules_say(&h);
}

static int compare_and_publish(struct work *w, const struct renewal *wanted, const struct changes_out *to)
{
	struct changes sum;
	int status = compare(w, wanted->ini, &sum, to);
	bool publishes = !wanted->dry &&
		!(changes_none(&sum) && is_same_file(w) && !restart_open_again(&w->rules, &w->opens));

	if (!status && publishes)
		status = publish_all(w);
	if (!status)
		report(w, &sum, wanted->dry, publishes, to);
	return status;
}

/* JSON waits for the end, as there is none of what failed. */
static int run(struct work *w, const struct renewal *wanted)
{
	struct changes_out to = {.text = stdout};
	struct json j;
	size_t n;
	char *text;

	if (!wanted->json)
		return compare_and_publish(w, wanted, &to);
	FILE *out = open_memstream(&text, &n);
	if (!out)
		return complain(w, strerror(errno));
	json_start(&j, out);
	to = (struct changes_out){.json = &j};
	int status = compare_and_publish(w, wanted, &to);
	bool whole = fclose(out) == 0;
	if (!status && whole)
		fwrite(text, 1, n, stdout);
	else if (!status)
		fprintf(stderr, "bondctl: %d: out of memory: what changed is not told\n", (int)w->host.pid);
	free(text);
	return whole ? status : EXIT_FAILURE;
}

static void end(struct work *w)
{
	lease_end(&w->lease);
	host_image_free(&w->former);
	if (w->match)
		match_free(w->match);
	config_free(&w->config);
	if (w->fd >= 0)
		close(w->fd);
	opens_by_free(&w->opens);
	running_free(&w->host);
	free(w->name);
	free(w->text);
	free(w->room);
	free(w->bytes);
}

int renewal(pid_t pid, const struct renewal *wanted)
{
	struct work w = {.fd = -1};
	int status = running_find(&w.host, pid, stderr);

	if (status)
		return status;
	opens_by_read(&w.opens, &w.host);
	status = read_ini(&w, wanted->ini);
	if (!status && !wanted->dry)
		status = open_file(&w);
	if (!status)
		status = load(&w, wanted->ini);
	if (!status)
		status = read_former(&w);
	if (!status)
		status = make_image(&w);
	if (!status)
		status = run(&w, wanted);
	end(&w);
	return status;
}
