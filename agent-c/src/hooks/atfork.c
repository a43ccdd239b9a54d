#include "atfork.h"

#include <errno.h>

#include "child/observe.h"
#include "stack/capture.h"
#include "state/epoch.h"
#include "state/self.h"
#include "stream/stream.h"

int (*fw_original_register_atfork)(fw_fork_handler, fw_fork_handler, fw_fork_handler, void *);
int (*fw_original_pthread_atfork)(fw_fork_handler, fw_fork_handler, fw_fork_handler);

static void report(fw_fork_handler prepare, fw_fork_handler parent, fw_fork_handler child)
{
    int saved = errno;
    uint32_t stack = fw_in_child() ? fw_child_stack() : fw_capture_stack(false);
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_ATFORK);
    fw_frame_some(&frame, FW_KEY_PREPARE, (uintptr_t)prepare);
    fw_frame_some(&frame, FW_KEY_PARENT, (uintptr_t)parent);
    fw_frame_some(&frame, FW_KEY_CHILD_HANDLER, (uintptr_t)child);
    fw_frame_some(&frame, FW_KEY_STACK, stack);
    fw_frame_uint(&frame, FW_KEY_EPOCH, fw_epoch());
    fw_frame_send(&frame);
    errno = saved;
}

int fw_hook_register_atfork(fw_fork_handler prepare, fw_fork_handler parent, fw_fork_handler child, void *dso)
{
    FW_CHILD_CALL(__register_atfork);
    int error = fw_original_register_atfork(prepare, parent, child, dso);
    if (!error) {
        report(prepare, parent, child);
    }
    return error;
}

int fw_hook_pthread_atfork(fw_fork_handler prepare, fw_fork_handler parent, fw_fork_handler child)
{
    FW_CHILD_CALL(pthread_atfork);
    int error = fw_original_pthread_atfork(prepare, parent, child);
    if (!error) {
        report(prepare, parent, child);
    }
    return error;
}
