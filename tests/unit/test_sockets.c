/* SPDX-License-Identifier: MIT */
/* sockets: the bits of descriptors, and which of them a listener has. */
#include "core/listeners.h"
#include "host.h"

Test(sockets, bits_of_what_is_followed)
{
	static struct sockets s = {.max = FD_MAX};

	atomic_store(&s.bits[0], FD_UDP);
	atomic_store(&s.bits[FD_MAX - 1], FD_TCP);
	cr_expect_eq(sockets_bits(&s, 0), FD_UDP);
	cr_expect_eq(sockets_bits(&s, 1), 0, "not known yet");
	cr_expect_eq(sockets_bits(&s, FD_MAX - 1), FD_TCP);
	cr_expect_eq(sockets_bits(&s, FD_MAX), FD_OTHER);
	cr_expect_eq(sockets_bits(&s, -1), FD_OTHER);
	cr_expect_eq(sockets_bits(&s, INT32_MIN), FD_OTHER);
	s.max = 4;
	cr_expect_eq(sockets_bits(&s, 4), FD_OTHER, "beyond those that the host can have");
	s.max = 0;
	cr_expect_eq(sockets_bits(&s, 0), FD_OTHER, "without memory none is");
}

/* The number stands above the bits of every kind, the largest too. */
Test(sockets, number_of_a_listener)
{
	cr_expect_eq(sockets_listener(0), -1);
	cr_expect_eq(sockets_listener((1u << FD_LISTENER_SHIFT) - 1), -1);
	for (unsigned n = 0; n < LISTENERS_MAX; n++) {
		uint32_t bits = (n + 1) << FD_LISTENER_SHIFT;
		cr_assert_eq(sockets_listener(bits), (int)n);
		cr_assert_eq(sockets_listener(bits | ((1u << FD_LISTENER_SHIFT) - 1)), (int)n);
	}
}

Test(sockets, descriptors_of_a_listener)
{
	static struct sockets s = {.max = 100};
	const uint32_t one = 1u << FD_LISTENER_SHIFT | FD_UDP, two = 2u << FD_LISTENER_SHIFT | FD_UDP;

	cr_expect_eq(sockets_of_listener(&s, 0, -1), -1);
	atomic_store(&s.bits[0], one);
	atomic_store(&s.bits[7], two);
	atomic_store(&s.bits[9], one);
	atomic_store(&s.bits[10], one);
	s.end = 10;
	cr_expect_eq(sockets_of_listener(&s, 0, -1), 0);
	cr_expect_eq(sockets_of_listener(&s, 0, 0), 9);
	cr_expect_eq(sockets_of_listener(&s, 0, 9), 0);
	cr_expect_eq(sockets_of_listener(&s, 1, -1), 7);
	cr_expect_eq(sockets_of_listener(&s, 1, 7), -1);
	cr_expect_eq(sockets_of_listener(&s, 2, -1), -1);
	atomic_store(&s.bits[0], 0);
	cr_expect_eq(sockets_of_listener(&s, 0, 9), -1, "beyond the highest number that was ever known");
	s.end = 11;
	cr_expect_eq(sockets_of_listener(&s, 0, 9), 10);
}
