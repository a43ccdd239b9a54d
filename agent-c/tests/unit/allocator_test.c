/* Which allocator a library is, how forks treat it, and what it says of itself; the ALLOCATOR records. */
#include "patch/allocator.h"

#include <dlfcn.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "libs/fake_allocator.h"
#include "patch/objects.h"
#include "state/gate.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/images.h"
#include "support/pipe.h"
#include "support/unit.h"
#include "watch/allocator.h"
#include "watch/figures.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC false /* malloc is the sanitizer's */
#else
#define OWN_MALLOC true
#endif

static void identify(const char *path, bool is_program, struct fw_allocator *allocator)
{
    memset(allocator, 0, sizeof *allocator);
    strncpy(allocator->path, path, sizeof allocator->path - 1);
    image_open(path, RTLD_NOW | RTLD_LOCAL, &allocator->image);
    fw_allocator_identify(allocator, is_program);
}

static void assert_figures(const struct fw_allocator *allocator, const char *version, uint64_t arenas,
                           uint64_t allocated, uint64_t mapped)
{
    char text[FW_FIGURES_VERSION];
    struct fw_figures figures;
    memset(text, 'x', sizeof text);
    fw_figures_version(allocator, text);
    assert_string_equal(text, version);
    fw_figures_read(allocator, &figures);
    assert_int_equal(figures.arenas, arenas);
    assert_int_equal(figures.allocated, allocated);
    assert_int_equal(figures.mapped, mapped);
}

static void each_one_is_known_by_what_it_exports(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    identify(FAKE_JEMALLOC, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_JEMALLOC);
    assert_string_equal(fw_allocator_name(allocator.kind), "jemalloc");
    assert_figures(&allocator, FAKE_JEMALLOC_VERSION, FAKE_ARENAS, FAKE_ALLOCATED, FAKE_MAPPED);

    identify(FAKE_GPERFTOOLS, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_GPERFTOOLS);
    assert_string_equal(fw_allocator_name(allocator.kind), "tcmalloc");
    assert_figures(&allocator, FAKE_GPERFTOOLS_VERSION, 0, FAKE_ALLOCATED, FAKE_MAPPED);

    identify(FAKE_GOOGLE, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_GOOGLE);
    assert_string_equal(fw_allocator_name(allocator.kind), "tcmalloc");
    assert_figures(&allocator, "", 0, FAKE_ALLOCATED, FAKE_MAPPED);

    identify(FAKE_MIMALLOC, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_MIMALLOC);
    assert_string_equal(fw_allocator_name(allocator.kind), "mimalloc");
    assert_figures(&allocator, "2.0.9", 0, 0, FAKE_MAPPED);

    identify(FAKE_NAMELESS, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_UNKNOWN);
    assert_string_equal(fw_allocator_name(allocator.kind), "unknown");
    assert_figures(&allocator, "", 0, 0, 0);
}

/* The file's name counts where nothing else tells; then there is nobody to ask for figures. */
static void a_name_is_a_hint(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    identify(FAKE_NAMELESS, false, &allocator);
    strcpy(allocator.path, "/some/where/libjemalloc_private.so.2");
    fw_allocator_identify(&allocator, false);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_JEMALLOC);
    assert_figures(&allocator, "", 0, 0, 0);
    strcpy(allocator.path, "/jemalloc/libplain.so");
    fw_allocator_identify(&allocator, false);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_UNKNOWN);
}

static void protection_is_seen_by_the_import(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    identify(FAKE_JEMALLOC, false, &allocator);
    assert_int_equal(allocator.protection, FW_PROTECTED);
    assert_non_null(strstr(allocator.reason, "fork handlers"));

    identify(FAKE_GPERFTOOLS, false, &allocator);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);
    assert_non_null(strstr(allocator.reason, "imports no"));
    identify(FAKE_GOOGLE, false, &allocator);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);
    identify(FAKE_MIMALLOC, false, &allocator);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);
    identify(FAKE_NAMELESS, false, &allocator);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);

    /* A debugging tcmalloc has a lock besides that its handlers do not know. */
    identify(FAKE_REGISTERING, false, &allocator);
    strcpy(allocator.path, "/some/where/libtcmalloc_minimal.so.4");
    fw_allocator_identify(&allocator, false);
    assert_int_equal(allocator.protection, FW_PROTECTED);
    strcpy(allocator.path, "/some_debug/libtcmalloc_minimal_debug.so.4");
    fw_allocator_identify(&allocator, false);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_GPERFTOOLS);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);
    assert_non_null(strstr(allocator.reason, "freed blocks"));

    /* It can register handlers: nobody knows what for. */
    identify(FAKE_REGISTERING, false, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_UNKNOWN);
    assert_int_equal(allocator.protection, FW_PROTECTION_UNKNOWN);
    assert_null(allocator.reason);
    /* A program's imports say nothing of the allocator that is linked into it. */
    identify(FAKE_JEMALLOC, true, &allocator);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_JEMALLOC);
    assert_int_equal(allocator.protection, FW_PROTECTION_UNKNOWN);
    assert_null(allocator.reason);
}

/* As gperftools imports pthread_atfork: where no library has it, it stays without. */
static void an_import_that_nobody_defines_is_none(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    identify(FAKE_JEMALLOC, false, &allocator);
    struct slots slots = image_slots(&allocator.image, "__register_atfork");
    assert_int_equal(slots.count, 1);
    void *bound = *slots.at[0];
    *slots.at[0] = NULL;
    fw_allocator_identify(&allocator, false);
    *slots.at[0] = bound;
    assert_int_equal(allocator.kind, FW_ALLOCATOR_JEMALLOC);
    assert_int_equal(allocator.protection, FW_UNPROTECTED);
}

static void this_process_has_the_c_librarys(void **state)
{
    (void)state;
    struct fw_allocator allocator;
    assert_true(fw_allocator_find(&allocator));
    assert_int_equal(allocator.malloc, (uintptr_t)dlsym(RTLD_DEFAULT, "malloc"));
    assert_true(allocator.malloc >= allocator.image.start && allocator.malloc < allocator.image.end);
    if (!OWN_MALLOC) {
        return;
    }
    char version[FW_FIGURES_VERSION];
    const char *(*expected)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    assert_non_null(expected);
    assert_int_equal(allocator.kind, FW_ALLOCATOR_GLIBC);
    assert_non_null(strstr(allocator.path, "/libc"));
    assert_int_equal(allocator.protection, FW_PROTECTED);
    assert_non_null(strstr(allocator.reason, "posix/fork.c"));
    fw_figures_version(&allocator, version);
    assert_string_equal(version, expected());
}

/* Small blocks come from an arena, the large one from a mapping of its own. */
static void the_c_librarys_figures_follow_what_is_allocated(void **state)
{
    (void)state;
    enum { SMALL = 100, SMALL_COUNT = 20000, LARGE = 64 << 20 };
    static void *blocks[SMALL_COUNT];
    struct fw_allocator allocator;
    struct fw_figures before;
    struct fw_figures after;
    if (!OWN_MALLOC || !dlsym(RTLD_DEFAULT, "mallinfo2")) {
        skip();
    }
    assert_true(fw_allocator_find(&allocator));
    fw_figures_read(&allocator, &before);
    void *large = malloc(LARGE);
    assert_non_null(large);
    for (int i = 0; i < SMALL_COUNT; i++) {
        blocks[i] = malloc(SMALL);
    }
    fw_figures_read(&allocator, &after);
    assert_in_range(after.allocated - before.allocated, LARGE + SMALL * SMALL_COUNT, LARGE + 2 * SMALL * SMALL_COUNT);
    assert_true(after.mapped >= after.allocated);
    assert_true(after.mapped - before.mapped >= LARGE);
    for (int i = 0; i < SMALL_COUNT; i++) {
        free(blocks[i]);
    }
    free(large);
    fw_figures_read(&allocator, &after);
    assert_true(after.allocated < before.allocated + LARGE);
}

/* --- the record ------------------------------------------------------------------------------------------------------
 */

static const uint64_t SECOND = 1000000000;

static void expect_record(bool with_figures)
{
    struct decoded frame;
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_ALLOCATOR);
    if (OWN_MALLOC) {
        assert_true(decoded_text_is(&frame, FW_KEY_NAME, "glibc"));
        assert_int_equal(decoded_number(&frame, FW_KEY_PROTECTED), 21);
        assert_true(decoded_text_is(&frame, FW_KEY_REASON, "inside fork() itself (glibc, posix/fork.c)"));
        assert_non_null(decoded_item(&frame, FW_KEY_VERSION_TEXT));
        assert_int_equal(decoded_item(&frame, FW_KEY_ALLOCATED) != NULL, with_figures);
        assert_int_equal(decoded_item(&frame, FW_KEY_MAPPED) != NULL, with_figures);
    }
    assert_non_null(decoded_item(&frame, FW_KEY_PATH));
    assert_null(decoded_item(&frame, FW_KEY_ARENAS));
}

static void expect_nothing(void)
{
    struct decoded frame;
    assert_false(pipe_next(&frame));
}

/* Runs first of those that send. */
static void it_is_sent_at_start_and_after_forks(void **state)
{
    (void)state;
    uint64_t start = fw_now_ns();
    pipe_open();
    fw_allocator_send();
    fw_allocator_watch(start + SECOND, false); /* the loader's lock is not free */
    expect_nothing();
    fw_allocator_watch(start + SECOND, true);
    expect_record(true);
    fw_allocator_watch(start + 2 * SECOND, true);
    expect_nothing();

    atomic_fetch_add(&fw_shared->forks, 1);
    fw_allocator_set_patience(0);
    fw_allocator_watch(start + 3 * SECOND, false);
    expect_record(false);
    atomic_fetch_add(&fw_shared->forks, 1);
    fw_allocator_watch(start + 4 * SECOND - 1, true);
    expect_nothing();
    fw_allocator_watch(start + 4 * SECOND, true);
    expect_record(false);
    fw_allocator_watch(start + 5 * SECOND, true);
    expect_nothing();
    pipe_close();
}

/* The C library's walk over its free chunks takes longer than a nanosecond. */
static void a_reading_that_takes_too_long_is_the_last_one(void **state)
{
    (void)state;
    struct decoded frame;
    pipe_open();
    fw_allocator_set_patience(1);
    fw_allocator_send();
    assert_true(pipe_next_of(FW_RECORD_LOG, &frame));
    expect_record(true);
    fw_allocator_send();
    expect_record(false);
    pipe_close();
}

static void wait_in_handler(int signal)
{
    (void)signal;
    const struct timespec pause = {.tv_nsec = 60000000};
    nanosleep(&pause, NULL);
}

/* A handler stands for the wait for a processor: it comes while the C library walks over many free chunks. */
static void a_wait_for_a_processor_is_not_the_readings(void **state)
{
    (void)state;
    enum { BLOCKS = 20000, BYTES = 40, ROUNDS = 10, PATIENCE_MS = 30, AFTER_US = 50 };
    static void *blocks[BLOCKS];
    struct decoded frame;
    struct sigaction handler = {.sa_handler = wait_in_handler};
    const struct itimerval soon = {.it_value = {.tv_usec = AFTER_US}};
    assert_int_equal(sigaction(SIGALRM, &handler, NULL), 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(BYTES);
    }
    for (size_t i = 0; i < BLOCKS; i += 2) {
        free(blocks[i]);
    }
    pipe_open();
    for (int round = 0; round < ROUNDS; round++) {
        fw_allocator_set_patience(SECOND / 1000 * PATIENCE_MS);
        assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
        fw_allocator_send();
        expect_record(true);
        assert_false(pipe_next_of(FW_RECORD_LOG, &frame));
    }
    pipe_close();
    for (size_t i = 1; i < BLOCKS; i += 2) {
        free(blocks[i]);
    }
}

static void while_a_fork_is_under_way_there_are_no_figures(void **state)
{
    (void)state;
    pipe_open();
    fw_allocator_set_patience(SECOND);
    assert_true(fw_gate_close());
    fw_allocator_send();
    fw_gate_open();
    expect_record(false);
    fw_allocator_send();
    expect_record(true);
    pipe_close();
}

/* The C library's heap may have grown by so much that a walk over it would hold others up. */
static void a_heap_that_was_not_looked_at_for_long_is_not_walked(void **state)
{
    (void)state;
    pipe_open();
    fw_allocator_set_patience(SECOND);
    atomic_fetch_add(&fw_shared->forks, 1);
    uint64_t now = fw_now_ns() + 30 * SECOND;
    fw_allocator_watch(now, true);
    expect_record(true);
    atomic_fetch_add(&fw_shared->forks, 1);
    fw_allocator_set_patience(SECOND);
    fw_allocator_watch(now + 61 * SECOND, true);
    expect_record(false);
    pipe_close();
}

/* Runs last. */
static void an_old_heap_is_not_walked(void **state)
{
    (void)state;
    pipe_open();
    fw_allocator_set_patience(SECOND);
    fw_allocator_came_late();
    fw_allocator_send();
    expect_record(false);
    pipe_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_one_is_known_by_what_it_exports),
        cmocka_unit_test(a_name_is_a_hint),
        cmocka_unit_test(protection_is_seen_by_the_import),
        cmocka_unit_test(an_import_that_nobody_defines_is_none),
        cmocka_unit_test(this_process_has_the_c_librarys),
        cmocka_unit_test(the_c_librarys_figures_follow_what_is_allocated),
        cmocka_unit_test(it_is_sent_at_start_and_after_forks),
        cmocka_unit_test(a_reading_that_takes_too_long_is_the_last_one),
        cmocka_unit_test(a_wait_for_a_processor_is_not_the_readings),
        cmocka_unit_test(while_a_fork_is_under_way_there_are_no_figures),
        cmocka_unit_test(a_heap_that_was_not_looked_at_for_long_is_not_walked),
        cmocka_unit_test(an_old_heap_is_not_walked),
    };
    return fw_shared_init() && fw_objects_init() ? cmocka_run_group_tests_name("allocator", tests, NULL, NULL) : 1;
}
