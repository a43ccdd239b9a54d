#include "fork.h"

#include <errno.h>
#include <pthread.h>

#include "child/child.h"
#include "child/observe.h"
#include "forking.h"
#include "guard.h"
#include "state/gate.h"
#include "state/self.h"

pid_t (*fw_original_fork)(void);
pid_t (*fw_original_forkpty)(int *, char *, const struct termios *, const struct winsize *);
int (*fw_original_daemon)(int, int);

/* In the child fw_child_begin has run by now (or, where handlers do not run, nobody is forking there any more). */
static void finish(bool began, pid_t pid)
{
    if (began && !(pid == 0 && fw_in_child())) {
        fw_forking_result(pid, pid < 0 ? errno : 0);
        fw_forking_end();
    }
}

pid_t fw_hook_fork(void)
{
    int saved = errno;
    bool began = fw_forking_begin(FW_CALL_FORK, true);
    if (began && fw_guard_refuses()) {
        return -1;
    }
    errno = saved;
    pid_t pid = fw_original_fork();
    finish(began, pid);
    return pid;
}

pid_t fw_hook_forkpty(int *primary, char *name, const struct termios *terminal, const struct winsize *size)
{
    FW_CHILD_CALL(forkpty);
    int saved = errno;
    bool began = fw_forking_begin(FW_CALL_FORKPTY, true);
    if (began && fw_guard_refuses()) {
        return -1;
    }
    errno = saved;
    pid_t pid = fw_original_forkpty(primary, name, terminal, size);
    /* It can fail before it comes to fork: then no handler announced anything, and nothing forked. */
    if (fw_self.announced || pid == 0) {
        finish(began, pid);
    } else if (began) {
        fw_forking_end();
    }
    return pid;
}

/* The parent never returns from daemon (it calls _exit inside libc): only the child does, in which fw_child_begin has
 * run, or a failure before the fork. (daemon can fail in the child, too.) */
int fw_hook_daemon(int nochdir, int noclose)
{
    FW_CHILD_CALL(daemon);
    int saved = errno;
    bool began = fw_forking_begin(FW_CALL_DAEMON, true);
    if (began && fw_guard_refuses()) {
        return -1;
    }
    errno = saved;
    int result = fw_original_daemon(nochdir, noclose);
    if (began && fw_self.fork) {
        fw_forking_result(0, result < 0 ? errno : 0);
        fw_forking_end();
    }
    return result;
}

/* The handlers of libraries that were loaded after the agent have run before this one (prepare handlers run last
 * registered first) and their locks are held by this very thread: allocate nothing, block on nothing of theirs. */
static void prepare(void)
{
    int saved = errno;
    bool past_the_hooks = fw_forking_begin(FW_CALL_FORK, false);
    fw_forking_announce(NULL);
    if (past_the_hooks) {
        fw_guard_prepare();
    }
    fw_gate_close();
    fw_self.saved_errno = saved;
    /* So that the parent handler can tell that the system call failed: fork(2) sets errno, and glibc runs the parent
     * handlers after it (posix/fork.c). */
    errno = 0;
}

static void parent(void)
{
    int error = errno;
    fw_gate_open();
    /* Where a hook is on the stack, it knows the result from the call itself, and the pid. Else the child tells its
     * pid, and a failure is one of the three errors of fork(2). */
    if (!fw_self.hooked) {
        fw_forking_result(0, error == EAGAIN || error == ENOMEM || error == ENOSYS ? error : 0);
        fw_forking_end();
    }
    errno = error ? error : fw_self.saved_errno;
}

bool fw_fork_handlers_init(void)
{
    return pthread_atfork(prepare, parent, fw_child_begin) == 0;
}
