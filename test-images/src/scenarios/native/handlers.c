/* Fork handlers: three registered by a constructor, one by a function. Work after each call keeps the compiler from
 * making it a tail call, which would leave no frame of the caller. */
#include <pthread.h>
#include <stdatomic.h>

#include "child.h"

static atomic_int prepared;
static atomic_int refused;

static void early_prepare(void)
{
    atomic_fetch_add(&prepared, 1);
}

static void early_parent(void)
{
    atomic_fetch_add(&prepared, 10);
}

static void early_child(void)
{
    atomic_fetch_add(&prepared, 100);
}

static void late_child(void)
{
    atomic_fetch_add(&prepared, 1000);
}

__attribute__((constructor)) static void register_early(void)
{
    int error = pthread_atfork(early_prepare, early_parent, early_child); /* HERE: atfork-constructor */
    atomic_fetch_add(&refused, error != 0);
}

NATIVE(jint, Handlers, registerLate)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    int error = pthread_atfork(NULL, NULL, late_child); /* HERE: atfork-function */
    atomic_fetch_add(&refused, error != 0);
    return atomic_load(&refused);
}

/* What the handlers that ran in this process have added up to. */
NATIVE(jint, Handlers, ran)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return atomic_load(&prepared);
}
