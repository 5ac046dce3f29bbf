/* SPDX-License-Identifier: MIT */
/* segment: one area that a host's processes share; what of it lies in the file, and what bondctl takes for
 * whole. As a user that is not root, in a directory of the test's. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/area.h"
#include "segment/generation.h"

#define NOBODY 65534
#define DNS_SIZE 20000

static char folder[] = "/tmp/bond-area-XXXXXX", ini[64], directory[64];
static struct segment s;

static void prepare(void)
{
	cr_assert(mkdtemp(folder));
	if (geteuid() == 0) {
		cr_assert_eq(chown(folder, NOBODY, NOBODY), 0);
		cr_assert_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	}
	setenv("XDG_RUNTIME_DIR", folder, 1);
	snprintf(directory, sizeof(directory), "%s/bond", folder);
	snprintf(ini, sizeof(ini), "%s/ini", folder);
	fclose(fopen(ini, "w"));
}

static void finish(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_expect_eq(system(command), 0);
}

TestSuite(area, .init = prepare, .fini = finish);

/* As bondctl opens it; -1 = there is none. */
static int open_file(struct segment_head *head)
{
	char name[20];
	int fd = -1, dir = segment_open_directory(directory, geteuid(), false);

	snprintf(name, sizeof(name), "%d", (int)getpid());
	if (dir < 0)
		return -1;
	bool opened = segment_open_file(dir, name, head, &fd);
	close(dir);
	return opened ? fd : -1;
}

static struct addr at(unsigned n)
{
	struct addr a = {.family = AF_INET, .port = 5060, .ip = {[10] = 0xff, [11] = 0xff}};

	memcpy(a.ip + 12, &n, 4);
	return a;
}

Test(area, the_file_holds_what_its_head_tells)
{
	static struct segment_head head;
	struct counters counters;
	struct stat st;
	uint32_t generation = 0;
	char dns[DNS_SIZE], zeros[DNS_SIZE] = {0};

	segment_init(&s, ini, DNS_SIZE);
	cr_expect_null(segment_trouble(&s), "%s", segment_trouble(&s));
	int fd = open_file(&head);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert(segment_is_whole(&head, st.st_size));
	cr_expect_eq(head.magic, SEGMENT_MAGIC);
	cr_expect_str_eq(head.ini.path, ini);
	cr_expect_neq(segment_find_process(&head, getpid()), 0);
	/* its space is taken, and is no more than what is told of */
	cr_expect_eq(st.st_size, (off_t)(sizeof(struct segment_file) + DNS_SIZE));
	cr_expect_geq(st.st_blocks * 512, st.st_size);
	memcpy(s.dns, "dns", 3);
	memcpy((char *)s.dns + DNS_SIZE - 3, "end", 3);
	memcpy(zeros, "dns", 3);
	memcpy(zeros + DNS_SIZE - 3, "end", 3);
	cr_expect_eq((uintptr_t)s.dns % 4096, 0);
	cr_expect_eq(pread(fd, dns, DNS_SIZE, head.table), DNS_SIZE);
	cr_expect_arr_eq(dns, zeros, DNS_SIZE);
	counters_add(s.counters, COUNTER_EDITED, 3);
	counters_add_full(s.counters, FULL_ADDRESSES);
	cr_assert_eq(head.counters_size, sizeof(counters));
	cr_expect_eq(pread(fd, &counters, sizeof(counters), head.counters), sizeof(counters));
	cr_expect_eq(counters_of(&counters, COUNTER_EDITED), 3);
	cr_expect_eq(counters_of_full(&counters, FULL_ADDRESSES), 1);
	generation_next(s.generation);
	cr_expect_eq(pread(fd, &generation, sizeof(generation), head.generation), sizeof(generation));
	cr_expect_eq(generation, GENERATION_FIRST + 1);
	cr_expect_eq(segment_is_mapped(fd), 1);
	close(fd);
	segment_end(&s);
	cr_expect_lt(open_file(&head), 0, "the last process leaves none");
}

Test(area, without_domains)
{
	static struct segment_head head;

	segment_init(&s, ini, 0);
	cr_expect_null(s.dns);
	int fd = open_file(&head);
	cr_assert_geq(fd, 0);
	cr_expect_eq(head.table, 0);
	cr_expect_eq(head.size, sizeof(struct segment_file));
	close(fd);
	segment_end(&s);
}

/* Whether a child that was forked shares each part. Its exit status: 0. */
static void child(void)
{
	static struct stream_state state = {.held_n = 3, .held = "Via"};
	struct addr a = at(1), b = at(2);
	struct choice c = {.at = b};

	segment_child_forked(&s);
	choices_keep(s.choices, s.generation, 5, &a, &c);
	dialogs_keep(s.dialogs, s.generation, 5, &a);
	socknames_keep(s.socknames, 5, &a);
	shown_keep(s.shown, TRANSPORT_UDP, &(struct shown_pair){a, b});
	streams_keep(s.streams, s.counters, 5, &state);
	counters_add(s.counters, COUNTER_SHUT, 7);
	_exit(!said_full(s.said, FULL_NAMES));
}

static void expect_shared(bool with_file)
{
	struct stream_state state = {.held_n = 0};
	struct addr a = at(1), found;
	struct shown_pair pair;
	struct choice c;
	int status;

	segment_begin_fork(&s);
	pid_t pid = fork();
	if (pid == 0)
		child();
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect(choices_find(s.choices, 5, &a, &c));
	cr_expect(dialogs_find(s.dialogs, 5, &found) && socknames_find(s.socknames, 5, &found));
	cr_expect(shown_find(s.shown, TRANSPORT_UDP, &a, &pair));
	cr_expect(streams_find(s.streams, 5, &state) && state.held_n == 3);
	cr_expect_eq(counters_of(s.counters, COUNTER_SHUT), 7);
	cr_expect(!said_full(s.said, FULL_NAMES));
	cr_expect_eq(generation_now(s.generation), GENERATION_FIRST + 2);
	cr_expect(!with_file || segment_find_process(s.head, pid));
	cr_expect_eq(s.head->forks, 1);
	cr_expect_eq(s.head->children, 1);
}

Test(area, forked_processes_share_all_of_it)
{
	static struct segment_head head;

	segment_init(&s, ini, DNS_SIZE);
	expect_shared(true);
	/* no byte of what was kept is in the file */
	int fd = open_file(&head);
	cr_assert_geq(fd, 0);
	char *p = malloc(head.size);
	struct addr a = at(2);
	cr_expect_eq(pread(fd, p, head.size, 0), (ssize_t)head.size);
	cr_expect_null(memmem(p, head.size, "Via", 3));
	cr_expect_null(memmem(p, head.size, &a, sizeof(a)));
	free(p);
	close(fd);
	segment_end(&s);
}

/* A disk that is full, or a limit: no signal, the memory is shared all the same, and nothing is left. */
Test(area, without_a_file)
{
	static struct segment_head head;
	struct rlimit limit = {8192, 8192};

	signal(SIGXFSZ, SIG_DFL);
	setrlimit(RLIMIT_FSIZE, &limit);
	segment_init(&s, ini, DNS_SIZE);
	cr_assert_not_null(segment_trouble(&s));
	cr_expect(strstr(segment_trouble(&s), "File too large"), "%s", segment_trouble(&s));
	cr_expect_lt(open_file(&head), 0);
	expect_shared(true);
	memset(s.dns, 1, DNS_SIZE);
	segment_end(&s);
}

/* Only the trace was asked for. */
Test(area, no_file_is_wanted)
{
	segment_init(&s, NULL, 0);
	cr_expect_null(segment_trouble(&s));
	cr_expect_lt(access(directory, F_OK), 0);
	expect_shared(false);
	segment_end(&s);
}

Test(area, without_memory)
{
	struct rlimit before, limit;

	getrlimit(RLIMIT_AS, &before);
	limit = before;
	limit.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_AS, &limit);
	segment_init(&s, ini, DNS_SIZE);
	setrlimit(RLIMIT_AS, &before);
	cr_assert_not_null(segment_trouble(&s));
	cr_expect(!s.generation && !s.counters && !s.choices && !s.dialogs && !s.socknames && !s.streams &&
		!s.said && !s.shown && !s.dns && !s.head);
	segment_begin_fork(&s);
	segment_child_forked(&s);
	segment_join(&s);
	segment_end(&s);
}

/* Pages of the caches that are there. */
static unsigned resident(void)
{
	static unsigned char pages[SEGMENT_FILE_AT / 4096];
	unsigned count = 0;

	cr_assert_eq(mincore(s.choices, SEGMENT_FILE_AT, pages), 0);
	for (size_t i = 0; i < sizeof(pages); i++)
		count += pages[i] & 1;
	return count;
}

Test(area, what_is_not_used_takes_no_memory)
{
	struct addr a = at(1);

	segment_init(&s, ini, DNS_SIZE);
	cr_expect_eq(resident(), 0);
	struct choice c = {.at = a};
	choices_keep(s.choices, s.generation, 5, &a, &c);
	dialogs_keep(s.dialogs, s.generation, 5, &a);
	socknames_keep(s.socknames, 5, &a);
	cr_expect(resident() >= 3 && resident() <= 6, "%u", resident());
	segment_end(&s);
}

/* Heads that tell of more than there is. */
Test(area, hostile_heads)
{
	static const struct {
		const char *what;
		size_t at, size;
		uint64_t value;
	} lies[] = {
#define LIE(member, value) {#member " = " #value, offsetof(struct segment_head, member), \
	sizeof(((struct segment_head *)0)->member), value}
		LIE(size, 0), LIE(size, UINT64_MAX), LIE(size, 4096), LIE(size, SEGMENT_SIZE_MAX + 1),
		LIE(table, 1), LIE(table, sizeof(struct segment_head)), LIE(table, UINT32_MAX),
		LIE(table, sizeof(struct segment_file) + DNS_SIZE), LIE(generation, UINT32_MAX),
		LIE(generation, sizeof(struct segment_file) + DNS_SIZE - 3), LIE(counters, UINT32_MAX),
		LIE(counters, sizeof(struct segment_file) + DNS_SIZE + 1), LIE(counters_size, UINT32_MAX),
		LIE(counters_size, sizeof(struct segment_file) + DNS_SIZE),
	};
	static struct segment_head good, head;
	int fd;

	segment_init(&s, ini, DNS_SIZE);
	fd = open_file(&good);
	cr_assert_geq(fd, 0);
	close(fd);
	off_t size = (off_t)good.size;
	cr_assert(segment_is_whole(&good, size));
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(&head, &good, sizeof(head));
		memcpy((char *)&head + lies[i].at, &lies[i].value, lies[i].size);
		cr_expect(!segment_is_whole(&head, size), "%s", lies[i].what);
	}
	cr_expect(!segment_is_whole(&good, size - 1) && !segment_is_whole(&good, size + 1));
	cr_expect(!segment_is_whole(&good, -1));
	segment_end(&s);
}
