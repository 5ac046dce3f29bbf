/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

bool seen_is_asked(enum transport t)
{
	return t == TRANSPORT_TLS || t == TRANSPORT_WS || t == TRANSPORT_WSS;
}

const char *seen_word(enum seen_answer answer)
{
	static const char *const words[] = {[SEEN_NOT_ASKED] = "-",
		[SEEN_YES] = "seen",
		[SEEN_NO] = "not seen",
		[SEEN_NOT_KNOWN] = "not known"};
	return words[answer];
}

__attribute__((format(printf, 3, 4))) static void say(struct seen *s, enum seen_answer answer, const char *format, ...)
{
	va_list args;

	s->answer = answer;
	va_start(args, format);
	vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
}

/* Above TLS, where each process has the library. */
static void judge_libraries(struct seen *s, const struct seen_facts *f)
{
	if (f->inside[0] && !f->shared[0])
		say(s, SEEN_NO, "%s has TLS of its own inside", f->inside);
	else if (f->inside[0])
		say(s, SEEN_NOT_KNOWN, "what goes by %s is seen, but %s has TLS of its own inside", f->shared, f->inside);
	else if (f->shared[0] && f->begun && !f->seen)
		say(s, SEEN_NOT_KNOWN, "libbond-tls.so and %s are there, but of %" PRIu64 " connection%s none was seen so far",
			f->shared, f->begun, plural(f->begun));
	else if (f->shared[0])
		say(s, SEEN_YES, "libbond-tls.so is there, and the program's library is %s", f->shared);
	else if (f->mute)
		say(s, SEEN_NO, "the program's %s does not tell which connection is which", f->mute);
	else if (f->unread)
		say(s, SEEN_NOT_KNOWN, "libbond-tls.so is there, but %zu of the objects that are loaded cannot be looked at",
			f->unread);
	else
		say(s, SEEN_NOT_KNOWN, "libbond-tls.so is there, but no TLS library that it knows is loaded");
}

void seen_judge(struct seen *s, enum transport t, bool headers_keep, const struct seen_facts *f)
{
	*s = (struct seen){.answer = SEEN_NOT_ASKED};
	if (!seen_is_asked(t))
		return;
	if (headers_keep)
		say(s, SEEN_NO, "headers = keep");
	else if (!transport_is_secure(t))
		say(s, SEEN_YES, "libbond.so reads the frames itself");
	else if (!f->processes)
		say(s, SEEN_NOT_KNOWN, "what its processes have loaded cannot be looked at");
	else if (!f->with_library)
		say(s, SEEN_NO, "libbond-tls.so was not preloaded");
	else if (f->with_library < f->processes)
		say(s, SEEN_NOT_KNOWN, "libbond-tls.so is loaded in %zu of its %zu processes", f->with_library, f->processes);
	else
		judge_libraries(s, f);
}
