/* The hooks of the allocator that record the entry alone, and what can be told from it. */
#include "child/entered.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "hooks/allocator.h"
#include "hooks/threads.h"
#include "state/calm.h"
#include "state/held.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/hooked.h"
#include "support/unit.h"

#if defined(FW_HAS_ENTRIES)
/* A slot as the loader fills it, and the ways in which compiled code reaches what it holds: across the slot, by a PLT
 * entry, by a function that ends in the call of another one; and one in which nothing can be told. */
extern void *fw_test_slot;
void *fw_test_slot;
void *by_slot(size_t size);
void *by_plt(size_t size);
void *by_tail_call(size_t size);
void *by_register(size_t size);
/* Calls it, and then from further below, so that nothing is written over what the first call has left, the wait. */
extern void *fw_test_wait;
void *fw_test_wait;
void *by_slot_and_wait(size_t size);
__asm__(
    ".text\n"
    "plt_entry: endbr64\n bnd jmp *fw_test_slot(%rip)\n"
    "last_call: endbr64\n jmp plt_entry\n"
    "by_slot: subq $8, %rsp\n call *fw_test_slot(%rip)\n addq $8, %rsp\n ret\n"
    "by_plt: subq $8, %rsp\n call plt_entry\n addq $8, %rsp\n ret\n"
    "by_tail_call: subq $8, %rsp\n call last_call\n addq $8, %rsp\n ret\n"
    "by_slot_and_wait: subq $8, %rsp\n call *fw_test_slot(%rip)\n subq $4096, %rsp\n call *fw_test_wait(%rip)\n"
    "addq $4104, %rsp\n ret\n"
    "by_register: subq $8, %rsp\n movq fw_test_slot(%rip), %rax\n call *%rax\n addq $8, %rsp\n ret\n");

/* Its first two instructions have 4 and 6 bytes. */
enum { CALL_IN_BY_SLOT = 10 };

static pthread_barrier_t at_it;
static pthread_barrier_t looked;

static void stop(void)
{
    pthread_barrier_wait(&at_it);
    pthread_barrier_wait(&looked);
}

static void *stop_inside(size_t size)
{
    assert_int_equal(size, 77);
    stop();
    return &fw_test_slot;
}

static const struct fw_hook *poll_hook(void)
{
    for (size_t i = 0; i < fw_blocking_hook_count; i++) {
        if (strcmp(fw_blocking_hooks[i].name, "poll") == 0) {
            return &fw_blocking_hooks[i];
        }
    }
    fail_msg("poll has no hook");
    return NULL;
}

static struct fw_thread *_Atomic guest;

static void *call_in_each_way(void *argument)
{
    (void)argument;
    void *(*const ways[])(size_t) = {by_slot, by_plt, by_tail_call, by_register};
    guest = fw_self.thread;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        assert_ptr_equal(ways[i](77), &fw_test_slot);
    }
    by_slot_and_wait(77);
    return NULL;
}

static uint32_t look(void)
{
    pthread_barrier_wait(&at_it);
    uint32_t function = fw_entered_function(guest);
    pthread_barrier_wait(&looked);
    return function;
}

static void a_thread_inside_is_seen(void **state)
{
    (void)state;
    pthread_t thread;
    void *original = fw_originals[FW_FN_malloc];
    fw_originals[FW_FN_malloc] = (void *)stop_inside;
    fw_test_slot = (void *)fw_entry_malloc;
    void *original_poll = *poll_hook()->original;
    *poll_hook()->original = (void *)stop;
    fw_test_wait = poll_hook()->replacement;
    assert_int_equal(pthread_barrier_init(&at_it, NULL, 2), 0);
    assert_int_equal(pthread_barrier_init(&looked, NULL, 2), 0);
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, call_in_each_way, NULL), 0);
    assert_int_equal(look(), FW_FN_malloc);
    assert_non_null(guest->entered);
    assert_int_equal(look(), FW_FN_malloc);
    assert_int_equal(look(), FW_FN_malloc);
    assert_int_equal(look(), FW_FN_NONE);
    assert_int_equal(look(), FW_FN_malloc);
    /* Inside of what waits, it is elsewhere. */
    assert_int_equal(look(), FW_FN_NONE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    fw_originals[FW_FN_malloc] = original;
    *poll_hook()->original = original_poll;
    pipe_drain();
}

static void a_thread_that_went_on_is_not_inside(void **state)
{
    (void)state;
    struct fw_thread *self = fw_held_thread();
    static const uintptr_t entered = 0;
    uintptr_t stack[2] = {0, 0};
    uintptr_t place = (uintptr_t)stack;
    self->entered = &entered;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    /* No return address, and one of no call. */
    self->entered = &place;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    stack[0] = (uintptr_t)look;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    /* One of a call: inside, unless the thread waits or is inside of what it called from below. */
    fw_test_slot = (void *)fw_entry_free;
    stack[0] = (uintptr_t)by_slot + CALL_IN_BY_SLOT;
    assert_int_equal(fw_entered_function(self), FW_FN_free);
    self->waits_on = 1;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    self->waits_on = 0;
    self->regions[0].frame = place - 64;
    self->region_depth = 1;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    self->regions[0].frame = place + 64;
    assert_int_equal(fw_entered_function(self), FW_FN_free);
    self->region_depth = 0;
    /* No memory. */
    place = 4096;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    self->entered = (const uintptr_t *)4096;
    assert_int_equal(fw_entered_function(self), FW_FN_NONE);
    self->entered = NULL;
}

/* Of this program the allocator is glibc's, unless a sanitizer's stands in for it. */
static void entries_pass_on(void **state)
{
    (void)state;
    if (hook_of(FW_FN_malloc) != (const void *)fw_entry_malloc) {
        assert_false(fw_allocator_protects_itself());
        skip();
    }
    errno = 5;
    char *block = HOOKED(malloc)(10);
    assert_int_equal(errno, 5);
    memcpy(block, "123456789", 10);
    block = HOOKED(realloc)(block, 100000);
    assert_string_equal(block, "123456789");
    HOOKED(free)(block);
    char *zeroed = HOOKED(calloc)(3, 5);
    const char zeros[15] = {0};
    assert_memory_equal(zeroed, zeros, 15);
    HOOKED(free)(zeroed);
    void *aligned = NULL;
    assert_int_equal(HOOKED(posix_memalign)(&aligned, 256, 1), 0);
    assert_int_equal((uintptr_t)aligned % 256, 0);
    HOOKED(free)(aligned);
    aligned = HOOKED(aligned_alloc)(512, 512);
    assert_int_equal((uintptr_t)aligned % 512, 0);
    HOOKED(free)(aligned);
    assert_ptr_equal(fw_self.thread->entered, &fw_entered_stack);
    assert_in_range(fw_entered_stack, (uintptr_t)&block - 65536, (uintptr_t)&block + 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thread_inside_is_seen, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_thread_that_went_on_is_not_inside, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(entries_pass_on, forks_set_up, forks_tear_down),
    };
    return agent_start() ? cmocka_run_group_tests_name("entered", tests, NULL, NULL) : 1;
}
#else
int main(void)
{
    return 0;
}
#endif
