#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

const char *fw_proc_path(char path[FW_PROC_PATH], int pid, int tid, const char *name)
{
    memcpy(path, "/proc/", sizeof "/proc/");
    char *end = fw_decimal(path + strlen(path), (uint64_t)pid);
    if (tid) {
        memcpy(end, "/task/", sizeof "/task/");
        end = fw_decimal(end + strlen(end), (uint64_t)tid);
    }
    *end++ = '/';
    memcpy(end, name, strlen(name) + 1);
    return path;
}

bool fw_proc_stat(int pid, struct fw_proc_stat *stat)
{
    char path[FW_PROC_PATH];
    char text[1024];
    if (fw_read_file(fw_proc_path(path, pid, 0, "stat"), text, sizeof text) <= 0) {
        return false;
    }
    /* Field 2, the name, may hold blanks and brackets. Field 3 is the state, 20 num_threads, 22 starttime. */
    const char *at = strrchr(text, ')');
    for (int field = 3; at && field <= 22; field++) {
        at = strchr(at + 1, ' ');
        if (at && field == 3) {
            stat->state = at[1];
        } else if (at && field == 20) {
            stat->threads = (unsigned)strtoul(at + 1, NULL, 10);
        } else if (at && field == 22) {
            stat->start_ticks = strtoull(at + 1, NULL, 10);
        }
    }
    return at != NULL;
}

/* The number behind "\nname:". */
static bool field(const char *text, const char *name, int base, uint64_t *value)
{
    const char *at = strstr(text, name);
    if (at) {
        *value = strtoull(at + strlen(name), NULL, base);
    }
    return at != NULL;
}

bool fw_proc_status(int pid, int tid, struct fw_proc_status *status)
{
    char path[FW_PROC_PATH];
    char text[8192];
    uint64_t own;
    uint64_t process;
    if (fw_read_file(fw_proc_path(path, pid, tid, "status"), text, sizeof text) <= 0 ||
        !field(text, "\nSigPnd:", 16, &own) || !field(text, "\nShdPnd:", 16, &process) ||
        !field(text, "\nSigBlk:", 16, &status->blocked) || !field(text, "\nSigCgt:", 16, &status->caught) ||
        !field(text, "\nvoluntary_ctxt_switches:", 10, &status->sleeps)) {
        return false;
    }
    status->pending = own | process;
    return true;
}

static enum fw_proc_memory meaning_of(int error)
{
    switch (error) {
    case ESRCH:
    case ENOENT:
        return FW_MEMORY_GONE;
    case EFAULT:
    case EIO:
        return FW_MEMORY_UNMAPPED;
    default:
        return FW_MEMORY_FORBIDDEN;
    }
}

static enum fw_proc_memory read_file(int pid, uintptr_t address, void *to, size_t size)
{
    char path[FW_PROC_PATH];
    int file = open(fw_proc_path(path, pid, 0, "mem"), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return meaning_of(errno);
    }
    ssize_t got = pread(file, to, size, (off_t)address);
    int error = errno;
    close(file);
    /* End-of-file is what a process without memory gives (fs/proc/base.c, mem_rw). */
    return got == (ssize_t)size ? FW_MEMORY_READ : got == 0 ? FW_MEMORY_GONE : meaning_of(got < 0 ? error : EIO);
}

enum fw_proc_memory fw_proc_memory(int pid, uintptr_t address, void *to, size_t size)
{
    int saved = errno;
    struct iovec here = {.iov_base = to, .iov_len = size};
    struct iovec there = {.iov_base = (void *)address, .iov_len = size};
    ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    enum fw_proc_memory result = got == (ssize_t)size ? FW_MEMORY_READ : meaning_of(got < 0 ? errno : EFAULT);
    if (result == FW_MEMORY_FORBIDDEN) {
        result = read_file(pid, address, to, size);
    }
    errno = saved;
    return result;
}
