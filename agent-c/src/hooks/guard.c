#include "guard.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "child/lock_word.h"
#include "child/process.h"
#include "forking.h"
#include "patch/objects.h"
#include "state/epoch.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/self.h"
#include "state/thread_records.h"
#include "state/work.h"

static enum fw_guard_mode mode;
static uint64_t timeout_ns;

/* What another thread holds, or is inside of. */
struct obstacle {
    const struct fw_thread *thread;
    uint32_t id;
    uintptr_t address; /* the lock; 0: inside of function */
    uint8_t kind;      /* enum fw_lock_kind */
    uint32_t function; /* enum fw_function */
    uintptr_t site;
    uint64_t since; /* with the others it tells one hold from the next; 0: not known */
};

/* Holds that a fork has awaited for the whole time: they last, or their records are stale in a way that nothing shows
 * (a semaphore that is used as a signal). No other fork waits for them. An entry may be displaced by another. */
enum { LASTING = 64 };
static _Atomic uint64_t lasting[LASTING];

static uint64_t digest(const struct obstacle *obstacle)
{
    uint64_t parts[] = {obstacle->id, obstacle->address, obstacle->function, obstacle->site, obstacle->since};
    uint64_t digest = 14695981039346656037u;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        digest = (digest ^ parts[i]) * 1099511628211u;
        digest ^= digest >> 29;
    }
    return digest;
}

static bool is_lasting(const struct obstacle *obstacle)
{
    uint64_t value = digest(obstacle);
    return obstacle->since && atomic_load_explicit(&lasting[value % LASTING], memory_order_relaxed) == value;
}

static void note_lasting(const struct obstacle *obstacle)
{
    if (obstacle->since) {
        uint64_t value = digest(obstacle);
        atomic_store_explicit(&lasting[value % LASTING], value, memory_order_relaxed);
    }
}

/* The thread runs: each value is read once, and what was read is what is judged. */
#define SEEN(value) __atomic_load_n(&(value), __ATOMIC_RELAXED)

static bool is_held(const struct fw_thread *thread, const struct obstacle *seen)
{
    if (seen->kind == FW_LOCK_KIND_SEMAPHORE && fw_held_is_signal(seen->address)) {
        return false;
    }
    if (!seen->address || fw_objects_is_libjvm((const void *)seen->site) || fw_lock_is_aware(seen->address) ||
        SEEN(thread->waits_on) == seen->address) {
        return false;
    }
    struct fw_lock_word word;
    fw_lock_words_afar(&seen->address, &seen->kind, 1, &word);
    if (word.gone || (word.readable && (word.shared || !word.taken))) {
        return false;
    }
    bool names_another = word.owner && word.owner != fw_thread_tid(thread);
    bool is_anothers_file = word.owner_handle && thread->handle && word.owner_handle != thread->handle;
    return !word.readable || seen->kind == FW_LOCK_KIND_RWLOCK_READ || !(names_another || is_anothers_file);
}

/* The JVM reads files of /proc through FILEs of its own all the time, which no child has a way to. */
static bool is_inside(const struct obstacle *seen)
{
    uint8_t category = seen->function < FW_FN_END ? fw_function_categories[seen->function] : 0;
    return seen->function != FW_FN_NONE && category && category != FW_CATEGORY_ALLOCATOR &&
           !(category == FW_CATEGORY_STDIO && fw_objects_is_libjvm((const void *)seen->site));
}

/* The first thing of the thread's that counts; with no_lasting, only what no fork has awaited in vain. */
static bool look_at(const struct fw_thread *thread, bool no_lasting, struct obstacle *seen)
{
    *seen = (struct obstacle){.thread = thread, .id = atomic_load_explicit(&thread->id, memory_order_relaxed)};
    uint32_t locks = SEEN(thread->lock_end);
    for (uint32_t i = 0; i < locks && i < FW_LOCKS_MAX; i++) {
        const struct fw_held_lock *held = &thread->locks[i];
        uint64_t taken_kind = SEEN(held->taken_kind);
        seen->address = SEEN(held->address);
        seen->site = SEEN(held->site);
        seen->kind = (uint8_t)taken_kind;
        seen->since = taken_kind >> 8;
        if (is_held(thread, seen) && !(no_lasting && is_lasting(seen))) {
            return true;
        }
    }
    seen->address = 0;
    seen->kind = 0;
    uint32_t depth = SEEN(thread->region_depth);
    for (uint32_t i = 0; i < depth && i < FW_REGIONS_MAX; i++) {
        const struct fw_region *region = &thread->regions[i];
        seen->function = SEEN(region->function);
        seen->site = SEEN(region->site);
        seen->since = SEEN(region->entered_us);
        if (is_inside(seen) && !(no_lasting && is_lasting(seen))) {
            return true;
        }
    }
    return false;
}

static bool look(bool no_lasting, struct obstacle *seen)
{
    const struct fw_thread *own = fw_thread_self();
    const struct fw_thread *thread;
    uint32_t position = 0;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (thread != own && !SEEN(thread->fork_aware) && look_at(thread, no_lasting, seen)) {
            return true;
        }
    }
    return false;
}

/* Most holds are over in microseconds. */
static void pause_for(unsigned polls)
{
    enum { YIELDS = 16 };
    if (polls < YIELDS) {
        sched_yield();
    } else {
        fw_pause();
    }
}

struct outcome {
    enum fw_guard action;
    uint64_t waited_ns;
    struct obstacle first; /* what was seen first */
};

static void wait(uint64_t patience_ns, struct outcome *outcome)
{
    uint64_t began = fw_now_ns();
    struct obstacle seen = outcome->first;
    for (unsigned polls = 0;; polls++) {
        outcome->waited_ns = fw_now_ns() - began;
        if (outcome->waited_ns >= patience_ns) {
            outcome->action = FW_GUARD_TIMED_OUT;
            if (patience_ns == timeout_ns) {
                note_lasting(&seen);
            }
            return;
        }
        pause_for(polls);
        if (!look(true, &seen)) {
            outcome->waited_ns = fw_now_ns() - began;
            outcome->action = FW_GUARD_WAITED;
            return;
        }
    }
}

static void send(const struct outcome *outcome)
{
    const uint64_t us_ns = 1000;
    const struct obstacle *first = &outcome->first;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_GUARD);
    fw_frame_uint(&frame, FW_KEY_FORK, fw_self.fork);
    fw_frame_uint(&frame, FW_KEY_GUARD, outcome->action);
    fw_frame_uint(&frame, FW_KEY_WAITED, outcome->waited_ns / us_ns);
    fw_frame_some(&frame, FW_KEY_THREAD, first->id);
    if (first->address) {
        fw_frame_uint(&frame, FW_KEY_ADDRESS, first->address);
        fw_frame_uint(&frame, FW_KEY_LOCK_KIND, first->kind);
    }
    fw_frame_some(&frame, FW_KEY_CALLED, first->function);
    fw_frame_some(&frame, FW_KEY_SITE, first->site);
    fw_frame_uint(&frame, FW_KEY_EPOCH, fw_epoch());
    fw_frame_send(&frame);
}

static const char *const kinds[] = {
#define FW_LOCK_KIND(name, number, text) [number] = (text),
#include "stream/records.def"
#undef FW_LOCK_KIND
};

/* A line of text, made without stdio, which another thread may be inside of. */
struct line {
    size_t length;
    char text[1024];
};

static void put(struct line *line, const char *text)
{
    size_t room = sizeof line->text - line->length;
    size_t length = strnlen(text, room);
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void put_number(struct line *line, uint64_t number)
{
    char digits[21];
    fw_decimal(digits, number);
    put(line, digits);
}

static void put_address(struct line *line, uintptr_t address)
{
    put(line, "0x");
    bool any = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
        char digit[] = {"0123456789abcdef"[address >> shift & 15], '\0'};
        any = any || digit[0] != '0' || !shift;
        put(line, any ? digit : "");
    }
}

static void put_thread(struct line *line, const char *name, int tid)
{
    put(line, "thread \"");
    put(line, name);
    put(line, "\" (tid ");
    put_number(line, (uint64_t)tid);
    put(line, ")");
}

static void put_held(struct line *line, const struct obstacle *seen)
{
    if (!seen->address) {
        put(line, " is inside of ");
        put(line, fw_function_names[seen->function]);
        return;
    }
    const char *given = fw_mark_get(fw_mark_of_lock(seen->address), FW_MARK_NAME);
    put(line, " holds the ");
    put(line, seen->kind < sizeof kinds / sizeof kinds[0] && kinds[seen->kind] ? kinds[seen->kind] : "lock");
    put(line, " at ");
    put_address(line, seen->address);
    if (given) {
        put(line, ", \"");
        put(line, given);
        put(line, "\"");
    }
}

/* The slot's name is as old as the last look at all names; the kernel's is new, and cut to 15 characters. */
static void read_name(const struct fw_thread *thread, char name[FW_THREAD_NAME])
{
    char path[64] = "/proc/self/task/";
    char number[24];
    char kernels[FW_THREAD_NAME] = "";
    fw_decimal(number, (uint64_t)fw_thread_tid(thread));
    strncat(path, number, sizeof path - strlen(path) - 1);
    strncat(path, "/comm", sizeof path - strlen(path) - 1);
    memcpy(name, thread->name, FW_THREAD_NAME);
    name[FW_THREAD_NAME - 1] = '\0';
    if (fw_read_file(path, kernels, sizeof kernels) > 0) {
        kernels[strcspn(kernels, "\n")] = '\0';
        if (strncmp(name, kernels, strlen(kernels)) != 0) {
            memcpy(name, kernels, sizeof kernels);
        }
    }
}

static void __attribute__((noreturn)) end_process(const struct obstacle *seen)
{
    char own[17] = "";
    char name[FW_THREAD_NAME];
    struct line line = {.length = 0};
    prctl(PR_GET_NAME, own);
    read_name(seen->thread, name);
    put(&line, "forkwitness: guard=abort: ");
    put_thread(&line, name, fw_thread_tid(seen->thread));
    put_held(&line, seen);
    put(&line, " while ");
    put_thread(&line, own, fw_gettid());
    put(&line, " forks; the report tells more at fork ");
    put_number(&line, fw_self.fork);
    put(&line, ", and guard=observe goes on\n");
    /* Nothing is left to try if standard error does not take it. */
    long ignored = syscall(SYS_write, STDERR_FILENO, line.text, line.length);
    (void)ignored;
    /* A pipe that nobody reads yet ends with the process, and the report with it. */
    const uint64_t patience_ns = 2000000000;
    fw_work_fork_over();
    fw_work_await_reader(patience_ns);
    fw_original_abort();
    __builtin_unreachable();
}

void fw_guard_init(const char *text, unsigned timeout_ms)
{
    static const char *const modes[] = {"observe", "wait", "deny", "abort"};
    for (int i = FW_GUARD_OBSERVE; i <= FW_GUARD_ABORT; i++) {
        mode = strcmp(text, modes[i]) == 0 ? (enum fw_guard_mode)i : mode;
    }
    timeout_ns = timeout_ms * (uint64_t)1000000;
}

/* The table of threads in a child shows those that vanished. */
static bool is_idle(void)
{
    return mode == FW_GUARD_OBSERVE || fw_in_child();
}

static bool find_obstacle(struct outcome *outcome)
{
    *outcome = (struct outcome){.waited_ns = 0};
    return look(mode == FW_GUARD_WAIT, &outcome->first);
}

/* After the FORK record, which explains its number. */
static void tell(const struct outcome *outcome)
{
    fw_forking_announce(NULL);
    send(outcome);
    if (outcome->action == FW_GUARD_ABORTED) {
        end_process(&outcome->first);
    }
}

bool fw_guard_refuses(void)
{
    struct outcome outcome;
    int saved = errno;
    if (is_idle() || !find_obstacle(&outcome)) {
        errno = saved;
        return false;
    }
    if (mode == FW_GUARD_WAIT) {
        wait(timeout_ns, &outcome);
    } else {
        outcome.action = mode == FW_GUARD_DENY ? FW_GUARD_DENIED : FW_GUARD_ABORTED;
    }
    tell(&outcome);
    if (outcome.action != FW_GUARD_DENIED) {
        errno = saved;
        return false;
    }
    fw_forking_result(0, EAGAIN);
    fw_forking_end();
    errno = EAGAIN;
    return true;
}

/* Once: the GUARD records say which forks they are. */
static void tell_not_refused(void)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&told)) {
        fw_stream_note(FW_LEVEL_WARN,
                       "guard=deny: a fork that came past the hooks could not be refused: the agent saw "
                       "it in its fork handler only. The report says so of each (timed-out after 0 ms)");
    }
}

void fw_guard_prepare(void)
{
    struct outcome outcome;
    int saved = errno;
    if (is_idle() || !find_obstacle(&outcome)) {
        errno = saved;
        return;
    }
    outcome.action = FW_GUARD_TIMED_OUT;
    if (mode == FW_GUARD_WAIT) {
        const uint64_t share = 10;
        wait(timeout_ns / share, &outcome);
    } else if (mode == FW_GUARD_ABORT) {
        outcome.action = FW_GUARD_ABORTED;
    } else {
        tell_not_refused();
    }
    tell(&outcome);
    errno = saved;
}
