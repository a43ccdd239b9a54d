#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "descriptors.h"
#include "state/self.h"
#include "state/shared.h"

/* RFC 8949, 3.4.6: the tag that says nothing but "this is CBOR". */
#define SELF_DESCRIBED 55799u
/* Bytes in front of the map's head, and the room kept behind the head for PROC and SEQ. */
enum { MARK = 3, IDENTITY = 1 + 5 + 1 + 9 };
/* After a wait in vain, frames are dropped at once for so long: a reader that stands still costs one wait, not one a
 * frame. */
#define STALL_NS 200000000u

static _Atomic uint32_t stream_proc FW_CHILD_PAGE;
static _Atomic uint64_t next_seq FW_CHILD_PAGE;
static _Atomic uint64_t stalled_until FW_CHILD_PAGE;
static unsigned patience_ms = 5;
static _Atomic uint64_t spool_limit;

void fw_frame_begin_at(struct fw_frame *frame, uint8_t *buffer, size_t size, enum fw_record type, uint64_t time_ns)
{
    frame->cbor = (struct fw_cbor){.bytes = buffer, .capacity = size};
    frame->pairs = 2;
    fw_cbor_tag(&frame->cbor, SELF_DESCRIBED);
    frame->cbor.length += 1 + IDENTITY;
    fw_frame_uint(frame, FW_KEY_TYPE, type);
    fw_frame_uint(frame, FW_KEY_TIME, time_ns);
}

void fw_frame_begin(struct fw_frame *frame, uint8_t *buffer, size_t size, enum fw_record type)
{
    fw_frame_begin_at(frame, buffer, size, type, fw_now_ns());
}

static void key(struct fw_frame *frame, enum fw_key key)
{
    frame->pairs++;
    fw_cbor_uint(&frame->cbor, key);
}

void fw_frame_uint(struct fw_frame *frame, enum fw_key name, uint64_t value)
{
    key(frame, name);
    fw_cbor_uint(&frame->cbor, value);
}

void fw_frame_some(struct fw_frame *frame, enum fw_key name, uint64_t value)
{
    if (value) {
        fw_frame_uint(frame, name, value);
    }
}

void fw_frame_int(struct fw_frame *frame, enum fw_key name, int64_t value)
{
    key(frame, name);
    fw_cbor_int(&frame->cbor, value);
}

void fw_frame_bool(struct fw_frame *frame, enum fw_key name, bool value)
{
    key(frame, name);
    fw_cbor_bool(&frame->cbor, value);
}

void fw_frame_text(struct fw_frame *frame, enum fw_key name, const char *text, size_t limit)
{
    if (text) {
        key(frame, name);
        fw_cbor_text(&frame->cbor, text, strnlen(text, limit + 4), limit);
    }
}

void fw_frame_bytes(struct fw_frame *frame, enum fw_key name, const void *bytes, size_t length)
{
    key(frame, name);
    fw_cbor_bytes(&frame->cbor, bytes, length);
}

void fw_frame_array(struct fw_frame *frame, enum fw_key name, size_t items)
{
    key(frame, name);
    fw_cbor_array(&frame->cbor, items);
}

/* Waits for room on a full pipe; false if there is none in time. */
static bool wait_for_room(int fd, uint64_t *deadline)
{
    uint64_t now = fw_now_ns();
    if (now < atomic_load_explicit(&stalled_until, memory_order_relaxed)) {
        return false;
    }
    if (!*deadline) {
        *deadline = now + patience_ms * 1000000ull;
    }
    if (now >= *deadline) {
        atomic_store_explicit(&stalled_until, now + STALL_NS, memory_order_relaxed);
        return false;
    }
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    struct timespec rest = {.tv_sec = (time_t)((*deadline - now) / 1000000000u),
                            .tv_nsec = (long)((*deadline - now) % 1000000000u)};
    FW_SYSTEM_CALL(SYS_ppoll, &room, 1, &rest, NULL, 0);
    return true;
}

/* Two frames, and bytes that end the second and lie elsewhere. */
enum { PIECES = 3 };

static size_t length_of(const struct iovec *pieces)
{
    size_t length = 0;
    for (int i = 0; i < PIECES; i++) {
        length += pieces[i].iov_len;
    }
    return length;
}

/* *fd is where it went. By system call, here and above: write and poll are cancellation points (pthreads(7)), and the
 * hooked function may be none. */
static long write_once(const struct iovec *pieces, int *fd)
{
    long written = -EBADF;
    *fd = fw_stream_borrow_own();
    if (*fd >= 0) {
        written = length_of(pieces) > pieces[0].iov_len
                      ? FW_SYSTEM_CALL(SYS_writev, *fd, pieces, PIECES)
                      : FW_SYSTEM_CALL(SYS_write, *fd, pieces[0].iov_base, pieces[0].iov_len);
    }
    fw_stream_give_back();
    return written;
}

static bool write_whole(const struct iovec *pieces)
{
    uint64_t deadline = 0;
    for (;;) {
        int fd;
        long written = write_once(pieces, &fd);
        if (written == (long)length_of(pieces)) {
            return true;
        }
        /* A short write is a full disk under a spool: the reader finds the next frame by its mark. */
        if (written >= 0 || (written != -EAGAIN && written != -EINTR)) {
            return false;
        }
        if (written == -EAGAIN && !wait_for_room(fd, &deadline)) {
            return false;
        }
    }
}

static bool spool_has_room(size_t length)
{
    uint64_t limit = atomic_load_explicit(&spool_limit, memory_order_relaxed);
    return !limit || atomic_fetch_add_explicit(&fw_shared->spooled, length, memory_order_relaxed) + length <= limit;
}

/* The frame's bytes, whole but for a tail; none where it did not fit its buffer. */
static struct iovec finish(struct fw_frame *frame)
{
    struct fw_cbor *body = &frame->cbor;
    uint32_t proc = fw_stream_proc();
    uint64_t seq =
        fw_self.vfork_child ? fw_self.vfork_seq++ : atomic_fetch_add_explicit(&next_seq, 1, memory_order_relaxed);
    if (body->overflow) {
        return (struct iovec){NULL, 0};
    }
    /* The identity goes right in front of the pairs, the mark and the map's head right in front of that. */
    size_t unused = IDENTITY - (1 + fw_cbor_head_size(proc) + 1 + fw_cbor_head_size(seq));
    struct fw_cbor front = {.bytes = body->bytes + unused, .capacity = MARK + 1 + IDENTITY - unused};
    fw_cbor_tag(&front, SELF_DESCRIBED);
    front.bytes[front.length++] = (uint8_t)(0xa0u | frame->pairs);
    fw_cbor_uint(&front, FW_KEY_PROC);
    fw_cbor_uint(&front, proc);
    fw_cbor_uint(&front, FW_KEY_SEQ);
    fw_cbor_uint(&front, seq);
    return (struct iovec){front.bytes, body->length - unused};
}

/* frames: how many there are in the pieces. */
static void send(const struct iovec *pieces, unsigned frames)
{
    if (!pieces[0].iov_len || !spool_has_room(length_of(pieces)) || !write_whole(pieces)) {
        atomic_fetch_add_explicit(&fw_shared->lost, frames, memory_order_relaxed);
    }
}

void fw_frame_send(struct fw_frame *frame)
{
    const struct iovec pieces[PIECES] = {finish(frame)};
    send(pieces, 1);
}

void fw_frame_send_bytes(struct fw_frame *before, struct fw_frame *frame, enum fw_key name, const void *bytes,
                         size_t length)
{
    key(frame, name);
    fw_cbor_bytes_head(&frame->cbor, length);
    const struct iovec tail = {(void *)(uintptr_t)bytes, length};
    bool together = before && !before->cbor.overflow && !frame->cbor.overflow &&
                    before->cbor.length + frame->cbor.length + length <= FW_FRAME_MAX;
    if (before && !together) {
        fw_frame_send(before);
    }
    if (together) {
        const struct iovec first = finish(before);
        const struct iovec pieces[PIECES] = {first, finish(frame), tail};
        send(pieces, 2);
    } else {
        const struct iovec pieces[PIECES] = {finish(frame), tail};
        send(pieces, 1);
    }
}

void fw_stream_become(uint32_t proc)
{
    atomic_store_explicit(&stream_proc, proc, memory_order_relaxed);
    atomic_store_explicit(&next_seq, 0, memory_order_relaxed);
    fw_stream_inherit_files();
}

uint32_t fw_stream_proc(void)
{
    return fw_self.vfork_child ? fw_self.fork : atomic_load_explicit(&stream_proc, memory_order_relaxed);
}

bool fw_stream_is_at_ease(void)
{
    enum { MOST = 4 };
    int waiting = 0;
    int fd = fw_stream_fd();
    long capacity = FW_SYSTEM_CALL(SYS_fcntl, fd, F_GETPIPE_SZ);
    bool busy = capacity > 0 && FW_SYSTEM_CALL(SYS_ioctl, fd, FIONREAD, &waiting) == 0 && waiting > capacity / MOST;
    return !busy;
}

void fw_stream_set_patience(unsigned milliseconds)
{
    patience_ms = milliseconds;
}

void fw_stream_limit_spool(uint64_t bytes)
{
    atomic_store(&spool_limit, bytes);
}

uint64_t fw_stream_sent(void)
{
    return atomic_load_explicit(&next_seq, memory_order_relaxed);
}

void fw_stream_counters(enum fw_record type)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, type);
    fw_frame_uint(&frame, FW_KEY_SENT, fw_stream_sent());
    fw_frame_uint(&frame, FW_KEY_LOST, atomic_load_explicit(&fw_shared->lost, memory_order_relaxed));
    fw_frame_send(&frame);
}

void fw_stream_note(enum fw_level level, const char *text)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LOG);
    fw_frame_uint(&frame, FW_KEY_LEVEL, level);
    fw_frame_text(&frame, FW_KEY_TEXT, text, FW_FRAME_SMALL - 64);
    fw_frame_send(&frame);
}
