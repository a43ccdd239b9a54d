/* A library whose constructor registers a fork handler and waits at the turnstile. */
#include <pthread.h>

#include "turnstile.h"

static void do_nothing(void) {}

static __attribute__((constructor)) void begin(void)
{
    pthread_atfork(do_nothing, do_nothing, do_nothing);
    turnstile_pass();
}
