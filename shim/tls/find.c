/* SPDX-License-Identifier: MIT */
/* By RTLD_NEXT where the library is in its sight, else by a walk over what is loaded. A library that was
 * found is not unloaded any more. */
#include "find.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define PATIENCE 10000 /* milliseconds */
#define WORDS 8 /* of an object, of which one points into its library: OpenSSL's method */

static bool is_in(const struct find_library *l, const void *p)
{
	return (const char *)p >= l->base && (const char *)p < l->end;
}

/* Where the object that p is in begins, NULL: in none. */
static void *base_of(const void *p)
{
	Dl_info info;

	return p && dladdr(p, &info) ? info.dli_fbase : NULL;
}

static bool is_ours(const void *p)
{
	return base_of(p) == base_of(__extension__(const void *) find_of);
}

struct extent {
	const char *base;
	char *end;
	unsigned long long adds;
};

static int measure(struct dl_phdr_info *info, size_t size, void *data)
{
	struct extent *e = data;

	(void)size;
	e->adds = info->dlpi_adds;
	if (!e->base)
		return 1;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD)
			continue;
		char *from = (char *)info->dlpi_addr + p->p_vaddr;
		if (e->base >= from && e->base < from + p->p_memsz)
			e->end = from + p->p_memsz;
		else if (e->end && from >= e->base)
			e->end = from + p->p_memsz;
	}
	return e->end != NULL;
}

static unsigned long long adds_now(void)
{
	struct extent e = {0};

	dl_iterate_phdr(measure, &e);
	return e.adds;
}

/* What is called for the library: what comes next of that name, if that stands before it, as another
 * preload does; else its own. */
static void *next_of(const struct find_all *all, const struct find_library *l, const char *name, void *own)
{
	void *next = dlsym(RTLD_NEXT, name);
	void *global = dlsym(RTLD_NEXT, all->kind->whole);

	return next && global && !is_ours(next) && is_in(l, global) ? next : own;
}

static void take(struct find_all *all, void *handle, char *base)
{
	size_t count = atomic_load(&all->count);
	struct find_library *l = &all->libraries[count];
	struct extent e = {.base = base};

	dl_iterate_phdr(measure, &e);
	l->base = base;
	l->end = e.end;
	l->complete = true;
	for (size_t i = 0; all->kind->names[i]; i++) {
		l->functions[i] = dlsym(handle, all->kind->names[i]);
		if (i >= all->kind->hooked && !(all->kind->optional && i >= all->kind->optional))
			l->complete = l->complete && l->functions[i];
		if (i < all->kind->needed && !l->functions[i])
			return;
		if (i < all->kind->hooked && l->functions[i])
			l->next[i] = next_of(all, l, all->kind->names[i], l->functions[i]);
	}
	atomic_store_explicit(&all->count, count + 1, memory_order_release);
}

/* Whether the object that begins there is known. */
static bool is_known(const struct find_all *all, const char *base)
{
	for (size_t i = 0; i < atomic_load(&all->count); i++)
		if (all->libraries[i].base == base)
			return true;
	return false;
}

/* Looks at one object that is loaded. */
static void look(struct find_all *all, const char *name)
{
	void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
	void *found = handle ? dlsym(handle, all->kind->names[0]) : NULL;
	char *base = found ? base_of(found) : NULL;
	struct link_map *map = NULL;
	bool own = base && !is_ours(found) && !is_known(all, base);

	if (own) /* not what it depends on, nor what everybody sees */
		own = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && base_of(map->l_ld) == base;
	if (own && atomic_load(&all->count) < FIND_LIBRARIES) {
		take(all, handle, base);
		if (is_known(all, base))
			return; /* the handle keeps it */
	}
	if (handle)
		dlclose(handle);
}

/* Looks at all that is loaded, once for each change of it. A thread that comes meanwhile waits; not for
 * ever, as it may have the loader's lock. */
static void look_at_all(struct find_all *all)
{
	const struct timespec moment = {0, 1000000};
	unsigned long long adds = adds_now();

	for (int i = 0; i < PATIENCE && atomic_load(&all->busy); i++)
		nanosleep(&moment, NULL);
	if (atomic_load(&all->adds) == adds || atomic_exchange(&all->busy, true))
		return;
	for (struct link_map *m = _r_debug.r_map; m; m = m->l_next)
		if (*m->l_name)
			look(all, m->l_name);
	atomic_store(&all->adds, adds);
	atomic_store(&all->busy, false);
}

static const struct find_library *by_object(const struct find_all *all, const void *object)
{
	size_t count = atomic_load_explicit(&all->count, memory_order_acquire);
	void *words[WORDS];

	memcpy(words, object, sizeof(words));
	for (size_t i = 0; i < count; i++)
		for (size_t w = 0; w < WORDS; w++)
			if (is_in(&all->libraries[i], words[w]))
				return &all->libraries[i];
	return NULL;
}

/* Whether the object at m says itself that it needs the library. */
static bool needs(const struct link_map *m, const struct find_library *l)
{
	const char *strings = NULL;

	for (const ElfW(Dyn) *d = m->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_STRTAB)
			strings = (const char *)d->d_un.d_ptr;
	for (const ElfW(Dyn) *d = m->l_ld; strings && d->d_tag != DT_NULL; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		void *handle = dlopen(strings + d->d_un.d_val, RTLD_LAZY | RTLD_NOLOAD);
		struct link_map *of = NULL;
		bool found = handle && dlinfo(handle, RTLD_DI_LINKMAP, &of) == 0 && is_in(l, of->l_ld);
		if (handle)
			dlclose(handle);
		if (found)
			return true;
	}
	return false;
}

static const struct find_library *by_caller(const struct find_all *all, const void *caller)
{
	struct link_map *m = NULL;
	Dl_info info;

	if (!dladdr1(caller, &info, (void **)&m, RTLD_DL_LINKMAP) || !m)
		return NULL;
	for (size_t i = 0; i < atomic_load(&all->count); i++)
		if (needs(m, &all->libraries[i]))
			return &all->libraries[i];
	return NULL;
}

static _Atomic(const void *) *place_of(struct find_all *all, const void *caller)
{
	return &all->callers[((uintptr_t)caller ^ (uintptr_t)caller >> 12) % FIND_CALLERS];
}

/* The one that there is, if it was all that there was when that caller was looked for: a module that has
 * another one calls from elsewhere. */
static const struct find_library *only(struct find_all *all, const void *caller)
{
	if (atomic_load_explicit(&all->count, memory_order_acquire) != 1 ||
		atomic_load_explicit(place_of(all, caller), memory_order_relaxed) != caller)
		return NULL;
	return &all->libraries[0];
}

const struct find_library *find_of(struct find_all *all, const void *object, const void *caller)
{
	const struct find_library *found = object ? by_object(all, object) : NULL;

	if (found || (!object && (found = only(all, caller))))
		return found;
	look_at_all(all);
	found = object ? by_object(all, object) : NULL;
	if (!found && atomic_load(&all->count) > 1)
		found = by_caller(all, caller);
	if (!object && atomic_load(&all->count) == 1)
		atomic_store_explicit(place_of(all, caller), caller, memory_order_relaxed);
	return found || !atomic_load(&all->count) ? found : &all->libraries[0];
}
