/* SPDX-License-Identifier: MIT */
/* Finds and reads marks. Called where one is written, sealed, or decides. */
#include "mark.h"

struct span mark_bound(const struct field_via *v)
{
	struct field_param branch;

	return field_param(v->params, "branch", &branch) && branch.value.n ? branch.value : v->by.whole;
}

struct span mark_arrived_via(const struct scan_message *m)
{
	struct field_via top;
	struct field_param param;

	return field_via(m->via[0], &top) && field_param(top.params, "bond-in", &param) ? m->via[0]
											 : m->via[1];
}

bool mark_read(const struct names *n, struct span via, struct token_mark *mark)
{
	struct field_via v;
	struct field_param param;

	return via.n && field_via(via, &v) && field_param(v.params, "bond-in", &param) &&
		token_mark_read(n, param.value, mark_bound(&v), mark);
}
