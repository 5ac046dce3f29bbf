/* SPDX-License-Identifier: MIT */
/* Called by bondrun and bondctl check. A call from within an object to a function of its own is none
 * that another object could take: where the object that speaks TLS has the library in itself, only
 * its own words (symbols, texts) tell. */
#include "own_tls.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/path.h"
#include "elf_object.h"
#include "preload.h"

#define OBJECTS_MAX 256 /* of one program that are looked at */
#define FOLDERS_MAX 64

/* A library of TLS by its own name, what its write is called, and texts that its code bears; what it tells
 * the randoms of its connections by, NULL = they are read without it. */
static const struct library {
	const char *name, *write, *soname, *text, *random;
} libraries[] = {
	{"OpenSSL", "SSL_write", "libssl.so", "ssl/ssl_lib.c", "SSL_get_client_random"},
	{"GnuTLS", "gnutls_record_send", "libgnutls.so", NULL, "gnutls_session_get_random"},
	{"wolfSSL", "wolfSSL_write", "libwolfssl.so", NULL, "wolfSSL_get_client_random"},
	{"mbed TLS", "mbedtls_ssl_write", "libmbedtls.so", NULL, NULL},
	{"BoringSSL", NULL, NULL, "boringssl/src/ssl/", NULL},
	{"rustls", NULL, NULL, "/rustls-0.", NULL},
};

static const char meaning[] = "libbond does not see into it, so by TLS messages leave from the member with "
	"the program's own names in Via, Record-Route and Contact, as with `headers = keep`";

#define LIBRARIES (sizeof(libraries) / sizeof(libraries[0]))

struct search {
	char *objects[OBJECTS_MAX]; /* paths, each once */
	size_t object_count;
	char *folders[FOLDERS_MAX]; /* of the system */
	size_t folder_count;
	bool shortly; /* what is found is said without what it means */
};

static void add_folder(struct search *s, const char *path, size_t n)
{
	if (n && s->folder_count < FOLDERS_MAX)
		s->folders[s->folder_count++] = strndup(path, n);
}

/* ldconfig(8): a folder a line, and files of such lines. */
static void add_folders_of(struct search *s, const char *file, int depth)
{
	char line[PATH_MAX];
	FILE *f = depth < 4 ? fopen(file, "re") : NULL;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "#\n")] = '\0';
		char *p = line + strspn(line, " \t");
		size_t n = strcspn(p, " \t");
		if (strncmp(p, "include", n) == 0 && n == strlen("include")) {
			glob_t g = {0};
			if (glob(p + n + strspn(p + n, " \t"), 0, NULL, &g) == 0) {
				for (size_t i = 0; i < g.gl_pathc; i++)
					add_folders_of(s, g.gl_pathv[i], depth + 1);
			}
			globfree(&g);
		} else {
			add_folder(s, p, n);
		}
	}
	if (f)
		fclose(f);
}

static void find_folders(struct search *s)
{
	const char *own = getenv("LD_LIBRARY_PATH");

	for (; own && *own; own += strcspn(own, ":;") + (own[strcspn(own, ":;")] != '\0'))
		add_folder(s, own, strcspn(own, ":;"));
	add_folders_of(s, "/etc/ld.so.conf", 0);
	static const char *const always[] = {"/lib64", "/usr/lib64", "/lib", "/usr/lib"};
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_folder(s, always[i], strlen(always[i]));
}

static void add_object(struct search *s, const char *path)
{
	char *real = realpath(path, NULL);

	for (size_t i = 0; real && i < s->object_count; i++) {
		if (strcmp(s->objects[i], real) == 0) {
			free(real);
			return;
		}
	}
	if (real && s->object_count < OBJECTS_MAX)
		s->objects[s->object_count++] = real;
	else
		free(real);
}

/* Whether name is in the folder, of whose path n bytes count; $ORIGIN is where the object itself is. */
static bool add_from(struct search *s, const char *folder, size_t n, const char *origin, const char *name)
{
	static const char *const words[] = {"$ORIGIN", "${ORIGIN}"};
	char path[PATH_MAX];
	const char *base = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);
		if (n >= length && memcmp(folder, words[i], length) == 0) {
			base = origin;
			folder += length;
			n -= length;
			break;
		}
	}
	if ((size_t)snprintf(path, sizeof(path), "%s%.*s/%s", base, (int)n, folder, name) >= sizeof(path) ||
		access(path, R_OK) != 0)
		return false;
	add_object(s, path);
	return true;
}

/* As ld.so(8) finds it, but by the folders of its cache instead of the cache. */
static void add_needed(struct search *s, const struct elf_object *o, const char *object, const char *name)
{
	char origin[PATH_MAX];
	const char *path = o->runpath;

	if (strchr(name, '/')) {
		add_object(s, name);
		return;
	}
	snprintf(origin, sizeof(origin), "%.*s", (int)(strrchr(object, '/') - object), object);
	for (; path && *path; path += strcspn(path, ":") + (path[strcspn(path, ":")] != '\0')) {
		if (add_from(s, path, strcspn(path, ":"), origin, name))
			return;
	}
	for (size_t i = 0; i < s->folder_count; i++) {
		if (add_from(s, s->folders[i], strlen(s->folders[i]), origin, name))
			return;
	}
}

static bool is_called(const char *name, const char *prefix)
{
	return name && strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Which library of TLS, if any, the object has inside without being that library; whether its calls
 * stay within it. The program's own always do: its symbols come first, and it need not ask for them. */
static const struct library *own_library(const struct elf_object *o, bool program)
{
	for (size_t i = 0; i < LIBRARIES; i++) {
		const struct library *l = &libraries[i];
		bool needs = false;
		if (l->soname && is_called(o->soname, l->soname))
			return NULL;
		for (unsigned k = 0; l->soname && elf_object_needed(o, k); k++)
			needs = needs || is_called(elf_object_needed(o, k), l->soname);
		if (needs)
			continue;
		if (l->write && elf_object_defines(o, l->write)) {
			if (program || o->symbolic)
				return l;
			continue; /* its calls can be taken */
		}
		if (l->text && memmem(o->f.p, o->f.n, l->text, strlen(l->text)))
			return l;
	}
	return NULL;
}

/* Whose TLS is written in the language that they run. */
static const char *language_of(const struct elf_object *o)
{
	if (is_called(o->soname, "libjvm.so"))
		return "Java";
	for (unsigned i = 0; elf_object_needed(o, i); i++) {
		if (is_called(elf_object_needed(o, i), "libjli.so"))
			return "Java";
	}
	return NULL;
}

/* What is found, and unless it is to be said in short, what that means. */
static void explain_library(const struct search *s, size_t i, const struct library *l, char *text,
	size_t size)
{
	size_t n = i ? (size_t)snprintf(text, size, "%s loads %s, which", s->objects[0], path_base(s->objects[i]))
		     : (size_t)snprintf(text, size, "%s", s->objects[0]);

	if (n < size)
		n += (size_t)snprintf(text + n, size - n, " has TLS of its own inside (%s)", l->name);
	if (n < size && !s->shortly)
		snprintf(text + n, size - n, ": %s. Use a build with the system's %s", meaning,
			l->soname ? l->name : libraries[0].name);
}

/* Of the object of number i, whose needs are added to the search. */
static bool explain_object(struct search *s, size_t i, char *text, size_t size)
{
	const char *path = s->objects[i], *language = NULL;
	const struct library *l = NULL;
	const void *bytes = NULL;
	struct elf_object o;
	size_t n = 0;

	if (preload_map(path, &bytes, &n) != 0 || n == 0)
		return false;
	if (elf_object_open(&o, bytes, n)) {
		language = i == 0 ? language_of(&o) : NULL;
		l = own_library(&o, i == 0);
		if (language)
			snprintf(text, size, "%s runs %s, whose TLS is its own%s%s", path, language,
				s->shortly ? "" : ": ", s->shortly ? "" : meaning);
		else if (l)
			explain_library(s, i, l, text, size);
		for (unsigned k = 0; elf_object_needed(&o, k); k++)
			add_needed(s, &o, path, elf_object_needed(&o, k));
	}
	munmap((void *)(uintptr_t)bytes, n);
	return language || l;
}

static bool search(struct search *s, const char *path, char *text, size_t size)
{
	bool found = false;

	text[0] = '\0';
	find_folders(s);
	add_object(s, path);
	for (size_t i = 0; i < s->object_count && !found; i++)
		found = explain_object(s, i, text, size);
	for (size_t i = 0; i < s->object_count; i++)
		free(s->objects[i]);
	for (size_t i = 0; i < s->folder_count; i++)
		free(s->folders[i]);
	return found;
}

bool own_tls_explain(const char *path, char *text, size_t size)
{
	struct search s = {.shortly = false};

	return search(&s, path, text, size);
}

bool own_tls_name(const char *path, char *text, size_t size)
{
	struct search s = {.shortly = true};

	return search(&s, path, text, size);
}

/* The library of TLS that the object is. */
static const struct library *library_of(const struct elf_object *o)
{
	for (size_t i = 0; i < LIBRARIES; i++)
		if (libraries[i].soname && is_called(o->soname, libraries[i].soname))
			return &libraries[i];
	return NULL;
}

static enum own_tls look(const struct elf_object *o, bool program, const char **name)
{
	const struct library *l = library_of(o);

	if (l) {
		*name = l->name;
		return !l->random || elf_object_defines(o, l->random) ? OWN_TLS_SHARED : OWN_TLS_MUTE;
	}
	*name = language_of(o);
	if (!*name && (l = own_library(o, program)))
		*name = l->name;
	return *name ? OWN_TLS_INSIDE : OWN_TLS_NONE;
}

enum own_tls own_tls_look(const char *path, bool program, const char **name)
{
	enum own_tls found = OWN_TLS_NONE;
	const void *bytes = NULL;
	struct elf_object o;
	size_t n = 0;

	if (preload_map(path, &bytes, &n) != 0 || n == 0)
		return OWN_TLS_NONE;
	if (elf_object_open(&o, bytes, n))
		found = look(&o, program, name);
	munmap((void *)(uintptr_t)bytes, n);
	return found;
}
