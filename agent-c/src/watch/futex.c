#include "futex.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procfs.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13 /* Linux 5.14 */
#endif

/* FNV-1a, 64 bit */
static void mix(uint64_t *hash, uint64_t value)
{
    for (int byte = 0; byte < 8; byte++) {
        *hash = (*hash ^ (value >> (byte * 8) & 0xffu)) * 0x100000001b3u;
    }
}

static bool waits(uint64_t operation)
{
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_WAIT_REQUEUE_PI:
        return true;
    default:
        return false;
    }
}

/* A futex that is not a private one may be in memory of this process alone: that of a robust mutex, or of a thread's
 * end (set_tid_address(2)). proc_pid_pagemap(5): bit 61 is set for a page of a file or shared, 63 and 62 for one that
 * is there. True where that cannot be read. */
static bool is_on_shared_page(int pid, uint64_t address)
{
    const uint64_t present = 1ull << 63 | 1ull << 62;
    const uint64_t shared = 1ull << 61;
    char path[FW_PROC_PATH];
    uint64_t entry = 0;
    int pages = open(fw_proc_path(path, pid, 0, "pagemap"), O_RDONLY | O_CLOEXEC);
    if (pages >= 0) {
        off_t at = (off_t)(address / FW_PAGE * sizeof entry);
        if (pread(pages, &entry, sizeof entry, at) != (ssize_t)sizeof entry) {
            entry = 0;
        }
        close(pages);
    }
    return !(entry & present) || entry & shared;
}

/* proc(5), /proc/PID/syscall: "running", or the number of the system call, its six arguments, the stack pointer and the
 * program counter; number -1 and two values where the task is blocked in no system call. Adds it to sleep. */
static enum fw_asleep look_at_task(int pid, int tid, struct fw_sleep *sleep)
{
    enum { ADDRESS = 0, OPERATION = 1, TIMEOUT = 3, STACK_POINTER = 6, PROGRAM_COUNTER = 7, VALUES = 8 };
    char path[FW_PROC_PATH];
    char text[256];
    long length = fw_read_file(fw_proc_path(path, pid, tid, "syscall"), text, sizeof text);
    if (length <= 0) {
        /* A task that is gone is none that the kernel hides. */
        struct fw_proc_stat stat;
        return fw_proc_stat(tid, &stat) && stat.state != 'Z' && stat.state != 'X' ? FW_ASLEEP_UNKNOWN : FW_AWAKE;
    }
    char *at = text;
    if (strncmp(text, "running", 7) == 0 || strtol(text, &at, 10) != SYS_futex) {
        return FW_AWAKE;
    }
    uint64_t values[VALUES];
    for (int i = 0; i < VALUES; i++) {
        values[i] = strtoull(at, &at, 16);
    }
    struct fw_proc_status status;
    if (!waits(values[OPERATION]) || values[TIMEOUT] != 0 || !fw_proc_status(pid, tid, &status)) {
        return FW_AWAKE;
    }
    mix(&sleep->place, (uint64_t)tid);
    mix(&sleep->place, values[ADDRESS]);
    mix(&sleep->place, values[OPERATION]);
    mix(&sleep->place, values[STACK_POINTER]);
    mix(&sleep->place, values[PROGRAM_COUNTER]);
    mix(&sleep->identity, sleep->place);
    mix(&sleep->identity, status.sleeps);
    bool shared = !(values[OPERATION] & FUTEX_PRIVATE_FLAG) && is_on_shared_page(pid, values[ADDRESS]);
    if (tid == pid) {
        sleep->address = values[ADDRESS];
        sleep->shared = shared;
    } else {
        sleep->others_shared = sleep->others_shared || shared;
        if (sleep->others < FW_SLEEPERS_MAX) {
            sleep->other_addresses[sleep->others++] = values[ADDRESS];
        }
    }
    return FW_ASLEEP;
}

/* The other tasks, by getdents64 into the stack: opendir would call malloc, and a fork could come in between. */
static enum fw_asleep look_at_others(int pid, struct fw_sleep *sleep)
{
    char path[FW_PROC_PATH];
    int directory = open(fw_proc_path(path, pid, 0, "task"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum fw_asleep result = directory < 0 ? FW_AWAKE : FW_ASLEEP;
    char buffer[4096] __attribute__((aligned(8)));
    long length = 0;
    while (result == FW_ASLEEP && (length = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length && result == FW_ASLEEP;) {
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
            at += entry->d_reclen;
            long tid = strtol(entry->d_name, NULL, 10);
            if (tid > 0 && tid != pid) {
                result = look_at_task(pid, (int)tid, sleep);
            }
        }
    }
    if (directory >= 0) {
        close(directory);
    }
    return length < 0 ? FW_AWAKE : result;
}

enum fw_asleep fw_futex_look(int pid, struct fw_sleep *sleep)
{
    int saved = errno;
    *sleep = (struct fw_sleep){.place = 0xcbf29ce484222325u, .identity = 0xcbf29ce484222325u};
    enum fw_asleep result = look_at_task(pid, pid, sleep);
    if (result == FW_ASLEEP) {
        result = look_at_others(pid, sleep);
    }
    errno = saved;
    return result;
}
