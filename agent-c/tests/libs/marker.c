/* A library that tells the agent of its locks and threads, whether there is one or not. */
#include "forkwitness.h"

int marker_name(pthread_mutex_t *lock, const char *name);
int marker_lock_aware(pthread_mutex_t *lock, const char *reason);
int marker_this_thread(const char *reason);
int marker_tid(int tid, const char *reason);
int marker_thread(pthread_t thread, const char *reason);

int marker_name(pthread_mutex_t *lock, const char *name)
{
    return forkwitness_name_lock(lock, name);
}

int marker_lock_aware(pthread_mutex_t *lock, const char *reason)
{
    return forkwitness_lock_is_fork_aware(lock, reason);
}

int marker_this_thread(const char *reason)
{
    return forkwitness_this_thread_is_fork_aware(reason);
}

int marker_tid(int tid, const char *reason)
{
    return forkwitness_tid_is_fork_aware(tid, reason);
}

int marker_thread(pthread_t thread, const char *reason)
{
    return forkwitness_thread_is_fork_aware(thread, reason);
}
