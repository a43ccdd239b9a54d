#include "clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child/child.h"
#include "child/process.h"
#include "forking.h"
#include "guard.h"
#include "spawn.h"
#include "state/gate.h"
#include "state/self.h"
#include "stream/descriptors.h"

pid_t (*fw_original__Fork)(void);
fw_clone_fn *fw_original_clone;
long (*fw_original_syscall)(long, ...);

/* OURS: this hook reports the fork. */
enum beginning { NOT_OURS, OURS, REFUSED };

/* What the fork handlers do for fork (hooks/fork.c). errno is set where the guard has refused it. */
static enum beginning begin(enum fw_call call)
{
    int saved = errno;
    bool began = fw_forking_begin(call, false);
    if (began && fw_guard_refuses()) {
        return REFUSED;
    }
    if (began) {
        fw_forking_announce(NULL);
        fw_gate_close();
        fw_self.saved_errno = saved;
    }
    errno = saved;
    return began ? OURS : NOT_OURS;
}

static void end(long result)
{
    int error = errno;
    fw_gate_open();
    fw_forking_result(result, result < 0 ? error : 0);
    fw_forking_end();
    errno = error;
}

pid_t fw_hook__Fork(void)
{
    enum beginning began = begin(FW_CALL_UNDERSCORE_FORK);
    if (began == REFUSED) {
        return -1;
    }
    pid_t pid = fw_original__Fork();
    if (began == OURS && pid == 0) {
        fw_child_begin();
    } else if (began == OURS) {
        end(pid);
    }
    return pid;
}

/* What clone's child is to run. It stands in the caller's frame: the child has a copy of that, or its parent waits. */
struct start {
    int (*function)(void *);
    void *argument;
};

/* The function's return is the child's end (clone(2)). */
static int run(const struct start *start)
{
    int status = start->function(start->argument);
    fw_child_ends("_exit", status);
    return status;
}

static int run_forked(void *argument)
{
    fw_child_begin();
    return run(argument);
}

static void begin_sharing_files(void)
{
    fw_child_begin_sharing_files();
    fw_stream_share_files();
}

static int run_sharing_files(void *argument)
{
    begin_sharing_files();
    return run(argument);
}

static int run_vforked(void *argument)
{
    fw_child_begin_vfork();
    return run(argument);
}

struct clone_arguments {
    void *stack;
    int flags;
    void *parent_tid;
    void *tls;
    void *child_tid;
};

static int make(int (*function)(void *), void *argument, const struct clone_arguments *with)
{
    return fw_original_clone(function, with->stack, with->flags, argument, with->parent_tid, with->tls,
                             with->child_tid);
}

static int clone_fork(struct start *start, const struct clone_arguments *with)
{
    enum beginning began = begin(FW_CALL_CLONE);
    if (began != OURS) {
        return began == REFUSED ? -1 : make(start->function, start->argument, with);
    }
    bool shares_files = with->flags & CLONE_FILES;
    if (shares_files) {
        fw_stream_before_sharing();
    }
    int pid = make(shares_files ? run_sharing_files : run_forked, start, with);
    end(pid);
    return pid;
}

static int clone_vfork(struct start *start, const struct clone_arguments *with)
{
    /* Already on the way to a child that others made: clone inside of vfork's own preparations. */
    if (fw_self.fork && !fw_self.vfork_child) {
        return make(start->function, start->argument, with);
    }
    fw_vfork_begin(FW_CALL_CLONE);
    int pid = make(run_vforked, start, with);
    return fw_vfork_parent(pid < 0 ? -errno : pid);
}

/* The three last arguments are there as far as the flags ask for them (clone(2)). */
static void read_rest(struct clone_arguments *with, va_list *rest)
{
    const int thread_id_flags = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    if (with->flags & (thread_id_flags | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_PIDFD)) {
        with->parent_tid = va_arg(*rest, void *);
    }
    if (with->flags & (thread_id_flags | CLONE_SETTLS)) {
        with->tls = va_arg(*rest, void *);
    }
    if (with->flags & thread_id_flags) {
        with->child_tid = va_arg(*rest, void *);
    }
}

int fw_hook_clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    struct clone_arguments with = {.stack = stack, .flags = flags};
    va_list rest;
    va_start(rest, argument);
    read_rest(&with, &rest);
    va_end(rest);
    struct start start = {.function = function, .argument = argument};
    /* With another thread's storage the agent's own is not where it looks for it. */
    bool refused = !function || !stack;
    if (!refused && !(flags & (CLONE_VM | CLONE_SETTLS))) {
        return clone_fork(&start, &with);
    }
    if (!refused && (flags & (CLONE_VM | CLONE_VFORK | CLONE_THREAD | CLONE_SETTLS)) == (CLONE_VM | CLONE_VFORK)) {
        return clone_vfork(&start, &with);
    }
    return make(function, argument, &with);
}

/* True if 8 bytes can be read there: rt_sigprocmask reads its set before it refuses an unknown `how` (kernel/signal.c),
 * so that the answer is EFAULT or EINVAL and nothing is changed. */
static bool is_readable(uintptr_t address)
{
    enum { SET_BYTES = 8, NO_HOW = -1 };
    int saved = errno;
    fw_original_syscall(SYS_rt_sigprocmask, (long)NO_HOW, (long)address, 0L, (long)SET_BYTES);
    bool readable = errno == EINVAL;
    errno = saved;
    return readable;
}

/* What the kernel would refuse passes on to it. */
static bool clone3_is_ours(uintptr_t arguments, size_t size)
{
    const struct clone_args *with = (const struct clone_args *)arguments;
    if (size < CLONE_ARGS_SIZE_VER0 || !is_readable(arguments) ||
        !is_readable(arguments + CLONE_ARGS_SIZE_VER0 - sizeof(uint64_t))) {
        return false;
    }
    return !(with->flags & (CLONE_VM | CLONE_SETTLS)) && !with->stack;
}

bool fw_syscall_is_ours(long number, long a, long b)
{
    switch (number) {
    case SYS_clone:
        return !((unsigned long)a & (CLONE_VM | CLONE_SETTLS)) && !b;
    case SYS_clone3:
        return clone3_is_ours((uintptr_t)a, (size_t)b);
    default:
        return true;
    }
}

/* For calls that fw_syscall_is_ours has let through. */
static bool wants_files_shared(long number, long a)
{
    switch (number) {
    case SYS_clone:
        return (unsigned long)a & CLONE_FILES;
    case SYS_clone3:
        return ((const struct clone_args *)a)->flags & CLONE_FILES;
    default:
        return false;
    }
}

static int close_range_by_number(unsigned first, unsigned last, int flags)
{
    return (int)fw_original_syscall(SYS_close_range, (long)first, (long)last, (long)flags);
}

long fw_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    switch (number) {
    case SYS_close:
        return fw_stream_owns((int)a) ? 0 : fw_original_syscall(number, a);
    case SYS_close_range:
        return fw_close_range_around(close_range_by_number, (unsigned)a, (unsigned)b, (int)c);
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_dup3:
        if (a != b) {
            fw_stream_make_way((int)b);
        }
        return fw_original_syscall(number, a, b, c);
    default:
        break;
    }
    enum beginning beginning = begin(FW_CALL_SYSCALL);
    if (beginning == REFUSED) {
        return -1;
    }
    bool began = beginning == OURS;
    bool shares_files = began && wants_files_shared(number, a);
    if (shares_files) {
        fw_stream_before_sharing();
    }
    long pid = fw_original_syscall(number, a, b, c, d, e, f);
    if (began && pid == 0 && shares_files) {
        begin_sharing_files();
    } else if (began && pid == 0) {
        fw_child_begin();
    } else if (began) {
        end(pid);
    }
    return pid;
}
