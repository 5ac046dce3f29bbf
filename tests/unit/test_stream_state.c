/* SPDX-License-Identifier: MIT */
/* stream_state: what is kept is found, also by another process; a full pool says so, and loses nothing. */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/stream_state.h"

static struct stream_state state_of(unsigned n)
{
	struct stream_state s = {.stream = {.frame = {.in_head = 1, .head = n}}, .held_n = 4};

	memcpy(s.held, "Via:", 4);
	return s;
}

Test(stream_state, without_the_mapping)
{
	struct stream_state s = state_of(1);
	struct stream_state between = {.held_n = 0};

	cr_expect(!stream_state_has_room(2));
	cr_expect(!stream_state_keep(2, &s));
	cr_expect(stream_state_keep(2, &between), "there is nothing to keep");
	cr_expect(!stream_state_find(2, &s));
	cr_expect(!stream_state_is_broken(2));
}

Test(stream_state, another_process_goes_on)
{
	struct stream_state s = state_of(7), found;
	uint64_t out = stream_key(9, false), in = stream_key(9, true);

	stream_state_init();
	cr_assert(stream_state_keep(out, &s));
	cr_expect(!stream_state_find(in, &found), "the other direction is another stream");
	pid_t pid = fork();
	if (pid == 0) {
		bool same = stream_state_find(out, &found) && found.stream.frame.head == 7 &&
			found.held_n == 4 && memcmp(found.held, "Via:", 4) == 0;
		s = state_of(8);
		stream_state_keep(out, &s);
		stream_state_break(in);
		_exit(!same);
	}
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_assert(stream_state_find(out, &found));
	cr_expect_eq(found.stream.frame.head, 8);
	cr_expect(stream_state_is_broken(in) && !stream_state_is_broken(out));
	stream_state_drop(out);
	cr_expect(!stream_state_find(out, &found));
}

Test(stream_state, a_full_pool_says_so)
{
	struct stream_state s, found;
	unsigned kept = 0, n;

	stream_state_init();
	for (n = 1; n <= 2000; n++) {
		s = state_of(n);
		bool room = stream_state_has_room(n * 2);
		cr_assert_eq(stream_state_keep(n * 2, &s), room);
		kept += room;
	}
	cr_expect(kept >= 256 && kept < 2000);
	for (n = 1; n <= 2000; n++) {
		if (!stream_state_find(n * 2, &found))
			continue;
		cr_assert_eq(found.stream.frame.head, n);
		kept--;
		stream_state_drop(n * 2);
	}
	cr_expect_eq(kept, 0, "none was lost");
	cr_expect(stream_state_has_room(2));
}
