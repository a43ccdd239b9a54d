/* That a thread is inside of a function is seen by others, and gone afterwards, however the call ends. */
#include "state/held.h"

#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "state/threads.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/hooked.h"
#include "support/unit.h"

static uint32_t depth(void)
{
    return fw_threads_self(NULL)->region_depth;
}

/* --- seen from elsewhere
 * ---------------------------------------------------------------------------------------------- */

static int (*iterate)(int (*)(struct dl_phdr_info *, size_t, void *), void *);

static bool is_inside(const struct fw_thread *thread, uint32_t at, uint32_t function)
{
    const volatile struct fw_thread *now = thread;
    return now->region_depth == at + 1 && now->regions[at].function == function && now->regions[at].site;
}

/* What a forked child finds of this thread in its copy: 0, or what was wrong. */
static int look_from_a_child(const struct fw_thread *thread, uint32_t function)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(is_inside(thread, 0, function) ? 0 : 1);
    }
    return status_of(pid);
}

struct guest {
    pthread_t handle;
    FILE *file;
    struct fw_thread *_Atomic thread;
    char line[16];
    bool has_read;
};

static void *read_line(void *argument)
{
    struct guest *guest = argument;
    guest->thread = fw_threads_self(NULL);
    guest->has_read = HOOKED(fgets)(guest->line, sizeof guest->line, guest->file) != NULL;
    return NULL;
}

/* A thread that reads from an empty pipe, and is inside; the pipe's writing end. */
static int begin_reading(struct guest *guest)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    *guest = (struct guest){.file = fdopen(ends[0], "r")};
    assert_int_equal(pthread_create(&guest->handle, NULL, read_line, guest), 0);
    while (!guest->thread || !is_inside(guest->thread, 0, FW_FN_fgets)) {
        sched_yield();
    }
    return ends[1];
}

static void a_reader_is_inside_for_as_long_as_it_waits(void **state)
{
    (void)state;
    struct guest guest;
    int end = begin_reading(&guest);
    assert_int_equal(look_from_a_child(guest.thread, FW_FN_fgets), 0);
    assert_int_equal(write(end, "a line\n", 7), 7);
    assert_int_equal(pthread_join(guest.handle, NULL), 0);
    assert_true(guest.has_read);
    assert_string_equal(guest.line, "a line\n");
    assert_int_equal(guest.thread->region_depth, 0);
    fclose(guest.file);
    close(end);
    pipe_drain();
}

static void a_cancelled_reader_is_outside(void **state)
{
    (void)state;
    struct guest guest;
    void *result = NULL;
    int end = begin_reading(&guest);
    assert_int_equal(pthread_cancel(guest.handle), 0);
    assert_int_equal(pthread_join(guest.handle, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    assert_int_equal(guest.thread->region_depth, 0);
    fclose(guest.file);
    close(end);
}

static int look_around(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    *(int *)argument = look_from_a_child(fw_threads_self(NULL), FW_FN_dl_iterate_phdr);
    return 42;
}

static void a_callback_is_inside(void **state)
{
    (void)state;
    int wrong = -1;
    assert_int_equal(iterate(look_around, &wrong), 42);
    assert_int_equal(wrong, 0);
    assert_int_equal(depth(), 0);
    pipe_drain();
}

static int end_thread(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    (void)argument;
    pthread_exit((void *)(uintptr_t)depth());
}

static void *end_inside(void *argument)
{
    *(struct fw_thread **)argument = fw_threads_self(NULL);
    iterate(end_thread, NULL);
    return NULL;
}

static void a_thread_that_ends_inside_is_outside(void **state)
{
    (void)state;
    pthread_t handle;
    struct fw_thread *thread = NULL;
    void *result = NULL;
    assert_int_equal(pthread_create(&handle, NULL, end_inside, &thread), 0);
    assert_int_equal(pthread_join(handle, &result), 0);
    assert_int_equal((uintptr_t)result, 1);
    assert_int_equal(thread->region_depth, 0);
}

/* Calls itself, by way of one more region each time, until *argument is 0. */
static int deeper(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    uint32_t *left = argument;
    uint32_t at = depth();
    bool right = at > FW_REGIONS_MAX || is_inside(fw_threads_self(NULL), at - 1, FW_FN_dl_iterate_phdr);
    void *block = HOOKED(malloc)(1);
    HOOKED(free)(block);
    if (--*left && right) {
        right = iterate(deeper, left) == 1;
    }
    return right && block && depth() == at ? 1 : 2;
}

static void regions_nest_beyond_their_room(void **state)
{
    (void)state;
    enum { BEHIND = offsetof(struct fw_thread, regions) + sizeof((struct fw_thread *)NULL)->regions };
    const uint8_t *behind = (const uint8_t *)fw_threads_self(NULL) + BEHIND;
    uint8_t before[sizeof(struct fw_thread) - BEHIND];
    memcpy(before, behind, sizeof before);
    uint32_t levels = FW_REGIONS_MAX + 3;
    assert_int_equal(iterate(deeper, &levels), 1);
    assert_int_equal(levels, 0);
    assert_int_equal(depth(), 0);
    assert_memory_equal(behind, before, sizeof before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_is_inside_for_as_long_as_it_waits),
        TEST(a_cancelled_reader_is_outside),
        TEST(a_callback_is_inside),
        TEST(a_thread_that_ends_inside_is_outside),
        TEST(regions_nest_beyond_their_room),
    };
    fw_functions_init();
    if (!agent_start()) {
        return 1;
    }
    iterate = HOOKED(dl_iterate_phdr);
    return cmocka_run_group_tests_name("regions_seen", tests, NULL, NULL);
}
