/* Each way to make a child that has a copy of the memory, and vfork. */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "play.h"

void play_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void __attribute__((noinline, noreturn)) live(void (*act)(void))
{
    play_die_with_parent();
    act();
    _exit(0);
}

static pid_t by_fork(void (*act)(void))
{
    pid_t pid = fork(); /* HERE: by-fork */
    if (pid == 0) {
        live(act);
    }
    return pid;
}

static pid_t by_underscore_fork(void (*act)(void))
{
    pid_t pid = _Fork(); /* HERE: by-_Fork */
    if (pid == 0) {
        live(act);
    }
    return pid;
}

static pid_t by_vfork(void (*act)(void))
{
    pid_t pid = vfork(); /* HERE: by-vfork */
    if (pid == 0) {
        live(act);
    }
    return pid;
}

struct start {
    void (*act)(void);
};

static int live_on_own_stack(void *argument)
{
    live(((struct start *)argument)->act);
}

static pid_t by_clone(void (*act)(void))
{
    static char stack[256 << 10] __attribute__((aligned(16)));
    struct start start = {act};
    pid_t pid = clone(live_on_own_stack, stack + sizeof stack, SIGCHLD, &start); /* HERE: by-clone */
    STAY();
    return pid;
}

static pid_t by_syscall_clone(void (*act)(void))
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); /* HERE: by-SYS_clone */
    if (pid == 0) {
        live(act);
    }
    return pid;
}

static pid_t by_syscall_clone3(void (*act)(void))
{
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments); /* HERE: by-SYS_clone3 */
    if (pid == 0) {
        live(act);
    }
    return pid;
}

#ifdef SYS_fork
static pid_t by_syscall_fork(void (*act)(void))
{
    pid_t pid = (pid_t)syscall(SYS_fork); /* HERE: by-SYS_fork */
    if (pid == 0) {
        live(act);
    }
    return pid;
}
#endif

/* clone(SIGCHLD) without any function of a library. */
static pid_t by_instruction(void (*act)(void))
{
#if defined(__x86_64__)
    register long tls __asm__("r8") = 0;
    register long child_tid __asm__("r10") = 0;
    long pid;
    __asm__ volatile("syscall"
                     : "=a"(pid)
                     : "0"(SYS_clone), "D"(SIGCHLD), "S"(0), "d"(0), "r"(child_tid), "r"(tls)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone;
    register long pid __asm__("x0") = SIGCHLD;
    register long stack __asm__("x1") = 0;
    register long parent_tid __asm__("x2") = 0;
    register long tls __asm__("x3") = 0;
    register long child_tid __asm__("x4") = 0;
    __asm__ volatile("svc 0"
                     : "+r"(pid)
                     : "r"(number), "r"(stack), "r"(parent_tid), "r"(tls), "r"(child_tid)
                     : "memory");
#endif
    if (pid == 0) {
        live(act);
    }
    return (pid_t)pid;
}

static void (*volatile act_in_handler)(void);
static volatile pid_t forked_in_handler;

static void fork_in_handler(int number)
{
    (void)number;
    pid_t pid = fork(); /* HERE: by-signal-handler */
    if (pid == 0) {
        live(act_in_handler);
    }
    forked_in_handler = pid;
}

static pid_t by_signal_handler(void (*act)(void))
{
    struct sigaction action = {.sa_handler = fork_in_handler};
    struct sigaction old;
    act_in_handler = act;
    if (sigaction(SIGUSR1, &action, &old) != 0 || raise(SIGUSR1) != 0 || sigaction(SIGUSR1, &old, NULL) != 0) {
        return -1;
    }
    return forked_in_handler;
}

play_way *play_way_named(const char *name)
{
    static const struct {
        const char *name;
        play_way *way;
    } ways[] = {
        {"fork", by_fork},
        {"_Fork", by_underscore_fork},
        {"vfork", by_vfork},
        {"clone", by_clone},
        {"SYS_clone", by_syscall_clone},
        {"SYS_clone3", by_syscall_clone3},
#ifdef SYS_fork
        {"SYS_fork", by_syscall_fork},
#endif
        {"instruction", by_instruction},
        {"signal-handler", by_signal_handler},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, name) == 0) {
            return ways[i].way;
        }
    }
    return NULL;
}
