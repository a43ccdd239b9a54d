/* Whose JNI table a forked child exchanges. */
#include "child/jni.h"

#include "state/self.h"
#include "support/unit.h"

/* Longer than any table that is known. */
static void *const table[1024];
static const struct JNINativeInterface_ *const functions = (const struct JNINativeInterface_ *)(const void *)table;

static JNIEnv own;
static JNIEnv of_vm;
static jint answer;
static int asked;

static jint get_env(JavaVM *vm, void **env, jint version)
{
    (void)vm;
    (void)version;
    asked++;
    *env = answer == JNI_OK ? &of_vm : NULL;
    return answer;
}

static int set_up(void **state)
{
    static const struct JNIInvokeInterface_ invocation = {.GetEnv = get_env};
    static JavaVM vm = &invocation;
    (void)state;
    own = of_vm = functions;
    answer = JNI_OK;
    asked = 0;
    fw_self.jni = &own;
    fw_jni_init(&vm, &of_vm);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fw_self.jni = NULL;
    return 0;
}

static void its_own_without_a_question(void **state)
{
    (void)state;
    fw_jni_exchange();
    assert_int_equal(asked, 0);
    assert_ptr_not_equal(own, functions);
    assert_ptr_equal(of_vm, functions);
}

/* A thread that the JVM does not know, or that was there before anybody told of threads. */
static void the_vms_where_it_knows_of_none(void **state)
{
    (void)state;
    fw_self.jni = NULL;
    fw_jni_exchange();
    assert_int_equal(asked, 1);
    assert_ptr_not_equal(of_vm, functions);
}

/* The thread may have left the JVM since, and its JNIEnv be freed memory. */
static void the_vms_when_it_tells_no_more(void **state)
{
    (void)state;
    fw_jni_stop();
    fw_jni_exchange();
    assert_ptr_equal(own, functions);
    assert_ptr_not_equal(of_vm, functions);
}

static void none_of_a_thread_that_left(void **state)
{
    (void)state;
    fw_jni_stop();
    answer = JNI_EDETACHED;
    fw_jni_exchange();
    assert_int_equal(asked, 1);
    assert_ptr_equal(own, functions);
    assert_ptr_equal(of_vm, functions);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_own_without_a_question),
        TEST(the_vms_where_it_knows_of_none),
        TEST(the_vms_when_it_tells_no_more),
        TEST(none_of_a_thread_that_left),
    };
    return cmocka_run_group_tests_name("jni", tests, NULL, NULL);
}
