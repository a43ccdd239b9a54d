/* A fork that fails: a seccomp filter on this thread alone, which needs no privilege and binds root as well. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "child.h"

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define IF_CALL(number, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, otherwise)

/* glibc's fork is clone(2) (sysdeps/unix/sysv/linux/arch-fork.h). Threads are made by clone3, or by clone with
 * CLONE_VM, and are left alone. */
static int refuse_clone(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        IF_CALL(__NR_clone, 1),
        REFUSE(EAGAIN),
        ALLOW,
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* The errno that the caller of fork sees: 0 if it forked after all, -1 if the filter could not be set. */
NATIVE(jint, Limits, forkRefused)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    if (!refuse_clone()) {
        return -1;
    }
    errno = 0;
    pid_t pid = fork(); /* HERE: fork-refused */
    int error = errno;
    if (pid == 0) {
        _exit(0);
    }
    scenario_reap(pid, NULL);
    return pid < 0 ? error : 0;
}

/* The errno that a caller finds after a fork that succeeded, having set it to 77 before. */
NATIVE(jint, Limits, errnoAfterFork)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    errno = 77;
    pid_t pid = fork();
    int error = errno;
    int status = -1;
    if (pid == 0) {
        _exit(error);
    }
    scenario_reap(pid, &status);
    return error == 77 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
