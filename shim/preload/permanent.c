/* SPDX-License-Identifier: MIT */
/* Pieces of mappings, one behind the other. */
#include "permanent.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK (1024 * 1024) /* addresses; memory is what is written to */
#define ALIGN 16

struct chunk {
	_Atomic size_t used; /* this included */
	size_t size;         /* that may be */
};

static struct chunk *_Atomic chunk;
static _Atomic size_t taken;

static struct chunk *make(size_t least)
{
	size_t size = least + sizeof(struct chunk) > CHUNK ? least + CHUNK : CHUNK;
	int saved = errno;
	struct chunk *c = mmap(NULL, size + PERMANENT_BEHIND, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	errno = saved;
	if (c == MAP_FAILED)
		return NULL;
	c->size = size;
	atomic_store(&c->used, ALIGN);
	return c;
}
_Static_assert(sizeof(struct chunk) <= ALIGN, "the first piece begins behind it");

void *permanent_take(size_t size)
{
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	for (;;) {
		struct chunk *c = atomic_load(&chunk);
		if (c) {
			size_t at = atomic_load(&c->used);
			while (at + size <= c->size) {
				if (atomic_compare_exchange_weak(&c->used, &at, at + size)) {
					atomic_fetch_add(&taken, size);
					return (char *)c + at;
				}
			}
		}
		struct chunk *more = make(size);
		if (!more)
			return NULL;
		if (!atomic_compare_exchange_strong(&chunk, &c, more))
			munmap(more, more->size + PERMANENT_BEHIND);
	}
}

void permanent_back(void *p, size_t size)
{
	struct chunk *c = atomic_load(&chunk);
	uintptr_t begin = (uintptr_t)c, at = (uintptr_t)p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!c || at < begin || at - begin + size > c->size)
		return;
	/* zeroed before it may be taken again */
	memset(p, 0, size);
	size_t end = at - begin + size;
	if (atomic_compare_exchange_strong(&c->used, &end, at - begin))
		atomic_fetch_sub(&taken, size);
}

size_t permanent_taken(void)
{
	return atomic_load(&taken);
}
