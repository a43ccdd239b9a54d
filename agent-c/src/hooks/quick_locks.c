#include "quick_locks.h"

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <string.h>

#include "patch/image.h"

struct fw_quick_locks fw_quick_locks = {.mutex_kind = FW_QUICK_NO_MUTEX};

typedef int call(void *);

/* The functions, where glibc itself serves all of them: not an interposer, which must see every call. */
static bool are_of_libc(const char *const *names, call **calls, size_t count)
{
    const void *libc = fw_image_around(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
    bool all = libc != NULL;
    for (size_t i = 0; i < count; i++) {
        void *address = dlsym(RTLD_DEFAULT, names[i]);
        all = all && fw_image_around(address) == libc;
        calls[i] = (call *)address;
    }
    return all;
}

static bool same(const void *one, const void *other, size_t bytes)
{
    return memcmp(one, other, bytes) == 0;
}

/* Both ways to take a lock must leave the same in it, and each give back what the other has taken. */

static bool mutexes_are_as_known(void)
{
    static const char *const names[] = {"pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_trylock"};
    call *calls[3];
    pthread_mutex_t theirs = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t ours = PTHREAD_MUTEX_INITIALIZER;
    const pthread_mutex_t free = PTHREAD_MUTEX_INITIALIZER;
    if (!are_of_libc(names, calls, 3) || calls[0](&theirs) != 0) {
        return false;
    }
    return fw_quick_mutex_lock(&ours) && same(&ours, &theirs, sizeof ours) && !fw_quick_mutex_lock(&ours) &&
           fw_quick_is_mutex(&theirs) && fw_quick_mutex_unlock(&theirs) && calls[1](&ours) == 0 &&
           same(&ours, &free, sizeof ours) && same(&theirs, &free, sizeof theirs);
}

static bool readers_are_as_known(call *const *calls)
{
    pthread_rwlock_t theirs = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_t ours = PTHREAD_RWLOCK_INITIALIZER;
    const pthread_rwlock_t free = PTHREAD_RWLOCK_INITIALIZER;
    return calls[0](&theirs) == 0 && fw_quick_rwlock_rdlock(&ours) && same(&ours, &theirs, sizeof ours) &&
           fw_quick_is_rwlock(&theirs) && fw_quick_rwlock_rdunlock(&theirs) && calls[2](&ours) == 0 &&
           same(&ours, &free, sizeof ours) && same(&theirs, &free, sizeof theirs);
}

/* Twice: the first write phase has to be begun, and lasts. */
static bool writers_are_as_known(call *const *calls)
{
    pthread_rwlock_t theirs = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_t ours = PTHREAD_RWLOCK_INITIALIZER;
    for (int round = 0; round < 2; round++) {
        if (calls[1](&theirs) != 0 || !fw_quick_rwlock_wrlock(&ours) || !same(&ours, &theirs, sizeof ours) ||
            fw_quick_rwlock_rdlock(&theirs) || fw_quick_rwlock_wrlock(&theirs) || !fw_quick_rwlock_wrunlock(&theirs) ||
            calls[2](&ours) != 0 || !same(&ours, &theirs, sizeof ours)) {
            return false;
        }
    }
    return calls[0](&ours) == 0 && calls[2](&ours) == 0;
}

static bool rwlocks_are_as_known(void)
{
    static const char *const names[] = {"pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "pthread_rwlock_unlock"};
    call *calls[3];
    return are_of_libc(names, calls, 3) && readers_are_as_known(calls) && writers_are_as_known(calls);
}

static bool semaphores_are_as_known(void)
{
    static const char *const names[] = {"sem_wait", "sem_post"};
    call *calls[2];
    sem_t semaphores[3];
    memset(semaphores, 0, sizeof semaphores);
    sem_t *theirs = &semaphores[0];
    sem_t *ours = &semaphores[1];
    sem_t *free = &semaphores[2];
    for (int i = 0; i < 3; i++) {
        if (sem_init(&semaphores[i], 0, 1) != 0) {
            return false;
        }
    }
    return are_of_libc(names, calls, 2) && calls[0](theirs) == 0 && fw_quick_sem_trywait(ours) &&
           same(ours, theirs, sizeof *ours) && !fw_quick_sem_trywait(ours) && fw_quick_sem_post(theirs) &&
           calls[1](ours) == 0 && same(ours, free, sizeof *ours) && same(theirs, free, sizeof *theirs);
}

/* The words differ between architectures (sysdeps/x86_64/nptl/pthread_spin_lock.S, nptl/pthread_spin_lock.c). */
static void look_at_spin_locks(void)
{
    static const char *const names[] = {"pthread_spin_lock", "pthread_spin_unlock"};
    call *calls[2];
    pthread_spinlock_t lock;
    if (!are_of_libc(names, calls, 2) || pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE) != 0) {
        return;
    }
    int free = lock;
    calls[0]((void *)&lock);
    int taken = lock;
    calls[1]((void *)&lock);
    if (lock == free) {
        fw_quick_locks.spin_free = free;
        fw_quick_locks.spin_taken = taken;
    }
}

static _Atomic bool cancelling;

void fw_quick_locks_cancel(void)
{
    atomic_store(&cancelling, true);
    __atomic_store_n(&fw_quick_locks.semaphores, false, __ATOMIC_RELAXED);
}

void fw_quick_locks_init(void)
{
    fw_self.tid = fw_gettid();
    fw_quick_locks.mutex_kind = PTHREAD_MUTEX_TIMED_NP;
    if (!mutexes_are_as_known()) {
        fw_quick_locks.mutex_kind = FW_QUICK_NO_MUTEX;
    }
    fw_quick_locks.rwlocks = true;
    fw_quick_locks.rwlocks = rwlocks_are_as_known();
    fw_quick_locks.semaphores = true;
    fw_quick_locks.semaphores = semaphores_are_as_known() && !atomic_load(&cancelling);
    look_at_spin_locks();
}
#else
void fw_quick_locks_init(void) {}
void fw_quick_locks_cancel(void) {}
#endif
