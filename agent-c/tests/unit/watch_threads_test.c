/* The sweep over /proc/self/task. */
#include "state/thread_records.h"
#include "watch/sweep.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "state/shared.h"
#include "stream/stream.h"
#include "support/pipe.h"
#include "support/unit.h"

struct sleeper {
    pthread_t thread;
    int tid;
    sem_t ready;
    sem_t go_on;
    sem_t renamed;
    sem_t end;
};

static void *live(void *argument)
{
    struct sleeper *sleeper = argument;
    sleeper->tid = fw_gettid();
    prctl(PR_SET_NAME, "first name");
    sem_post(&sleeper->ready);
    sem_wait(&sleeper->go_on);
    prctl(PR_SET_NAME, "second name");
    sem_post(&sleeper->renamed);
    sem_wait(&sleeper->end);
    return NULL;
}

static void begin(struct sleeper *sleeper)
{
    memset(sleeper, 0, sizeof *sleeper);
    sem_init(&sleeper->ready, 0, 0);
    sem_init(&sleeper->go_on, 0, 0);
    sem_init(&sleeper->renamed, 0, 0);
    sem_init(&sleeper->end, 0, 0);
    assert_int_equal(pthread_create(&sleeper->thread, NULL, live, sleeper), 0);
    sem_wait(&sleeper->ready);
}

/* Joined is not gone: the kernel's entry goes a moment later. */
static void end(struct sleeper *sleeper)
{
    sem_post(&sleeper->end);
    pthread_join(sleeper->thread, NULL);
    while (syscall(SYS_tgkill, fw_getpid(), sleeper->tid, 0) == 0) {
        sched_yield();
    }
}

static bool next_of_tid(uint64_t type, int tid, struct decoded *frame)
{
    while (pipe_next_of(type, frame)) {
        if (decoded_number(frame, FW_KEY_TID) == (uint64_t)tid) {
            return true;
        }
    }
    return false;
}

/* A thread that no hook saw: found, renamed, ended under the name that it had. */
static void a_thread_that_no_hook_saw(void **state)
{
    (void)state;
    struct sleeper sleeper;
    struct decoded frame;
    pipe_open();
    begin(&sleeper);
    fw_sweep_threads();
    fw_sweep_threads();
    assert_true(next_of_tid(FW_RECORD_THREAD, sleeper.tid, &frame));
    uint64_t id = decoded_number(&frame, FW_KEY_THREAD);
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "first name"));
    assert_int_equal(decoded_number(&frame, FW_KEY_SEEN), 20);
    assert_int_equal(decoded_number(&frame, FW_KEY_KIND), FW_THREAD_KIND_NATIVE);
    assert_null(decoded_item(&frame, FW_KEY_STACK));
    assert_null(decoded_item(&frame, FW_KEY_CREATOR));

    pipe_drain();
    fw_sweep_threads();
    assert_false(pipe_next(&frame)); /* nothing new, nothing said */

    sem_post(&sleeper.go_on);
    sem_wait(&sleeper.renamed);
    errno = EDOM;
    fw_sweep_threads();
    assert_int_equal(errno, EDOM);
    assert_true(pipe_next_of(FW_RECORD_THREAD_NAME, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), id);
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "second name"));

    end(&sleeper);
    fw_sweep_threads();
    assert_true(pipe_next_of(FW_RECORD_THREAD_END, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), id);
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "second name"));
    assert_null(fw_threads_find(sleeper.tid));
    pipe_close();
}

/* Between claim and live, its creator's hook is at work: the sweep makes no second entry. */
static void a_thread_that_is_being_created_is_left_to_its_hook(void **state)
{
    (void)state;
    struct sleeper sleeper;
    struct decoded frame;
    pipe_open();
    fw_sweep_threads();
    fw_sweep_threads();
    pipe_drain();
    struct fw_thread *slot = fw_threads_claim();
    slot->seen = true;
    begin(&sleeper);
    fw_sweep_threads();
    assert_false(next_of_tid(FW_RECORD_THREAD, sleeper.tid, &frame));
    strcpy(slot->name, "first name");
    fw_threads_live(slot, sleeper.tid);
    fw_sweep_threads();
    fw_sweep_threads();
    assert_false(next_of_tid(FW_RECORD_THREAD, sleeper.tid, &frame));
    assert_ptr_equal(fw_threads_find(sleeper.tid), slot);
    sem_post(&sleeper.go_on);
    end(&sleeper);
    /* Its end is its destructor's to tell. */
    fw_sweep_threads();
    assert_false(pipe_next_of(FW_RECORD_THREAD_END, &frame));
    fw_threads_release(slot);
    pipe_close();
}

static void a_java_name_is_not_replaced_by_the_kernels(void **state)
{
    (void)state;
    struct sleeper sleeper;
    struct decoded frame;
    static const char name[] = "a Java thread's name may be long, \xc3\xa9 and all";
    pipe_open();
    begin(&sleeper);
    fw_sweep_threads();
    fw_sweep_threads();
    struct fw_thread *thread = fw_threads_find(sleeper.tid);
    pipe_drain();
    fw_thread_rename(thread, name, FW_THREAD_KIND_JAVA);
    assert_true(pipe_next_of(FW_RECORD_THREAD_NAME, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_KIND), FW_THREAD_KIND_JAVA);
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, name));
    fw_thread_rename(thread, name, FW_THREAD_KIND_JAVA);
    fw_thread_rename(thread, NULL, FW_THREAD_KIND_JAVA);
    fw_sweep_threads();
    assert_false(pipe_next(&frame));
    fw_thread_send_all();
    assert_true(next_of_tid(FW_RECORD_THREAD, sleeper.tid, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, name));
    sem_post(&sleeper.go_on);
    end(&sleeper);
    fw_sweep_threads();
    assert_true(pipe_next_of(FW_RECORD_THREAD_END, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, name));
    pipe_close();
}

/* One character more than the slot takes, and a repeat of it that is no change. */
static void a_long_name_is_cut_once(void **state)
{
    (void)state;
    struct decoded frame;
    char name[FW_THREAD_NAME + 10];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    pipe_open();
    struct fw_thread *thread = fw_threads_claim();
    fw_thread_rename(thread, name, FW_THREAD_KIND_JAVA);
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_NAME), FW_THREAD_NAME - 1);
    fw_thread_rename(thread, name, FW_THREAD_KIND_JAVA);
    assert_false(pipe_next(&frame));
    fw_threads_release(thread);
    pipe_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_no_hook_saw),
        cmocka_unit_test(a_thread_that_is_being_created_is_left_to_its_hook),
        cmocka_unit_test(a_java_name_is_not_replaced_by_the_kernels),
        cmocka_unit_test(a_long_name_is_cut_once),
    };
    return fw_shared_init() && fw_threads_init(1024) ? cmocka_run_group_tests_name("watch_threads", tests, NULL, NULL)
                                                     : 1;
}
