/* The native stack, seen from a library that is not the agent (here: not this program). */
#include "stack/native.h"

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>

#include "stack/capture.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/pipe.h"
#include "support/unit.h"

int call_through(void (*function)(void *), void *argument, int depth);
void trap(void);

struct walk {
    uintptr_t pcs[64];
    uint32_t depth;
    uint32_t count;
    bool in_signal;
};

static void take(void *argument)
{
    struct walk *walk = argument;
    walk->count = fw_native_stack(walk->pcs, walk->depth, &walk->in_signal);
}

/* Return addresses lie behind the call: the byte before is the call's. */
static bool is_in(uintptr_t pc, const char *function)
{
    Dl_info info;
    return dladdr((void *)(pc - 1), &info) && info.dli_sname && strcmp(info.dli_sname, function) == 0;
}

static void frames_stand_innermost_first_without_our_own(void **state)
{
    (void)state;
    struct walk walk = {.depth = 64};
    walk.in_signal = true;
    call_through(take, &walk, 3);
    assert_false(walk.in_signal);
    assert_in_range(walk.count, 4, 64);
    for (int i = 0; i < 3; i++) {
        assert_true(is_in(walk.pcs[i], "call_through"));
    }
    Dl_info own;
    assert_int_not_equal(dladdr((const void *)take, &own), 0);
    for (uint32_t i = 0; i < walk.count; i++) {
        Dl_info info;
        assert_true(!dladdr((void *)(walk.pcs[i] - 1), &info) || info.dli_fbase != own.dli_fbase);
    }
}

static void the_depth_is_kept(void **state)
{
    (void)state;
    struct walk walk = {.depth = 5};
    walk.pcs[5] = 0x5a5a;
    call_through(take, &walk, 20);
    assert_int_equal(walk.count, 5);
    assert_int_equal(walk.pcs[5], 0x5a5a);
    for (int i = 0; i < 5; i++) {
        assert_true(is_in(walk.pcs[i], "call_through"));
    }
}

static struct walk walk_of_handler;
static uint32_t captured;
static uintptr_t trapped_at;
static sigjmp_buf back;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    walk_of_handler.depth = 64;
    take(&walk_of_handler);
    captured = fw_capture_stack(false);
    trapped_at = (uintptr_t)info->si_addr;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
    on_signal(signal, info, context);
    siglongjmp(back, 1);
}

static void raise_signal(void *argument)
{
    raise(*(int *)argument);
}

/* The handler runs inside of a system call: its caller is known, and the frames of it are what they would be in a call.
 */
static void a_handler_in_a_system_call(void **state)
{
    (void)state;
    struct decoded frame;
    struct sigaction handler = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    struct sigaction before;
    int signal = SIGUSR1;
    pipe_open();
    sigaction(signal, &handler, &before);
    call_through(raise_signal, &signal, 2);
    sigaction(signal, &before, NULL);
    assert_true(walk_of_handler.in_signal);
    unsigned through = 0;
    for (uint32_t i = 0; i < walk_of_handler.count; i++) {
        through += is_in(walk_of_handler.pcs[i], "call_through");
    }
    assert_int_equal(through, 2);
    assert_true(pipe_next_of(FW_RECORD_STACK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_STACK), captured);
    assert_int_equal(decoded_number(&frame, FW_KEY_IN_SIGNAL), 21);
    pipe_close();
}

/* The byte before what is given for the interrupted frame is the very instruction, were it the first one of its
 * function.
 */
static void interrupted_code_is_found(void **state)
{
    (void)state;
    struct sigaction handler = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    struct sigaction before[2];
    sigaction(SIGILL, &handler, &before[0]);
    sigaction(SIGTRAP, &handler, &before[1]);
    if (!sigsetjmp(back, 1)) {
        trap();
    }
    sigaction(SIGILL, &before[0], NULL);
    sigaction(SIGTRAP, &before[1], NULL);
    bool found = false;
    for (uint32_t i = 0; i < walk_of_handler.count; i++) {
        if (walk_of_handler.pcs[i] == trapped_at + 1) {
            found = is_in(walk_of_handler.pcs[i], "trap");
        }
    }
    assert_true(found);
    assert_true(walk_of_handler.in_signal);
}

static void capture(void *argument)
{
    (void)argument;
    errno = EDOM;
    captured = fw_capture_stack(true);
    assert_int_equal(errno, EDOM);
}

static void a_new_stack_is_sent_once(void **state)
{
    (void)state;
    struct decoded frame;
    struct item pc;
    uint32_t first = 0;
    pipe_open();
    for (int i = 0; i < 2; i++) { /* the same call site twice */
        call_through(capture, NULL, 2);
        assert_int_not_equal(captured, 0);
        assert_true(!first || first == captured);
        first = captured;
    }
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_STACK);
    assert_int_equal(decoded_number(&frame, FW_KEY_STACK), captured);
    assert_null(decoded_item(&frame, FW_KEY_FRAMES));
    assert_null(decoded_item(&frame, FW_KEY_IN_SIGNAL));
    const struct item *pcs = decoded_item(&frame, FW_KEY_PCS);
    assert_non_null(decode_item(pcs->bytes, pcs->bytes + 9, &pc));
    assert_true(is_in(pc.number, "call_through"));
    assert_false(pipe_next(&frame));
    pipe_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_stand_innermost_first_without_our_own),
        cmocka_unit_test(the_depth_is_kept),
        cmocka_unit_test(a_handler_in_a_system_call),
        cmocka_unit_test(interrupted_code_is_found),
        cmocka_unit_test(a_new_stack_is_sent_once),
    };
    fw_native_stack_warm_up();
    return fw_shared_init() && fw_capture_init() ? cmocka_run_group_tests_name("native", tests, NULL, NULL) : 1;
}
