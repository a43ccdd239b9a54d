#include "java_holder.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afar.h"
#include "patch/objects.h"
#include "stack/java.h"
#include "state/epoch.h"
#include "state/work.h"
#include "vanished.h"

/* What holds for all threads of this JVM; ready only where all of it was found. */
static struct {
    bool ready;
    pthread_key_t key;    /* leads to the running JavaThread */
    uintptr_t env_offset; /* of the JNIEnv in it */
    const void *functions;
} known;

/* The frames of a holder: too many for a stack. */
static struct fw_capture capture;

/* HotSpot's debug builds assert that the thread is the running one. */
static bool is_product_build(jvmtiEnv *jvmti)
{
    char *text = NULL;
    bool product = (*jvmti)->GetSystemProperty(jvmti, "jdk.debug", &text) == JVMTI_ERROR_NONE && text &&
                   strcmp(text, "release") == 0;
    (*jvmti)->Deallocate(jvmti, (unsigned char *)text);
    return product;
}

/* Objects of libjvm begin with the address of a table in it. */
static bool is_of_libjvm(uintptr_t object)
{
    const void *table;
    return fw_afar_read(object, &table, sizeof table) && fw_objects_is_libjvm(table);
}

void fw_java_holder_init(jvmtiEnv *jvmti, JNIEnv *env)
{
    /* The JNIEnv is a field of the JavaThread (HotSpot, javaThread.hpp). */
    const uintptr_t largest = 1 << 14;
    uint32_t found = 0;
    for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
        uintptr_t thread = (uintptr_t)pthread_getspecific(key);
        uintptr_t offset = (uintptr_t)env - thread;
        if (thread && offset && offset < largest && is_of_libjvm(thread)) {
            known.key = key;
            known.env_offset = offset;
            found++;
        }
    }
    known.functions = *env;
    known.ready = found == 1 && is_product_build(jvmti);
}

/* What the walk may need, which the stack of a small native thread has not. */
static bool has_stack(void)
{
    enum { PAGES = 16 };
    struct iovec pieces[PAGES];
    uint8_t bytes[PAGES];
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    for (uint32_t i = 0; i < PAGES; i++) {
        pieces[i] = (struct iovec){.iov_base = (void *)(here - ((size_t)i + 1) * FW_PAGE), .iov_len = 1};
    }
    return fw_afar_read_pieces(pieces, PAGES, bytes) == (1u << PAGES) - 1;
}

/* pthread_setspecific allocates for the first value of a thread in the keys from here on (nptl/pthread_setspecific.c of
 * glibc). */
enum { KEYS_WITHOUT_ALLOCATION = 32 };

/* A handler of a signal would see the wrong thread, but for those that a fault in the walk itself raises. */
static void block_signals(uint64_t *before)
{
    uint64_t faults = 0;
    static const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        faults |= 1ull << (kept[i] - 1);
    }
    uint64_t blocked = ~faults;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, before, sizeof blocked);
}

static uint32_t walk(JNIEnv *env, void *java_thread)
{
    void *own = pthread_getspecific(known.key);
    uint64_t signals;
    if (!own && known.key >= KEYS_WITHOUT_ALLOCATION) {
        return 0;
    }
    uint32_t count = 0;
    block_signals(&signals);
    if (pthread_setspecific(known.key, java_thread) == 0) {
        count = fw_java_stack_of(env, capture.frames);
        pthread_setspecific(known.key, own);
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals, NULL, sizeof signals);
    return count;
}

static uint32_t take(const struct fw_thread *thread)
{
    uintptr_t env = (uintptr_t)thread->jni;
    uintptr_t java_thread = env - known.env_offset;
    const void *functions;
    bool is_java = env && fw_afar_read(env, &functions, sizeof functions) && functions == known.functions &&
                   is_of_libjvm(java_thread);
    return is_java && has_stack() ? walk((JNIEnv *)env, (void *)java_thread) : 0;
}

/* So that the agent thread tells the names of the methods. No other stack has this program counter. */
static void ask_for_names(void)
{
    enum { NO_CODE = 1, STACKS_MAX = 1 << 14 };
    bool is_new = false;
    capture.native = 1;
    capture.pcs[0] = NO_CODE;
    capture.vanished = true;
    if (fw_dictionary_count() < STACKS_MAX) {
        fw_dictionary_enter(&capture, fw_epoch(), &is_new);
    }
    if (is_new) {
        fw_work_wake();
    }
}

void fw_java_holder_frames(const struct fw_thread *thread, struct fw_frame *frame)
{
    const size_t longest = 9 + 5;
    const size_t head = 8;
    if (!known.ready || fw_vanished.nested || !thread->jni) {
        return;
    }
    uint32_t count = take(thread);
    size_t room = (frame->cbor.capacity - frame->cbor.length - head) / longest;
    capture.java = count < room ? count : (uint32_t)room;
    if (capture.java) {
        ask_for_names();
        fw_frame_array(frame, FW_KEY_FRAMES, (size_t)capture.java * 2);
        for (uint32_t i = 0; i < capture.java; i++) {
            fw_cbor_uint(&frame->cbor, (uintptr_t)capture.frames[i].method);
            fw_cbor_int(&frame->cbor, capture.frames[i].bci);
        }
    }
}
