#include "turnstile.h"

#include <semaphore.h>
#include <stdatomic.h>

static atomic_bool closed;
static sem_t arrived;
static sem_t released;

void turnstile_close(void)
{
    sem_init(&arrived, 0, 0);
    sem_init(&released, 0, 0);
    atomic_store(&closed, true);
}

void turnstile_pass(void)
{
    if (atomic_exchange(&closed, false)) {
        sem_post(&arrived);
        sem_wait(&released);
    }
}

void turnstile_await(void)
{
    sem_wait(&arrived);
}

void turnstile_open(void)
{
    sem_post(&released);
}
