#include "spawn.h"

#include <errno.h>

#include "child/child.h"
#include "forking.h"
#include "state/self.h"

fw_spawn_fn *fw_original_posix_spawn;
fw_spawn_fn *fw_original_posix_spawnp;
int (*fw_original_system)(const char *);
FILE *(*fw_original_popen)(const char *, const char *);
pid_t (*fw_original_vfork)(void);

static bool begin(enum fw_call call, const char *command)
{
    int saved = errno;
    bool began = fw_forking_begin(call, true);
    if (began) {
        fw_forking_announce(command);
    }
    errno = saved;
    return began;
}

static void end(bool began, long pid, int error)
{
    if (began) {
        fw_forking_result(pid, error);
        fw_forking_end();
    }
}

static int spawn(fw_spawn_fn *original, enum fw_call call, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[],
                 char *const envp[])
{
    bool began = begin(call, path);
    pid_t spawned = 0;
    int error = original(&spawned, path, actions, attributes, argv, envp);
    if (pid && !error) {
        *pid = spawned;
    }
    end(began, spawned, error);
    return error;
}

int fw_hook_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn(fw_original_posix_spawn, FW_CALL_POSIX_SPAWN, pid, path, actions, attributes, argv, envp);
}

int fw_hook_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn(fw_original_posix_spawnp, FW_CALL_POSIX_SPAWNP, pid, file, actions, attributes, argv, envp);
}

/* Both run /bin/sh; the command line itself may hold secrets and is not recorded. */
int fw_hook_system(const char *command)
{
    bool began = command && begin(FW_CALL_SYSTEM, "/bin/sh");
    int status = fw_original_system(command);
    int saved = errno;
    end(began, 0, status == -1 ? saved : 0);
    errno = saved;
    return status;
}

FILE *fw_hook_popen(const char *command, const char *type)
{
    bool began = begin(FW_CALL_POPEN, "/bin/sh");
    FILE *stream = fw_original_popen(command, type);
    int saved = errno;
    end(began, 0, stream ? 0 : saved);
    errno = saved;
    return stream;
}

/* Called by fw_hook_vfork in src/arch. */
FW_HIDDEN void fw_vfork_before(void);
FW_HIDDEN pid_t fw_vfork_parent(long result);

void fw_vfork_before(void)
{
    int saved = errno;
    fw_forking_begin(FW_CALL_VFORK, true);
    fw_forking_announce(NULL);
    errno = saved;
}

pid_t fw_vfork_parent(long result)
{
    /* The child ran on this thread's storage. */
    fw_self.vfork_child = false;
    fw_forking_result(result, result < 0 ? (int)-result : 0);
    fw_forking_end();
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return (pid_t)result;
}
