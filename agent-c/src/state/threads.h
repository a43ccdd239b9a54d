/* The table of live threads: one slot a thread, in the agent's own memory and not on the thread's stack, so that a
 * forked child can read what the vanished threads left. Lock-free; async-signal-safe. */
#ifndef FW_STATE_THREADS_H
#define FW_STATE_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

enum { FW_THREAD_NAME = 128, FW_LOCKS_MAX = 16, FW_REGIONS_MAX = 4 };

/* A lock that the thread holds: what, and the call that took it. frame and site lie as in the frame record of a hook,
 * from which one store brings both here. */
struct fw_held_lock {
    uintptr_t frame;     /* the caller's frame pointer register; 0 where it is not known */
    uintptr_t site;      /* return address of the call */
    uintptr_t stack;     /* the caller's stack pointer after the return */
    uint64_t taken_kind; /* FW_TAKEN: fw_clock's time, us, and enum fw_lock_kind in the lowest byte */
    uintptr_t address;   /* 0: no record */
};
#define FW_TAKEN_KIND(held) ((uint8_t)(held)->taken_kind)
#define FW_TAKEN_US(held) ((held)->taken_kind >> 8)

/* A function that the thread is inside of. */
struct fw_region {
    uintptr_t site;
    uintptr_t frame;     /* of the hook, on the thread's stack: a frame record (saved frame pointer, return address) */
    uint64_t entered_us; /* CLOCK_MONOTONIC; 0 where it is not known */
    uint32_t function;   /* enum fw_function */
};

enum fw_slot_state {
    FW_SLOT_FREE,    /* nobody's */
    FW_SLOT_CLAIMED, /* being filled by the creating thread */
    FW_SLOT_LIVE     /* its thread runs; id, tid and kind are set */
};

/* What a child reads of every thread comes first, in one cache line. */
struct fw_thread {
    _Alignas(64) _Atomic uint32_t state;
    _Atomic uint32_t id;  /* unique in the process, from 1 */
    _Atomic int32_t tid;  /* fw_thread_tid */
    _Atomic uint8_t kind; /* enum fw_thread_kind */
    bool seen;            /* the agent saw its creation */
    bool fork_aware;      /* forkwitness.h: forks need not fear what it holds */
    /* Written by the thread itself (held.h), read by forked children. */
    uint32_t lock_end;     /* the places of locks below this are in use; the first counts always (held.h) */
    uint32_t lock_more;    /* locks that found no room */
    uint32_t region_depth; /* may pass the room: the rest is counted only */
    uint16_t purge_pause;  /* hooks/lock_room.h */
    uint16_t purge_left;
    /* The condition that it waits for, with the mutex that it gave back meanwhile; 0 where it does not. */
    uintptr_t waits_on;
    uintptr_t handle;         /* its pthread_t; 0 where not known */
    const uintptr_t *entered; /* where its last call of the allocator left its stack pointer; NULL: not recorded */
    void *jni;                /* a Java thread's JNIEnv; NULL where not known */
    uintptr_t waits_with;
    uint32_t creator; /* id of the creating thread, 0 if unknown */
    uint32_t stack;   /* stack that created it, 0 if unknown */
    uint64_t started_ns;
    void *(*start)(void *);
    void *argument;
    uint32_t sweep; /* last sweep over /proc/self/task that found it; agent thread only */
    /* The first is within one cache line. */
    _Alignas(64) struct fw_held_lock locks[FW_LOCKS_MAX];
    struct fw_region regions[FW_REGIONS_MAX];
    char name[FW_THREAD_NAME]; /* last name that was reported; agent thread, or its own thread at start and end */
};
_Static_assert(offsetof(struct fw_thread, jni) + sizeof(void *) <= 64, "one cache line");

/* Makes the table for up to capacity threads. Further threads run without a record. */
FW_HIDDEN bool fw_threads_init(uint32_t capacity);

/* A slot with a fresh id in state CLAIMED, for a thread whose creation is seen (the caller says if not); NULL when the
 * table is full. */
FW_HIDDEN struct fw_thread *fw_threads_claim(void);
/* Fills tid and start time and makes it LIVE. */
FW_HIDDEN void fw_threads_live(struct fw_thread *thread, int tid);
/* Its kernel id. A forked child's own thread has the slot of the one that forked, in which nothing is written for the
 * new id: that would cost each child a copy of a page. */
FW_HIDDEN int fw_thread_tid(const struct fw_thread *thread);
/* In a forked child: this slot's thread has another kernel id from now on. */
FW_HIDDEN void fw_threads_renumber(const struct fw_thread *thread, int tid);
/* Gives the slot back. */
FW_HIDDEN void fw_threads_release(struct fw_thread *thread);

/* The live thread with this kernel id; NULL if there is none. Reads the whole table. */
FW_HIDDEN struct fw_thread *fw_threads_find(int tid);
/* The live thread with this pthread_t; NULL where none is known to have it. Reads the whole table. */
FW_HIDDEN struct fw_thread *fw_threads_with_handle(uintptr_t handle);
/* The running thread's slot: from thread-local storage, from the table, or a new one for a thread whose creation was
 * not seen (*is_new is set then; may be NULL). NULL only when the table is full. */
FW_HIDDEN struct fw_thread *fw_threads_self(bool *is_new);

/* A value that names this thread for as long as it lives; fw_threads_of gives NULL for it once the thread is gone. */
FW_HIDDEN uint64_t fw_threads_handle(const struct fw_thread *thread);
FW_HIDDEN struct fw_thread *fw_threads_of(uint64_t handle);

/* Iteration over LIVE slots: start with *position 0, until NULL comes back. */
FW_HIDDEN struct fw_thread *fw_threads_next(uint32_t *position);
/* True if some thread's record says that it is inside of this function (enum fw_function): a glance, as the thread may
 * enter or leave at any time. */
FW_HIDDEN bool fw_threads_inside(uint32_t function);
/* The greatest id given out so far. */
FW_HIDDEN uint32_t fw_threads_last_id(void);
/* Threads that found no slot. */
FW_HIDDEN uint32_t fw_threads_untracked(void);

#endif
