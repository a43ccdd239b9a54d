/* Roles of children that wait: for a thread that was not copied, for another process, for a signal. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#include "play.h"

static pthread_mutex_t condition_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_condition = PTHREAD_COND_INITIALIZER;
static int condition;
static sem_t g_semaphore;
static sem_t *shared;

/* A thread that does nothing until it is released. */
static void stay(void)
{
    play_hold();
}

/* A thread that would end the wait, were it there. */
static void signal_condition(void)
{
    play_hold();
    pthread_mutex_lock(&condition_lock);
    condition = 1;
    pthread_cond_signal(&g_condition);
    pthread_mutex_unlock(&condition_lock);
}

static void wait_for_condition(void)
{
    pthread_mutex_lock(&condition_lock);
    while (!condition) {
        pthread_cond_wait(&g_condition, &condition_lock); /* HERE: wait-for-condition */
    }
    pthread_mutex_unlock(&condition_lock);
}

static void set_condition(void)
{
    condition = 1;
}

static void post_semaphore(void)
{
    sem_post(&g_semaphore);
}

/* Counts up once it is released. */
static void stay_then_post(void)
{
    play_hold();
    post_semaphore();
}

static void wait_for_semaphore(void)
{
    sem_wait(&g_semaphore); /* HERE: wait-for-semaphore */
    STAY();
}

static void make_shared(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || sem_init(shared, 1, 0) != 0) {
        perror("play: shared semaphore");
        abort();
    }
}

static void wait_for_shared(void)
{
    sem_wait(shared); /* HERE: wait-for-shared */
    STAY();
}

static void post_shared(void)
{
    sem_post(shared);
}

static void join_lost(void)
{
    pthread_t thread;
    if (play_thread("worker-lost", &thread)) {
        pthread_join(thread, NULL); /* HERE: join-lost */
    }
}

static void wait_for_go(void)
{
    play_ready();
    play_wait_for_go();
}

/* Signals whose handlers return wake it, but do not end it. */
static void wait_for_signal(void)
{
    play_ready();
    while (1) {
        pause(); /* HERE: wait-for-signal */
    }
}

static void wait_for_default_signal(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, &usual, NULL);
    wait_for_signal();
}

const struct play_role play_lost_roles[] = {
    {"stay", stay},
    {"signal-condition", signal_condition},
    {"wait-for-condition", wait_for_condition},
    {"set-condition", set_condition},
    {"post-semaphore", post_semaphore},
    {"stay-then-post", stay_then_post},
    {"wait-for-semaphore", wait_for_semaphore},
    {"make-shared", make_shared},
    {"wait-for-shared", wait_for_shared},
    {"post-shared", post_shared},
    {"join-lost", join_lost},
    {"wait-for-go", wait_for_go},
    {"wait-for-signal", wait_for_signal},
    {"wait-for-default-signal", wait_for_default_signal},
    {NULL, NULL},
};
