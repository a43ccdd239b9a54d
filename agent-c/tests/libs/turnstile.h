/* Where a constructor waits until the test lets it go on. */
#ifndef FW_TESTS_TURNSTILE_H
#define FW_TESTS_TURNSTILE_H

#include <stdbool.h>

/* The next constructor waits. */
void turnstile_close(void);
/* Called by the constructor: waits if the turnstile is closed. */
void turnstile_pass(void);
/* Until somebody waits there. */
void turnstile_await(void);
void turnstile_open(void);

#endif
