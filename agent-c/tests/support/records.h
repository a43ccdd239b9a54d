/* A thread's records of locks, as a test wants to see and set them. */
#ifndef FW_TESTS_RECORDS_H
#define FW_TESTS_RECORDS_H

#include "state/threads.h"

/* How many there are. */
static inline uint32_t records_count(const struct fw_thread *thread)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < thread->lock_end; i++) {
        count += thread->locks[i].address != 0;
    }
    return count;
}

/* Forgets them all. */
static inline void records_clear(struct fw_thread *thread)
{
    thread->locks[0].address = 0;
    thread->lock_end = 1;
    thread->lock_more = 0;
}

#endif
