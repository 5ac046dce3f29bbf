/* SPDX-License-Identifier: MIT */
/* inside: what lies in somebody else's root leads to nothing outside of it, however it is made; and by a
 * kernel without openat2(2). */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/inside.h"

static char top[] = "/tmp/bond-inside-XXXXXX";
static int root;

static void write_text(int directory, const char *path, const char *text)
{
	int fd = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* TOP/secret is outside, TOP/root the root. */
static void begin(void)
{
	cr_assert_not_null(mkdtemp(top));
	int all = open(top, O_PATH | O_DIRECTORY);
	write_text(all, "secret", "outside");
	cr_assert_eq(mkdirat(all, "root", 0700), 0);
	root = openat(all, "root", O_PATH | O_DIRECTORY);
	close(all);
	cr_assert_eq(mkdirat(root, "run", 0700), 0);
	cr_assert_eq(mkdirat(root, "run/bond", 0700), 0);
	write_text(root, "run/bond/7", "inside");
	write_text(root, "secret", "its own");
}

static void end(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	cr_expect_eq(system(command), 0);
}

TestSuite(inside, .init = begin, .fini = end);

typedef int (*opener)(int, const char *, int);
static const opener openers[] = {inside_open, inside_walk};

/* text: NULL = it is refused. */
static void expect(opener open_it, const char *path, const char *text)
{
	char got[16] = "";
	int fd = open_it(root, path, 0);

	if (!text) {
		cr_expect_lt(fd, 0, "%s", path);
	} else {
		cr_assert_geq(fd, 0, "%s: %s", path, strerror(errno));
		cr_expect_eq(read(fd, got, sizeof(got) - 1), (ssize_t)strlen(text), "%s", path);
		cr_expect_str_eq(got, text, "%s", path);
	}
	if (fd >= 0)
		close(fd);
}

Test(inside, plain_paths)
{
	for (int i = 0; i < 2; i++) {
		expect(openers[i], "run/bond/7", "inside");
		expect(openers[i], "/run/bond/7", "inside");
		expect(openers[i], "//run/.//bond/7", "inside");
		expect(openers[i], "run/bond/8", NULL);
		expect(openers[i], "", NULL);
	}
}

Test(inside, nothing_leads_out)
{
	if (getenv("BOND_TEST_SLOW"))
		cr_skip_test("valgrind knows no openat2(2)");
	char outside[128], deep[256] = "";

	snprintf(outside, sizeof(outside), "%s/secret", top);
	cr_assert_eq(symlinkat(outside, root, "absolute"), 0);
	cr_assert_eq(symlinkat("../secret", root, "relative"), 0);
	cr_assert_eq(symlinkat("../../../../../secret", root, "far"), 0);
	cr_assert_eq(symlinkat(top, root, "directory"), 0);
	cr_assert_eq(symlinkat("/proc/self/root", root, "magic"), 0);
	cr_assert_eq(symlinkat("round", root, "round"), 0);
	for (int i = 0; i < 20; i++)
		strcat(deep, "../");
	strcat(deep, outside + 1);
	for (int i = 0; i < 2; i++) {
		expect(openers[i], "absolute", NULL);
		expect(openers[i], "directory/secret", NULL);
		expect(openers[i], outside, NULL);
		expect(openers[i], deep, NULL);
		expect(openers[i], "round", NULL);
		expect(openers[i], "magic/etc/passwd", NULL);
	}
	/* one is held in the root, the other follows no link at all */
	expect(inside_open, "relative", "its own");
	expect(inside_open, "far", "its own");
	expect(inside_walk, "relative", NULL);
	expect(inside_walk, "../secret", NULL);
}

/* It is opened without waiting, and left to the caller to refuse. */
Test(inside, what_waits)
{
	cr_assert_eq(mkfifoat(root, "pipe", 0600), 0);
	for (int i = 0; i < 2; i++) {
		int fd = openers[i](root, "pipe", 0);
		struct stat st;
		cr_assert_geq(fd, 0);
		cr_expect(fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode));
		close(fd);
	}
}
