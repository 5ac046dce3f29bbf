/* SPDX-License-Identifier: MIT */
/* Words for what status knows as numbers. */
#include "status_print.h"
#include "running_ini.h"

const struct status_counter status_counters[COUNTERS] = {
	[COUNTER_EDITED] = {"edited", "Messages that left with names of the host replaced; of connections both ways."},
	[COUNTER_RESTORED] = {"restored", "Datagrams that came in with names that were replaced."},
	[COUNTER_FOREIGN] = {"foreign_tokens", "Tokens beside names of the host that are not its own."},
	[COUNTER_FORGED] = {"forged_marks", "Marks in the topmost Via of what came in, removed."},
	[COUNTER_UNEDITED] = {"unedited", "Messages that could not be edited in full."},
	[COUNTER_CLOSED] = {"no_message", "Datagrams that are no message and were let neither in nor out."},
	[COUNTER_ELSEWHERE] = {"elsewhere", "Requests whose text named a domain that was not where they went."},
	[COUNTER_STREAMED] = {"streamed", "Messages on connections."},
	[COUNTER_NOT_SIP] = {"not_sip", "Connections that carry something else where SIP was expected."},
	[COUNTER_BROKEN] = {"broken", "Connections on which the framing of SIP was broken, or cannot be read."},
	[COUNTER_SHUT] = {"shut", "Connections that were shut, as they did not carry SIP."},
	[COUNTER_CROWDED] = {"crowded", "Connections that lost their place to others."},
	[COUNTER_TLS_BEGUN] = {"tls_begun", "TLS connections whose hellos were seen."},
	[COUNTER_TLS_SEEN] = {"tls_seen", "Of them, those whose messages are seen."},
	[COUNTER_TLS_EQUAL] = {"tls_equal", "TLS connections whose hellos are like those of another."},
	[COUNTER_TLS_UNKNOWN] = {"tls_unknown", "TLS connections that pass untouched, as they are not known for sure."}};

const struct status_counter status_tallies[TALLIES] = {
	[TALLY_REQUESTS] = {"requests", "Requests that left."},
	[TALLY_BYTES] = {"bytes", "Bytes of the messages that left, as they were sent."},
	[TALLY_RESPONSES] = {"responses", "Responses that left."},
	[TALLY_KEEPALIVES] = {"keepalives", "Keep-alives that left."},
	[TALLY_CONNECTIONS] = {"connections", "Connections that were made, or begun."},
	[TALLY_ACCEPTED] = {"accepted", "Connections that came in."},
	[TALLY_CAME_REQUESTS] = {"came requests", "Requests that came in."},
	[TALLY_CAME_RESPONSES] = {"came responses", "Responses that came in."},
	[TALLY_EDITED] = {"edited", "Messages that left with names of the host replaced."},
	[TALLY_RESTORED] = {"restored", "Messages that came in with names that were replaced."},
	[TALLY_PROBES] = {"probes", "Answers to getsockname()."},
	[TALLY_REFUSED] = {"refused", "Sends and connections whose source the kernel refused."},
	[TALLY_FAILOVERS] = {"failovers", "Sends and connections that left by this member then."},
	[TALLY_NO_MEMBER] = {"no member", "Sends and connections that failed, as no member could be used."},
	[TALLY_PASSED] = {"passed", "Sends and connections that left as the host had them, as no member could be used."},
	[TALLY_FORBIDDEN] = {"403", "Requests that came in and were answered 403."},
	[TALLY_DROPPED] = {"dropped", "Messages that came in and were dropped."},
	[TALLY_FORGED] = {"forged", "Marks in the topmost Via of what came in, removed."},
	[TALLY_FOREIGN] = {"foreign", "Tokens beside names of the host that are not its own."},
	[TALLY_UNEDITED_LARGE] = {"too large", "Messages that left unedited, as they would have become too large."},
	[TALLY_UNEDITED_ROOM] = {"no room", "Messages that came in unedited, as the buffer of the host had no room."},
	[TALLY_UNEDITED_MEMORY] = {"no memory", "Messages that were not edited for lack of memory."},
	[TALLY_UNEDITED_CUT] = {"cut", "Messages that came in longer than the buffer of the host."},
	[TALLY_TLS_BEGUN] = {"tls", "TLS connections whose hellos were seen."},
	[TALLY_TLS_SEEN] = {"tls seen", "Of them, those whose messages are seen."}};

/* None without words. */
_Static_assert(COUNTERS == COUNTER_TLS_UNKNOWN + 1 && COUNTERS == 16, "status_counters has all");
_Static_assert(TALLIES == TALLY_TLS_SEEN + 1 && TALLIES == 25, "status_tallies has all");

const char *status_ini_name(enum running_ini ini)
{
	static const char *const names[] = {[RUNNING_INI_CLOSED] = "unreadable",
		[RUNNING_INI_SAME] = "same",
		[RUNNING_INI_CHANGED] = "changed"};
	return names[ini];
}

const char *status_domain_name(const struct table_domain_info *d)
{
	static const char *const names[] = {[TABLE_UNKNOWN] = "unanswered",
		[TABLE_ANSWERED] = "answered",
		[TABLE_EMPTY] = "empty",
		[TABLE_PARTIAL] = "partial",
		[TABLE_FULL] = "full"};

	return d->state <= TABLE_FULL ? names[d->state] : names[TABLE_UNKNOWN];
}
