/* SPDX-License-Identifier: MIT */
#include "privilege.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/raw.h"

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool is_ambient(int capability)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1;
}

void privilege_give_up(void)
{
	static const int needed[] = {CAP_BPF, CAP_NET_ADMIN};
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (geteuid() == 0 || !is_ambient(CAP_BPF) || !is_ambient(CAP_NET_ADMIN) ||
		raw_syscall(SYS_capget, (long)&head, (long)sets, 0, 0) != 0)
		return;
	for (int i = 0; i < 2; i++) {
		struct __user_cap_data_struct *set = &sets[needed[i] / 32];
		uint32_t bit = UINT32_C(1) << needed[i] % 32;
		set->effective &= ~bit;
		set->permitted &= ~bit;
		set->inheritable &= ~bit;
	}
	raw_syscall(SYS_capset, (long)&head, (long)sets, 0, 0);
}
