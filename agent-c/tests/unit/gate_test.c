/* The gate between the agent's own work and forks. Bounded waits end by themselves: no test measures them. */
#include "state/gate.h"

#include <semaphore.h>
#include <stdatomic.h>

#include "support/crowd.h"
#include "support/unit.h"

static int set_up(void **state)
{
    (void)state;
    fw_gate_reset();
    return 0;
}

static void an_idle_gate_lets_both_through(void **state)
{
    (void)state;
    assert_true(fw_gate_enter());
    fw_gate_leave();
    assert_true(fw_gate_close());
    fw_gate_open();
    assert_true(fw_gate_enter());
    fw_gate_leave();
}

static void workers_and_forks_do_not_exclude_their_like(void **state)
{
    (void)state;
    assert_true(fw_gate_enter());
    assert_true(fw_gate_enter());
    fw_gate_leave();
    fw_gate_leave();
    assert_true(fw_gate_close());
    assert_true(fw_gate_close());
    fw_gate_open();
    fw_gate_open();
    assert_true(fw_gate_enter());
    fw_gate_leave();
}

/* A signal handler that forks where it has interrupted work cannot wait for that. */
static void a_fork_does_not_wait_for_its_own_thread(void **state)
{
    (void)state;
    assert_true(fw_gate_enter());
    assert_true(fw_gate_close());
    assert_false(fw_gate_try());
    assert_true(fw_gate_close());
    fw_gate_open();
    fw_gate_open();
    fw_gate_leave();
    assert_true(fw_gate_close());
    fw_gate_open();
}

static void who_only_tries_gives_up_at_a_fork(void **state)
{
    (void)state;
    assert_true(fw_gate_try());
    fw_gate_leave();
    assert_true(fw_gate_close());
    assert_false(fw_gate_try());
    /* The one that gave up counts as gone. */
    assert_true(fw_gate_close());
    fw_gate_open();
    fw_gate_open();
    assert_true(fw_gate_try());
    fw_gate_leave();
}

static void a_worker_does_not_wait_for_ever(void **state)
{
    (void)state;
    assert_true(fw_gate_close());
    assert_false(fw_gate_enter());
    /* The one that gave up counts as gone. */
    assert_true(fw_gate_close());
    fw_gate_open();
    fw_gate_open();
    assert_true(fw_gate_enter());
    fw_gate_leave();
}

static sem_t entered;
static sem_t may_leave;

static void *work_until_told(void *argument)
{
    _Atomic bool *done = argument;
    if (fw_gate_enter()) {
        sem_post(&entered);
        sem_wait(&may_leave);
        atomic_store(done, true);
        fw_gate_leave();
    }
    return NULL;
}

static void begin_work(pthread_t *worker, _Atomic bool *done)
{
    assert_int_equal(sem_init(&entered, 0, 0), 0);
    assert_int_equal(sem_init(&may_leave, 0, 0), 0);
    assert_int_equal(pthread_create(worker, NULL, work_until_told, done), 0);
    sem_wait(&entered);
}

static void *close_and_open(void *idle)
{
    *(bool *)idle = fw_gate_close();
    fw_gate_open();
    return NULL;
}

/* As a thread that has no work of its own sees it. */
static bool is_idle(void)
{
    bool idle = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, close_and_open, &idle), 0);
    pthread_join(thread, NULL);
    return idle;
}

/* Those who worked in the parent are not there. */
static void a_child_starts_with_an_idle_gate(void **state)
{
    (void)state;
    _Atomic bool done = false;
    pthread_t worker;
    begin_work(&worker, &done);
    assert_false(fw_gate_close());
    fw_gate_reset();
    assert_true(is_idle());
    assert_true(fw_gate_enter());
    fw_gate_leave();
    sem_post(&may_leave);
    pthread_join(worker, NULL);
    assert_true(is_idle());
}

/* But the one thread may be, interrupted by the signal handler that forked. */
static void work_that_a_fork_interrupted_goes_on_in_the_child(void **state)
{
    (void)state;
    assert_true(fw_gate_enter());
    assert_true(fw_gate_close());
    fw_gate_reset();
    assert_false(is_idle());
    assert_true(fw_gate_close());
    fw_gate_open();
    fw_gate_leave();
    assert_true(is_idle());
}

/* Where close says that nobody works, the worker has finished; where it gave up, it says so. */
static void a_fork_waits_for_the_worker(void **state)
{
    (void)state;
    _Atomic bool done = false;
    pthread_t worker;
    begin_work(&worker, &done);
    assert_false(fw_gate_close());
    assert_false(atomic_load(&done));
    fw_gate_open();
    sem_post(&may_leave);
    if (fw_gate_close()) {
        assert_true(atomic_load(&done));
    }
    fw_gate_open();
    pthread_join(worker, NULL);
    assert_true(fw_gate_close());
    assert_true(atomic_load(&done));
    fw_gate_open();
}

/* What both sides touch without any atomic: the gate alone orders it, which ThreadSanitizer checks. One worker, as in
 * the agent (workers do not exclude each other). */
static unsigned long plain;

enum { ROUNDS = 3000, FORKERS = 4 };

struct party {
    bool works;
    unsigned got;
    unsigned problems;
};

static _Atomic int inside;
static pthread_mutex_t forkers = PTHREAD_MUTEX_INITIALIZER;

static void take_part(void *argument)
{
    struct party *party = argument;
    for (int i = 0; i < ROUNDS; i++) {
        if (party->works) {
            if (fw_gate_enter()) {
                atomic_fetch_add(&inside, 1);
                plain++;
                atomic_fetch_sub(&inside, 1);
                party->got++;
                fw_gate_leave();
            }
        } else {
            pthread_mutex_lock(&forkers);
            if (fw_gate_close()) {
                party->problems += atomic_load(&inside) != 0;
                plain++;
                party->got++;
            }
            fw_gate_open();
            pthread_mutex_unlock(&forkers);
        }
    }
}

static void work_and_forks_never_overlap(void **state)
{
    (void)state;
    struct party parties[FORKERS + 1] = {{.works = true}};
    unsigned long got = 0;
    plain = 0;
    crowd_run(FORKERS + 1, take_part, parties, sizeof parties[0]);
    for (int i = 0; i <= FORKERS; i++) {
        assert_int_equal(parties[i].problems, 0);
        got += parties[i].got;
    }
    assert_int_equal(plain, got);
    assert_int_not_equal(got, 0);
    assert_true(fw_gate_enter());
    fw_gate_leave();
    assert_true(fw_gate_close());
    fw_gate_open();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_idle_gate_lets_both_through),
        TEST(workers_and_forks_do_not_exclude_their_like),
        TEST(a_fork_does_not_wait_for_its_own_thread),
        TEST(work_that_a_fork_interrupted_goes_on_in_the_child),
        TEST(who_only_tries_gives_up_at_a_fork),
        TEST(a_worker_does_not_wait_for_ever),
        TEST(a_child_starts_with_an_idle_gate),
        TEST(a_fork_waits_for_the_worker),
        TEST(work_and_forks_never_overlap),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
