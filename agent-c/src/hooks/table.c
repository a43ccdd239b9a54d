#include "hooks.h"

#include "atfork.h"
#include "child/process.h"
#include "clone.h"
#include "fork.h"
#include "loader.h"
#include "locks.h"
#include "reap.h"
#include "spawn.h"
#include "threads.h"

#define HOOK(function)                                                                                                 \
    {                                                                                                                  \
#function, (void *)fw_hook_##function, (void **)&fw_original_##function, false                                 \
    }

const struct fw_hook fw_hooks[] = {
    HOOK(fork),
    HOOK(forkpty),
    HOOK(daemon),
    HOOK(vfork),
    HOOK(_Fork),
    HOOK(clone),
    HOOK(syscall),
    HOOK(posix_spawn),
    HOOK(posix_spawnp),
    HOOK(system),
    HOOK(popen),
    HOOK(pthread_create),
    HOOK(pthread_setname_np),
    HOOK(prctl),
    HOOK(pthread_atfork),
    {"__register_atfork", (void *)fw_hook_register_atfork, (void **)&fw_original_register_atfork, true},
    HOOK(dlopen),
    HOOK(dlsym),
    HOOK(dlclose),
    HOOK(execve),
    HOOK(execv),
    HOOK(execvp),
    HOOK(execvpe),
    HOOK(fexecve),
    HOOK(execveat),
    HOOK(execl),
    HOOK(execlp),
    HOOK(execle),
    HOOK(exit),
    HOOK(_exit),
    HOOK(_Exit),
    HOOK(quick_exit),
    HOOK(abort),
    HOOK(close),
    HOOK(close_range),
    HOOK(closefrom),
    HOOK(dup2),
    HOOK(dup3),
    HOOK(wait),
    HOOK(waitpid),
    HOOK(waitid),
    HOOK(wait3),
    HOOK(wait4),
    HOOK(kill),
    HOOK(sem_post),
};

const size_t fw_hook_count = sizeof fw_hooks / sizeof fw_hooks[0];
