/* SPDX-License-Identifier: MIT */
#include "privilege.h"

#include <linux/capability.h>
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

static const int needed[] = {CAP_BPF, CAP_NET_ADMIN};

struct sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct of[_LINUX_CAPABILITY_U32S_3];
};

static bool read_sets(struct sets *s)
{
	s->head = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
	return raw_syscall(SYS_capget, (long)&s->head, (long)s->of, 0, 0) == 0;
}

bool privilege_is_there(void)
{
	struct sets s;
	bool has = read_sets(&s);

	for (int i = 0; i < 2; i++)
		has = has && (s.of[needed[i] / 32].effective & UINT32_C(1) << needed[i] % 32);
	return has;
}

void privilege_give_up(void)
{
	struct sets s;

	if (geteuid() == 0 || !is_ambient(CAP_BPF) || !is_ambient(CAP_NET_ADMIN) || !read_sets(&s))
		return;
	for (int i = 0; i < 2; i++) {
		struct __user_cap_data_struct *set = &s.of[needed[i] / 32];
		uint32_t bit = UINT32_C(1) << needed[i] % 32;
		set->effective &= ~bit;
		set->permitted &= ~bit;
		set->inheritable &= ~bit;
	}
	raw_syscall(SYS_capset, (long)&s.head, (long)s.of, 0, 0);
}
