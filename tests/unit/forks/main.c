/* SPDX-License-Identifier: MIT */
/* Runs the tests of Criterion by fork(2) alone, where Criterion starts a program for each: under valgrind
 * each start takes seconds. What a test is told by its macros is answered here, before libcriterion would.
 *
 * usage: unit-forks TAP [PATTERN]: results to the file TAP; tests whose "suite::name" contains PATTERN. */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 16, SECONDS_MAX = 600 };

/* What the processes of one test say. */
struct said {
	_Atomic int failed, skipped;
	_Atomic size_t used;
	char text[TEXT_MAX];
};

extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[], *__stop_cr_sts[];

static struct said *said;
static const struct criterion_test *current;
static const struct criterion_test_extra_data *suite;
static sigjmp_buf leave;
static pid_t self;

static void say(const char *format, ...)
{
	char line[4096];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	size_t length = n < 0 ? 0 : (size_t)n < sizeof(line) - 1 ? (size_t)n : sizeof(line) - 2;
	line[length++] = '\n';
	size_t at = atomic_fetch_add(&said->used, length);
	if (at + length < TEXT_MAX)
		memcpy(said->text + at, line, length);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (stats->passed)
		return;
	said->failed = 1;
	say("  %s:%u: %s", stats->file, stats->line, stats->message ? stats->message : "");
}

/* To the end of the test; a thread or a child of the test ends its process. */
void criterion_abort_test(void)
{
	if (getpid() == self && gettid() == self)
		siglongjmp(leave, 1);
	_exit(1);
}

void criterion_continue_test(void)
{
}

void criterion_skip_test(const char *format, ...)
{
	char reason[256];
	va_list args;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	said->skipped = 1;
	say("%s", reason);
	criterion_abort_test();
}

void cri_asserts_passed_incr(void)
{
}

static void call(void (*function)(void))
{
	if (function)
		function();
}

void criterion_internal_test_setup(void)
{
	if (suite)
		call(suite->init);
	call(current->data->init);
}

void criterion_internal_test_main(void (*function)(void))
{
	if (sigsetjmp(leave, 1) == 0)
		function();
}

void criterion_internal_test_teardown(void)
{
	call(current->data->fini);
	if (suite)
		call(suite->fini);
}

static const struct criterion_test_extra_data *suite_of(const struct criterion_test *test)
{
	for (struct criterion_suite **s = __start_cr_sts; s < __stop_cr_sts; s++)
		if (*s && strcmp((*s)->name, test->category) == 0)
			return (*s)->data;
	return NULL;
}

static void run_in_child(const struct criterion_test *test)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	self = getpid();
	current = test;
	suite = suite_of(test);
	/* Where init or fini gives up, the test is over. */
	if (sigsetjmp(leave, 1) == 0)
		test->test();
	exit(0);
}

/* Its wait status, or -1 if it hung. SIGCHLD is blocked. */
static int wait_for(pid_t child)
{
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	time_t end = time(NULL) + SECONDS_MAX;
	int status;
	while (waitpid(child, &status, WNOHANG) != child) {
		if (time(NULL) >= end) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return -1;
		}
		sigtimedwait(&chld, NULL, &(struct timespec){.tv_sec = 1});
	}
	return status;
}

static bool ended_well(const struct criterion_test_extra_data *data, int status)
{
	if (status == -1)
		return say("  it hung"), false;
	if (WIFSIGNALED(status))
		return data->signal == WTERMSIG(status) || (say("  ended by signal %d", WTERMSIG(status)), false);
	if (data->signal)
		return say("  signal %d did not come", data->signal), false;
	return data->exit_code == WEXITSTATUS(status) || (say("  exit status %d", WEXITSTATUS(status)), false);
}

static void run(FILE *tap, const struct criterion_test *test)
{
	said->failed = said->skipped = 0;
	said->used = 0;
	memset(said->text, 0, TEXT_MAX);
	fflush(NULL);
	time_t start = time(NULL);
	pid_t child = fork();
	if (child == 0)
		run_in_child(test);
	if (child < 0 || (!ended_well(test->data, child < 0 ? -1 : wait_for(child)) && !said->skipped))
		said->failed = 1;
	kill(-child, SIGKILL); /* what it left running */
	if (said->failed)
		fprintf(tap, "not ok - %s::%s\n%s  ...\n", test->category, test->name, said->text);
	else if (said->skipped)
		fprintf(tap, "ok - %s::%s # SKIP %s", test->category, test->name, said->text);
	else
		fprintf(tap, "ok - %s::%s (%ld s)\n", test->category, test->name, (long)(time(NULL) - start));
}

int main(int argc, char **argv)
{
	FILE *tap = argc > 1 ? fopen(argv[1], "we") : NULL;
	if (!tap) {
		fprintf(stderr, "usage: unit-forks TAP [PATTERN]\n");
		return 2;
	}
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
		char name[256];
		if (!*t)
			continue;
		snprintf(name, sizeof(name), "%s::%s", (*t)->category, (*t)->name);
		if (!(*t)->data->disabled && (argc < 3 || strstr(name, argv[2])))
			run(tap, *t);
	}
	return fclose(tap) != 0;
}
