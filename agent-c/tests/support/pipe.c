#include "pipe.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "state/self.h"
#include "state/shared.h"
#include "stream/descriptors.h"
#include "stream/stream.h"

enum { ROOM = 1 << 20 };

static int ends[2] = {-1, -1};
static uint8_t bytes[2 * FW_FRAME_MAX];
static size_t from;
static size_t to;

void pipe_open(void)
{
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, ROOM), ROOM);
    from = 0;
    to = 0;
    fw_stream_set_fd(ends[1]);
}

void pipe_open_new(void)
{
    pipe_open();
    fw_stream_become(0);
    fw_stream_set_patience(5);
    fw_stream_limit_spool(0);
    memset(&fw_self, 0, sizeof fw_self);
    atomic_store(&fw_shared->lost, 0);
    atomic_store(&fw_shared->spooled, 0);
}

void pipe_close(void)
{
    fw_stream_set_fd(-1);
    close(ends[0]);
    close(ends[1]);
}

int pipe_reading_end(void)
{
    return ends[0];
}

int pipe_writing_end(void)
{
    return ends[1];
}

static bool fill(void)
{
    memmove(bytes, bytes + from, to - from);
    to -= from;
    from = 0;
    ssize_t got = read(ends[0], bytes + to, sizeof bytes - to);
    to += got > 0 ? (size_t)got : 0;
    return got > 0;
}

bool pipe_next(struct decoded *frame)
{
    while (to - from < FW_FRAME_MAX && fill()) {
    }
    if (from == to) {
        return false;
    }
    if (!decode_frame(bytes + from, bytes + to, frame)) {
        fail_msg("not a frame at 0x%02x 0x%02x 0x%02x", bytes[from], bytes[from + 1], bytes[from + 2]);
    }
    from += frame->length;
    assert_in_range(frame->length, 1, FW_FRAME_MAX);
    return true;
}

bool pipe_next_of(uint64_t type, struct decoded *frame)
{
    while (pipe_next(frame)) {
        if (decoded_number(frame, FW_KEY_TYPE) == type) {
            return true;
        }
    }
    return false;
}

void pipe_drain(void)
{
    struct decoded frame;
    while (pipe_next(&frame)) {
    }
}

void pipe_send_small(uint64_t value)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_STATE);
    fw_frame_uint(&frame, FW_KEY_SENT, value);
    fw_frame_send(&frame);
}
