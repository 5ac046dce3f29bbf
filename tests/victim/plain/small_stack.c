/* SPDX-License-Identifier: MIT */
/* Calls from a thread with the smallest stack and from a handler on the stack that signal.h has for one. */
/*victim
opened: filter
*/
#include "../victim.h"

/* As SIGSTKSZ was a constant: what the kernel puts there by itself differs by processor. */
#ifdef __aarch64__
#define HANDLER_STACK 16384
#else
#define HANDLER_STACK 8192
#endif

static struct ep to;
static int s;

static void calls(void)
{
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr m = {
		.msg_name = &to.ss, .msg_namelen = to.len, .msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	int d;

	sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len);
	sendmsg(s, &m, 0);
	sendmmsg(s, &mm, 1, 0);
	d = socket(AF_INET, SOCK_DGRAM, 0);
	connect(d, &to.sa, to.len);
	write(d, SIP, SIP_LEN);
	writev(d, &iov, 1);
	dup2(d, 50);
	close(d);
	close(50);
}

static void handler(int sig)
{
	(void)sig;
	calls();
}

static void *thread(void *arg)
{
	calls();
	return arg;
}

int main(void)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = HANDLER_STACK};
	int ear = udp("127.0.0.1", 7005), heard = 0;
	pthread_attr_t attr;
	pthread_t t;

	to = ep("127.0.0.1", 7005);
	s = udp("127.0.0.1", 7001);
	stack.ss_sp = malloc(stack.ss_size);
	MUST(sigaltstack(&stack, NULL));
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	pthread_attr_init(&attr);
	say("%d", pthread_attr_setstacksize(&attr, 16384));
	say("%d", pthread_create(&t, &attr, thread, NULL));
	pthread_join(t, NULL);
	while (recv(ear, (char[10]){0}, 10, MSG_DONTWAIT) == 10)
		heard++;
	say("heard %d", heard);
	return 0;
}
