#include "child.h"

#include <errno.h>
#include <unistd.h>

#include "stack/capture.h"
#include "state/gate.h"
#include "state/self.h"
#include "state/threads.h"
#include "stream/stream.h"

static void send_begin(void)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_CHILD);
    fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)fw_getpid());
    fw_frame_send(&frame);
}

void fw_child_begin(void)
{
    struct fw_self *self = &fw_self;
    /* First, so that whatever follows is written under the child's name. */
    fw_stream_become(self->fork);
    fw_is_forked_child = true;
    self->vfork_child = false;
    self->fork = 0;
    fw_gate_reset();
    fw_capture_reset();
    if (self->thread) {
        atomic_store_explicit(&self->thread->tid, fw_gettid(), memory_order_relaxed);
    }
    /* The collector shows by this one that it lives; a fork in the moment of its start has copied it. */
    if (fw_stream_kept(FW_COLLECTOR_SIGN) >= 0) {
        close(fw_stream_kept(FW_COLLECTOR_SIGN));
        fw_stream_keep(FW_COLLECTOR_SIGN, -1);
    }
    send_begin();
    errno = self->saved_errno;
}

void fw_child_begin_vfork(void)
{
    int saved = errno;
    fw_self.vfork_seq = 0;
    fw_self.vfork_child = true;
    send_begin();
    errno = saved;
}
