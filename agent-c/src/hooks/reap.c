#include "reap.h"

#include <signal.h>

#include "state/children.h"
#include "state/self.h"
#include "stream/stream.h"

pid_t (*fw_original_wait)(int *);
pid_t (*fw_original_waitpid)(pid_t, int *, int);
int (*fw_original_waitid)(idtype_t, id_t, siginfo_t *, int);
pid_t (*fw_original_wait3)(int *, int, struct rusage *);
pid_t (*fw_original_wait4)(pid_t, int *, int, struct rusage *);
int (*fw_original_kill)(pid_t, int);

/* Children that are stopped or continued live on (waitpid(2), WUNTRACED, WCONTINUED). */
static void reaped(pid_t pid, int status)
{
    if (pid <= 0 || fw_self.observing || !(WIFEXITED(status) || WIFSIGNALED(status))) {
        return;
    }
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_REAPED);
    fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)pid);
    fw_frame_int(&frame, FW_KEY_STATUS, status);
    fw_frame_send(&frame);
}

pid_t fw_hook_wait(int *status)
{
    int own = 0;
    pid_t pid = fw_original_wait(status ? status : &own);
    if (pid > 0) {
        reaped(pid, status ? *status : own);
    }
    return pid;
}

pid_t fw_hook_waitpid(pid_t pid, int *status, int options)
{
    int own = 0;
    pid_t got = fw_original_waitpid(pid, status ? status : &own, options);
    if (got > 0) {
        reaped(got, status ? *status : own);
    }
    return got;
}

pid_t fw_hook_wait3(int *status, int options, struct rusage *usage)
{
    int own = 0;
    pid_t pid = fw_original_wait3(status ? status : &own, options, usage);
    if (pid > 0) {
        reaped(pid, status ? *status : own);
    }
    return pid;
}

pid_t fw_hook_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    int own = 0;
    pid_t got = fw_original_wait4(pid, status ? status : &own, options, usage);
    if (got > 0) {
        reaped(got, status ? *status : own);
    }
    return got;
}

/* As waitpid would have given it (bits/waitstatus.h of glibc). */
static int status_of(const siginfo_t *info)
{
    enum { EXIT_SHIFT = 8, CORE_FLAG = 0x80 };
    switch (info->si_code) {
    case CLD_EXITED:
        return info->si_status << EXIT_SHIFT;
    case CLD_DUMPED:
        return info->si_status | CORE_FLAG;
    default:
        return info->si_status;
    }
}

int fw_hook_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    siginfo_t own = {.si_signo = 0};
    siginfo_t *got = info ? info : &own;
    int result = fw_original_waitid(type, id, got, options);
    /* 0 without a child is WNOHANG's answer where none has changed: then the kernel has cleared si_code
     * (kernel/exit.c). */
    bool ended =
        result == 0 && (got->si_code == CLD_EXITED || got->si_code == CLD_KILLED || got->si_code == CLD_DUMPED);
    if (ended && !(options & WNOWAIT)) {
        reaped(got->si_pid, status_of(got));
    }
    return result;
}

/* Those that HotSpot handles on a thread of its own, which a forked child has not (os_posix.cpp, jvm.cpp). */
static bool is_for_the_jvm(int signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/* False where the slot is another child's by now: this one is gone. */
static bool note_signal(struct fw_child_slot *slot, uint32_t fork, uint32_t signal)
{
    if (!fw_children_is(slot, fork)) {
        return false;
    }
    atomic_store(&slot->signal, signal);
    bool is_its = fw_children_is(slot, fork);
    if (!is_its) {
        atomic_compare_exchange_strong(&slot->signal, &signal, 0);
    }
    return is_its;
}

int fw_hook_kill(pid_t pid, int signal)
{
    struct fw_child_slot *slot = pid > 0 && is_for_the_jvm(signal) && !fw_self.observing ? fw_children_find(pid) : NULL;
    uint32_t fork = slot ? atomic_load_explicit(&slot->fork, memory_order_relaxed) : 0;
    int result = fw_original_kill(pid, signal);
    if (slot && result == 0 && note_signal(slot, fork, (uint32_t)signal)) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_KILL);
        fw_frame_uint(&frame, FW_KEY_FORK, fork);
        fw_frame_uint(&frame, FW_KEY_SIGNAL, (uint64_t)signal);
        fw_frame_send(&frame);
    }
    return result;
}
