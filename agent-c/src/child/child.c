#include "child.h"

#include <errno.h>

#include "inherited.h"
#include "jni.h"
#include "observe.h"
#include "stack/capture.h"
#include "state/calm.h"
#include "state/children.h"
#include "state/gate.h"
#include "state/self.h"
#include "state/shared.h"
#include "state/threads.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "tally.h"
#include "vanished.h"

static void send_begin(int pid)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_CHILD);
    fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)pid);
    fw_frame_send(&frame);
}

/* The collector shows by this one that it lives; a fork in the moment of its start has copied it. */
static void drop_collector_sign(void)
{
    int sign = fw_stream_kept(FW_COLLECTOR_SIGN);
    if (sign >= 0) {
        fw_close(sign);
        fw_stream_keep(FW_COLLECTOR_SIGN, -1);
    }
}

static void begin(bool shares_files)
{
    struct fw_self *self = &fw_self;
    /* A hook in the handler of another library was the first to know. */
    if (!self->fork) {
        return;
    }
    bool nested = fw_is_forked_child;
    self->observing = true;
    /* First, so that whatever follows is written under the child's name. */
    fw_stream_become(self->fork);
    fw_is_forked_child = true;
    fw_now_by_call(true);
    if (nested) {
        fw_tally_reset();
        fw_observe_reset();
    }
    fw_calm_mark_child();
    self->vfork_child = false;
    self->tally = NULL;
    self->fork = 0;
    fw_gate_reset();
    fw_capture_reset();
    fw_inherited_begin(nested);
    if (self->thread) {
        self->tid = fw_gettid();
        fw_threads_renumber(self->thread, self->tid);
    }
    if (!shares_files) {
        drop_collector_sign();
    }
    int pid = fw_getpid();
    fw_children_self = fw_children_enter(fw_stream_proc(), pid);
    /* A child that nobody saw at its fork may have made threads since. */
    if (fw_vanished.seen) {
        fw_stream_cork();
    }
    send_begin(pid);
    fw_inherited_send();
    fw_stream_uncork();
    /* Last: this may ask the JVM for the thread's table, by code that is not the agent's. */
    fw_jni_exchange();
    fw_now_by_call(false);
    self->observing = false;
    *self->errno_at = self->saved_errno;
}

void fw_child_begin(void)
{
    begin(false);
}

void fw_child_begin_sharing_files(void)
{
    begin(true);
}

void fw_child_begin_unobserved(void)
{
    fw_self.saved_errno = errno;
    fw_self.errno_at = &errno;
    fw_self.fork = atomic_fetch_add_explicit(&fw_shared->forks, 1, memory_order_relaxed) + 1;
    /* Not by fork(3), whose handlers would have seen it. */
    fw_self.call = 0;
    fw_child_begin();
}

void fw_child_begin_vfork(void)
{
    int saved = errno;
    fw_self.vfork_seq = 0;
    fw_self.tally = NULL;
    fw_self.vfork_child = true;
    send_begin(fw_getpid());
    errno = saved;
}
