/* A million operations on locks of all kinds, from 16 threads, against a model that each thread keeps of what it holds:
 * whenever all threads stand still, the records say the same. */
#include "hooks/locks.h"

#include <errno.h>
#include <stdlib.h>

#include "hooks/hooks.h"
#include "patch/patch.h"
#include "state/calm.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/crowd.h"
#include "support/records.h"
#include "support/unit.h"

enum { THREADS = 16, ROUNDS = 125, STEPS = 500, WAITING_STEPS = 400, HELD_MAX = 12 };
_Static_assert(THREADS *ROUNDS *STEPS == 1000000, "a million operations");
_Static_assert((int)HELD_MAX < (int)FW_LOCKS_MAX, "the records have room for all");

/* --- the locks, in the order in which threads wait for them --------------------------------------------------------
 */

enum kind { NORMAL, RECURSIVE, ERRORCHECK, ROBUST, RWLOCK, SPIN, SEMAPHORE, C11, STREAM, KINDS };
enum { OF_EACH = 3, LOCKS = KINDS * OF_EACH, SIGNALS = 4 };

union lock {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    pthread_spinlock_t spin;
    sem_t semaphore;
    mtx_t mtx;
};
static union lock locks[LOCKS];
static FILE *streams[OF_EACH];
static sem_t signals[SIGNALS];
static pthread_cond_t conditions[LOCKS];
static pthread_barrier_t barrier;

static enum kind kind_of(unsigned index)
{
    return (enum kind)(index / OF_EACH);
}

static void *address_of(unsigned index)
{
    return kind_of(index) == STREAM ? (void *)streams[index % OF_EACH] : (void *)&locks[index];
}

static void make_mutex(unsigned index, int type, int robustness)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robustness);
    pthread_mutex_init(&locks[index].mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void make(unsigned index)
{
    pthread_cond_init(&conditions[index], NULL);
    switch (kind_of(index)) {
    case NORMAL:
        make_mutex(index, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
        break;
    case RECURSIVE:
        make_mutex(index, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
        break;
    case ERRORCHECK:
        make_mutex(index, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
        break;
    case ROBUST:
        make_mutex(index, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
        break;
    case RWLOCK:
        pthread_rwlock_init(&locks[index].rwlock, NULL);
        break;
    case SPIN:
        pthread_spin_init(&locks[index].spin, PTHREAD_PROCESS_PRIVATE);
        break;
    case SEMAPHORE:
        sem_init(&locks[index].semaphore, 0, 1);
        break;
    case C11:
        mtx_init(&locks[index].mtx, mtx_plain);
        break;
    default:
        streams[index % OF_EACH] = tmpfile();
        break;
    }
}

/* --- the model: what a thread holds, in the order of its taking ----------------------------------------------------
 */

struct holding {
    unsigned lock;
    uint8_t kind; /* enum fw_lock_kind */
};

struct actor {
    struct fw_thread *_Atomic slot;
    uint64_t random;
    unsigned count;
    struct holding held[HELD_MAX];
    bool waits; /* it may wait for others, which go on */
    unsigned operations;
    unsigned compared; /* locks that it held while all stood still */
    unsigned problems;
};
static struct actor actors[THREADS];

static unsigned pick(struct actor *actor, unsigned below)
{
    actor->random ^= actor->random << 13;
    actor->random ^= actor->random >> 7;
    actor->random ^= actor->random << 17;
    return (unsigned)(actor->random >> 32) % below;
}

/* It may wait for this one: it holds none that another thread may have to wait for in the other order. */
static bool may_wait(const struct actor *actor, unsigned lock)
{
    for (unsigned i = 0; i < actor->count; i++) {
        if (actor->held[i].lock >= lock) {
            return false;
        }
    }
    return actor->waits;
}

static void add(struct actor *actor, unsigned lock, uint8_t kind)
{
    actor->held[actor->count++] = (struct holding){lock, kind};
}

/* The newest holding of this lock goes. */
static void drop(struct actor *actor, unsigned lock)
{
    unsigned at = actor->count;
    while (at-- > 0 && actor->held[at].lock != lock) {
    }
    for (actor->count--; at < actor->count; at++) {
        actor->held[at] = actor->held[at + 1];
    }
}

/* --- what a thread does --------------------------------------------------------------------------------------------
 */

static const struct timespec long_ago = {0, 0};

/* Where it may not wait it tries; else in each of the ways. */
static unsigned way(struct actor *actor, bool wait)
{
    return wait ? pick(actor, 3) : 0;
}

static int take_mutex(struct actor *actor, pthread_mutex_t *mutex, bool wait)
{
    switch (way(actor, wait)) {
    case 0:
        return fw_hook_pthread_mutex_trylock(mutex);
    case 1:
        return fw_hook_pthread_mutex_timedlock(mutex, &long_ago);
    default:
        return fw_hook_pthread_mutex_lock(mutex);
    }
}

static int take_to_write(struct actor *actor, pthread_rwlock_t *lock, bool wait)
{
    switch (way(actor, wait)) {
    case 0:
        return fw_hook_pthread_rwlock_trywrlock(lock);
    case 1:
        return fw_hook_pthread_rwlock_timedwrlock(lock, &long_ago);
    default:
        return fw_hook_pthread_rwlock_wrlock(lock);
    }
}

static int take_to_read(struct actor *actor, pthread_rwlock_t *lock, bool wait)
{
    switch (way(actor, wait)) {
    case 0:
        return fw_hook_pthread_rwlock_tryrdlock(lock);
    case 1:
        return fw_hook_pthread_rwlock_timedrdlock(lock, &long_ago);
    default:
        return fw_hook_pthread_rwlock_rdlock(lock);
    }
}

static int take_semaphore(struct actor *actor, sem_t *semaphore, bool wait)
{
    switch (way(actor, wait)) {
    case 0:
        return fw_hook_sem_trywait(semaphore);
    case 1:
        return fw_hook_sem_timedwait(semaphore, &long_ago);
    default:
        return fw_hook_sem_wait(semaphore);
    }
}

static int take_stream(FILE *file, bool wait)
{
    if (wait) {
        fw_hook_flockfile(file);
        return 0;
    }
    return fw_hook_ftrylockfile(file);
}

static void take(struct actor *actor, unsigned index)
{
    union lock *lock = &locks[index];
    bool write = pick(actor, 2);
    uint8_t kind = FW_LOCK_KIND_MUTEX;
    int error;
    bool wait = may_wait(actor, index);
    switch (kind_of(index)) {
    case RWLOCK:
        kind = write ? FW_LOCK_KIND_RWLOCK_WRITE : FW_LOCK_KIND_RWLOCK_READ;
        error = write ? take_to_write(actor, &lock->rwlock, wait) : take_to_read(actor, &lock->rwlock, wait);
        break;
    case SPIN:
        kind = FW_LOCK_KIND_SPINLOCK;
        error = fw_hook_pthread_spin_trylock(&lock->spin);
        break;
    case SEMAPHORE:
        kind = FW_LOCK_KIND_SEMAPHORE;
        error = take_semaphore(actor, &lock->semaphore, wait);
        break;
    case C11:
        error = wait && pick(actor, 2) ? fw_hook_mtx_lock(&lock->mtx) : fw_hook_mtx_trylock(&lock->mtx);
        break;
    case STREAM:
        kind = FW_LOCK_KIND_FILE;
        error = take_stream(streams[index % OF_EACH], wait);
        break;
    default:
        error = take_mutex(actor, &lock->mutex, wait);
        break;
    }
    if (!error) {
        add(actor, index, kind);
    }
}

static void give(struct actor *actor, unsigned index)
{
    union lock *lock = &locks[index];
    int error = 0;
    drop(actor, index);
    switch (kind_of(index)) {
    case RWLOCK:
        error = fw_hook_pthread_rwlock_unlock(&lock->rwlock);
        break;
    case SPIN:
        error = fw_hook_pthread_spin_unlock(&lock->spin);
        break;
    case SEMAPHORE:
        error = fw_hook_sem_post(&lock->semaphore);
        break;
    case C11:
        error = fw_hook_mtx_unlock(&lock->mtx);
        break;
    case STREAM:
        fw_hook_funlockfile(streams[index % OF_EACH]);
        break;
    default:
        error = fw_hook_pthread_mutex_unlock(&lock->mutex);
        break;
    }
    actor->problems += error != 0;
}

/* It may wait for a condition, and then for the mutex: it holds nothing else that others want. */
static bool may_wait_for_condition(const struct actor *actor)
{
    enum kind kind = actor->count == 1 ? kind_of(actor->held[0].lock) : KINDS;
    return actor->waits && (kind == NORMAL || kind == RECURSIVE);
}

/* The mutex is given back and taken again: nothing changes. */
static void wait_for_nothing(struct actor *actor, unsigned index)
{
    int error = fw_hook_pthread_cond_timedwait(&conditions[index], &locks[index].mutex, &long_ago);
    actor->problems += error != ETIMEDOUT;
}

/* Posted by whoever comes, taken by whoever comes: never held. The first post tells it, before anybody can take it. */
static void signal_or_be_signalled(struct actor *actor)
{
    sem_t *semaphore = &signals[pick(actor, SIGNALS)];
    if (pick(actor, 2)) {
        actor->problems += fw_hook_sem_post(semaphore) != 0;
    } else {
        fw_hook_sem_trywait(semaphore);
    }
}

static void step(struct actor *actor)
{
    actor->operations++;
    unsigned what = pick(actor, 16);
    if (what == 0) {
        signal_or_be_signalled(actor);
    } else if (what < 4 && may_wait_for_condition(actor)) {
        wait_for_nothing(actor, actor->held[0].lock);
    } else if (actor->count == 0 || (what < 11 && actor->count < HELD_MAX)) {
        take(actor, pick(actor, LOCKS));
    } else {
        /* Not always the newest one. */
        unsigned which = pick(actor, 4) ? actor->count - 1 : pick(actor, actor->count);
        give(actor, actor->held[which].lock);
    }
}

/* --- records and model ---------------------------------------------------------------------------------------------
 */

/* How often the thread's records say that it holds this. */
static unsigned times_recorded(const struct fw_thread *slot, const struct holding *holding)
{
    unsigned times = 0;
    for (uint32_t i = 0; i < slot->lock_end; i++) {
        const struct fw_held_lock *held = &slot->locks[i];
        times += held->address == (uintptr_t)address_of(holding->lock) && FW_TAKEN_KIND(held) == holding->kind &&
                 held->site && held->stack;
    }
    return times;
}

static unsigned times_modelled(const struct actor *actor, const struct holding *holding)
{
    unsigned times = 0;
    for (unsigned i = 0; i < actor->count; i++) {
        times += actor->held[i].lock == holding->lock && actor->held[i].kind == holding->kind;
    }
    return times;
}

static unsigned compare(const struct actor *actor)
{
    const struct fw_thread *slot = actor->slot;
    unsigned problems = (records_count(slot) != actor->count) + (slot->lock_more != 0) + (slot->waits_on != 0);
    for (unsigned i = 0; i < actor->count; i++) {
        problems += times_recorded(slot, &actor->held[i]) != times_modelled(actor, &actor->held[i]);
    }
    return problems;
}

static void steps(struct actor *actor, int count)
{
    for (int i = 0; i < count; i++) {
        step(actor);
    }
}

static void give_all(struct actor *actor)
{
    while (actor->count) {
        give(actor, actor->held[actor->count - 1].lock);
    }
}

static void act(void *argument)
{
    struct actor *actor = argument;
    unsigned number = (unsigned)(actor - actors);
    actor->slot = fw_held_thread();
    actor->random = 0x9e3779b97f4a7c15u * (number + 1);
    for (int round = 0; round < ROUNDS; round++) {
        actor->waits = true;
        steps(actor, WAITING_STEPS);
        actor->problems += compare(actor);
        give_all(actor);
        pthread_barrier_wait(&barrier);
        /* Now to stand still with locks held, for which nobody may wait. */
        actor->waits = false;
        steps(actor, STEPS - WAITING_STEPS);
        pthread_barrier_wait(&barrier);
        actor->problems += compare(&actors[(number + 1) % THREADS]);
        actor->compared += actor->count;
        pthread_barrier_wait(&barrier);
        give_all(actor);
        actor->problems += compare(actor);
    }
}

static void a_million_operations(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOCKS; i++) {
        make(i);
    }
    for (unsigned i = 0; i < SIGNALS; i++) {
        sem_init(&signals[i], 0, 0);
    }
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    crowd_run(THREADS, act, actors, sizeof actors[0]);
    unsigned operations = 0;
    unsigned compared = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(actors[i].problems, 0);
        operations += actors[i].operations;
        compared += actors[i].compared;
    }
    assert_int_equal(operations, THREADS * ROUNDS * STEPS);
    assert_in_range(compared, ROUNDS, THREADS * ROUNDS * HELD_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_million_operations)};
    if (!fw_shared_init() || !fw_threads_init(2 * THREADS)) {
        return 1;
    }
    fw_patch_init(fw_hooks, fw_hook_count);
    fw_functions_init();
    fw_patch_init(fw_function_hooks, fw_function_hook_count);
    fw_calm_init();
    return cmocka_run_group_tests_name("locks_model", tests, NULL, NULL);
}
