#include "spawn.h"

#include <errno.h>

#include "child/observe.h"
#include "child/tally.h"
#include "forking.h"
#include "stack/capture.h"
#include "state/calm.h"
#include "state/gate.h"
#include "state/self.h"
#include "stream/descriptors.h"

fw_spawn_fn *fw_original_posix_spawn;
fw_spawn_fn *fw_original_posix_spawnp;
int (*fw_original_system)(const char *);
FILE *(*fw_original_popen)(const char *, const char *);
pid_t (*fw_original_vfork)(void);

static int spawn(fw_spawn_fn *original, enum fw_call call, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[],
                 char *const envp[])
{
    uint32_t fork = fw_forking_spawn(call, path);
    pid_t spawned = 0;
    int error = original(&spawned, path, actions, attributes, argv, envp);
    if (pid && !error) {
        *pid = spawned;
    }
    fw_forking_spawned(fork, spawned, error);
    return error;
}

int fw_hook_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    FW_CHILD_CALL(posix_spawn);
    return spawn(fw_original_posix_spawn, FW_CALL_POSIX_SPAWN, pid, path, actions, attributes, argv, envp);
}

int fw_hook_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    FW_CHILD_CALL(posix_spawnp);
    return spawn(fw_original_posix_spawnp, FW_CALL_POSIX_SPAWNP, pid, file, actions, attributes, argv, envp);
}

/* Both run /bin/sh; the command line itself may hold secrets and is not recorded. */
int fw_hook_system(const char *command)
{
    FW_CHILD_CALL(system);
    uint32_t fork = command ? fw_forking_spawn(FW_CALL_SYSTEM, "/bin/sh") : 0;
    int status = fw_original_system(command);
    int saved = errno;
    fw_forking_spawned(fork, 0, status == -1 ? saved : 0);
    errno = saved;
    return status;
}

FILE *fw_hook_popen(const char *command, const char *type)
{
    FW_CHILD_CALL(popen);
    uint32_t fork = fw_forking_spawn(FW_CALL_POPEN, "/bin/sh");
    FILE *stream = fw_original_popen(command, type);
    int saved = errno;
    fw_forking_spawned(fork, 0, stream ? 0 : saved);
    errno = saved;
    return stream;
}

/* Called by fw_hook_vfork in src/arch. */
FW_HIDDEN void fw_vfork_before(void);

void fw_vfork_begin(enum fw_call call)
{
    int saved = errno;
    /* One that vfork's child makes in its turn has that one's descriptors. */
    if (!fw_self.vfork_child) {
        fw_stream_forget_vfork();
        fw_capture_before_vfork();
    }
    if (fw_forking_begin(call, true)) {
        /* A vfork child that makes one has its own aside. */
        fw_self.tally = NULL;
        fw_forking_before_vfork();
    }
    fw_forking_announce(NULL);
    /* The child has this process's memory, but descriptors of its own: meanwhile the stream is not put on another one.
     */
    fw_gate_close();
    fw_calm_vfork_begin();
    errno = saved;
}

void fw_vfork_before(void)
{
    fw_vfork_begin(FW_CALL_VFORK);
}

pid_t fw_vfork_parent(long result)
{
    fw_calm_vfork_end();
    fw_gate_open();
    /* The child ran on this thread's storage, and may have been killed anywhere. */
    fw_forking_after_vfork();
    fw_self.vfork_child = false;
    fw_self.observing = false;
    fw_tally_forget();
    fw_forking_result(result, result < 0 ? (int)-result : 0);
    fw_forking_end();
    if (!fw_self.vfork_child) {
        fw_stream_forget_vfork();
        fw_capture_after_vfork();
    }
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return (pid_t)result;
}
