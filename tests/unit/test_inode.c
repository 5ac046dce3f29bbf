/* SPDX-License-Identifier: MIT */
/* What names a socket where the kernel has no SO_COOKIE. */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/inode.h"

Test(inode, names_the_socket_and_not_its_number)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_STREAM, 0), copy = dup(s), ends[2];
	uint64_t number = inode_of_socket(s);

	cr_assert(s >= 0 && other >= 0 && copy >= 0 && pipe(ends) == 0);
	cr_expect(number != 0);
	cr_expect_eq(inode_of_socket(copy), number);
	cr_expect_neq(inode_of_socket(other), number);
	cr_expect_neq(inode_of_socket(other), 0);
	close(s);
	cr_expect_eq(inode_of_socket(s), 0, "a number that is closed");
	cr_assert(dup2(other, s) == s);
	cr_expect_eq(inode_of_socket(s), inode_of_socket(other), "a number that is another socket's by now");
	cr_expect_eq(inode_of_socket(ends[0]), 0, "a pipe");
}
