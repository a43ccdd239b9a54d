#include "forking.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "child/observe.h"
#include "jvm/monitors.h"
#include "stack/capture.h"
#include "state/clock.h"
#include "state/self.h"
#include "state/shared.h"
#include "state/thread_records.h"
#include "state/threads.h"
#include "state/work.h"

/* The fw_self of each vfork's child on this storage that is forking, outermost first. */
enum { NESTED_MAX = 4 };
static __thread struct {
    unsigned depth;
    struct fw_self outer[NESTED_MAX];
    int makers[NESTED_MAX + 1]; /* by depth, the process that makes the vfork there */
} nested __attribute__((tls_model("initial-exec")));

/* In a child as the agent's own doing; a child of a fork that nobody saw is recognised by it, and forks as such. */
static uint32_t take_stack(bool hooked)
{
    uint32_t stack = fw_is_calm() ? 0 : fw_child_stack();
    return fw_in_child() ? stack : fw_capture_stack(hooked);
}

bool fw_forking_begin(enum fw_call call, bool hooked)
{
    struct fw_self *self = &fw_self;
    if (self->fork && (!self->vfork_child || nested.depth == NESTED_MAX)) {
        return false;
    }
    /* So that no lock taken from here on seems older than this fork. */
    fw_clock_set();
    uint32_t stack = take_stack(hooked);
    /* A forked child has the depth of the thread that made it, and nobody to go back to. */
    if (!self->fork) {
        nested.depth = 0;
    } else {
        nested.outer[nested.depth++] = *self;
        self->vfork_child = false;
    }
    self->fork = atomic_fetch_add_explicit(&fw_shared->forks, 1, memory_order_relaxed) + 1;
    self->errno_at = &errno;
    self->call = (uint8_t)call;
    self->hooked = hooked;
    self->announced = false;
    self->resulted = false;
    self->stack = stack;
    if (hooked) {
        fw_monitors_send(self->fork, call);
    }
    return true;
}

/* Sends it as a frame of the process that forks, which may be vfork's child. */
static void send_as_forking(struct fw_frame *frame)
{
    if (!nested.depth) {
        fw_frame_send(frame);
        return;
    }
    struct fw_self *outer = &nested.outer[nested.depth - 1];
    struct fw_self forking = fw_self;
    fw_self = *outer;
    fw_frame_send(frame);
    *outer = fw_self;
    fw_self = forking;
}

void fw_forking_announce(const char *command)
{
    if (fw_self.announced) {
        return;
    }
    fw_self.announced = true;
    int saved = errno;
    struct fw_thread *thread = fw_thread_self();
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_FORK);
    fw_frame_uint(&frame, FW_KEY_FORK, fw_self.fork);
    fw_frame_uint(&frame, FW_KEY_CALL, fw_self.call);
    fw_frame_uint(&frame, FW_KEY_THREAD, thread ? thread->id : 0);
    fw_frame_uint(&frame, FW_KEY_TID, (uint64_t)fw_gettid());
    fw_frame_text(&frame, FW_KEY_NAME, name, sizeof name);
    fw_frame_some(&frame, FW_KEY_STACK, fw_self.stack);
    fw_frame_text(&frame, FW_KEY_COMMAND, command, 256);
    send_as_forking(&frame);
    fw_work_fork_announced();
    /* The one's parent ends inside of libc, the other returns when the command has ended. */
    if (fw_self.call == FW_CALL_DAEMON || fw_self.call == FW_CALL_SYSTEM) {
        fw_work_fork_over();
    }
    errno = saved;
}

static void begin_result(struct fw_frame *frame, uint8_t *buffer, uint32_t fork, long pid, int error)
{
    fw_frame_begin(frame, buffer, FW_FRAME_SMALL, FW_RECORD_FORK_RESULT);
    fw_frame_uint(frame, FW_KEY_FORK, fork);
    if (pid > 0) {
        fw_frame_uint(frame, FW_KEY_PID, (uint64_t)pid);
    } else {
        fw_frame_uint(frame, FW_KEY_ERRNO, (uint64_t)error);
    }
}

void fw_forking_result(long pid, int error)
{
    if (fw_self.resulted || (pid <= 0 && !error)) {
        return;
    }
    fw_self.resulted = true;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    begin_result(&frame, buffer, fw_self.fork, pid, error);
    send_as_forking(&frame);
}

static void forget_fork(void)
{
    fw_self.fork = 0;
    if (nested.depth) {
        fw_self = nested.outer[--nested.depth];
    }
}

void fw_forking_end(void)
{
    forget_fork();
    fw_work_fork_over();
}

void fw_forking_before_vfork(void)
{
    nested.makers[nested.depth] = fw_getpid();
}

void fw_forking_after_vfork(void)
{
    int pid = fw_getpid();
    for (unsigned depth = 0; depth < nested.depth; depth++) {
        if (nested.makers[depth] == pid) {
            nested.depth = depth;
            fw_self = nested.outer[depth];
        }
    }
}

uint32_t fw_forking_spawn(enum fw_call call, const char *command)
{
    int saved = errno;
    uint32_t fork = 0;
    if (fw_forking_begin(call, true)) {
        fork = fw_self.fork;
        fw_forking_announce(command);
        forget_fork();
    }
    errno = saved;
    return fork;
}

void fw_forking_spawned(uint32_t fork, long pid, int error)
{
    if (fork && (pid > 0 || error)) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        begin_result(&frame, buffer, fork, pid, error);
        fw_frame_send(&frame);
    }
    fw_work_fork_over();
}
