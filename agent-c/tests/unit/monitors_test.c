/* Who owns which monitor at a fork, of a JVM that is made of tables alone. */
#include "jvm/monitors.h"

#include <errno.h>

#include "jvm/jvm.h"
#include "libs/fake_monitors.h"
#include "stack/capture.h"
#include "state/self.h"
#include "state/shared.h"
#include "state/threads.h"
#include "support/pipe.h"
#include "support/unit.h"

static struct fw_thread *slots[FAKE_THREADS];

static int set_up(void **state)
{
    (void)state;
    memset(fake_owners, 0, sizeof fake_owners);
    fake_on_frame = NULL;
    fake_asked = 0;
    fake_references = 0;
    fake_be_in(FAKE_IN_NATIVE);
    /* Sanitizers on a loaded machine take their time. */
    fw_monitors_set_patience(60000);
    pipe_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pipe_close();
    return 0;
}

static void own(int thread, int monitor, int depth)
{
    struct fake_owner *owner = &fake_owners[thread];
    owner->owned[owner->count].monitor = monitor;
    owner->owned[owner->count++].depth = depth;
}

static void send(enum fw_call call)
{
    errno = EDOM;
    fw_monitors_send(9, call);
    assert_int_equal(errno, EDOM);
    assert_int_equal(fake_references, 0);
}

/* method 0: the record names no frame. */
static void expect(int thread, int monitor, uint64_t method, uint64_t bci)
{
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_MONITOR, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_FORK), 9);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), slots[thread]->id);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), FAKE_HASH + monitor);
    assert_true(decoded_text_is(&frame, FW_KEY_CLASS, "Lorg/example/Store;"));
    assert_int_equal(decoded_number(&frame, FW_KEY_METHOD), method ? method : UINT64_MAX);
    assert_int_equal(decoded_number(&frame, FW_KEY_BCI), method ? bci : UINT64_MAX);
}

static void expect_no_more(void)
{
    struct decoded frame;
    assert_false(pipe_next_of(FW_RECORD_MONITOR, &frame));
}

static void a_java_thread_has_its_environment_while_it_lives(void **state)
{
    (void)state;
    fake_callbacks.ThreadStart(fake_jvmti(), fake_jni(), NULL);
    struct fw_thread *thread = fw_self.thread;
    assert_non_null(thread);
    assert_ptr_equal(thread->jni, fake_jni());
    assert_ptr_equal(fw_self.jni, fake_jni());
    fake_callbacks.ThreadEnd(fake_jvmti(), fake_jni(), NULL);
    assert_null(thread->jni);
    assert_null(fw_self.jni);
}

/* It may fork again. */
static void a_thread_that_leaves_the_jvm_in_a_child_has_none(void **state)
{
    (void)state;
    fake_callbacks.ThreadStart(fake_jvmti(), fake_jni(), NULL);
    fw_is_forked_child = true;
    fake_callbacks.ThreadEnd(fake_jvmti(), fake_jni(), NULL);
    fw_is_forked_child = false;
    assert_null(fw_self.jni);
}

/* One that an agent that came by attach has found, and that has called nothing of it since. */
static void its_environment_ends_where_it_does_not_know_its_slot(void **state)
{
    (void)state;
    fake_callbacks.ThreadStart(fake_jvmti(), fake_jni(), NULL);
    struct fw_thread *thread = fw_self.thread;
    fw_self.thread = NULL;
    fake_callbacks.ThreadEnd(fake_jvmti(), fake_jni(), NULL);
    assert_null(thread->jni);
    assert_ptr_equal(fw_self.thread, thread);
}

static void each_monitor_has_its_owner_and_frame(void **state)
{
    (void)state;
    own(0, 1, 2);
    own(2, 5, 0);
    own(2, 6, 3);
    send(FW_CALL_FORK);
    expect(0, 1, FAKE_METHOD + 2, 20);
    expect(2, 5, FAKE_METHOD + 512, 0);
    expect(2, 6, FAKE_METHOD + 512 + 3, 30);
    expect_no_more();
}

static void methods_are_told_once(void **state)
{
    (void)state;
    struct decoded frame;
    own(1, 1, 7);
    for (int i = 0; i < 2; i++) {
        send(FW_CALL_FORK);
        bool told = pipe_next_of(FW_RECORD_METHOD, &frame);
        assert_int_equal(told, i == 0);
        if (told) {
            assert_int_equal(decoded_number(&frame, FW_KEY_METHOD), FAKE_METHOD + 256 + 7);
            assert_true(decoded_text_is(&frame, FW_KEY_NAME, "keep"));
            assert_true(pipe_next_of(FW_RECORD_LINE, &frame));
            assert_int_equal(decoded_number(&frame, FW_KEY_LINE), 77);
        }
    }
}

/* JNI's MonitorEnter belongs to no frame. */
static void a_monitor_without_depth_has_no_frame(void **state)
{
    (void)state;
    own(0, 3, -1);
    send(FW_CALL_CLONE);
    expect(0, 3, 0, 0);
    expect_no_more();
}

static void give_back_and_go_deeper(void)
{
    fake_owners[0].owned[0].depth = 9;
}

static void a_frame_that_may_be_another_one_is_not_told(void **state)
{
    (void)state;
    own(0, 3, 4);
    own(1, 4, 4);
    fake_on_frame = give_back_and_go_deeper;
    send(FW_CALL_FORK);
    expect(0, 3, 0, 0);
    expect(1, 4, FAKE_METHOD + 256 + 4, 40);
    expect_no_more();
}

static void outside_of_native_code_nothing_is_asked(void **state)
{
    (void)state;
    own(0, 1, 2);
    fake_be_in(FAKE_IN_JAVA);
    send(FW_CALL_FORK);
    fake_be_in(0);
    send(FW_CALL_FORK);
    assert_int_equal(fake_asked, 0);
    expect_no_more();
}

static void children_and_spawns_ask_nothing(void **state)
{
    (void)state;
    own(0, 1, 2);
    static const enum fw_call calls[] = {FW_CALL_VFORK, FW_CALL_POSIX_SPAWN, FW_CALL_POSIX_SPAWNP, FW_CALL_SYSTEM,
                                         FW_CALL_POPEN};
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        send(calls[i]);
    }
    fw_self.vfork_child = true;
    send(FW_CALL_FORK);
    fw_self.vfork_child = false;
    fw_is_forked_child = true;
    send(FW_CALL_FORK);
    fw_is_forked_child = false;
    assert_int_equal(fake_asked, 0);
    expect_no_more();
}

static void while_another_thread_asks_it_is_left_out(void **state)
{
    (void)state;
    own(0, 1, 2);
    assert_non_null(fw_jvm_ask());
    send(FW_CALL_FORK);
    assert_int_equal(fake_asked, 0);
    fw_jvm_asked();
    send(FW_CALL_FORK);
    expect(0, 1, FAKE_METHOD + 2, 20);
}

static void after_many_it_stops_and_says_so(void **state)
{
    (void)state;
    struct decoded frame;
    unsigned monitors = 0;
    unsigned notes = 0;
    for (int i = 0; i < FAKE_OWNED_MAX; i++) {
        own(1, i, -1);
    }
    send(FW_CALL_FORK);
    while (pipe_next(&frame)) {
        monitors += decoded_number(&frame, FW_KEY_TYPE) == FW_RECORD_MONITOR;
        notes += decoded_number(&frame, FW_KEY_TYPE) == FW_RECORD_LOG;
    }
    assert_int_equal(monitors, 1000);
    assert_int_equal(notes, 1);
}

/* As a JVM does that the agent comes to by attach. */
static void a_jvm_that_refuses_is_told_of(void **state)
{
    (void)state;
    struct decoded frame;
    fake_is_capable = false;
    fw_monitors_init(fake_vm(), fake_jvmti());
    fake_is_capable = true;
    assert_true(pipe_next_of(FW_RECORD_LOG, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_LEVEL), FW_LEVEL_WARN);
    fw_monitors_init(fake_vm(), fake_jvmti());
    assert_false(pipe_next_of(FW_RECORD_LOG, &frame));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_java_thread_has_its_environment_while_it_lives),
        TEST(a_thread_that_leaves_the_jvm_in_a_child_has_none),
        TEST(its_environment_ends_where_it_does_not_know_its_slot),
        TEST(each_monitor_has_its_owner_and_frame),
        TEST(methods_are_told_once),
        TEST(a_monitor_without_depth_has_no_frame),
        TEST(a_frame_that_may_be_another_one_is_not_told),
        TEST(outside_of_native_code_nothing_is_asked),
        TEST(children_and_spawns_ask_nothing),
        TEST(while_another_thread_asks_it_is_left_out),
        TEST(a_jvm_that_refuses_is_told_of),
        TEST(after_many_it_stops_and_says_so),
    };
    if (!fw_shared_init() || !fw_capture_init() || !fw_threads_init(16)) {
        return 1;
    }
    for (int i = 0; i < FAKE_THREADS; i++) {
        fake_tids[i] = 500 + i;
        slots[i] = fw_threads_claim();
        fw_threads_live(slots[i], 500 + i);
    }
    fw_monitors_want();
    if (!fw_jvm_init(fake_vm(), true) || !fw_jvm_is_live()) {
        return 1;
    }
    return cmocka_run_group_tests_name("monitors", tests, NULL, NULL);
}
