/* SPDX-License-Identifier: MIT */
/* publish: another image into a host's file, by who has nothing but a descriptor of it, and may be killed
 * before each of its system calls. The host is this process: it has the file mapped. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/publish.h"
#include "image.h"
#include "segment/area.h"

static struct segment s;
static struct segment_head head;
static int fd;
static uint64_t age; /* of what is published */
static struct image_rest rest; /* when it was published */
static char directory[] = "/tmp/bond-publish-XXXXXX";

#define BOND(address) "[bond:a]\nmember = udp:" address "\n[route:r]\nbond = a\n"

/* An image with its source, behind former. */
static void *compile(const char *text, const struct host_image *former, size_t *size)
{
	struct rules r;
	struct image *i;

	load(&r, text, strlen(text));
	cr_assert_eq(image_write(&i, &r.config, r.match, former ? former->image : NULL, segment_now() / 100), 0);
	unload(&r);
	const struct source source = {.generation = i->generation, .inode = i->generation,
		.published = segment_now() - age, .former = former ? former->at : 0};
	void *p = i;
	cr_assert_eq(source_append(&p, i->size, &source, "/etc/bond.ini", text, strlen(text), size), 0);
	return p;
}

static void host(void)
{
	size_t size;

	fake_system();
	/* in a directory of its own, where no other host is; and it may be traced all the same */
	cr_assert(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
	prctl(PR_SET_DUMPABLE, 1);
	cr_assert_not_null(mkdtemp(directory));
	setenv("XDG_RUNTIME_DIR", directory, 1);
	void *first = compile(BOND("192.0.2.10"), NULL, &size);
	segment_init(&s, &(struct segment_wants){.ini = "/etc/bond.ini", .image = first, .image_size = size});
	free(first);
	cr_assert_null(segment_trouble(&s), "%s", segment_trouble(&s));
	fd = open(s.path, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(pread(fd, &head, sizeof(head), 0), sizeof(head));
}

static void host_end(void)
{
	close(fd);
	unlink(s.path);
	char bond[64];
	snprintf(bond, sizeof(bond), "%s/bond", directory);
	rmdir(bond);
	rmdir(directory);
}

TestSuite(publish, .init = host, .fini = host_end);

/* As bondctl does it, with bytes that were made before, for the rules that count then; 0 or an errno. */
static int renew_with(const void *bytes, size_t size)
{
	struct host_image former;
	struct lease lease;
	struct publish p = {.fd = fd, .head = &head, .lease = &lease};

	int error = lease_take(&lease, fd, &head);
	if (error)
		return error;
	error = host_image_current(fd, &head, &p.current, &p.turn);
	if (!error)
		error = host_image_read(&former, fd, &head, p.current);
	if (!error) {
		publish_sweep(&p, &rest);
		error = publish(&p, &former, bytes, size);
	}
	host_image_free(&former);
	lease_end(&lease);
	return error;
}

static void *prepare(const char *text, size_t *size)
{
	struct host_image former;

	cr_assert_eq(host_image_read(&former, fd, &head, segment_current(s.page)), 0);
	void *bytes = compile(text, &former, size);
	host_image_free(&former);
	return bytes;
}

static int renew(const char *text)
{
	size_t size;
	void *bytes = prepare(text, &size);
	int error = renew_with(bytes, size);

	free(bytes);
	return error;
}

/* What the host has: whole, and of that generation; its first member ends in that octet. */
static const struct image *expect_rules(uint32_t generation, int octet)
{
	uint64_t current = segment_current(s.page);
	const struct image *i = segment_at(&s, segment_current_offset(current));

	cr_assert_eq(segment_current_generation(current), generation, "%u", segment_current_generation(current));
	cr_assert(segment_current_offset(current) + i->size <= s.page->allocated);
	cr_assert(image_check(i, i->size));
	cr_assert_eq(i->generation, generation);
	const struct image_member *m = image_part(i, IMAGE_MEMBERS);
	cr_expect_eq(m->addr.ip[15], octet);
	return i;
}

Test(publish, one_after_the_other)
{
	char path[4096];
	struct source source;

	expect_rules(1, 10);
	uint32_t before = *s.generation;
	cr_expect_eq(renew(BOND("192.0.2.11")), 0);
	expect_rules(2, 11);
	cr_expect_neq(*s.generation, before, "kept ways are void");
	cr_expect_eq(renew(BOND("192.0.2.12")), 0);
	const struct image *third = expect_rules(3, 12);
	cr_assert(host_image_source(&source, path, sizeof(path), fd, &head));
	cr_expect_eq(source.inode, 3);
	cr_expect_str_eq(path, "/etc/bond.ini");
	cr_expect_eq(((const struct image_member *)image_part(third, IMAGE_MEMBERS))->slot, 2, "nobody's slot");
	cr_expect_eq(s.page->writer, 0);
	cr_expect_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
}

static off_t file_size(void)
{
	struct stat st;

	cr_assert_eq(fstat(fd, &st), 0);
	return st.st_size;
}

/* The file is longer: it has room for what the host itself publishes. */
static off_t images_end(void)
{
	return (off_t)s.page->allocated;
}

Test(publish, no_space)
{
	struct rlimit limit;
	off_t before = file_size();

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = (rlim_t)images_end() + 100;
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect_eq(renew(BOND("192.0.2.11")), EFBIG);
	expect_rules(1, 10);
	cr_expect_eq(file_size(), before, "cut back");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect_eq(renew(BOND("192.0.2.11")), 0);
	expect_rules(2, 11);
}

Test(publish, no_address_is_left)
{
	off_t before = file_size();

	head.reserved = (uint64_t)images_end() + 4096;
	cr_expect_eq(renew(BOND("192.0.2.11")), ERANGE);
	expect_rules(1, 10);
	cr_expect_eq(file_size(), before);
}

/* The page is whoever's: an end that cannot be is not believed, one that is too low is not used. */
Test(publish, an_end_that_is_not_true)
{
	atomic_store(&s.page->allocated, UINT64_MAX - 5);
	cr_expect_eq(renew(BOND("192.0.2.11")), EINVAL);
	atomic_store(&s.page->allocated, 0);
	cr_expect_eq(renew(BOND("192.0.2.11")), 0);
	expect_rules(2, 11);
	cr_expect_geq(s.page->allocated, head.size + 2 * sizeof(struct image));
}

Test(publish, another_one_was_quicker)
{
	struct host_image former;
	struct lease lease;
	struct publish p = {.fd = fd, .head = &head, .lease = &lease};
	size_t size;

	cr_assert_eq(lease_take(&lease, fd, &head), 0);
	cr_assert_eq(host_image_current(fd, &head, &p.current, &p.turn), 0);
	cr_assert_eq(host_image_read(&former, fd, &head, p.current), 0);
	void *bytes = compile(BOND("192.0.2.11"), &former, &size);
	segment_publish(s.page, p.current);
	cr_expect_eq(publish(&p, &former, bytes, size), ESTALE);
	expect_rules(1, 10);
	/* a lease that was lost */
	cr_assert_eq(host_image_current(fd, &head, &p.current, &p.turn), 0);
	atomic_store(&s.page->writer, 77);
	cr_expect_eq(publish(&p, &former, bytes, size), ESTALE);
	expect_rules(1, 10);
	host_image_free(&former);
	free(bytes);
}

/* Of the host itself it is waited for; a dead bondctl's, and one that no lease could be, are not. */
Test(publish, leases)
{
	struct lease lease;
	uint32_t now = (uint32_t)(segment_now() / 100);

	atomic_store(&s.page->writer, SEGMENT_WRITER_TOOL | 5);
	atomic_store(&s.page->writer_until, now + 9);
	cr_expect_eq(renew(BOND("192.0.2.11")), 0);
	atomic_store(&s.page->writer, 5);
	atomic_store(&s.page->writer_until, now + 100000);
	cr_expect_eq(renew(BOND("192.0.2.12")), 0);
	atomic_store(&s.page->writer, 5);
	atomic_store(&s.page->writer_until, now + 2);
	cr_expect_eq(lease_take(&lease, fd, &head), 0);
	cr_expect_geq(segment_now() / 100, now + 1);
	lease_end(&lease);
	expect_rules(3, 12);
}

/* Bytes of the range that are there. */
static bool is_punched(uint64_t at)
{
	static const char zeros[64];

	return memcmp(segment_at(&s, at), zeros, sizeof(zeros)) == 0;
}

static void make_old(uint64_t at)
{
	const struct image *i = segment_at(&s, at);
	uint64_t published = segment_now() - IMAGE_REST - 1;

	cr_assert_eq(pwrite(fd, &published, sizeof(published),
			     (off_t)(at + source_at(i->size) + offsetof(struct source, published))), sizeof(published));
}

Test(publish, what_was_replaced_long_ago_goes)
{
	uint64_t at[5];

	for (int i = 1; i <= 4; i++) {
		at[i] = segment_current_offset(segment_current(s.page));
		if (i < 4)
			cr_assert_eq(renew(BOND("192.0.2.11")), 0);
	}
	cr_expect_eq(s.page->oldest, 0);
	for (int i = 1; i <= 4; i++)
		cr_expect(!is_punched(at[i]), "%d", i);
	/* 3 came long ago: what was before it is nobody's */
	make_old(at[3]);
	cr_assert_eq(renew(BOND("192.0.2.12")), 0);
	cr_expect_eq(s.page->oldest, 3);
	cr_expect(is_punched(at[1]) && is_punched(at[2]) && !is_punched(at[3]) && !is_punched(at[4]));
	expect_rules(5, 12);
	cr_assert_eq(renew(BOND("192.0.2.13")), 0);
	cr_expect_eq(s.page->oldest, 3);
	expect_rules(6, 13);
}

static uint64_t published_at(uint64_t at)
{
	const struct image *i = segment_at(&s, at);

	return ((const struct source *)segment_at(&s, at + source_at(i->size)))->published;
}

static bool read_bytes(void *ctx, void *to, size_t n, uint64_t at)
{
	(void)ctx;
	return pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

static struct image_rest look(uint64_t limit)
{
	const struct image_chain c = {.current = segment_current(s.page), .first = head.size,
		.end = s.page->allocated, .now = segment_now(), .limit = limit, .read = read_bytes};
	struct image_rest r;

	image_rest(&r, &c);
	return r;
}

Test(publish, what_has_to_stay_is_told)
{
	uint64_t at[6];

	cr_expect_eq(look(0).count, 0);
	cr_expect_eq(look(0).fits, 0, "what counts alone may always be followed");
	for (int i = 1; i <= 5; i++) {
		at[i] = segment_current_offset(segment_current(s.page));
		if (i < 5)
			cr_assert_eq(renew(BOND("192.0.2.11")), 0);
	}
	struct image_rest r = look(UINT64_MAX);
	cr_expect_eq(r.count, 4);
	cr_expect_eq(r.bytes, at[5] - at[1]);
	cr_expect_eq(r.next, published_at(at[2]) + IMAGE_REST);
	cr_expect(r.fits == 0 && r.due == 0);
	cr_expect_eq(rest_bytes(fd, &head, segment_current(s.page)), at[5] - at[1]);
	/* as much as three of them and what counts: the first has to go, then the second ... */
	for (int i = 2; i <= 5; i++)
		cr_expect_eq(look(s.page->allocated - at[i]).fits, published_at(at[i]) + IMAGE_REST, "%d", i);
	cr_expect_eq(look(s.page->allocated - at[1]).fits, 0);
	/* two are due, and go */
	make_old(at[3]);
	r = look(UINT64_MAX);
	cr_expect(r.due == at[3] && r.generation == 3 && r.count == 2);
	cr_expect_eq(r.next, published_at(at[4]) + IMAGE_REST);
	cr_assert_eq(renew(BOND("192.0.2.12")), 0);
	cr_expect_eq(rest.count, 2, "they went before the next one came");
	cr_expect_eq(rest_bytes(fd, &head, segment_current(s.page)), segment_current_offset(segment_current(s.page)) - at[3]);
}

/* Whatever stands there, it comes to an end and says nothing that is not so. */
Test(publish, a_chain_that_is_not_true)
{
	uint64_t first = segment_current_offset(segment_current(s.page));

	cr_assert_eq(renew(BOND("192.0.2.11")), 0);
	uint64_t second = segment_current_offset(segment_current(s.page));
	const struct image *i = segment_at(&s, second);
	const off_t former = (off_t)(second + source_at(i->size) + offsetof(struct source, former));
	const uint64_t wrong[] = {second, second + 4096, first + 1, 0, head.size - 4096, UINT64_MAX, UINT64_MAX - 4095};
	for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
		cr_assert_eq(pwrite(fd, &wrong[n], sizeof(wrong[n]), former), sizeof(wrong[n]));
		struct image_rest r = look(0);
		cr_expect(r.count == 0 && r.due == 0 && r.fits == 0, "%zu", n);
	}
	const uint64_t to_come = segment_now() + 100000;
	cr_assert_eq(pwrite(fd, &to_come, sizeof(to_come), former + (off_t)offsetof(struct source, published) -
			(off_t)offsetof(struct source, former)), sizeof(to_come));
	cr_expect_eq(look(0).count, 0);
}

/* Lets it make n system calls and kills it before the next; false: it made no more. */
static bool killed_before(int n, const void *bytes, size_t size)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
			_exit(2);
		fd = open(s.path, O_RDWR | O_CLOEXEC); /* the lock is of the description */
		raise(SIGSTOP);
		_exit(renew_with(bytes, size) != 0);
	}
	waitpid(pid, &status, 0);
	cr_assert(WIFSTOPPED(status));
	for (int stops = 0; stops < 2 * n + 1; stops++) {
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		waitpid(pid, &status, 0);
		if (!WIFSTOPPED(status)) {
			cr_expect_eq(status, 0);
			return false;
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return true;
}

Test(publish, killed_before_each_system_call)
{
	uint32_t generation = 1;
	int octet = 10, calls = 0, published = 0;
	char text[128];
	size_t size;

	age = IMAGE_REST + 1; /* so that all before goes, too */
	for (bool more = true; more && calls < 400; calls++) {
		snprintf(text, sizeof(text), BOND("192.0.2.%d"), 20 + calls % 200);
		void *bytes = prepare(text, &size);
		more = killed_before(calls, bytes, size);
		free(bytes);
		if (segment_current_generation(segment_current(s.page)) != generation) {
			generation++;
			published++;
			octet = 20 + calls % 200;
		}
		expect_rules(generation, octet);
	}
	cr_expect(calls > 15 && calls < 400, "%d", calls);
	cr_expect(published > 0 && published < calls - 10, "%d of %d", published, calls);
	/* and the next one goes on */
	cr_expect_eq(renew(BOND("192.0.2.11")), 0);
	expect_rules(generation + 1, 11);
}
