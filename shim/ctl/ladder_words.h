/* SPDX-License-Identifier: MIT */
/* What stands in a ladder, however it is drawn. All of it is plain ASCII but for names of the INI. */
#ifndef BOND_CTL_LADDER_WORDS_H
#define BOND_CTL_LADDER_WORDS_H

#include "ladder_call.h"

#define LADDER_LABEL_MAX (3 * LADDER_NAME + 8)
#define LADDER_NOTE_MAX (8 * LADDER_NAME)

/* "peer", "H internal", "M external", "H M external" */
void ladder_role(const struct ladder_column *k, char *to, size_t size);

/* What fits between the ends: "180 Ringing (1 INVITE)", "180 (1 INVITE)", "180 1 INVITE", "180 INVITE"; "INVITE 1". */
void ladder_label(const struct ladder_message *m, size_t room, char *to, size_t size);

/* "again, external, route carriers, tcp". Folded: that end of its own has no column, which is told; else NULL. */
void ladder_note(const struct ladder_message *m, bool has_arrow, const struct addr *folded, char *to, size_t size);

/* The time of day, or how long it is since the one before, which was at `before`; zone: seconds east of UTC. */
void ladder_time(const struct ladder_message *m, int64_t before, bool first, long zone, char *to, size_t size);

#endif
