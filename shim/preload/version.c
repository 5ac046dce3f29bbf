/* SPDX-License-Identifier: MIT */
/* The version as a text within libbond.so, by which bondrun sees, without loading it, that both are
 * of one build. */

extern const char version_mark[];
const char version_mark[] __attribute__((used, visibility("hidden"))) = "@(#)libbond " BOND_VERSION;
