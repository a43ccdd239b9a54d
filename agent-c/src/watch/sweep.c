#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "state/thread_records.h"
#include "state/threads.h"
#include "stream/stream.h"

/* The kernel's name of a thread: /proc/self/task/TID/comm (proc(5)). */
static bool read_name(int tid, char *name, size_t size)
{
    char path[64] = "/proc/self/task/";
    char *end = fw_decimal(path + strlen(path), (uint64_t)tid);
    memcpy(end, "/comm", sizeof "/comm");
    long length = fw_read_file(path, name, size);
    if (length <= 0) {
        return false;
    }
    name[strcspn(name, "\n")] = '\0';
    return true;
}

/* The live threads by tid, for one sweep: asking the table for each of n threads would read it n times. */
enum { INDEX = 1 << 16 };
static struct fw_thread **by_tid;

static void make_index(void)
{
    by_tid = fw_map_unforked(INDEX * sizeof *by_tid);
    uint32_t position = 0;
    struct fw_thread *thread;
    while (by_tid && (thread = fw_threads_next(&position)) != NULL) {
        uint32_t at = (uint32_t)fw_thread_tid(thread);
        while (by_tid[at % INDEX]) {
            at++;
        }
        by_tid[at % INDEX] = thread;
    }
}

static struct fw_thread *look_up(int tid)
{
    if (!by_tid) {
        return fw_threads_find(tid);
    }
    for (uint32_t at = (uint32_t)tid; by_tid[at % INDEX]; at++) {
        if (fw_thread_tid(by_tid[at % INDEX]) == tid) {
            return by_tid[at % INDEX];
        }
    }
    return NULL;
}

static void drop_index(void)
{
    if (by_tid) {
        munmap(by_tid, INDEX * sizeof *by_tid);
        by_tid = NULL;
    }
}

/* Unknown threads of this sweep and of the last one. A thread that a hook is just starting has no live slot for a
 * moment: later sweeps take up only those that were unknown twice. */
enum { SUSPECTS = 256 };
static int suspects[2][SUSPECTS];
static uint32_t suspect_count[2];

static bool unknown_twice(int tid, uint32_t sweep)
{
    if (sweep == 1) {
        return true;
    }
    uint32_t now = sweep % 2;
    if (suspect_count[now] < SUSPECTS) {
        suspects[now][suspect_count[now]++] = tid;
    }
    for (uint32_t i = 0; i < suspect_count[!now]; i++) {
        if (suspects[!now][i] == tid) {
            return true;
        }
    }
    return false;
}

static void found(int tid, uint32_t sweep)
{
    char name[32];
    struct fw_thread *thread = look_up(tid);
    if (thread) {
        thread->sweep = sweep;
        if (atomic_load(&thread->kind) != FW_THREAD_KIND_JAVA && read_name(tid, name, sizeof name)) {
            fw_thread_rename(thread, name, atomic_load(&thread->kind));
        }
        return;
    }
    if (!unknown_twice(tid, sweep) || !read_name(tid, name, sizeof name)) {
        return;
    }
    thread = fw_threads_claim();
    if (thread) {
        thread->seen = false;
        thread->sweep = sweep;
        strncpy(thread->name, name, FW_THREAD_NAME - 1);
        fw_threads_live(thread, tid);
        fw_thread_send(thread);
    }
}

/* The directory is read by getdents64 into the stack: opendir would call malloc, and a fork could come in between. */
static bool read_tasks(uint32_t sweep)
{
    int directory = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return false;
    }
    char buffer[4096] __attribute__((aligned(8)));
    long length;
    while ((length = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
            at += entry->d_reclen;
            long tid = strtol(entry->d_name, NULL, 10);
            if (tid > 0) {
                found((int)tid, sweep);
            }
        }
    }
    close(directory);
    return length == 0;
}

/* The directory alone is no proof: reading it can pass a living thread while others end (fs/proc/base.c, first_tid). */
static bool is_gone(const struct fw_thread *thread)
{
    return syscall(SYS_tgkill, fw_getpid(), fw_thread_tid(thread), 0) != 0 && errno == ESRCH;
}

void fw_sweep_threads(void)
{
    static uint32_t sweep;
    int saved = errno;
    uint64_t begun = fw_now_ns();
    sweep++;
    suspect_count[sweep % 2] = 0;
    make_index();
    bool complete = read_tasks(sweep);
    drop_index();
    if (complete) {
        uint32_t position = 0;
        struct fw_thread *thread;
        while ((thread = fw_threads_next(&position)) != NULL) {
            /* Only threads that end without a destructor (the ones whose creation was not seen) are left to this. */
            if (!thread->seen && thread->sweep != sweep && thread->started_ns < begun && is_gone(thread)) {
                fw_thread_ended(thread);
            }
        }
    }
    errno = saved;
}
