/* SPDX-License-Identifier: MIT */
/* libFuzzer target of scan: any bytes; every span must lie in the message. */
#include <stdint.h>
#include <stdlib.h>

#include "sip/field.c"
#include "sip/scan.c"
#include "sip/scan_start.c"

static void inside(struct span s, struct span outer)
{
	if (s.p < outer.p || s.n > outer.n || s.p > outer.p + outer.n - s.n)
		abort();
}

static void check_host(const struct field_host *h, struct span outer)
{
	inside(h->whole, outer);
	inside(h->host, h->whole);
	inside(h->port, h->whole);
	if (h->host.n == 0 || (h->port.n != 0) != (h->number != 0))
		abort();
}

static void check_param(struct span params, const char *name)
{
	struct field_param param;

	if (!field_param(params, name, &param))
		return;
	inside(param.whole, params);
	inside(param.value, param.whole);
	if (param.whole.p[0] != ';')
		abort();
}

static void check_value(struct span value)
{
	struct field_address a;
	struct field_uri u;
	struct field_via v;

	if (field_via(value, &v)) {
		check_host(&v.by, value);
		inside(v.transport, value);
		inside(v.params, value);
		check_param(v.params, "branch");
	}
	if (!field_address(value, &a))
		return;
	inside(a.uri, value);
	inside(a.params, value);
	check_param(a.params, "tag");
	if (!field_uri(a.uri, &u))
		return;
	check_host(&u.at, a.uri);
	inside(u.user, a.uri);
	inside(u.params, a.uri);
	inside(u.headers, a.uri);
	check_param(u.params, "lr");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* an exact copy, for the sanitizer to see the first byte too far */
	char *p = malloc(n ? n : 1);
	struct span all = {p, n};
	struct next_hop nh;
	struct scan_walk w;
	struct scan_row row;
	struct scan_message m;

	memcpy(p, data, n);
	static const struct scan_most most = SCAN_MOST;
	struct scan_start start;
	enum scan_kind kind = scan_kind(p, n, &start);
	bool request = kind == SCAN_REQUEST;
	/* the quick looks say what the whole one says */
	if (request != scan_request_line(p, n) || request != scan_is_request(p, n) ||
		(kind == SCAN_RESPONSE) != scan_is_response(p, n))
		abort();
	if (n >= 64 && !scan_is_foreign(p, n) && scan_is_usual_line(p) && !request)
		abort();
	if (n >= 16 && scan_is_foreign_16(p, &most) != scan_is_foreign(p, n))
		abort();
	if (scan_is_foreign(p, n) && kind != SCAN_OTHER)
		abort();
	if (scan_next_hop(p, n, &nh, NULL)) {
		inside((struct span){nh.host, nh.host_len}, all);
		if (nh.host_len == 0)
			abort();
	}
	if (scan_message(p, n, &m)) {
		if (m.request != request || m.head > n)
			abort();
		inside(m.line, all);
		for (int i = 0; i < 2; i++)
			inside(scan_branch(m.via[i]), m.via[i]);
		inside(field_tag(m.to), m.to);
	}
	if (scan_walk_start(&w, p, n)) {
		const char *next = w.p;
		while (scan_walk_next(&w, &row)) {
			struct span rest = row.value;
			struct span value;
			if (row.whole.p != next)
				abort();
			next = row.whole.p + row.whole.n;
			inside(row.whole, all);
			inside(row.name, row.whole);
			inside(row.value, row.whole);
			while (field_value(&rest, &value)) {
				inside(value, row.value);
				check_value(value);
			}
		}
	}
	free(p);
	return 0;
}
