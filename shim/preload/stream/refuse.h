/* SPDX-License-Identifier: MIT */
/* What is not let in on a connection. Each ends it, is counted, traced and told: what follows is
 * for nobody either. */
#ifndef BOND_STREAM_REFUSE_H
#define BOND_STREAM_REFUSE_H

#include "reader.h"

/* Where a script's decisions or the operator's rules hang on what arrives, nothing passes unseen:
 * what has no framing ends the connection. */
enum look refuse_rest(struct reader *r);

/* So, where what arrives was none from its start. */
enum look refuse_other(struct reader *r);

/* What must be written into a message, or restored in it, is too much for an edit. */
enum look refuse_uneditable(struct reader *r);

/* So, where the rest of a message did not come in all the time that it has, or where nobody knows
 * any more how far the stream is. */
enum look refuse_late(struct reader *r);
enum look refuse_crowded(struct reader *r);

/* Where in what is there a request begins that came to a listener of no bond, where the operator
 * lets none in; SIZE_MAX: nowhere. Of one at the start, whether all is there that its answer
 * needs; and the answer. */
size_t refuse_before(struct reader *r);
bool refuse_has_head(struct reader *r);
enum look refuse_request(struct reader *r);

#endif
