/* SPDX-License-Identifier: MIT */
/* A TLS library as far as it is looked for: each of its objects points into it, and says which it is. */
#include <stddef.h>

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)

static const int method[16];

typedef struct ssl_st {
	int version;
	const int *method;
	void *rest[16];
} SSL;

static SSL object = {1, method, {0}};

SSL *NAMED(new_of_, LIBRARY)(void);
void *SSL_CTX_new(const void *m);
int SSL_read(SSL *s, void *p, int n);
int SSL_write(SSL *s, const void *p, int n);
int SSL_peek(SSL *s, void *p, int n);
int SSL_pending(const SSL *s);
int NAMED(use_of_, LIBRARY)(SSL *s);

SSL *NAMED(new_of_, LIBRARY)(void)
{
	return &object;
}

void *SSL_CTX_new(const void *m)
{
	return (void *)m;
}

/* Its own, if the object is: else it would be a crash. */
static int mine(const SSL *s, int n)
{
	return s->method == method ? NUMBER * 1000 + n : -NUMBER;
}

int SSL_read(SSL *s, void *p, int n)
{
	(void)p;
	return mine(s, n);
}

int SSL_write(SSL *s, const void *p, int n)
{
	(void)p;
	return mine(s, n);
}

int SSL_peek(SSL *s, void *p, int n)
{
	(void)p;
	return mine(s, n);
}

int SSL_pending(const SSL *s)
{
	return mine(s, 0);
}

/* As a module does that needs this library. */
int NAMED(use_of_, LIBRARY)(SSL *s)
{
	char text[8] = "text";

	return SSL_write(s, text, 4) + SSL_read(s, text, 8) * 10000 + SSL_pending(s);
}
