/* SPDX-License-Identifier: MIT */
/* A user agent on Sofia-SIP's nua, the stack of FreeSWITCH, told what to do by lines on stdin.
 *
 *	nua USER PASSWORD CERTIFICATES PARAMS URL [URL]	listens where the URLs say; PARAMS, or "", are of
 *							its Contact, as FreeSWITCH writes transport=tcp
 *
 *	register URI | register-again | call URI | options URI | on answer | on ring | on busy
 *	hangup | cancel | reinvite | quit
 *
 * What happens is told on stdout, a line each. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUA_MAGIC_T struct agent
#include <sofia-sip/nua.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>

#define SDP "m=audio 49170 RTP/AVP 8\r\n"

enum answer { ANSWER_OK, ANSWER_RING, ANSWER_BUSY };

struct agent {
	su_root_t *root;
	nua_t *nua;
	nua_handle_t *registration, *call;
	const char *user, *password;
	enum answer answer;
	char line[512];
	size_t length;
};

static void authenticate(struct agent *a, nua_handle_t *nh, int status, const sip_t *sip)
{
	const sip_www_authenticate_t *www = sip ? sip->sip_www_authenticate : NULL;
	const char *realm = www ? msg_params_find(www->au_params, "realm=") : NULL;
	char text[256];

	if (status != 401 || !realm)
		return;
	snprintf(text, sizeof(text), "Digest:%s:%s:%s", realm, a->user, a->password);
	nua_authenticate(nh, NUTAG_AUTH(text), TAG_END());
}

/* The handle is the call's, and the former one's is no longer. */
static void take_call(struct agent *a, nua_handle_t *nh)
{
	if (a->call && a->call != nh)
		nua_handle_destroy(a->call);
	a->call = nh;
}

static void called(struct agent *a, nua_handle_t *nh, const sip_t *sip)
{
	if (sip->sip_to->a_tag) { /* a re-INVITE */
		nua_respond(nh, SIP_200_OK, TAG_END());
		return;
	}
	take_call(a, nh);
	if (a->answer == ANSWER_OK)
		nua_respond(nh, SIP_200_OK, SOATAG_USER_SDP_STR(SDP), TAG_END());
	else if (a->answer == ANSWER_RING)
		nua_respond(nh, SIP_180_RINGING, TAG_END());
	else
		nua_respond(nh, SIP_486_BUSY_HERE, TAG_END());
}

static void event(nua_event_t event, int status, const char *phrase, nua_t *nua, struct agent *a,
	nua_handle_t *nh, nua_hmagic_t *handle, const sip_t *sip, tagi_t tags[])
{
	(void)nua;
	(void)handle;
	(void)tags;
	printf("%s %d %s\n", nua_event_name(event), status, phrase ? phrase : "");
	switch (event) {
	case nua_r_register:
	case nua_r_invite:
	case nua_r_options:
		authenticate(a, nh, status, sip);
		break;
	case nua_i_invite:
		called(a, nh, sip);
		break;
	case nua_r_shutdown:
		if (status >= 200)
			su_root_break(a->root);
		break;
	default:
		break;
	}
}

static nua_handle_t *handle_to(struct agent *a, const char *uri)
{
	return nua_handle(a->nua, NULL, NUTAG_URL(uri), SIPTAG_TO_STR(uri), TAG_END());
}

static void register_at(struct agent *a, const char *uri)
{
	char to[300];

	/* The address of record has the user; the registrar itself has none. */
	snprintf(to, sizeof(to), "<sip:%s@%s>", a->user, strchr(uri, ':') + 1);
	a->registration = nua_handle(a->nua, NULL, SIPTAG_TO_STR(to), SIPTAG_FROM_STR(to),
		NUTAG_REGISTRAR(uri), TAG_END());
	nua_register(a->registration, SIPTAG_EXPIRES_STR("600"), TAG_END());
}

static void command(struct agent *a, char *line)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = '\0';
	else
		argument = "";
	if (strcmp(line, "register") == 0) {
		register_at(a, argument);
	} else if (strcmp(line, "register-again") == 0) {
		nua_register(a->registration, SIPTAG_EXPIRES_STR("600"), TAG_END());
	} else if (strcmp(line, "call") == 0) {
		take_call(a, handle_to(a, argument));
		nua_invite(a->call, SOATAG_USER_SDP_STR(SDP), TAG_END());
	} else if (strcmp(line, "options") == 0) {
		nua_options(handle_to(a, argument), TAG_END());
	} else if (strcmp(line, "on") == 0) {
		a->answer = strcmp(argument, "busy") == 0 ? ANSWER_BUSY
			: strcmp(argument, "ring") == 0	      ? ANSWER_RING
							      : ANSWER_OK;
	} else if (strcmp(line, "hangup") == 0 && a->call) {
		nua_bye(a->call, TAG_END());
	} else if (strcmp(line, "cancel") == 0 && a->call) {
		nua_cancel(a->call, TAG_END());
	} else if (strcmp(line, "reinvite") == 0 && a->call) {
		nua_invite(a->call, SOATAG_HOLD("audio"), TAG_END());
	} else if (strcmp(line, "quit") == 0) {
		nua_shutdown(a->nua);
	}
	printf("done %s\n", line);
}

static int input(struct agent *a, su_wait_t *wait, su_wakeup_arg_t *unused)
{
	ssize_t got = read(STDIN_FILENO, a->line + a->length, sizeof(a->line) - 1 - a->length);
	char *end;

	(void)wait;
	(void)unused;
	if (got <= 0) {
		su_root_break(a->root);
		return 0;
	}
	a->length += (size_t)got;
	a->line[a->length] = '\0';
	while ((end = strchr(a->line, '\n'))) {
		*end = '\0';
		command(a, a->line);
		a->length -= (size_t)(end + 1 - a->line);
		memmove(a->line, end + 1, a->length + 1);
	}
	return 0;
}

static int on_input(su_root_magic_t *magic, su_wait_t *wait, su_wakeup_arg_t *arg)
{
	return input((struct agent *)arg, wait, arg);
	(void)magic;
}

int main(int argc, char **argv)
{
	struct agent a = {.user = argv[1], .password = argv[2]};
	su_wait_t wait;
	char from[128];

	if (argc < 6) {
		fputs("usage: nua USER PASSWORD CERTIFICATES PARAMS URL [URL]\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	su_init();
	a.root = su_root_create(NULL);
	snprintf(from, sizeof(from), "<sip:%s@example.com>", a.user);
	a.nua = nua_create(a.root, event, &a, NUTAG_URL(argv[5]), TAG_IF(argv[6], NUTAG_SIPS_URL(argv[6])),
		TAG_IF(*argv[4], NUTAG_M_PARAMS(argv[4])),
		NUTAG_CERTIFICATE_DIR(argv[3]), TPTAG_TLS_VERIFY_POLICY(0), SIPTAG_FROM_STR(from),
		NUTAG_M_USERNAME(a.user), NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0), NUTAG_AUTOACK(1),
		NUTAG_OUTBOUND("no-options-keepalive no-validate no-natify"), TAG_END());
	if (!a.nua) {
		fputs("nua: cannot listen there\n", stderr);
		return 1;
	}
	su_wait_create(&wait, STDIN_FILENO, SU_WAIT_IN);
	su_root_register(a.root, &wait, on_input, (su_wakeup_arg_t *)&a, 0);
	puts("ready");
	su_root_run(a.root);
	return 0;
}
