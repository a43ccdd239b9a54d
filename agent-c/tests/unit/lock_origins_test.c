/* Whose origin is kept where many locks, or calls that initialise them, lie close to each other. */
#include "state/lock_origins.h"

#include "support/unit.h"

enum { MANY = 64, SITE_STACKS = 64 };

static void each_of_an_array(size_t stride)
{
    const uintptr_t array = 0x7f1234560040;
    for (uint32_t i = 0; i < MANY; i++) {
        fw_lock_origin_set(array + i * stride, i + 1);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(fw_lock_origin(array + i * stride), i + 1);
        fw_lock_origin_set(array + i * stride, 0);
        assert_int_equal(fw_lock_origin(array + i * stride), 0);
    }
}

/* Spin locks, semaphores, mutexes, rwlocks, and locks at the start of pages. */
static void arrays_of_locks(void **state)
{
    (void)state;
    static const size_t strides[] = {4, 8, 32, 40, 56, 64, 80, 4096, 65536};
    for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
        each_of_an_array(strides[i]);
    }
}

/* Far more than the first table has room for. */
static void more_locks_than_a_process_has(void **state)
{
    (void)state;
    enum { LOCKS = 10000, BYTES = 40 };
    const uintptr_t array = 0x7f4321000000;
    for (uint32_t i = 0; i < LOCKS; i++) {
        fw_lock_origin_set(array + (uintptr_t)i * BYTES, i + 1);
    }
    uint32_t known = 0;
    for (uint32_t i = 0; i < LOCKS; i++) {
        uint32_t stack = fw_lock_origin(array + (uintptr_t)i * BYTES);
        known += stack != 0;
        assert_true(!stack || stack == i + 1);
    }
    assert_in_range(known, LOCKS / 10 * 9, LOCKS);
    for (uint32_t i = 0; i < LOCKS; i++) {
        fw_lock_origin_set(array + (uintptr_t)i * BYTES, LOCKS - i);
        assert_int_equal(fw_lock_origin(array + (uintptr_t)i * BYTES), LOCKS - i);
        fw_lock_origin_set(array + (uintptr_t)i * BYTES, 0);
        assert_int_equal(fw_lock_origin(array + (uintptr_t)i * BYTES), 0);
    }
}

/* Two addresses that differ in one bit are two locks. */
static void no_lock_is_taken_for_another(void **state)
{
    (void)state;
    const uintptr_t lock = 0x7f1234567890;
    fw_lock_origin_set(lock, 7);
    for (unsigned bit = 2; bit < 48; bit++) {
        assert_int_equal(fw_lock_origin(lock ^ UINT64_C(1) << bit), 0);
    }
    assert_int_equal(fw_lock_origin(lock), 7);
    fw_lock_origin_set(lock, 0);
}

/* As a function makes them that initialises one lock after the other. */
static void calls_that_lie_close(void **state)
{
    (void)state;
    const uintptr_t function = 0x7f1234000010;
    const size_t call = 7;
    for (uint32_t i = 0; i < MANY; i++) {
        for (unsigned k = 0; k < SITE_STACKS; k++) {
            fw_lock_origin_site_took(function + i * call, i + 1);
        }
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(fw_lock_origin_site(function + i * call), i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_of_locks),
        cmocka_unit_test(more_locks_than_a_process_has),
        cmocka_unit_test(no_lock_is_taken_for_another),
        cmocka_unit_test(calls_that_lie_close),
    };
    return cmocka_run_group_tests_name("lock_origins", tests, NULL, NULL);
}
