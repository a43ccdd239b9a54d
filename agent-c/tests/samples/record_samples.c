/* Writes one frame of each record type, with every key that records.def gives it, for the collector's tests: what this
 * program encodes, Java has to decode to the same values.
 *
 *   record-samples FILE
 *
 * The values follow from the key's number k:
 *   uint   k * 1000 + k; for addresses, times and counters (listed in is_wide) k * 2^40 + k
 *   int    -k
 *   bool   true where k mod 4 is 1
 *   text   the key's name in records.def, a blank, k in decimal, a blank, U+00E9 U+20AC U+1F600
 *   bytes  20 bytes: k, k + 1, ... k + 19
 *   ints   PCS: four numbers k * 2^40 + i, i = 0..3; FRAMES: two pairs of k * 2^40 + i and i - 2, i = 0..1; all others:
 *          12 numbers k * 2^40 + i, which are whole rows of LOCKS, REGIONS, COUNTS and UNRECORDED
 * except: TYPE is the record's number, PROC 7, SEQ counts the frames of the file from 0 (they stand in the order of the
 * record numbers), VERSION 1, KIND 1, CALL 2, LEVEL 1, CATEGORY 2, LOCK_KIND 2, STATE 2, GUARD 2. */
#include "stream/descriptors.h"
#include "stream/stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/shared.h"

enum { PROC = 7, KEYS_MAX = 24, END = -1 };

static const char *const key_names[] = {
#define FW_KEY(name, number, kind) [number] = #name,
#include "stream/records.def"
#undef FW_KEY
};

enum key_kind { KIND_uint, KIND_int, KIND_bool, KIND_text, KIND_bytes, KIND_ints };

static const enum key_kind key_kinds[] = {
#define FW_KEY(name, number, kind) [number] = KIND_##kind,
#include "stream/records.def"
#undef FW_KEY
};
enum { KEYS = sizeof key_kinds / sizeof key_kinds[0] };

/* The keys of each record, as the comments of records.def list them, less TYPE, PROC, SEQ and TIME. */
#define K(name) FW_KEY_##name
static const struct sample {
    enum fw_record type;
    int keys[KEYS_MAX];
} samples[] = {
    {FW_RECORD_HELLO,
     {K(VERSION), K(PID), K(PPID), K(WALL), K(START), K(HOST), K(KERNEL), K(ARCH), K(LIBC_NAME), K(LIBC_VERSION),
      K(MALLOC), K(OPTIONS), K(ATTACHED), END}},
    {FW_RECORD_ARGUMENT, {K(INDEX), K(TEXT), END}},
    {FW_RECORD_JVM, {K(VERSION_TEXT), K(VENDOR), K(HOME), END}},
    {FW_RECORD_MODULE, {K(MODULE), K(PATH), K(BUILD_ID), K(BIAS), K(MODULE_START), K(MODULE_END), K(EPOCH), END}},
    {FW_RECORD_MODULE_GONE, {K(MODULE), K(EPOCH), END}},
    {FW_RECORD_THREAD, {K(THREAD), K(TID), K(NAME), K(KIND), K(SEEN), K(STACK), K(CREATOR), K(START_ROUTINE), END}},
    {FW_RECORD_THREAD_NAME, {K(THREAD), K(NAME), K(KIND), END}},
    {FW_RECORD_THREAD_END, {K(THREAD), K(NAME), END}},
    {FW_RECORD_STACK, {K(STACK), K(EPOCH), K(PCS), K(FRAMES), K(PYTHON), K(MORE), K(IN_SIGNAL), END}},
    {FW_RECORD_METHOD, {K(METHOD), K(CLASS), K(NAME), K(FILE), END}},
    {FW_RECORD_LINE, {K(METHOD), K(BCI), K(LINE), END}},
    {FW_RECORD_FORK, {K(FORK), K(CALL), K(THREAD), K(TID), K(NAME), K(STACK), K(COMMAND), END}},
    {FW_RECORD_FORK_RESULT, {K(FORK), K(PID), K(ERRNO), END}},
    {FW_RECORD_CHILD, {K(PID), END}},
    {FW_RECORD_EXEC, {K(FUNCTION), K(PATH), K(STACK), END}},
    {FW_RECORD_EXEC_FAILED, {K(FUNCTION), K(ERRNO), END}},
    {FW_RECORD_EXIT, {K(FUNCTION), K(STATUS), K(STACK), END}},
    {FW_RECORD_ATFORK, {K(PREPARE), K(PARENT), K(CHILD_HANDLER), K(STACK), K(EPOCH), END}},
    {FW_RECORD_STATE, {K(SENT), K(LOST), END}},
    {FW_RECORD_BYE, {K(SENT), K(LOST), END}},
    {FW_RECORD_LOG, {K(LEVEL), K(TEXT), END}},
    {FW_RECORD_FUNCTIONS, {K(INDEX), K(CATEGORY), K(TEXT), END}},
    {FW_RECORD_HELD, {K(LOCKS), K(UNRECORDED), K(EPOCH), END}},
    {FW_RECORD_INSIDE, {K(REGIONS), K(ALLOCATING), K(EPOCH), END}},
    {FW_RECORD_CALL, {K(CALLED), K(STACK), K(IN_JVM), END}},
    {FW_RECORD_CALLS, {K(COUNTS), END}},
    {FW_RECORD_BLOCKED, {K(CALLED), K(ADDRESS), K(LOCK_KIND), K(STACK), K(THREAD), K(OWNER), K(SITE), END}},
    {FW_RECORD_LOCK_FAILED, {K(CALLED), K(ADDRESS), K(LOCK_KIND), K(ERRNO), K(STACK), K(THREAD), K(SITE), END}},
    {FW_RECORD_WAIT, {K(CALLED), K(ADDRESS), K(STACK), K(THREAD), END}},
    {FW_RECORD_REAPED, {K(PID), K(STATUS), END}},
    {FW_RECORD_HUNG,
     {K(FORK), K(PID), K(ADDRESS), K(SHARED), K(CALLED), K(OBJECT), K(STACK), K(OWNER), K(SYMBOL), K(LOST_THREAD),
      END}},
    {FW_RECORD_RESUMED, {K(FORK), END}},
    {FW_RECORD_OUTSIDE, {K(FORK), K(STATE), K(PATH), K(STATUS), END}},
    {FW_RECORD_LIVES, {K(FORK), K(SIGNALS), END}},
    {FW_RECORD_KILL, {K(FORK), K(SIGNAL), END}},
    {FW_RECORD_SIGNAL_LOST, {K(FORK), K(SIGNAL), END}},
    {FW_RECORD_HOLDER,
     {K(THREAD), K(SITE), K(STACK_POINTER), K(FRAME_POINTER), K(ADDRESS), K(FRAMES), K(PYTHON), K(EPOCH), END}},
    {FW_RECORD_SLICE, {K(THREAD), K(ADDRESS), K(DATA), END}},
    {FW_RECORD_LOCK_NAME, {K(ADDRESS), K(NAME), K(REASON), END}},
    {FW_RECORD_THREAD_AWARE, {K(THREAD), K(REASON), END}},
    {FW_RECORD_ALLOCATOR,
     {K(NAME), K(VERSION_TEXT), K(PATH), K(PROTECTED), K(REASON), K(ARENAS), K(ALLOCATED), K(MAPPED), END}},
    {FW_RECORD_SNAPSHOT, {K(INDEX), K(LOCKS), K(UNRECORDED), K(EPOCH), K(MORE), END}},
    {FW_RECORD_MONITOR, {K(FORK), K(THREAD), K(ADDRESS), K(CLASS), K(METHOD), K(BCI), END}},
    {FW_RECORD_PYTHON_FRAME, {K(PYTHON_FRAME), K(FILE), K(LINE), K(NAME), END}},
    {FW_RECORD_GUARD,
     {K(FORK), K(GUARD), K(WAITED), K(THREAD), K(ADDRESS), K(LOCK_KIND), K(CALLED), K(SITE), K(EPOCH), END}},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static bool is_wide(int key)
{
    static const int wide[] = {K(TIME),         K(WALL),          K(START),         K(MALLOC),        K(BIAS),
                               K(MODULE_START), K(MODULE_END),    K(START_ROUTINE), K(METHOD),        K(PREPARE),
                               K(PARENT),       K(CHILD_HANDLER), K(SENT),          K(LOST),          K(ADDRESS),
                               K(OBJECT),       K(SITE),          K(SIGNALS),       K(STACK_POINTER), K(FRAME_POINTER),
                               K(ALLOCATED),    K(MAPPED)};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (wide[i] == key) {
            return true;
        }
    }
    return false;
}

static uint64_t wide(int key, unsigned more)
{
    return ((uint64_t)key << 40) + more;
}

static uint64_t number(int key)
{
    switch (key) {
    case K(VERSION):
    case K(KIND):
    case K(LEVEL):
        return 1;
    case K(CALL):
    case K(CATEGORY):
    case K(LOCK_KIND):
    case K(STATE):
    case K(GUARD):
        return 2;
    default:
        return is_wide(key) ? wide(key, (unsigned)key) : (uint64_t)key * 1001u;
    }
}

static void put_ints(struct fw_frame *frame, int key)
{
    unsigned count = key == K(PCS) || key == K(FRAMES) ? 4 : 12;
    fw_frame_array(frame, (enum fw_key)key, count);
    if (key != K(FRAMES)) {
        for (unsigned i = 0; i < count; i++) {
            fw_cbor_uint(&frame->cbor, wide(key, i));
        }
    } else {
        for (unsigned i = 0; i < 2; i++) {
            fw_cbor_uint(&frame->cbor, wide(key, i));
            fw_cbor_int(&frame->cbor, (int64_t)i - 2);
        }
    }
}

static void put(struct fw_frame *frame, int key)
{
    char text[128];
    uint8_t bytes[20];
    switch (key_kinds[key]) {
    case KIND_uint:
        fw_frame_uint(frame, (enum fw_key)key, number(key));
        break;
    case KIND_int:
        fw_frame_int(frame, (enum fw_key)key, -key);
        break;
    case KIND_bool:
        fw_frame_bool(frame, (enum fw_key)key, key % 4 == 1);
        break;
    case KIND_text:
        snprintf(text, sizeof text, "%s %d \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", key_names[key], key);
        fw_frame_text(frame, (enum fw_key)key, text, sizeof text);
        break;
    case KIND_bytes:
        for (unsigned i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)((unsigned)key + i);
        }
        fw_frame_bytes(frame, (enum fw_key)key, bytes, sizeof bytes);
        break;
    case KIND_ints:
        put_ints(frame, key);
        break;
    }
}

static void fail(const char *problem, const char *name)
{
    fprintf(stderr, "record-samples: %s%s\n", problem, name);
    exit(1);
}

/* A record or key that was added to records.def and forgotten here. */
static void check_complete(void)
{
    static const enum fw_record records[] = {
#define FW_RECORD(name, number) FW_RECORD_##name,
#include "stream/records.def"
#undef FW_RECORD
    };
    bool used[KEYS] = {[K(TYPE)] = true, [K(PROC)] = true, [K(SEQ)] = true, [K(TIME)] = true};
    if (sizeof records / sizeof records[0] != SAMPLES) {
        fail("records.def has another number of records", "");
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        if (samples[i].type != records[i]) {
            fail("the samples do not stand in the order of records.def", "");
        }
        for (const int *key = samples[i].keys; *key != END; key++) {
            used[*key] = true;
        }
    }
    for (int key = 0; key < KEYS; key++) {
        if (key_names[key] && !used[key]) {
            fail("no record has the key ", key_names[key]);
        }
    }
}

int main(int argc, char **argv)
{
    check_complete();
    int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
    if (fd < 0 || !fw_shared_init()) {
        fail("usage: record-samples FILE", "");
    }
    fw_stream_set_fd(fd);
    fw_stream_become(PROC);
    for (size_t i = 0; i < SAMPLES; i++) {
        uint8_t buffer[FW_FRAME_MAX];
        struct fw_frame frame;
        fw_frame_begin_at(&frame, buffer, sizeof buffer, samples[i].type, number(K(TIME)));
        for (const int *key = samples[i].keys; *key != END; key++) {
            put(&frame, *key);
        }
        fw_frame_send(&frame);
    }
    if (atomic_load(&fw_shared->lost) || close(fd) != 0) {
        fail("cannot write ", argv[1]);
    }
    return 0;
}
