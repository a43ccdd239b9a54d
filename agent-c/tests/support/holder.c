#include "holder.h"

#include "hooks/locks.h"
#include "hooks/threads.h"
#include "support/unit.h"

static struct holder holder;

void holder_stay(struct holder *own)
{
    sem_post(&own->holds);
    sem_wait(&own->release);
}

static void *run(void *argument)
{
    struct holder *own = argument;
    own->slot = fw_threads_self(NULL);
    own->hold(own);
    if (own->give_back) {
        holder_stay(own);
        own->give_back(own);
    }
    sem_post(&own->released);
    return NULL;
}

struct holder *holder_begin(void (*hold)(struct holder *), void (*give_back)(struct holder *), void *lock)
{
    holder = (struct holder){.hold = hold, .give_back = give_back, .lock = lock};
    sem_init(&holder.holds, 0, 0);
    sem_init(&holder.release, 0, 0);
    sem_init(&holder.released, 0, 0);
    assert_int_equal(fw_hook_pthread_create(&holder.thread, NULL, run, &holder), 0);
    sem_wait(&holder.holds);
    return &holder;
}

/* From one place, so that all holds of a lock look alike. */
__attribute__((noinline)) void holder_take_mutex(struct holder *own)
{
    assert_int_equal(fw_hook_pthread_mutex_lock(own->lock), 0);
}

void holder_give_mutex_back(struct holder *own)
{
    assert_int_equal(fw_hook_pthread_mutex_unlock(own->lock), 0);
}

struct holder *holder_begin_mutex(pthread_mutex_t *mutex)
{
    return holder_begin(holder_take_mutex, holder_give_mutex_back, mutex);
}

void holder_end(void)
{
    sem_post(&holder.release);
    sem_wait(&holder.released);
    pthread_join(holder.thread, NULL);
}
