/* Roles: locks of every other kind, and locks that are given back, lost or forgotten in other ways. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <threads.h>
#include <time.h>

#include "play.h"

enum { MANY = 20 };

static pthread_mutex_t g_typed;
static pthread_mutex_t g_condition_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_condition = PTHREAD_COND_INITIALIZER;
static bool condition_is_met;
static pthread_mutex_t g_left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t g_many[MANY];
static pthread_spinlock_t g_spin;
static sem_t g_semaphore;
static sem_t g_signal;
static mtx_t g_c11;
static FILE *file;
static pthread_mutex_t *made;
static sem_t *shared;

static void check(int error, const char *what)
{
    if (error) {
        fprintf(stderr, "play: %s: %s\n", what, strerror(error));
        abort();
    }
}

static void make_typed(int type, int robust, int protocol)
{
    pthread_mutexattr_t attributes;
    check(pthread_mutexattr_init(&attributes), "attributes");
    check(pthread_mutexattr_settype(&attributes, type), "type");
    check(pthread_mutexattr_setrobust(&attributes, robust), "robust");
    check(pthread_mutexattr_setprotocol(&attributes, protocol), "protocol");
    check(pthread_mutex_init(&g_typed, &attributes), "mutex");
    check(pthread_mutexattr_destroy(&attributes), "attributes");
}

static void make_recursive(void)
{
    make_typed(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
}

static void make_checked(void)
{
    make_typed(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
}

static void make_robust(void)
{
    make_typed(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
}

static void make_inheriting(void)
{
    make_typed(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
}

static void make_normal(void)
{
    make_typed(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
}

static struct timespec far_away(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += 3600;
    return time;
}

static void hold_typed(void)
{
    pthread_mutex_lock(&g_typed); /* HERE: hold-typed */
    play_hold();
    pthread_mutex_unlock(&g_typed);
}

static void hold_timed(void)
{
    struct timespec time = far_away(CLOCK_REALTIME);
    pthread_mutex_timedlock(&g_typed, &time); /* HERE: hold-timed */
    play_hold();
    pthread_mutex_unlock(&g_typed);
}

static void hold_clocked(void)
{
    struct timespec time = far_away(CLOCK_MONOTONIC);
    pthread_mutex_clocklock(&g_typed, CLOCK_MONOTONIC, &time); /* HERE: hold-clocked */
    play_hold();
    pthread_mutex_unlock(&g_typed);
}

static void hold_tried(void)
{
    pthread_mutex_trylock(&g_typed); /* HERE: hold-tried */
    play_hold();
    pthread_mutex_unlock(&g_typed);
}

static void hold_twice(void)
{
    pthread_mutex_lock(&g_typed); /* HERE: hold-twice */
    pthread_mutex_lock(&g_typed);
    pthread_mutex_unlock(&g_typed);
    play_hold();
    pthread_mutex_unlock(&g_typed);
}

/* The try fails, and leaves nothing behind. */
static void try_in_vain(void)
{
    if (pthread_mutex_trylock(&g_typed) != EBUSY) {
        abort();
    }
    play_hold();
}

static void want_typed(void)
{
    pthread_mutex_lock(&g_typed); /* HERE: want-typed */
    pthread_mutex_unlock(&g_typed);
}

/* Says so while it still has the mutex: who gets that after it, finds it waiting. */
static void wait_for_condition(void)
{
    pthread_mutex_lock(&g_condition_mutex);
    play_say();
    while (!condition_is_met) {
        pthread_cond_wait(&g_condition, &g_condition_mutex);
    }
    pthread_mutex_unlock(&g_condition_mutex);
}

static void touch_condition(void)
{
    pthread_mutex_lock(&g_condition_mutex);
    pthread_mutex_unlock(&g_condition_mutex);
}

static void meet_condition(void)
{
    pthread_mutex_lock(&g_condition_mutex);
    condition_is_met = true;
    pthread_cond_signal(&g_condition);
    pthread_mutex_unlock(&g_condition_mutex);
}

/* After the wait the mutex is held again, as taken by the first call. */
static void hold_after_wait(void)
{
    pthread_mutex_lock(&g_condition_mutex); /* HERE: hold-after-wait */
    struct timespec past = {.tv_sec = 1};
    pthread_cond_timedwait(&g_condition, &g_condition_mutex, &past);
    play_hold();
    pthread_mutex_unlock(&g_condition_mutex);
}

static void make_spin(void)
{
    check(pthread_spin_init(&g_spin, PTHREAD_PROCESS_PRIVATE), "spin lock");
}

static void hold_spin(void)
{
    pthread_spin_lock(&g_spin); /* HERE: hold-spin */
    play_hold();
    pthread_spin_unlock(&g_spin);
}

static void want_spin(void)
{
    pthread_spin_lock(&g_spin); /* HERE: want-spin */
    pthread_spin_unlock(&g_spin);
}

static void make_semaphores(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || sem_init(&g_semaphore, 0, 1) != 0 || sem_init(&g_signal, 0, 0) != 0 ||
        sem_init(shared, 1, 1) != 0) {
        check(errno, "semaphore");
    }
}

static void hold_semaphore(void)
{
    sem_wait(&g_semaphore); /* HERE: hold-semaphore */
    play_hold();
    sem_post(&g_semaphore);
}

static void want_semaphore(void)
{
    sem_wait(&g_semaphore); /* HERE: want-semaphore */
    sem_post(&g_semaphore);
}

static void hold_shared(void)
{
    sem_wait(shared); /* HERE: hold-shared */
    play_hold();
    sem_post(shared);
}

static void want_shared(void)
{
    play_ready();
    sem_wait(shared);
    sem_post(shared);
}

static void post_signal(void)
{
    sem_post(&g_signal);
    STAY();
}

static void await_signal(void)
{
    sem_wait(&g_signal);
    play_hold();
}

static void make_c11(void)
{
    if (mtx_init(&g_c11, mtx_plain) != thrd_success) {
        abort();
    }
}

static void hold_c11(void)
{
    mtx_lock(&g_c11); /* HERE: hold-c11 */
    play_hold();
    mtx_unlock(&g_c11);
}

static void want_c11(void)
{
    mtx_lock(&g_c11); /* HERE: want-c11 */
    mtx_unlock(&g_c11);
}

static void make_file(void)
{
    file = fopen("/dev/null", "w");
    if (!file) {
        check(errno, "/dev/null");
    }
}

static void hold_file(void)
{
    flockfile(file); /* HERE: hold-file */
    play_hold();
    funlockfile(file);
}

static void want_file(void)
{
    flockfile(file); /* HERE: want-file */
    funlockfile(file);
}

/* A lock without a symbol. */
static void make_lock(void)
{
    made = malloc(sizeof *made);
    check(pthread_mutex_init(made, NULL), "mutex"); /* HERE: make-lock */
}

static void hold_made(void)
{
    pthread_mutex_lock(made); /* HERE: hold-made */
    play_hold();
    pthread_mutex_unlock(made);
}

static void want_made(void)
{
    pthread_mutex_lock(made); /* HERE: want-made */
    pthread_mutex_unlock(made);
}

static void make_many(void)
{
    for (int i = 0; i < MANY; i++) {
        check(pthread_mutex_init(&g_many[i], NULL), "mutex");
    }
}

static void hold_many(void)
{
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_lock(&g_many[i]);
    }
    play_hold();
    for (int i = MANY; i-- > 0;) {
        pthread_mutex_unlock(&g_many[i]);
    }
}

/* All of them were given back: what had found no room is forgotten with the rest. */
static void hold_many_once(void)
{
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_lock(&g_many[i]);
    }
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_unlock(&g_many[i]);
    }
    play_hold();
}

/* Never given back by its taker: another thread may do it (a normal mutex of glibc lets it), or nobody. */
static void leave_locked(void)
{
    pthread_mutex_lock(&g_left); /* HERE: leave-locked */
    play_hold();
}

static void unlock_left(void)
{
    pthread_mutex_unlock(&g_left);
    STAY();
}

static void want_left(void)
{
    pthread_mutex_lock(&g_left); /* HERE: want-left */
    pthread_mutex_unlock(&g_left);
}

static void jump_out(jmp_buf *out)
{
    pthread_mutex_lock(&g_left); /* HERE: lock-and-jump */
    longjmp(*out, 1);
}

static void hold_by_jump(void)
{
    jmp_buf out;
    if (setjmp(out) == 0) {
        jump_out(&out);
    }
    play_hold();
    pthread_mutex_unlock(&g_left);
}

static void unlock_elsewhere(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/libunlocker.so", play_directory);
    void *library = dlopen(path, RTLD_NOW);
    void (*unlock)(pthread_mutex_t *) = NULL;
    *(void **)&unlock = library ? dlsym(library, "unlocker_unlock") : NULL;
    if (!unlock) {
        abort();
    }
    pthread_mutex_lock(&g_left);
    unlock(&g_left);
    play_hold();
}

static void free_locked(void)
{
    pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mutex == MAP_FAILED) {
        abort();
    }
    check(pthread_mutex_init(mutex, NULL), "mutex");
    pthread_mutex_lock(mutex);
    munmap(mutex, 4096);
    play_hold();
}

const struct play_role play_more_lock_roles[] = {
    {"make-normal", make_normal},
    {"make-recursive", make_recursive},
    {"make-checked", make_checked},
    {"make-robust", make_robust},
    {"make-inheriting", make_inheriting},
    {"hold-typed", hold_typed},
    {"hold-timed", hold_timed},
    {"hold-clocked", hold_clocked},
    {"hold-tried", hold_tried},
    {"hold-twice", hold_twice},
    {"try-in-vain", try_in_vain},
    {"want-typed", want_typed},
    {"wait-in-condition", wait_for_condition},
    {"touch-condition", touch_condition},
    {"meet-condition", meet_condition},
    {"hold-after-wait", hold_after_wait},
    {"make-spin", make_spin},
    {"hold-spin", hold_spin},
    {"want-spin", want_spin},
    {"make-semaphores", make_semaphores},
    {"hold-semaphore", hold_semaphore},
    {"want-semaphore", want_semaphore},
    {"hold-shared", hold_shared},
    {"want-shared", want_shared},
    {"post-signal", post_signal},
    {"await-signal", await_signal},
    {"make-c11", make_c11},
    {"hold-c11", hold_c11},
    {"want-c11", want_c11},
    {"make-file", make_file},
    {"hold-file", hold_file},
    {"want-file", want_file},
    {"make-lock", make_lock},
    {"hold-made", hold_made},
    {"want-made", want_made},
    {"make-many", make_many},
    {"hold-many", hold_many},
    {"hold-many-once", hold_many_once},
    {"leave-locked", leave_locked},
    {"unlock-left", unlock_left},
    {"want-left", want_left},
    {"hold-by-jump", hold_by_jump},
    {"unlock-elsewhere", unlock_elsewhere},
    {"free-locked", free_locked},
    {NULL, NULL},
};
