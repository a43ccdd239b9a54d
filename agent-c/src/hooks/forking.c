#include "forking.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "stack/capture.h"
#include "state/self.h"
#include "state/shared.h"
#include "state/thread_records.h"
#include "state/threads.h"
#include "state/work.h"

bool fw_forking_begin(enum fw_call call, bool hooked)
{
    if (fw_self.fork) {
        return false;
    }
    fw_self.fork = atomic_fetch_add_explicit(&fw_shared->forks, 1, memory_order_relaxed) + 1;
    fw_self.call = (uint8_t)call;
    fw_self.hooked = hooked;
    fw_self.announced = false;
    fw_self.resulted = false;
    fw_self.stack = fw_capture_stack(hooked && !fw_in_child());
    return true;
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
    fw_frame_send(&frame);
    fw_work_forked();
    errno = saved;
}

void fw_forking_result(long pid, int error)
{
    if (fw_self.resulted || (pid <= 0 && !error)) {
        return;
    }
    fw_self.resulted = true;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_FORK_RESULT);
    fw_frame_uint(&frame, FW_KEY_FORK, fw_self.fork);
    if (pid > 0) {
        fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)pid);
    } else {
        fw_frame_uint(&frame, FW_KEY_ERRNO, (uint64_t)error);
    }
    fw_frame_send(&frame);
}

void fw_forking_end(void)
{
    fw_self.fork = 0;
}
