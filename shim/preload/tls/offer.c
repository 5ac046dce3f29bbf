/* SPDX-License-Identifier: MIT */
#include "offer.h"

static bool wanted(void)
{
	return false;
}

static bool on_read(const struct bond_tls_call *call, void *to, size_t n, bool peek, long *result)
{
	(void)call, (void)to, (void)n, (void)peek, (void)result;
	return false;
}

static bool on_write(const struct bond_tls_call *call, const void *p, size_t n, long *result)
{
	(void)call, (void)p, (void)n, (void)result;
	return false;
}

static size_t on_pending(const struct bond_tls_call *call)
{
	(void)call;
	return 0;
}

__attribute__((visibility("default"))) const struct bond_tls *bond_tls_1(void)
{
	static const struct bond_tls offer = {wanted, on_read, on_write, on_pending};

	return &offer;
}
