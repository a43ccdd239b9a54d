/* Roles: threads that hold something at the end of a chain of calls. Each keeps its callers' frames. */
#include <pthread.h>
#include <stddef.h>

#include "play.h"

#define APART __attribute__((noinline, noclone))

static pthread_mutex_t g_deep = PTHREAD_MUTEX_INITIALIZER;

static APART void take_deep(void)
{
    pthread_mutex_lock(&g_deep); /* HERE: take-deep */
    play_hold();
    pthread_mutex_unlock(&g_deep);
}

static APART void call_deep(void)
{
    take_deep(); /* HERE: call-deep */
    STAY();
}

static APART void hold_deep(void)
{
    call_deep(); /* HERE: hold-deep */
    STAY();
}

static APART void take_for_caller(void)
{
    pthread_mutex_lock(&g_deep); /* HERE: take-for-caller */
    STAY();
}

/* Writes over the stack that the taker had. */
static APART void use_stack(int depth)
{
    volatile char room[512];
    for (size_t i = 0; i < sizeof room; i++) {
        room[i] = (char)depth;
    }
    if (depth) {
        use_stack(depth - 1);
        STAY();
    }
}

/* The taker has returned by the time of the fork. */
static APART void hold_wrapped(void)
{
    take_for_caller(); /* HERE: hold-wrapped */
    use_stack(8);
    play_hold();
    pthread_mutex_unlock(&g_deep);
}

static void want_deep(void)
{
    pthread_mutex_lock(&g_deep); /* HERE: want-deep */
    pthread_mutex_unlock(&g_deep);
}

const struct play_role play_holder_roles[] = {
    {"hold-deep", hold_deep},
    {"hold-wrapped", hold_wrapped},
    {"want-deep", want_deep},
    {NULL, NULL},
};
