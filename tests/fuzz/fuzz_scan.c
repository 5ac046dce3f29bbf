/* SPDX-License-Identifier: MIT */
/* libFuzzer target of scan: any bytes; every span must lie in the message. */
#include <stdint.h>
#include <stdlib.h>

#include "../../shim/sip/scan.c"

static void inside(struct span s, const char *p, size_t n)
{
	if (s.p < p || s.n > n || s.p > p + n - s.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* an exact copy, for the sanitizer to see the first byte too far */
	char *p = malloc(n ? n : 1);
	struct next_hop nh;
	struct scan_walk w;
	struct scan_row row;

	memcpy(p, data, n);
	/* the short way may take more for a request, never less */
	if (scan_request_line(p, n) && !scan_is_request(p, n))
		abort();
	if (scan_is_request(p, n) && (scan_is_response(p, n) || scan_is_keepalive(p, n)))
		abort();
	if (scan_next_hop(p, n, &nh, NULL)) {
		inside((struct span){nh.host, nh.host_len}, p, n);
		if (nh.host_len == 0)
			abort();
	}
	if (scan_walk_start(&w, p, n)) {
		const char *next = w.p;
		while (scan_walk_next(&w, &row)) {
			struct span rest = row.value;
			struct span value;
			if (row.whole.p != next)
				abort();
			next = row.whole.p + row.whole.n;
			inside(row.whole, p, n);
			inside(row.name, row.whole.p, row.whole.n);
			inside(row.value, row.whole.p, row.whole.n);
			while (scan_value(&rest, &value)) {
				struct scan_address a;
				struct scan_uri u;
				struct span param;
				inside(value, row.value.p, row.value.n);
				if (!scan_address(value, &a))
					continue;
				inside(a.uri, value.p, value.n);
				inside(a.params, value.p, value.n);
				if (scan_param(a.params, "tag", &param))
					inside(param, a.params.p, a.params.n);
				if (!scan_uri(a.uri, &u))
					continue;
				inside(u.user, a.uri.p, a.uri.n);
				inside(u.host, a.uri.p, a.uri.n);
				inside(u.hostport, a.uri.p, a.uri.n);
				inside(u.params, a.uri.p, a.uri.n);
				inside(u.headers, a.uri.p, a.uri.n);
				if (scan_param(u.params, "lr", &param))
					inside(param, u.params.p, u.params.n);
			}
		}
	}
	free(p);
	return 0;
}
