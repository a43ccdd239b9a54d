/* Another thread, which holds something until it is told to give it back. */
#ifndef FW_TESTS_HOLDER_H
#define FW_TESTS_HOLDER_H

#include <pthread.h>
#include <semaphore.h>

#include "state/threads.h"

struct holder {
    /* Takes it. Without give_back, it stays in there itself (holder_stay) for as long as it holds it. */
    void (*hold)(struct holder *);
    void (*give_back)(struct holder *);
    void *lock;
    pthread_t thread;
    const struct fw_thread *slot;
    sem_t holds;
    sem_t release;
    sem_t released;
};

/* Returns once it is held. One at a time. */
struct holder *holder_begin(void (*hold)(struct holder *), void (*give_back)(struct holder *), void *lock);
/* The same with a mutex, through the hooks. */
struct holder *holder_begin_mutex(pthread_mutex_t *mutex);
void holder_take_mutex(struct holder *own);
void holder_give_mutex_back(struct holder *own);
/* In the thread: tells that it is held, and waits for the end. */
void holder_stay(struct holder *own);
/* Returns once it is given back and the thread has ended. */
void holder_end(void);

#endif
