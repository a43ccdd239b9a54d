#include "python.h"

#include <errno.h>
#include <pthread.h>

#include "pipe.h"
#include "stack/capture.h"
#include "stream/stream.h"
#include "unit.h"

const char python_two_frames[] =
    "Stack (most recent call first):\n"
    "  File \"/srv/jobs.py\", line 12 in fork_it\n"
    "  File \"/srv/main.py\", line 3 in <module>\n";

struct fake_state python_own = {.text = python_two_frames};
int python_set_up(void **state)
{
    (void)state;
    python_own.text = python_two_frames;
    python_own.next = NULL;
    python_own.thread_id = (unsigned long)pthread_self();
    python_own.native_thread_id = (unsigned long)fw_gettid();
    fake_python_this = &python_own;
    fake_python_head = &python_own;
    fake_python_current = &python_own;
    pipe_open();
    return 0;
}

int python_tear_down(void **state)
{
    (void)state;
    pipe_close();
    return 0;
}

void python_read_all(struct python_seen *seen)
{
    struct decoded frame;
    struct item item;
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        if (type == FW_RECORD_PYTHON_FRAME) {
            seen->lines++;
            seen->last_line = (uint32_t)decoded_number(&frame, FW_KEY_PYTHON_FRAME);
        }
        const struct item *python = decoded_item(&frame, FW_KEY_PYTHON);
        const uint8_t *at = python ? python->bytes : NULL;
        for (uint64_t i = 0; python && i < python->number; i++) {
            at = decode_item(at, at + 9, &item);
            seen->ids[seen->python++] = (uint32_t)item.number;
        }
    }
}

__attribute__((noinline)) struct python_seen python_capture(void)
{
    struct python_seen seen;
    memset(&seen, 0, sizeof seen);
    errno = EDOM;
    seen.stack = fw_capture_stack(false);
    assert_int_equal(errno, EDOM);
    python_read_all(&seen);
    return seen;
}
