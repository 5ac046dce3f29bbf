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

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BOND_TEST_SHADOW
#endif
#endif

#include "segment/area.h"
#include "segment/processes.h"
#include "base/generation.h"
#include "segment/tallies.h"

#define NOBODY 65534
#define DNS_SIZE 20000
#define PAGES(n) (((n) + SEGMENT_PAGE_SIZE - 1) / SEGMENT_PAGE_SIZE * SEGMENT_PAGE_SIZE)
#define SIZE (sizeof(struct segment_file) + PAGES(sizeof(struct live)) + PAGES(DNS_SIZE))

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

static void start(const char *file, size_t dns_size)
{
	segment_init(&s, &(struct segment_wants){.ini = file, .dns_size = dns_size});
}

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

	start(ini, DNS_SIZE);
	cr_expect_null(segment_trouble(&s), "%s", segment_trouble(&s));
	int fd = open_file(&head);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert(segment_is_whole(&head, st.st_size));
	cr_expect_eq(head.magic, SEGMENT_MAGIC);
	cr_expect_str_eq(head.ini.path, ini);
	cr_expect_neq(segment_find_process(&head, getpid()), 0);
	/* its space is taken, and is no more than what is told of */
	cr_expect_eq(st.st_size, (off_t)head.tail, "and room for what the host itself publishes, not taken");
	cr_expect(st.st_size > (off_t)(SIZE) && st.st_size <= (off_t)(SIZE) + (off_t)SEGMENT_TAIL);
	cr_expect_geq(st.st_blocks * 512, (off_t)(SIZE) - (off_t)PAGES(head.live_size));
	cr_expect_lt(st.st_blocks * 512, (off_t)(SIZE), "a live trace has none");
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
	cr_expect_eq(pread(fd, &generation, sizeof(generation),
		head.page + offsetof(struct segment_page, generation)), sizeof(generation));
	cr_expect_eq(generation, GENERATION_FIRST + 1);
	cr_expect_eq(segment_is_mapped(fd), 1);
	close(fd);
	segment_end(&s);
	cr_expect_lt(open_file(&head), 0, "the last process leaves none");
}

Test(area, what_is_counted_lies_in_the_file)
{
	static struct segment_head head;
	struct tallies_view v;
	struct adopted a = {.inode = 5, .pid = 1, .addr = at(7), .transport = TRANSPORT_UDP}, found;
	uint64_t counts[TALLIES] = {0}, cookie;
	uint32_t place = 0;
	bool full;
	struct stat st;

	segment_init(&s, &(struct segment_wants){.ini = ini, .pairs = 5, .dns_size = DNS_SIZE});
	cr_assert_not_null(s.tallies);
	tallies_add(s.tallies, tallies_cell(s.tallies, tally_key(3, TALLY_OF_MEMBER, 4), &full), TALLY_PROBES, 2);
	adopted_keep(s.adopted, 99, &a);
	memset(s.dns, 0xff, DNS_SIZE);
	int fd = open_file(&head);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0 && segment_is_whole(&head, st.st_size));
	cr_expect_eq(head.tallies_size, tallies_size(5));
	char *copy = malloc(head.tallies_size + head.adopted_size);
	cr_assert_eq(pread(fd, copy, head.tallies_size, head.tallies), head.tallies_size);
	cr_assert_eq(pread(fd, copy + head.tallies_size, head.adopted_size, head.adopted), head.adopted_size);
	cr_assert(tallies_open(&v, copy, head.tallies_size));
	tallies_sum(&v, TALLY_OF_MEMBER, 4, counts);
	cr_expect_eq(counts[TALLY_PROBES], 2);
	cr_assert(adopted_next(copy + head.tallies_size, head.adopted_size, &place, &found, &cookie));
	cr_expect(cookie == 99 && found.inode == 5 && addr_equal(&found.addr, &a.addr));
	free(copy);
	close(fd);
	segment_end(&s);
}

Test(area, without_domains)
{
	static struct segment_head head;

	start(ini, 0);
	cr_expect_null(s.dns);
	int fd = open_file(&head);
	cr_assert_geq(fd, 0);
	cr_expect_eq(head.table, 0);
	cr_expect_eq(head.size, sizeof(struct segment_file) + PAGES(sizeof(struct live)));
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

	start(ini, DNS_SIZE);
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
	start(ini, DNS_SIZE);
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
	start(NULL, 0);
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
	start(ini, DNS_SIZE);
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

	start(ini, DNS_SIZE);
	cr_expect_eq(resident(), 0);
	struct choice c = {.at = a};
	choices_keep(s.choices, s.generation, 5, &a, &c);
	dialogs_keep(s.dialogs, s.generation, 5, &a);
	socknames_keep(s.socknames, 5, &a);
	cr_expect(resident() >= 3 && resident() <= 6, "%u", resident());
	segment_end(&s);
}

static union segment_page_room library_page __attribute__((aligned(SEGMENT_PAGE_SIZE)));

/* What is written to the page's place in the file is seen at the variable's address, and the other way. */
static void expect_page(int fd, const struct segment_head *head)
{
	int status, mode = 0x100;
	const off_t at = (off_t)(head->page + offsetof(struct segment_page, mode));

	cr_expect_eq(s.page, &library_page.p);
	cr_expect_eq(library_page.p.active_span, 77, "what was there stays");
	segment_begin_fork(&s);
	pid_t pid = fork();
	if (pid == 0) {
		segment_child_forked(&s);
		library_page.p.mode = 1;
		generation_next(s.generation);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	cr_expect_eq(library_page.p.mode, 1);
	cr_expect_eq(*s.generation, GENERATION_FIRST + 1);
	if (fd < 0)
		return;
	cr_assert_eq(pwrite(fd, &mode, sizeof(mode), at), sizeof(mode));
	cr_expect_eq(library_page.p.mode, 0x100);
}

Test(area, the_page_lies_over_the_librarys_own)
{
	static struct segment_head head;

	library_page.p.active_span = 77;
	segment_init(&s, &(struct segment_wants){.ini = ini, .page = &library_page});
	close(open_file(&head));
	int fd = open(s.path, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	expect_page(fd, &head);
	close(fd);
	segment_end(&s);
}

Test(area, the_page_without_a_file)
{
	library_page.p.active_span = 77;
	segment_init(&s, &(struct segment_wants){.page = &library_page});
	expect_page(-1, s.head);
}

/* The first image lies behind all else, cannot be written to, and the file may grow under the mapping. */
Test(area, images)
{
	static char image[5000];
	static struct segment_head head;
	const struct segment_wants want = {.ini = ini, .dns_size = DNS_SIZE, .image = image, .image_size = sizeof(image)};
	int status;

	memset(image, 'i', sizeof(image));
	segment_init(&s, &want);
	close(open_file(&head));
	uint64_t current = segment_current(s.page), at = segment_current_offset(current);
	cr_expect_eq(segment_current_generation(current), 1);
	cr_expect_eq(at, head.size);
	cr_expect_eq(s.page->allocated, head.size + sizeof(image));
	cr_expect_arr_eq(segment_at(&s, at), image, sizeof(image));
	cr_expect_geq(head.reserved, 64 << 20, "%lu", head.reserved);
	int fd = open(s.path, O_RDWR | O_CLOEXEC);
	memset(image, 'j', sizeof(image));
	cr_assert_eq(pwrite(fd, image, sizeof(image), (off_t)head.reserved - 5000), 5000);
	cr_expect_arr_eq(segment_at(&s, head.reserved - 5000), image, sizeof(image));
	close(fd);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)(uintptr_t)segment_at(&s, at) = 0;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	segment_end(&s);
}

/* As the limit asks for, the reservation is less. */
Test(area, limits_of_addresses)
{
	static struct segment_head head;
	struct rlimit limit = {512 << 20, 512 << 20};

#if defined(__SANITIZE_ADDRESS__) || defined(BOND_TEST_SHADOW)
	cr_skip_test("the sanitizer has more addresses for itself");
#endif
	setrlimit(RLIMIT_AS, &limit);
	start(ini, DNS_SIZE);
	cr_expect_null(segment_trouble(&s), "%s", segment_trouble(&s));
	close(open_file(&head));
	cr_expect_eq(head.reserved, 64 << 20);
	segment_end(&s);
}

Test(area, limits_of_locked_memory)
{
	static struct segment_head head;
	struct rlimit limit = {0};

	/* Debian's usual 8 MiB are less than the caches: nothing can be kept of them by less */
	limit.rlim_cur = limit.rlim_max = 32 << 20;
	bool larger = setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
	if (!larger)
		setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){1 << 20, 1 << 20});
	start(ini, DNS_SIZE);
	close(open_file(&head));
	cr_expect_eq(head.reserved, larger ? 8 << 20 : 1 << 30);
	segment_end(&s);
}

Test(area, each_process_tells_its_rules)
{
	static struct segment_head head;
	int status;

	start(ini, 0);
	segment_has_generation(&s, 3);
	segment_begin_fork(&s);
	pid_t pid = fork();
	if (pid == 0) {
		segment_child_forked(&s);
		if (s.head->generations[segment_place(getpid()) % SEGMENT_PROCESSES] == 3)
			segment_has_generation(&s, 4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	close(open_file(&head));
	unsigned place = segment_place(getpid()) % SEGMENT_PROCESSES, other = segment_place(pid) % SEGMENT_PROCESSES;
	cr_expect_eq(head.generations[place], 3);
	cr_expect_eq(head.generations[other], 4);
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
		LIE(size, 0), LIE(size, UINT64_MAX), LIE(size, 4096), LIE(size, SEGMENT_SIZE_MAX + 1), LIE(size, SIZE + 1),
		LIE(table, 1), LIE(table, sizeof(struct segment_head)), LIE(table, UINT32_MAX),
		LIE(table, SIZE), LIE(page, 4097), LIE(page, UINT32_MAX / 4096 * 4096),
		LIE(page, SIZE), LIE(reserved, SIZE - 1), LIE(reserved, UINT64_MAX), LIE(counters, UINT32_MAX),
		LIE(counters, SIZE + 1), LIE(counters_size, UINT32_MAX),
		LIE(counters_size, SIZE), LIE(adopted, SIZE + 8), LIE(adopted, 4), LIE(adopted_size, SIZE),
		LIE(tallies, UINT32_MAX - 7), LIE(tallies_size, SIZE + 8),
	};
	static struct segment_head good, head;
	int fd;

	start(ini, DNS_SIZE);
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
	cr_expect(!segment_is_whole(&good, size - 1) && segment_is_whole(&good, size + 1));
	cr_expect(!segment_is_whole(&good, -1));
	segment_end(&s);
}
