/* The hook of dlopen: a region where it may stand between dlopen and its caller, out of the way where it may not. */
#include "hooks/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "libs/turnstile.h"
#include "patch/objects.h"
#include "state/functions.h"
#include "state/self.h"
#include "state/threads.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/images.h"
#include "support/unit.h"
#include "watch/scan.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLER_COUNTS false /* the sanitizer's own dlopen is the caller */
#else
#define CALLER_COUNTS true
#endif

static bool is_inside(void)
{
    return fw_threads_inside(FW_FN_dlopen);
}

static void *caller;

/* A library whose slot for dlopen holds the hook, since dlopen's hook brought it. */
static void *(*hooked_caller(void))(const char *)
{
    struct fw_image image;
    caller = fw_hook_dlopen(PATH_CALLER, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(caller);
    assert_true(image_find(PATH_CALLER, &image));
    struct slots slots = image_slots(&image, "dlopen");
    assert_int_equal(slots.count, 1);
    assert_ptr_equal(*slots.at[0], fw_hook_dlopen);
    return (void *(*)(const char *))dlsym(caller, "open_from_library");
}

/* Only its caller's RUNPATH leads to this library: the original must see the caller. */
static void a_bare_name_is_looked_for_where_the_caller_says(void **state)
{
    (void)state;
    if (!CALLER_COUNTS) {
        skip();
    }
    void *(*open)(const char *) = hooked_caller();
    assert_null(dlopen(FAR_NAME, RTLD_NOW | RTLD_LOCAL));
    assert_null(dlerror() ? fw_hook_dlopen(FAR_NAME, RTLD_NOW | RTLD_LOCAL) : NULL);
    void *library = open(FAR_NAME);
    assert_non_null(library);
    assert_non_null(dlsym(library, "question"));
    assert_int_equal(fw_threads_self(NULL)->region_depth, 0);
    dlclose(library);
    fw_hook_dlclose(caller);
}

static void a_name_with_origin_is_the_callers(void **state)
{
    (void)state;
    if (!CALLER_COUNTS) {
        skip();
    }
    void *library = hooked_caller()("$ORIGIN/far/" FAR_NAME);
    assert_non_null(library);
    dlclose(library);
    fw_hook_dlclose(caller);
}

static uint32_t depth_in_open;
static uint64_t function_in_open;
static uintptr_t site_in_open;

static void *probe(const char *name, int mode)
{
    (void)name;
    (void)mode;
    const struct fw_thread *thread = fw_threads_self(NULL);
    depth_in_open = thread->region_depth;
    function_in_open = thread->regions[0].function;
    site_in_open = thread->regions[0].site;
    errno = EDOM;
    return NULL;
}

static void call_with(const char *name)
{
    void *(*original)(const char *, int) = fw_original_dlopen;
    fw_original_dlopen = probe;
    errno = 0;
    fw_hook_dlopen(name, RTLD_NOW);
    fw_original_dlopen = original;
    assert_int_equal(errno, EDOM);
    assert_int_equal(fw_threads_self(NULL)->region_depth, 0);
}

static void names_that_do_not_depend_on_the_caller_are_regions(void **state)
{
    (void)state;
    static const char *const ours[] = {NULL, "/lib/libx.so", "./libx.so", "a/b"};
    static const char *const others[] = {"", "libx.so", "$ORIGIN/libx.so", "/usr/$LIB/libx.so", "$x"};
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        call_with(ours[i]);
        assert_int_equal(depth_in_open, 1);
        assert_int_equal(function_in_open, FW_FN_dlopen);
        Dl_info site;
        Dl_info self;
        assert_true(dladdr((const void *)site_in_open, &site) && dladdr((const void *)call_with, &self));
        assert_ptr_equal(site.dli_fbase, self.dli_fbase);
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        call_with(others[i]);
        assert_int_equal(depth_in_open, 0);
    }
}

static bool module_seen(const char *path)
{
    struct decoded frame;
    while (pipe_next_of(FW_RECORD_MODULE, &frame)) {
        if (decoded_text_is(&frame, FW_KEY_PATH, path)) {
            return true;
        }
    }
    return false;
}

static void what_comes_is_patched_before_the_caller_has_it(void **state)
{
    (void)state;
    pipe_drain();
    hooked_caller();
    assert_true(module_seen(PATH_CALLER));
    assert_null(dlerror());
    fw_hook_dlclose(caller);
}

static void a_failure_is_told_once_as_ever(void **state)
{
    (void)state;
    dlerror();
    assert_null(fw_hook_dlopen("/no/such/library.so", RTLD_NOW));
    const char *error = dlerror();
    assert_non_null(error);
    assert_non_null(strstr(error, "/no/such/library.so"));
    assert_null(dlerror());
    assert_null(fw_hook_dlopen("/no/such/library.so", RTLD_NOW));
    void *program = fw_hook_dlopen(NULL, RTLD_NOW);
    assert_non_null(program);
    assert_null(dlerror());
    dlclose(program);
}

static void *open_constructor(void *argument)
{
    (void)argument;
    return fw_hook_dlopen(CONSTRUCTOR, RTLD_NOW | RTLD_LOCAL);
}

/* The agent thread must not scan behind it: the loader's lock is the waiting thread's. */
static void a_constructor_that_waits_is_inside(void **state)
{
    (void)state;
    enum { SECOND = 1000000000 };
    struct decoded frame;
    pthread_t thread;
    void *library = NULL;
    fw_objects_scan(true);
    assert_false(is_inside());
    assert_true(fw_scan_may_wait(SECOND));
    turnstile_close();
    assert_int_equal(pthread_create(&thread, NULL, open_constructor, NULL), 0);
    turnstile_await();
    assert_true(is_inside());
    pipe_drain();
    assert_false(fw_scan_may_wait(2ull * SECOND));
    assert_false(fw_scan_may_wait(12ull * SECOND - 1));
    assert_false(pipe_next(&frame));
    assert_false(fw_scan_may_wait(12ull * SECOND));
    assert_true(pipe_next_of(FW_RECORD_LOG, &frame));
    assert_false(fw_scan_may_wait(100ull * SECOND));
    assert_false(pipe_next(&frame)); /* it is said once */
    turnstile_open();
    assert_int_equal(pthread_join(thread, &library), 0);
    assert_non_null(library);
    assert_false(is_inside());
    assert_true(fw_scan_may_wait(101ull * SECOND));
    dlclose(library);
}

/* Their registration is seen though the library was not patched yet when it ran. */
static void a_constructors_fork_handlers_are_seen(void **state)
{
    (void)state;
    struct decoded frame;
    fw_objects_scan(true);
    pipe_drain();
    void *library = fw_hook_dlopen(CONSTRUCTOR, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    assert_true(pipe_next_of(FW_RECORD_ATFORK, &frame));
    fw_hook_dlclose(library);
}

/* In a child both ways are told. */
static void a_childs_calls_are_recorded(void **state)
{
    (void)state;
    static const char *const names[] = {"./no-such-library.so", "no-such-library.so"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct decoded frame;
        pipe_drain();
        pid_t pid = fork();
        if (pid == 0) {
            fw_hook_dlopen(names[i], RTLD_NOW);
            _exit(0);
        }
        assert_int_equal(status_of(pid), 0);
        bool found = false;
        while (!found && pipe_next_of(FW_RECORD_CALL, &frame)) {
            found = decoded_number(&frame, FW_KEY_CALLED) == FW_FN_dlopen;
        }
        assert_true(found);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bare_name_is_looked_for_where_the_caller_says),
        TEST(a_name_with_origin_is_the_callers),
        TEST(names_that_do_not_depend_on_the_caller_are_regions),
        TEST(what_comes_is_patched_before_the_caller_has_it),
        TEST(a_failure_is_told_once_as_ever),
        TEST(a_constructor_that_waits_is_inside),
        TEST(a_constructors_fork_handlers_are_seen),
        TEST(a_childs_calls_are_recorded),
    };
    return agent_start() ? cmocka_run_group_tests_name("loader", tests, NULL, NULL) : 1;
}
