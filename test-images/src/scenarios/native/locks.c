/* Roles: locks that a thread holds while another one forks, and children that want them. */
#include <pthread.h>
#include <stddef.h>

#include "play.h"

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t g_second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t g_recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t g_checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t g_rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void hold_mutex(void)
{
    pthread_mutex_lock(&g_lock); /* HERE: hold-mutex */
    play_hold();
    pthread_mutex_unlock(&g_lock);
}

static void hold_second(void)
{
    pthread_mutex_lock(&g_second); /* HERE: hold-second */
    play_hold();
    pthread_mutex_unlock(&g_second);
}

static void hold_for_writing(void)
{
    pthread_rwlock_wrlock(&g_rwlock); /* HERE: hold-for-writing */
    play_hold();
    pthread_rwlock_unlock(&g_rwlock);
}

static void hold_for_reading(void)
{
    pthread_rwlock_rdlock(&g_rwlock); /* HERE: hold-for-reading */
    play_hold();
    pthread_rwlock_unlock(&g_rwlock);
}

static void want_mutex(void)
{
    pthread_mutex_lock(&g_lock); /* HERE: want-mutex */
    pthread_mutex_unlock(&g_lock);
}

static void want_second(void)
{
    pthread_mutex_lock(&g_second); /* HERE: want-second */
    pthread_mutex_unlock(&g_second);
}

static void want_to_write(void)
{
    pthread_rwlock_wrlock(&g_rwlock); /* HERE: want-to-write */
    pthread_rwlock_unlock(&g_rwlock);
}

static void want_to_read(void)
{
    pthread_rwlock_rdlock(&g_rwlock);
    pthread_rwlock_unlock(&g_rwlock);
}

/* The idiom of pthread_atfork(3): the lock is the forking thread's at the fork, and free in both processes after. */
static void lock_before(void)
{
    pthread_mutex_lock(&g_lock);
    STAY();
}

static void unlock_after(void)
{
    pthread_mutex_unlock(&g_lock);
    STAY();
}

static void guard_mutex(void)
{
    pthread_atfork(lock_before, unlock_after, unlock_after);
    STAY();
}

/* Locks of the forking thread: it has another thread id in the child. */
static void take_mutex(void)
{
    pthread_mutex_lock(&g_lock);
    STAY();
}

static void give_mutex_back(void)
{
    pthread_mutex_unlock(&g_lock);
    STAY();
}

static void take_recursive(void)
{
    pthread_mutex_lock(&g_recursive); /* HERE: take-recursive */
    STAY();
}

static void want_recursive(void)
{
    pthread_mutex_lock(&g_recursive); /* HERE: want-recursive */
    pthread_mutex_unlock(&g_recursive);
}

static void give_recursive_back(void)
{
    pthread_mutex_unlock(&g_recursive);
    STAY();
}

static void take_checked(void)
{
    pthread_mutex_lock(&g_checked); /* HERE: take-checked */
    STAY();
}

/* The status is the error number. */
static void give_checked_back_and_exit(void)
{
    int error = pthread_mutex_unlock(&g_checked); /* HERE: give-checked-back */
    _exit(error);
}

static void give_checked_back(void)
{
    pthread_mutex_unlock(&g_checked);
    STAY();
}

const struct play_role play_lock_roles[] = {
    {"hold-mutex", hold_mutex},
    {"hold-second", hold_second},
    {"hold-for-writing", hold_for_writing},
    {"hold-for-reading", hold_for_reading},
    {"want-mutex", want_mutex},
    {"want-second", want_second},
    {"want-to-write", want_to_write},
    {"want-to-read", want_to_read},
    {"guard-mutex", guard_mutex},
    {"take-mutex", take_mutex},
    {"give-mutex-back", give_mutex_back},
    {"take-recursive", take_recursive},
    {"want-recursive", want_recursive},
    {"give-recursive-back", give_recursive_back},
    {"take-checked", take_checked},
    {"give-checked-back", give_checked_back},
    {"give-checked-back-and-exit", give_checked_back_and_exit},
    {NULL, NULL},
};
