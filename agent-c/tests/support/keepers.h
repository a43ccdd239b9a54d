/* Threads that stand still in some state, and what a child says that they held and were inside of. */
#ifndef FW_TESTS_KEEPERS_H
#define FW_TESTS_KEEPERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rows.h"
#include "state/threads.h"

struct keeper {
    pthread_t thread;
    void (*begin)(struct keeper *);
    void (*end)(struct keeper *);
    char *locks;
    struct fw_thread *slot;
    _Atomic bool ready;
};

/* Around each test, in place of forks_set_up and forks_tear_down; all keepers end with it. */
int keepers_set_up(void **state);
int keepers_tear_down(void **state);

/* A thread that has run begin when this returns, and runs end at the test's end; both may be NULL. */
enum { KEEPERS_MAX = 16 };
struct keeper *keeper_start(void (*begin)(struct keeper *), void (*end)(struct keeper *), char *locks);
/* For these: the record of a lock, as a hook makes it. */
void keeper_record(void *lock, uint8_t kind);

/* Columns of the rows. */
enum { THREAD, ADDRESS, LOCK, SITE, SINCE, ORIGIN, LOCK_COLUMNS };
enum { FUNCTION = 1, REGION_SITE, ENTERED, REGION_COLUMNS };

struct lists {
    struct rows locks;
    struct rows regions;
    struct rows unrecorded; /* thread, number */
    unsigned held_frames;
    uint64_t allocating;
    bool has_allocating;
};

/* Makes a child by this hook and reads what it says at its begin; it ends at once. Good until the next call. */
const struct lists *lists_of_child(pid_t (*fork_hook)(void));
/* The row of the lock at this address; NULL where there is none. */
const uint64_t *lists_lock(const struct lists *lists, const void *address);

#endif
