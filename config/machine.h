/* SPDX-License-Identifier: MIT */
/* The interfaces and addresses of this machine, also where a program may open no netlink socket
 * (RestrictAddressFamilies= of systemd.exec(5), a container's seccomp filter). */
#ifndef BOND_MACHINE_H
#define BOND_MACHINE_H

#include <ifaddrs.h>

/* As getifaddrs(3); where that fails, IPv4 by netdevice(7) and IPv6 by proc(5), as far as they can be
 * had: names, addresses and the scope of link-local ones alone are set. 0, or -1 with the errno of
 * getifaddrs() if nothing can be had. To be given back with machine_free(). */
int machine_addresses(struct ifaddrs **list);
void machine_free(struct ifaddrs *list);

#endif
