/* Loaded objects: reported, patched, missed when they are gone; dlsym and dlclose as the application calls them. */
#include "patch/objects.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hooks/loader.h"
#include "patch/patch.h"
#include "state/epoch.h"
#include "state/self.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/images.h"
#include "support/pipe.h"
#include "support/unit.h"

static int (*original_answer)(void);

static int hook_answer(void)
{
    return original_answer() + 1000;
}

static const struct fw_hook hooks[] = {
    {"answer", (void *)hook_answer, (void **)&original_answer, false},
    {"dlsym", (void *)fw_hook_dlsym, (void **)&fw_original_dlsym, false},
    {"dlclose", (void *)fw_hook_dlclose, (void **)&fw_original_dlclose, false},
};

/* The second gate of a scan is that of the first new object. */
static void *closed_at_gate;
bool real_gate_enter(void) __asm__("__real_fw_gate_enter");
bool close_at_gate(void) __asm__("__wrap_fw_gate_enter");
bool close_at_gate(void)
{
    static unsigned gates;
    if (closed_at_gate && ++gates == 2) {
        dlclose(closed_at_gate);
        closed_at_gate = NULL;
    }
    return real_gate_enter();
}

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    fw_objects_scan(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pipe_close();
    return 0;
}

static bool module_of(const char *path, struct decoded *frame)
{
    while (pipe_next_of(FW_RECORD_MODULE, frame)) {
        if (decoded_text_is(frame, FW_KEY_PATH, path)) {
            return true;
        }
    }
    return false;
}

/* Runs first: set_up's scan was the process's first. */
static void all_objects_are_reported_once(void **state)
{
    (void)state;
    struct decoded frame;
    struct fw_image image;
    char program[4096] = "";
    unsigned modules = 0;
    bool seen_program = false;
    bool seen_answer = false;
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    assert_true(image_find(ANSWER, &image));
    while (pipe_next_of(FW_RECORD_MODULE, &frame)) {
        modules++;
        assert_true(decoded_number(&frame, FW_KEY_MODULE_START) < decoded_number(&frame, FW_KEY_MODULE_END));
        assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), 1);
        seen_program |= decoded_text_is(&frame, FW_KEY_PATH, program);
        if (decoded_text_is(&frame, FW_KEY_PATH, ANSWER)) {
            seen_answer = true;
            assert_int_equal(decoded_number(&frame, FW_KEY_BIAS), image.bias);
            assert_int_equal(decoded_number(&frame, FW_KEY_MODULE_START), image.start);
            assert_int_equal(decoded_number(&frame, FW_KEY_MODULE_END), image.end);
            const struct item *id = decoded_item(&frame, FW_KEY_BUILD_ID);
            assert_int_equal(id->number, 8);
            assert_memory_equal(id->bytes, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
        }
    }
    assert_true(seen_program);
    assert_true(seen_answer);
    fw_objects_scan(true);
    assert_false(pipe_next(&frame));
    fw_objects_send_all();
    for (unsigned i = 0; i < modules; i++) {
        assert_true(pipe_next_of(FW_RECORD_MODULE, &frame));
    }
    assert_false(pipe_next(&frame));
}

static void a_library_that_comes_is_reported_and_patched_and_one_that_goes_is_missed(void **state)
{
    (void)state;
    struct decoded frame;
    uint32_t epoch = fw_epoch();
    pipe_drain();
    void *library = dlopen(CALLER_NOW, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    fw_objects_scan(true);
    assert_true(module_of(CALLER_NOW, &frame));
    uint64_t id = decoded_number(&frame, FW_KEY_MODULE);
    assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), epoch);
    int (*function)(void) = (int (*)(void))dlsym(library, "call_answer");
    assert_int_equal(function(), 1042);

    pipe_drain();
    assert_int_equal(fw_hook_dlclose(library), 0);
    assert_true(pipe_next_of(FW_RECORD_MODULE_GONE, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_MODULE), id);
    assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), epoch + 1);
    assert_int_equal(fw_epoch(), epoch + 1);

    library = dlopen(CALLER_NOW, RTLD_NOW | RTLD_LOCAL);
    fw_objects_scan(true);
    assert_true(module_of(CALLER_NOW, &frame));
    assert_int_not_equal(decoded_number(&frame, FW_KEY_MODULE), id);
    assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), epoch + 1);
    fw_hook_dlclose(library);
}

static void a_relative_name_is_told_as_an_absolute_one(void **state)
{
    (void)state;
    struct decoded frame;
    char before[4096];
    char directory[] = CALLER_NOW;
    char *slash = strrchr(directory, '/');
    char name[256];
    snprintf(name, sizeof name, "./%s", slash + 1);
    *slash = '\0';
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(directory), 0);
    pipe_drain();
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    fw_objects_scan(true);
    assert_true(module_of(CALLER_NOW, &frame));
    fw_hook_dlclose(library);
    assert_int_equal(chdir(before), 0);
}

/* What dlsym hands out is the hook, and the library is patched before anybody can call it. */
static void dlsym_hands_out_hooks(void **state)
{
    (void)state;
    struct decoded frame;
    pipe_drain();
    void *library = dlopen(CALLER_LAZY, RTLD_LAZY | RTLD_LOCAL);
    int (*function)(void) = (int (*)(void))fw_hook_dlsym(library, "call_answer");
    assert_true(module_of(CALLER_LAZY, &frame));
    assert_int_equal(function(), 1042);
    void *answers = dlopen(ANSWER, RTLD_LAZY | RTLD_NOLOAD);
    assert_ptr_equal(fw_hook_dlsym(answers, "answer"), hook_answer);
    assert_ptr_equal(fw_hook_dlsym(answers, "question"), dlsym(answers, "question"));
    assert_null(fw_hook_dlsym(answers, "forkwitness_no_such_function"));
    dlclose(answers);
    fw_hook_dlclose(library);
}

/* A second object defines the name: only the loader's own binding tells which one a call means. Asked until the agent
 * looks again. */
static void what_two_objects_define_is_hooked_once_it_is_bound(void **state)
{
    (void)state;
    void *library = dlopen(CALLER_OWN, RTLD_LAZY | RTLD_LOCAL);
    int (*function)(void) = (int (*)(void))fw_hook_dlsym(library, "call_answer");
    int (*by_table)(void) = (int (*)(void))fw_hook_dlsym(library, "call_by_table");
    assert_int_equal(by_table(), 1042);
    assert_int_equal(function(), 42);
    while (function() != 1042) {
        fw_objects_scan(true);
    }
    fw_hook_dlclose(library);
}

static void a_plugins_own_definition_stays_its_own(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they refuse RTLD_DEEPBIND */
#else
    void *library = dlopen(CALLER_OWN, RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);
    int (*function)(void) = (int (*)(void))fw_hook_dlsym(library, "call_answer");
    assert_int_equal(function(), 7);
    fw_objects_scan(true);
    assert_int_equal(function(), 7);
    fw_hook_dlclose(library);
#endif
}

/* There the answer depends on the caller: the original is called as if nobody stood in between. */
static void dlsym_passes_through_for_the_pseudo_handles(void **state)
{
    (void)state;
    assert_ptr_equal(fw_hook_dlsym(RTLD_DEFAULT, "answer"), original_answer);
    assert_ptr_equal(fw_hook_dlsym(RTLD_NEXT, "answer"), original_answer);
    assert_null(fw_hook_dlsym(RTLD_DEFAULT, "forkwitness_no_such_function"));
}

/* Closed by its last user between the moment when a scan finds it and the one when the scan comes to read it. */
static void a_library_may_go_while_it_is_dealt_with(void **state)
{
    (void)state;
    struct decoded frame;
    pipe_drain();
    closed_at_gate = dlopen(CALLER_NOW, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(closed_at_gate);
    fw_objects_scan(true);
    assert_null(closed_at_gate);
    assert_true(pipe_next_of(FW_RECORD_MODULE_GONE, &frame));
}

static void a_child_scans_nothing(void **state)
{
    (void)state;
    struct decoded frame;
    pipe_drain();
    fw_self.vfork_child = true;
    void *library = dlopen(CALLER_NOW, RTLD_NOW | RTLD_LOCAL);
    fw_objects_scan(true);
    fw_self.vfork_child = false;
    assert_false(pipe_next(&frame));
    fw_objects_scan(true);
    assert_true(module_of(CALLER_NOW, &frame));
    fw_hook_dlclose(library);
}

static void the_agent_itself_is_not_patched(void **state)
{
    (void)state;
    assert_int_equal(original_answer(), 42);
    int answer(void);
    assert_int_equal(answer(), 42);
    assert_false(fw_objects_is_libjvm((const void *)original_answer));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_objects_are_reported_once),
        TEST(a_library_that_comes_is_reported_and_patched_and_one_that_goes_is_missed),
        TEST(a_relative_name_is_told_as_an_absolute_one),
        TEST(dlsym_hands_out_hooks),
        TEST(what_two_objects_define_is_hooked_once_it_is_bound),
        TEST(a_plugins_own_definition_stays_its_own),
        TEST(a_library_may_go_while_it_is_dealt_with),
        TEST(dlsym_passes_through_for_the_pseudo_handles),
        TEST(a_child_scans_nothing),
        TEST(the_agent_itself_is_not_patched),
    };
    if (!fw_shared_init() || !fw_objects_init()) {
        return 1;
    }
    fw_patch_init(hooks, ARRAY_SIZE(hooks));
    return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
