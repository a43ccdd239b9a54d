#include "capture.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <ucontext.h>

#include "java.h"
#include "native.h"
#include "python_frames.h"
#include "state/epoch.h"
#include "state/self.h"
#include "state/work.h"
#include "stream/stream.h"

/* A walk needs more room than a thread with PTHREAD_STACK_MIN has to spare: a pool, from which a thread takes one for
 * microseconds. */
enum { SCRATCHES = 64 };
struct scratch {
    struct fw_capture capture;
    ucontext_t context;
    uint8_t frame[FW_FRAME_MAX];
};

static struct scratch *scratches;
static _Atomic uint64_t taken FW_CHILD_PAGE;
/* Those of this thread. Never fewer than it has, also between the two words' changes: what a signal handler's fork
 * finds here too much stays taken in its child. In a vfork child never more, which may be killed anywhere: its parent
 * gives them back. */
static __thread uint64_t own_scratches __attribute__((tls_model("initial-exec")));
static __thread uint64_t before_vfork __attribute__((tls_model("initial-exec")));

bool fw_capture_init(void)
{
    scratches = fw_map(SCRATCHES * sizeof *scratches);
    return scratches && fw_dictionary_init() && fw_python_init();
}

void fw_capture_reset(void)
{
    atomic_store(&taken, own_scratches);
    fw_python_reset();
}

/* NULL only if 64 threads hold one and none gives it back within the time. */
static struct scratch *take(void)
{
    const uint64_t patience_ns = 2000000;
    uint64_t deadline = fw_now_ns() + patience_ns;
    do {
        uint64_t mask = atomic_load(&taken);
        while (~mask) {
            int index = __builtin_ctzll(~mask);
            uint64_t bit = 1ull << index;
            own_scratches |= fw_self.vfork_child ? 0 : bit;
            if (atomic_compare_exchange_weak(&taken, &mask, mask | bit)) {
                own_scratches |= bit;
                return &scratches[index];
            }
            own_scratches &= ~bit;
        }
        sched_yield();
    } while (fw_now_ns() < deadline);
    return NULL;
}

static void give_back(struct scratch *scratch)
{
    uint64_t bit = 1ull << (scratch - scratches);
    own_scratches &= fw_self.vfork_child ? ~bit : ~(uint64_t)0;
    atomic_fetch_and(&taken, ~bit);
    own_scratches &= ~bit;
}

void fw_capture_before_vfork(void)
{
    before_vfork = own_scratches;
}

void fw_capture_after_vfork(void)
{
    atomic_fetch_and(&taken, ~(own_scratches & ~before_vfork));
    own_scratches &= before_vfork;
}

/* How many frames from `from` on fit into room bytes. */
static uint32_t fitting(const struct fw_stack *stack, uint32_t from, size_t room)
{
    uint32_t count = 0;
    size_t used = 0;
    while (from + count < stack->java) {
        const struct fw_java_frame *frame = &stack->frames[from + count];
        used += fw_cbor_head_size((uintptr_t)frame->method);
        used += fw_cbor_head_size((uint64_t)(frame->bci < 0 ? -(int64_t)frame->bci : frame->bci));
        if (used > room) {
            break;
        }
        count++;
    }
    return count;
}

static void send_in(const struct fw_stack *stack, uint8_t *buffer)
{
    enum { TAIL = 16 };
    uint32_t from = 0;
    bool first = true;
    do {
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, FW_FRAME_MAX, FW_RECORD_STACK);
        fw_frame_uint(&frame, FW_KEY_STACK, stack->id);
        fw_frame_uint(&frame, FW_KEY_EPOCH, stack->epoch);
        if (first && stack->native) {
            fw_frame_array(&frame, FW_KEY_PCS, stack->native);
            for (uint32_t i = 0; i < stack->native; i++) {
                fw_cbor_uint(&frame.cbor, stack->pcs[i]);
            }
        }
        if (first && stack->python) {
            fw_frame_array(&frame, FW_KEY_PYTHON, stack->python);
            for (uint32_t i = 0; i < stack->python; i++) {
                fw_cbor_uint(&frame.cbor, stack->lines[i]);
            }
        }
        if (first && stack->in_signal) {
            fw_frame_bool(&frame, FW_KEY_IN_SIGNAL, true);
        }
        first = false;
        uint32_t count = fitting(stack, from, FW_FRAME_MAX - frame.cbor.length - TAIL);
        if (count) {
            fw_frame_array(&frame, FW_KEY_FRAMES, (size_t)count * 2);
            for (uint32_t i = from; i < from + count; i++) {
                fw_cbor_uint(&frame.cbor, (uintptr_t)stack->frames[i].method);
                fw_cbor_int(&frame.cbor, stack->frames[i].bci);
            }
        }
        from += count;
        fw_frame_bool(&frame, FW_KEY_MORE, from < stack->java);
        fw_frame_send(&frame);
    } while (from < stack->java);
}

void fw_capture_send(const struct fw_stack *stack)
{
    struct scratch *scratch = take();
    if (scratch) {
        for (uint32_t i = 0; i < stack->python; i++) {
            fw_python_frames_send(stack->lines[i], scratch->frame);
        }
        send_in(stack, scratch->frame);
        give_back(scratch);
    }
}

uint32_t fw_capture_stack(bool may_block)
{
    int saved = errno;
    struct scratch *scratch = take();
    if (!scratch) {
        return 0;
    }
    struct fw_capture *capture = &scratch->capture;
    bool walk = (may_block && !fw_in_child()) || fw_native_stack_is_lock_free();
    capture->in_signal = false;
    capture->native = walk ? fw_native_stack(capture->pcs, FW_NATIVE_DEPTH, &capture->in_signal) : 0;
    capture->java = fw_java_stack(capture->frames, &scratch->context, may_block);
    /* A signal may have interrupted the interpreter while it changed its frames. */
    capture->python = capture->in_signal ? 0 : fw_python_stack(capture->lines, scratch->frame);
    bool is_new;
    uint32_t id = fw_dictionary_enter(capture, fw_epoch(), &is_new);
    if (is_new) {
        send_in(fw_dictionary_get(id), scratch->frame);
        /* Its methods want names. */
        fw_work_wake();
    }
    give_back(scratch);
    errno = saved;
    return id;
}

uint32_t fw_capture_python_of(const struct fw_thread *thread, uint32_t *lines)
{
    if (!fw_python_is_found()) {
        return 0;
    }
    int saved = errno;
    struct scratch *scratch = take();
    uint32_t count = 0;
    if (scratch) {
        count = fw_python_stack_of(thread, lines, scratch->frame);
        give_back(scratch);
    }
    errno = saved;
    return count;
}
