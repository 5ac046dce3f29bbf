/* SPDX-License-Identifier: MIT */
/* The host's own listeners, in the order in which it bound them, and which members they carry
 * ("adopted"). Per process, inherited by fork; no lock: slots are taken by compare-and-swap. */
#ifndef BOND_LISTENERS_H
#define BOND_LISTENERS_H
#include "../config/model.h"
#endif
