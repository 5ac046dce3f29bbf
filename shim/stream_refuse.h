/* SPDX-License-Identifier: MIT */
/* What is not let in on a connection. Each ends it: what follows is for nobody either. */
#ifndef BOND_STREAM_REFUSE_H
#define BOND_STREAM_REFUSE_H

#include "inlet.h"

/* Where a script's decisions or the operator's rules hang on what arrives, nothing passes unseen: what
 * has no framing ends the connection. */
enum look refuse_rest(struct inlet *r);

/* So, where what arrives was none from its start. */
enum look refuse_other(struct inlet *r);

/* What must be written into a message, or restored in it, is too much for an edit. */
enum look refuse_uneditable(struct inlet *r);

/* Whether what is there is a request that came to a listener of no bond, where the operator lets none in;
 * whether all is there that its answer needs; and the answer. */
bool refuse_is_due(const struct inlet *r);
bool refuse_has_head(const struct inlet *r);
enum look refuse_request(struct inlet *r);

#endif
