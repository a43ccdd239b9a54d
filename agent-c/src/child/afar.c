#include "afar.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

/* While the process is alone: pages that were found readable, by their numbers' last bits. */
enum { PAGES_KNOWN = 64 };
static uintptr_t known_pages[PAGES_KNOWN] FW_CHILD_PAGE;
static bool is_alone FW_CHILD_PAGE;

void fw_afar_alone(bool alone)
{
    for (uint32_t i = 0; alone && i < PAGES_KNOWN; i++) {
        known_pages[i] = 0;
    }
    is_alone = alone;
}

/* rt_sigprocmask(2) reads the set before it looks at `how`, and changes nothing where that is none of the three
 * (kernel/signal.c): EINVAL says that the eight bytes are readable, EFAULT that they are not. */
static bool is_readable(uintptr_t address)
{
    enum { NO_SUCH_HOW = -1, SET_BYTES = 8 };
    uintptr_t page = address / FW_PAGE;
    /* NULL is no set at all; nothing lies in the first page (proc_sys_vm(5), mmap_min_addr). */
    if (!page || (is_alone && page == known_pages[page % PAGES_KNOWN])) {
        return page != 0;
    }
    uintptr_t set = address & ~(uintptr_t)(SET_BYTES - 1);
    bool readable = FW_SYSTEM_CALL(SYS_rt_sigprocmask, NO_SUCH_HOW, set, NULL, SET_BYTES) == -EINVAL;
    if (is_alone && readable) {
        known_pages[page % PAGES_KNOWN] = page;
    }
    return readable;
}

static size_t readable(uintptr_t address, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        uintptr_t at = address + done;
        size_t rest = FW_PAGE - at % FW_PAGE;
        if (at < address || !is_readable(at)) {
            break;
        }
        done += rest < bytes - done ? rest : bytes - done;
    }
    return done;
}

static size_t read_by_page(uintptr_t address, uint8_t *to, size_t bytes)
{
    size_t done = readable(address, bytes);
    fw_copy(to, address, done);
    return done;
}

static long read_vm(const struct iovec *pieces, uint32_t count, void *to, size_t bytes)
{
    struct iovec local = {.iov_base = to, .iov_len = bytes};
    return FW_SYSTEM_CALL(SYS_process_vm_readv, fw_getpid(), &local, 1, pieces, count, 0);
}

/* EFAULT is for the memory, anything else for the call. */
static bool is_refused(long got)
{
    return got < 0 && got != -EFAULT;
}

bool fw_afar_read(uintptr_t address, void *to, size_t bytes)
{
    struct iovec piece = {.iov_base = (void *)address, .iov_len = bytes};
    return fw_afar_read_pieces(&piece, 1, to) == 1;
}

size_t fw_afar_read_until(uintptr_t address, void *to, size_t bytes)
{
    enum { PAGES = 16 };
    size_t done = is_alone ? read_by_page(address, to, bytes) : 0;
    while (!is_alone && done < bytes) {
        /* A piece is read whole or not at all (process_vm_readv(2)): none reaches into a second page. */
        struct iovec pieces[PAGES];
        uint32_t count = 0;
        size_t wanted = 0;
        while (count < PAGES && done + wanted < bytes) {
            uintptr_t at = address + done + wanted;
            size_t rest = FW_PAGE - at % FW_PAGE;
            rest = rest < bytes - done - wanted ? rest : bytes - done - wanted;
            pieces[count++] = (struct iovec){.iov_base = (void *)at, .iov_len = rest};
            wanted += rest;
        }
        long got = read_vm(pieces, count, (uint8_t *)to + done, wanted);
        if (is_refused(got)) {
            done += read_by_page(address + done, (uint8_t *)to + done, bytes - done);
            break;
        }
        done += got > 0 ? (size_t)got : 0;
        if (got != (long)wanted) {
            break;
        }
    }
    return done;
}

size_t fw_afar_see_until(uintptr_t address, void *room, size_t bytes, const void **at)
{
    *at = is_alone ? (const void *)address : room;
    size_t done = is_alone ? readable(address, bytes) : fw_afar_read_until(address, room, bytes);
    return done;
}

uint64_t fw_afar_read_pieces(const struct iovec *pieces, uint32_t count, void *to)
{
    uint64_t whole = 0;
    uint8_t *at = to;
    uint32_t first = 0;
    bool refused = is_alone;
    while (first < count) {
        size_t bytes = 0;
        for (uint32_t i = first; i < count; i++) {
            bytes += pieces[i].iov_len;
        }
        long got = refused ? -1 : read_vm(pieces + first, count - first, at, bytes);
        refused = refused || is_refused(got);
        /* Those that were read, and then the one that could not be. */
        size_t left = got > 0 ? (size_t)got : 0;
        while (first < count && (left >= pieces[first].iov_len && left)) {
            whole |= 1ull << first;
            left -= pieces[first].iov_len;
            at += pieces[first++].iov_len;
        }
        if (first < count) {
            const struct iovec *piece = &pieces[first];
            if (refused && read_by_page((uintptr_t)piece->iov_base, at, piece->iov_len) == piece->iov_len) {
                whole |= 1ull << first;
            }
            at += piece->iov_len;
            first++;
        }
    }
    return whole;
}
