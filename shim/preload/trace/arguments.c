/* SPDX-License-Identifier: MIT */
/* Strings and arrays, and whether their memory is there. */
#include "arguments.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/older.h"
#include "base/raw.h"

#define PAGE 4096
/* No further element of an array is begun beyond this, so that result and verdict find room. */
#define ELEMENT_LIMIT 480

/* futex() looks at the word before it would wait: EFAULT, or at once EAGAIN or ETIMEDOUT. Unlike
 * process_vm_readv() every system call filter lets it through. */
bool arguments_readable(const void *p, size_t n)
{
	const struct timespec no_time = {0, 0};
	unsigned long at = (unsigned long)p, end = at + n;

	if (at < PAGE || end < at)
		return false;
	for (; at < end; at = (at & ~(PAGE - 1UL)) + PAGE) {
		if (raw_syscall(SYS_futex, (long)(at & ~3UL), FUTEX_WAIT_PRIVATE, 0x5afe,
			    (long)&no_time) == -EFAULT)
			return false;
	}
	return true;
}

bool arguments_can_read(const struct line *l, const void *p, size_t n)
{
	return (l->trusted && p) || arguments_readable(p, n);
}

void arguments_string(struct line *l, const void *p, size_t n)
{
	size_t shown = n < LINE_STRING_MAX ? n : LINE_STRING_MAX;

	if (!p || (shown && !arguments_can_read(l, p, shown))) {
		line_pointer(l, p);
		return;
	}
	line_quoted(l, p, shown);
	if (shown < n)
		line_text(l, "...");
}

bool arguments_element(struct line *l, size_t i)
{
	if (i)
		line_text(l, ", ");
	if (i < LINE_STRING_MAX && l->length < ELEMENT_LIMIT)
		return true;
	line_text(l, "...");
	return false;
}

void arguments_iovec(struct line *l, const struct iovec *iov, size_t count)
{
	if (!iov || (count && !arguments_can_read(l, iov, sizeof(*iov)))) {
		line_pointer(l, iov);
		return;
	}
	size_t left = l->filled;
	line_char(l, '[');
	for (size_t i = 0; i < count && arguments_element(l, i); i++) {
		if (!arguments_can_read(l, &iov[i], sizeof(*iov))) {
			line_text(l, "... /* ");
			line_pointer(l, &iov[i]);
			line_text(l, " */");
			break;
		}
		line_text(l, "{iov_base=");
		size_t size = iov[i].iov_len < left ? iov[i].iov_len : left;
		left -= left == SIZE_MAX ? 0 : size;
		arguments_string(l, iov[i].iov_base, size);
		line_text(l, ", iov_len=");
		line_unsigned(l, iov[i].iov_len);
		line_char(l, '}');
	}
	line_char(l, ']');
}

void arguments_error(struct line *l, int error)
{
	const char *name = error_name(error);

	line_text(l, "-1 ");
	if (name) {
		line_text(l, name);
		line_text(l, " (");
		line_text(l, error_text(error));
	} else {
		line_text(l, "(errno ");
		line_signed(l, error);
	}
	line_char(l, ')');
}
