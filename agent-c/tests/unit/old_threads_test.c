/* Java threads older than the agent, on a JVM whose structures only its tables describe. */
#include "jvm/old_threads.h"

#include "libs/fake_jvm.h"
#include "support/unit.h"

static struct fw_thread *slots[FAKE_THREADS];
static struct fw_thread *found[FAKE_THREADS];

static void note(jthread thread, struct fw_thread *slot)
{
    found[fake_index(thread)] = slot;
}

static int set_up(void **state)
{
    (void)state;
    memset(found, 0, sizeof found);
    memset(fake_storage, 0, sizeof fake_storage);
    fake_references = 0;
    fake_jvm_describe(1);
    for (int i = 0; i < FAKE_THREADS; i++) {
        fake_tids[i] = 500 + i;
        slots[i]->jni = NULL;
    }
    return 0;
}

static void each_thread_is_tied_to_its_slot(void **state)
{
    (void)state;
    fw_old_threads(fake_jvmti(), fake_jni(), note);
    for (int i = 0; i < FAKE_THREADS; i++) {
        assert_ptr_equal(found[i], slots[i]);
        assert_int_equal((uintptr_t)fake_storage[i], fw_threads_handle(slots[i]));
        assert_ptr_equal(slots[i]->jni, fake_jni_of(i));
    }
    assert_int_equal(fake_references, 0);
}

static void threads_that_are_starting_or_unknown_are_left_out(void **state)
{
    (void)state;
    fake_tids[0] = 0;  /* a JavaThread without OSThread */
    fake_tids[1] = -1; /* not started: eetop is 0 */
    fake_tids[2] = 99; /* not in the table */
    fw_old_threads(fake_jvmti(), fake_jni(), note);
    for (int i = 0; i < FAKE_THREADS; i++) {
        assert_null(found[i]);
        assert_null(fake_storage[i]);
        assert_null(slots[i]->jni);
    }
    assert_int_equal(fake_references, 0);
}

static void without_a_description_nothing_is_read(void **state)
{
    (void)state;
    fake_jvm_describe(0);
    fw_old_threads(fake_jvmti(), fake_jni(), note);
    for (int i = 0; i < FAKE_THREADS; i++) {
        assert_null(found[i]);
    }
    assert_int_equal(fake_references, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_thread_is_tied_to_its_slot, set_up),
        cmocka_unit_test_setup(threads_that_are_starting_or_unknown_are_left_out, set_up),
        cmocka_unit_test_setup(without_a_description_nothing_is_read, set_up),
    };
    if (!fw_threads_init(16)) {
        return 1;
    }
    for (int i = 0; i < FAKE_THREADS; i++) {
        slots[i] = fw_threads_claim();
        fw_threads_live(slots[i], 500 + i);
    }
    return cmocka_run_group_tests_name("old_threads", tests, NULL, NULL);
}
