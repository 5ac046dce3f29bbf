/* SPDX-License-Identifier: MIT */
#include "inside.h"

#include "core/arrival.h"
#include "process.h"
#include "segment/choices.h"
#include "sip/token.h"

void inside_note(const struct rules *r, const struct edit *e)
{
	static const struct addr anywhere;
	uint64_t came = arrival_came(e->bound, e->call_id, e->cseq);
	const struct choice choice = {
		.rules = r->generation, .arrived = (uint32_t)came, .route = (uint32_t)(came >> 32)};

	if (came)
		choices_note(this_host.segment.came,
			arrival_token((struct span){e->text + e->mark_text, TOKEN_LENGTH}), &anywhere, &choice);
}

/* What is not surely provisional answers. */
void inside_answered(const char *mark, const char *p, size_t n)
{
	static const char provisional[] = "SIP/2.0 1";
	const size_t before = sizeof(";bond-in=") - 1;

	if ((size_t)(p + n - mark) >= before + TOKEN_LENGTH && memcmp(p, provisional, sizeof(provisional) - 1) != 0)
		choices_forget(this_host.segment.came, arrival_token((struct span){mark + before, TOKEN_LENGTH}));
}
