/* SPDX-License-Identifier: MIT */
#include "attempt.h"

#include <errno.h>

#include "privilege.h"
#include "segment/states.h"

static uint32_t has_lookup = STATES_LOOKUP_UNASKED;

void attempt_ended(int error)
{
	has_lookup = states_lookup(error);
}

int attempt_error(void)
{
	return has_lookup > STATES_LOOKUP_ERRNO ? (int)(has_lookup - STATES_LOOKUP_ERRNO) : 0;
}

uint32_t attempt_state(void)
{
	return has_lookup;
}

const char *attempt_reason(int error)
{
	if (error != EPERM && error != EACCES)
		return "this kernel does not have (Linux 5.9 and later do)";
	return privilege_is_there() ? "is refused here though the capabilities are there: by a user namespace, a filter of system "
				      "calls (SystemCallFilter=bpf allows it) or lockdown"
				    : "needs CAP_BPF and CAP_NET_ADMIN when the program starts (and is not to be had in a user "
				      "namespace)";
}
