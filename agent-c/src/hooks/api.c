#include "api.h"

#include <errno.h>

#include "../include/forkwitness.h"
#include "state/calm.h"
#include "state/self.h"
#include "state/thread_records.h"
#include "stream/stream.h"

_Static_assert((int)FORKWITNESS_TEXT == (int)FW_MARK_TEXT, "the header promises another length");

/* A lock's name, and why forks need not fear it: as they are now. */
static void send_lock(uint64_t about)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LOCK_NAME);
    fw_frame_uint(&frame, FW_KEY_ADDRESS, about);
    fw_frame_text(&frame, FW_KEY_NAME, fw_mark_get(about, FW_MARK_NAME), FW_MARK_TEXT);
    fw_frame_text(&frame, FW_KEY_REASON, fw_mark_get(about, FW_MARK_AWARE), FW_MARK_TEXT);
    fw_frame_send(&frame);
}

static void send_thread(uint32_t id, const char *reason)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_THREAD_AWARE);
    fw_frame_uint(&frame, FW_KEY_THREAD, id);
    fw_frame_text(&frame, FW_KEY_REASON, reason ? reason : "", FW_MARK_TEXT);
    fw_frame_send(&frame);
}

/* Hooks are in place and the stream is open; and it is not a child, in whose past all was said. */
static bool works(void)
{
    return fw_calm_begun && !fw_in_child();
}

static int mark_lock(const volatile void *lock, enum fw_mark_kind kind, const char *text)
{
    uintptr_t address = (uintptr_t)lock;
    bool is_lock = address >= FW_PAGE && !(address & 1);
    if (!works() || !is_lock) {
        return 0;
    }
    int saved = errno;
    uint64_t about = fw_mark_of_lock(address);
    bool taken = fw_mark_set(about, kind, text);
    if (taken) {
        send_lock(about);
    }
    errno = saved;
    return taken;
}

static bool mark_thread(struct fw_thread *thread, const char *reason)
{
    if (!thread) {
        return false;
    }
    int saved = errno;
    uint32_t id = atomic_load(&thread->id);
    bool taken = fw_mark_set(fw_mark_of_thread(id), FW_MARK_AWARE, reason);
    if (taken) {
        thread->fork_aware = reason && *reason;
        send_thread(id, reason);
    }
    errno = saved;
    return taken;
}

bool fw_api_thread_aware(int tid, const char *reason)
{
    return works() && mark_thread(tid ? fw_threads_find(tid) : fw_thread_self(), reason);
}

FW_EXPORT int forkwitness_api_lock_name(const volatile void *lock, const char *name)
{
    return mark_lock(lock, FW_MARK_NAME, name);
}

FW_EXPORT int forkwitness_api_lock_aware(const volatile void *lock, const char *reason)
{
    return mark_lock(lock, FW_MARK_AWARE, reason);
}

FW_EXPORT int forkwitness_api_thread_aware(int tid, const char *reason)
{
    return fw_api_thread_aware(tid, reason);
}

FW_EXPORT int forkwitness_api_pthread_aware(pthread_t thread, const char *reason)
{
    if (!works()) {
        return 0;
    }
    bool own = pthread_equal(thread, pthread_self());
    return mark_thread(own ? fw_thread_self() : fw_threads_with_handle((uintptr_t)thread), reason);
}

/* There is none of these but the agent's. */
static void *no_original[4];
const struct fw_hook fw_api_hooks[] = {
    {"forkwitness_api_lock_name", (void *)forkwitness_api_lock_name, &no_original[0], false},
    {"forkwitness_api_lock_aware", (void *)forkwitness_api_lock_aware, &no_original[1], false},
    {"forkwitness_api_thread_aware", (void *)forkwitness_api_thread_aware, &no_original[2], false},
    {"forkwitness_api_pthread_aware", (void *)forkwitness_api_pthread_aware, &no_original[3], false},
};
const size_t fw_api_hook_count = sizeof fw_api_hooks / sizeof fw_api_hooks[0];

void fw_api_lock_gone(const void *lock)
{
    uint64_t about = fw_mark_of_lock((uintptr_t)lock);
    if (works() && fw_mark_forget(about)) {
        int saved = errno;
        send_lock(about);
        errno = saved;
    }
}

void fw_api_send_all(void)
{
    struct fw_mark mark;
    uint32_t position = 0;
    while (fw_marks_next(&position, &mark)) {
        if (mark.about & 1) {
            send_thread((uint32_t)(mark.about >> 1), mark.text[FW_MARK_AWARE]);
        } else {
            send_lock(mark.about);
        }
    }
}
