#include "thread_records.h"

#include <string.h>
#include <sys/prctl.h>

#include "self.h"
#include "stream/stream.h"

void fw_thread_send(const struct fw_thread *thread)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin_at(&frame, buffer, sizeof buffer, FW_RECORD_THREAD, thread->started_ns);
    fw_frame_uint(&frame, FW_KEY_THREAD, thread->id);
    fw_frame_uint(&frame, FW_KEY_TID, (uint64_t)fw_thread_tid(thread));
    fw_frame_text(&frame, FW_KEY_NAME, thread->name, FW_THREAD_NAME);
    fw_frame_uint(&frame, FW_KEY_KIND, atomic_load(&thread->kind));
    fw_frame_bool(&frame, FW_KEY_SEEN, thread->seen);
    fw_frame_some(&frame, FW_KEY_STACK, thread->stack);
    fw_frame_some(&frame, FW_KEY_CREATOR, thread->creator);
    fw_frame_some(&frame, FW_KEY_START_ROUTINE, (uintptr_t)thread->start);
    fw_frame_send(&frame);
}

void fw_thread_read_name(struct fw_thread *thread)
{
    if (thread) {
        char name[17] = "";
        prctl(PR_GET_NAME, name);
        memcpy(thread->name, name, sizeof name);
    }
}

void fw_thread_ended(struct fw_thread *thread)
{
    /* A Java thread's name comes from the JVM: the kernel's is cut to 15 characters. */
    if (thread == fw_self.thread && atomic_load(&thread->kind) != FW_THREAD_KIND_JAVA) {
        fw_thread_read_name(thread);
    }
    if (thread == fw_self.thread) {
        /* Before the slot may be another thread's: a signal handler's hook would write to it. */
        fw_self.ended = true;
        fw_self.thread = NULL;
    }
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_THREAD_END);
    fw_frame_uint(&frame, FW_KEY_THREAD, thread->id);
    fw_frame_text(&frame, FW_KEY_NAME, thread->name, FW_THREAD_NAME);
    fw_frame_send(&frame);
    fw_threads_release(thread);
}

void fw_thread_rename(struct fw_thread *thread, const char *name, int kind)
{
    bool renamed = name && strncmp(thread->name, name, FW_THREAD_NAME - 1) != 0;
    bool turned = atomic_exchange(&thread->kind, (uint8_t)kind) != kind;
    if (!renamed && !turned) {
        return;
    }
    if (renamed) {
        strncpy(thread->name, name, FW_THREAD_NAME - 1);
    }
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_THREAD_NAME);
    fw_frame_uint(&frame, FW_KEY_THREAD, thread->id);
    fw_frame_text(&frame, FW_KEY_NAME, thread->name, FW_THREAD_NAME);
    fw_frame_uint(&frame, FW_KEY_KIND, (uint64_t)kind);
    fw_frame_send(&frame);
}

void fw_thread_send_all(void)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        fw_thread_send(thread);
    }
}

struct fw_thread *fw_thread_self(void)
{
    bool is_new;
    struct fw_thread *thread = fw_threads_self(&is_new);
    if (is_new) {
        fw_thread_read_name(thread);
        fw_thread_send(thread);
    }
    return thread;
}
