/* Roles: children that make inherited locks whole, or find that they cannot. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "play.h"

static pthread_rwlock_t g_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t g_whole;
static pthread_spinlock_t *everybodys;
static pthread_barrier_t barrier;

static void expect(int error, int expected)
{
    if (error != expected) {
        abort();
    }
}

static void make_whole(void)
{
    expect(pthread_spin_init(&g_whole, PTHREAD_PROCESS_PRIVATE), 0);
    everybodys = mmap(NULL, sizeof *everybodys, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (everybodys == MAP_FAILED) {
        abort();
    }
    expect(pthread_spin_init(everybodys, PTHREAD_PROCESS_SHARED), 0);
}

static void hold_read(void)
{
    pthread_rwlock_rdlock(&g_read); /* HERE: hold-read */
    play_hold();
    pthread_rwlock_unlock(&g_read);
}

static void hold_whole(void)
{
    pthread_spin_lock(&g_whole); /* HERE: hold-whole */
    play_hold();
    pthread_spin_unlock(&g_whole);
}

static void hold_everybodys(void)
{
    pthread_spin_lock(everybodys); /* HERE: hold-everybodys */
    play_hold();
    pthread_spin_unlock(everybodys);
}

static void take_whole(void)
{
    pthread_spin_lock(&g_whole); /* HERE: take-whole */
}

static void want_whole(void)
{
    pthread_spin_lock(&g_whole); /* HERE: want-whole */
    pthread_spin_unlock(&g_whole);
}

static void try_whole(void)
{
    for (int i = 0; i < 3; i++) {
        expect(pthread_spin_trylock(&g_whole), EBUSY); /* HERE: try-whole */
    }
}

static void try_everybodys(void)
{
    expect(pthread_spin_trylock(everybodys), EBUSY);
}

/* Before anybody can come, and at once: the deadline is over. */
static void try_to_write(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    expect(pthread_rwlock_timedwrlock(&g_read, &now), ETIMEDOUT); /* HERE: try-to-write */
}

static void *hold_in_child(void *argument)
{
    void (*take)(void) = *(void (**)(void))argument;
    take();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* A thread of the child has the lock while the child wants it. */
static void want_while_held_here(void (*take)(void), void (*want)(void))
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    expect(pthread_create(&thread, NULL, hold_in_child, &take), 0);
    pthread_barrier_wait(&barrier);
    want();
    pthread_barrier_wait(&barrier);
    expect(pthread_join(thread, NULL), 0);
}

static void read_here(void)
{
    pthread_rwlock_rdlock(&g_read);
}

static void renew_read(void)
{
    pthread_rwlock_init(&g_read, NULL);
    want_while_held_here(read_here, try_to_write);
}

static void assign_read(void)
{
    g_read = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    want_while_held_here(read_here, try_to_write);
}

static void give_back_whole(void)
{
    pthread_spin_unlock(&g_whole);
    want_while_held_here(take_whole, try_whole);
}

const struct play_role play_whole_roles[] = {
    {"make-whole", make_whole},
    {"hold-read", hold_read},
    {"hold-whole", hold_whole},
    {"hold-everybodys", hold_everybodys},
    {"take-whole", take_whole},
    {"want-whole", want_whole},
    {"try-whole", try_whole},
    {"try-everybodys", try_everybodys},
    {"try-to-write", try_to_write},
    {"renew-read", renew_read},
    {"assign-read", assign_read},
    {"give-back-whole", give_back_whole},
    {NULL, NULL},
};
