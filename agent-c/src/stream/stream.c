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

/* What is kept back. A signal handler that comes while something is put in writes its own frames at once. */
static struct {
    bool corked;
    volatile bool busy;
    uint32_t frames;
    size_t length;
    uint64_t time_ns;
} cork FW_CHILD_PAGE;
static uint8_t cork_bytes[FW_FRAME_MAX];

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
    fw_frame_begin_at(frame, buffer, size, type, cork.corked ? cork.time_ns : fw_now_ns());
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

/* A frame, and bytes that end it and lie elsewhere. */
enum { PIECES = 2 };

/* *fd is where it went. By system call, here and above: write and poll are cancellation points (pthreads(7)), and the
 * hooked function may be none. */
static long write_once(const struct iovec *pieces, int *fd)
{
    long written = -EBADF;
    *fd = fw_stream_borrow_own();
    if (*fd >= 0) {
        written = pieces[1].iov_len ? FW_SYSTEM_CALL(SYS_writev, *fd, pieces, PIECES)
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
        if (written == (long)(pieces[0].iov_len + pieces[1].iov_len)) {
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

static void flush(void)
{
    const struct iovec pieces[PIECES] = {{cork_bytes, cork.length}};
    uint32_t frames = cork.frames;
    cork.frames = 0;
    cork.length = 0;
    if (frames && !write_whole(pieces)) {
        atomic_fetch_add_explicit(&fw_shared->lost, frames, memory_order_relaxed);
    }
}

static bool keep_back(const struct iovec *pieces)
{
    size_t length = pieces[0].iov_len + pieces[1].iov_len;
    if (!cork.corked || cork.busy || length > sizeof cork_bytes) {
        return false;
    }
    cork.busy = true;
    atomic_signal_fence(memory_order_seq_cst);
    if (length > sizeof cork_bytes - cork.length) {
        flush();
    }
    size_t at = cork.length;
    fw_copy(cork_bytes + at, (uintptr_t)pieces[0].iov_base, pieces[0].iov_len);
    fw_copy(cork_bytes + at + pieces[0].iov_len, (uintptr_t)pieces[1].iov_base, pieces[1].iov_len);
    atomic_signal_fence(memory_order_seq_cst);
    /* A handler may have forked meanwhile: then this is its child, which has begun anew. */
    if (!cork.busy) {
        return false;
    }
    cork.length = at + length;
    cork.frames++;
    atomic_signal_fence(memory_order_seq_cst);
    cork.busy = false;
    return true;
}

static void send(struct fw_frame *frame, const void *tail, size_t tail_length)
{
    struct fw_cbor *body = &frame->cbor;
    uint32_t proc = fw_stream_proc();
    uint64_t seq =
        fw_self.vfork_child ? fw_self.vfork_seq++ : atomic_fetch_add_explicit(&next_seq, 1, memory_order_relaxed);

    /* The identity goes right in front of the pairs, the mark and the map's head right in front of that. */
    size_t unused = IDENTITY - (1 + fw_cbor_head_size(proc) + 1 + fw_cbor_head_size(seq));
    bool sent = false;
    if (!body->overflow) {
        struct fw_cbor front = {.bytes = body->bytes + unused, .capacity = MARK + 1 + IDENTITY - unused};
        fw_cbor_tag(&front, SELF_DESCRIBED);
        front.bytes[front.length++] = (uint8_t)(0xa0u | frame->pairs);
        fw_cbor_uint(&front, FW_KEY_PROC);
        fw_cbor_uint(&front, proc);
        fw_cbor_uint(&front, FW_KEY_SEQ);
        fw_cbor_uint(&front, seq);
        const struct iovec pieces[PIECES] = {{front.bytes, body->length - unused},
                                             {(void *)(uintptr_t)tail, tail_length}};
        sent = spool_has_room(pieces[0].iov_len + tail_length) && (keep_back(pieces) || write_whole(pieces));
    }
    if (!sent) {
        atomic_fetch_add_explicit(&fw_shared->lost, 1, memory_order_relaxed);
    }
}

void fw_frame_send(struct fw_frame *frame)
{
    send(frame, NULL, 0);
}

void fw_frame_send_bytes(struct fw_frame *frame, enum fw_key name, const void *bytes, size_t length)
{
    key(frame, name);
    fw_cbor_bytes_head(&frame->cbor, length);
    send(frame, bytes, length);
}

void fw_stream_become(uint32_t proc)
{
    atomic_store_explicit(&stream_proc, proc, memory_order_relaxed);
    atomic_store_explicit(&next_seq, 0, memory_order_relaxed);
    cork.corked = false;
    cork.busy = false;
    cork.frames = 0;
    cork.length = 0;
    fw_stream_inherit_files();
}

void fw_stream_cork(void)
{
    cork.time_ns = fw_now_ns();
    cork.corked = true;
}

/* A vfork's child of a handler may have been killed while it put something in: the owner's word counts. */
void fw_stream_uncork(void)
{
    cork.corked = false;
    cork.busy = false;
    atomic_signal_fence(memory_order_seq_cst);
    flush();
}

void fw_stream_uncork_in_handler(void)
{
    if (cork.corked && !cork.busy) {
        fw_stream_uncork();
    }
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
