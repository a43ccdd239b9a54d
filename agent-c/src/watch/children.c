#include "children.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "futex.h"
#include "jvm_locks.h"
#include "procfs.h"
#include "state/children.h"
#include "state/functions.h"
#include "stream/stream.h"

/* Most children exec or end within some milliseconds: those are not looked at, which would cost more than the fork's
 * record. Not longer than the shortest hang-after. */
static const uint64_t YOUNG_NS = 100000000;
/* A child that lives for so long has not been forked to exec. */
static const uint64_t LIVES_NS = 1000000000;
/* Looks in the time of hang-after, and the shortest pause between two. */
enum { LOOKS = 4 };
static const uint64_t LEAST_PAUSE_NS = 25000000;

/* What earlier looks at the child of a slot have found. */
struct memory {
    uint32_t fork;
    bool blind; /* its pid means another process here, or none */
    bool hung;
    bool waking; /* hung, and awake at the last look: it may be about to die */
    bool lives;  /* looked at as one that lives on */
    uint64_t start_ticks;
    uint64_t asleep_since; /* first of the looks that saw this sleep; 0: awake */
    uint64_t sleep;        /* struct fw_sleep, identity */
    uint64_t place;        /* and place, where it is hung */
    uint32_t waits;        /* and the slot's count there */
    uint32_t signal;       /* the last one that its parent sent, when that was seen, and whether it is settled */
    bool signal_told;
    uint64_t signal_since;
};
static struct memory memories[FW_CHILDREN_MAX];

/* One look at one child. */
struct look {
    const struct fw_child_watch *watch;
    struct fw_child_slot *slot;
    struct memory *memory;
    uint64_t now;
    uint32_t fork;
    int pid;
};

static void note_once(bool *said, const char *text)
{
    if (!*said) {
        *said = true;
        fw_stream_note(FW_LEVEL_WARN, text);
    }
}

static void begin(const struct look *look, struct fw_frame *frame, uint8_t *buffer, size_t size, enum fw_record type)
{
    fw_frame_begin(frame, buffer, size, type);
    fw_frame_uint(frame, FW_KEY_FORK, look->fork);
}

/* The clock of /proc/PID/stat runs on while the machine is suspended, that of the slots does not. */
static uint64_t boot_ns(uint64_t monotonic_ns)
{
    struct timespec boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    return monotonic_ns + (uint64_t)boot.tv_sec * 1000000000u + (uint64_t)boot.tv_nsec - fw_now_ns();
}

static uint64_t own_start_ticks(void)
{
    static uint64_t start;
    struct fw_proc_stat stat;
    if (!start && fw_proc_stat(fw_getpid(), &stat)) {
        start = stat.start_ticks;
    }
    return start;
}

/* Pids are used again. The child of the fork is not older than this process, which is its ancestor (one of another pid
 * namespace has told a number that means another process here), and not younger than its own first code. */
enum owner { ITS_CHILD, OLDER, YOUNGER };
static enum owner whose(const struct look *look, const struct fw_proc_stat *stat)
{
    struct memory *memory = look->memory;
    if (memory->start_ticks) {
        return stat->start_ticks == memory->start_ticks ? ITS_CHILD : YOUNGER;
    }
    /* Within one tick (10 ms) pids ascend. */
    if (stat->start_ticks < own_start_ticks() || (stat->start_ticks == own_start_ticks() && look->pid <= fw_getpid())) {
        return OLDER;
    }
    uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t since = boot_ns(atomic_load_explicit(&look->slot->since_ns, memory_order_relaxed));
    if (stat->start_ticks * tick_ns > since + tick_ns) {
        return YOUNGER;
    }
    memory->start_ticks = stat->start_ticks;
    return ITS_CHILD;
}

/* A zombie's status without taking it away from the application's own wait; only for children of this process. */
static bool peek_status(int pid, int *status)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid != pid) {
        return false;
    }
    *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
                                         : info.si_status | (info.si_code == CLD_DUMPED ? WCOREFLAG : 0);
    return true;
}

static void ended(const struct look *look, bool is_zombie)
{
    int status;
    bool has_status = is_zombie && peek_status(look->pid, &status);
    if (!fw_children_remove(look->slot, look->fork)) {
        return; /* it has just said so itself */
    }
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    begin(look, &frame, buffer, sizeof buffer, FW_RECORD_OUTSIDE);
    fw_frame_uint(&frame, FW_KEY_STATE, FW_CHILD_STATE_ENDED);
    if (has_status) {
        fw_frame_int(&frame, FW_KEY_STATUS, status);
    }
    fw_frame_send(&frame);
}

static void execed(const struct look *look)
{
    char link[FW_PROC_PATH];
    char path[PATH_MAX];
    ssize_t length = readlink(fw_proc_path(link, look->pid, 0, "exe"), path, sizeof path - 1);
    if (!fw_children_remove(look->slot, look->fork)) {
        return;
    }
    uint8_t buffer[FW_FRAME_MAX];
    struct fw_frame frame;
    begin(look, &frame, buffer, sizeof buffer, FW_RECORD_OUTSIDE);
    fw_frame_uint(&frame, FW_KEY_STATE, FW_CHILD_STATE_EXECED);
    if (length > 0) {
        path[length] = '\0';
        fw_frame_text(&frame, FW_KEY_PATH, path, FW_FRAME_MAX - 256);
    }
    fw_frame_send(&frame);
}

/* True if the slot's child is alive in the memory that the fork gave it; tells what became of it where not. */
static bool is_its_image(const struct look *look)
{
    static bool said;
    uint32_t mark = 0;
    struct memory *memory = look->memory;
    enum fw_proc_memory seen = fw_proc_memory(look->pid, (uintptr_t)&fw_children_mark, &mark, sizeof mark);
    bool same = seen == FW_MEMORY_READ && mark == look->fork;
    if (same && memory->start_ticks) {
        return true;
    }
    struct fw_proc_stat stat;
    if (!fw_proc_stat(look->pid, &stat)) {
        ended(look, false);
        return false;
    }
    switch (whose(look, &stat)) {
    case OLDER:
        memory->blind = true;
        return false;
    case YOUNGER:
        ended(look, false);
        return false;
    case ITS_CHILD:
        break;
    }
    if (stat.state == 'Z' || stat.state == 'X') {
        /* Its main thread may have ended alone. */
        if (stat.threads <= 1) {
            ended(look, true);
        }
    } else if (seen == FW_MEMORY_FORBIDDEN) {
        note_once(&said,
                  "a forked child cannot be looked at from outside (ptrace restrictions of the kernel, or it runs "
                  "as another user): a hang of it may go unseen");
    } else if (seen == FW_MEMORY_UNMAPPED || (seen == FW_MEMORY_READ && !same)) {
        execed(look);
    }
    return same;
}

/* The call that the child told last is the one that it sleeps in if the address belongs to what the call was given. */
static bool fits(uint32_t called, uint64_t object, uint64_t address)
{
    /* The C library's pthread_t is the address of the thread's descriptor, whose tid the join waits for: at 720 on
     * x86-64, 208 on aarch64 (glibc 2.36, nptl/descr.h). No other object is larger than 56 bytes (pthread_rwlock_t). */
    enum { DESCRIPTOR_BYTES = 1024, OBJECT_BYTES = 64 };
    uint64_t size = called == FW_FN_pthread_join ? DESCRIPTOR_BYTES : OBJECT_BYTES;
    return called && object <= address && address - object < size;
}

static void put_call(const struct look *look, struct fw_frame *frame, uint32_t called, uint64_t object,
                     uint64_t address)
{
    fw_frame_uint(frame, FW_KEY_CALLED, called);
    fw_frame_some(frame, FW_KEY_OBJECT, object);
    fw_frame_some(frame, FW_KEY_STACK, atomic_load_explicit(&look->slot->stack, memory_order_relaxed));
    fw_frame_some(frame, FW_KEY_LOST_THREAD, atomic_load_explicit(&look->slot->lost_thread, memory_order_relaxed));
    /* struct __pthread_mutex_s of glibc: the lock word, a counter, the owner (sysdeps/nptl/bits/struct_mutex.h). The
     * lock word is not the first in musl's. */
    uint32_t owner = 0;
    if (called == FW_FN_pthread_mutex_lock && object == address &&
        fw_proc_memory(look->pid, address + 8, &owner, sizeof owner) == FW_MEMORY_READ) {
        fw_frame_some(frame, FW_KEY_OWNER, owner);
    }
}

/* Of several threads the one that says most: the others wait for each other, or for it. A main thread that joins the
 * thread which stands at a lock of the JVM, for example. */
static uint64_t telling_address(const struct fw_sleep *sleep, char *symbol, size_t size, bool *named)
{
    *named = fw_jvm_lock_name(sleep->address, symbol, size);
    for (uint32_t i = 0; !*named && i < sleep->others; i++) {
        *named = fw_jvm_lock_name(sleep->other_addresses[i], symbol, size);
        if (*named) {
            return sleep->other_addresses[i];
        }
    }
    return sleep->address;
}

static void send_hung(const struct look *look, const struct fw_sleep *sleep)
{
    uint32_t called = atomic_load_explicit(&look->slot->called, memory_order_acquire);
    uint64_t object = atomic_load_explicit(&look->slot->object, memory_order_relaxed);
    char symbol[128];
    bool named;
    uint64_t address = telling_address(sleep, symbol, sizeof symbol, &named);
    bool fitting = fits(called, object, address);
    /* The kernel ends a join by a shared wake-up (set_tid_address(2)): still no other process can. */
    bool shared = sleep->others_shared || (sleep->shared && !(fitting && called == FW_FN_pthread_join));
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    begin(look, &frame, buffer, sizeof buffer, FW_RECORD_HUNG);
    fw_frame_uint(&frame, FW_KEY_PID, (uint64_t)look->pid);
    fw_frame_uint(&frame, FW_KEY_ADDRESS, address);
    fw_frame_bool(&frame, FW_KEY_SHARED, shared);
    /* No object: a lock of the C library's own, whose address nobody knows. */
    if (fitting || (called && !object && !named)) {
        put_call(look, &frame, called, object, address);
    }
    fw_frame_text(&frame, FW_KEY_SYMBOL, named ? symbol : NULL, sizeof symbol);
    fw_frame_send(&frame);
}

/* A hung child that is killed is awake for a moment, too: only one that is alive at the next look has resumed. */
static void wake(const struct look *look)
{
    struct memory *memory = look->memory;
    if (memory->hung && !memory->waking) {
        memory->waking = true;
        return;
    }
    memory->asleep_since = 0;
    if (memory->hung) {
        memory->hung = false;
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        begin(look, &frame, buffer, sizeof buffer, FW_RECORD_RESUMED);
        fw_frame_send(&frame);
    }
}

static void look_at_sleep(const struct look *look)
{
    static bool said;
    struct memory *memory = look->memory;
    struct fw_sleep sleep;
    enum fw_asleep asleep = fw_futex_look(look->pid, &sleep);
    if (asleep == FW_ASLEEP_UNKNOWN) {
        note_once(&said,
                  "this kernel does not tell what a forked child waits for (/proc/PID/syscall): a hang that the "
                  "child did not foresee goes unseen");
        return;
    }
    uint32_t waits = atomic_load_explicit(&look->slot->waits, memory_order_acquire);
    if (memory->hung && asleep == FW_ASLEEP && sleep.place == memory->place && waits == memory->waits) {
        /* A signal that it handled, or who looked at it by a debugger, has not brought it any further. */
        memory->sleep = sleep.identity;
    }
    if (memory->asleep_since && (asleep == FW_AWAKE || sleep.identity != memory->sleep)) {
        wake(look);
    } else {
        memory->waking = false;
    }
    if (asleep == FW_ASLEEP && !memory->asleep_since) {
        memory->asleep_since = look->now;
        memory->sleep = sleep.identity;
    }
    if (memory->asleep_since && !memory->hung && look->now - memory->asleep_since >= look->watch->hang_after_ns) {
        memory->hung = true;
        memory->place = sleep.place;
        memory->waits = waits;
        send_hung(look, &sleep);
    }
}

/* What rt_sigaction(2) fills in (x86-64, aarch64). The system call: libjsig answers sigaction itself and names the
 * application's handlers, not the ones that are in force. */
struct kernel_action {
    const void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

static uint64_t bit(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

/* The signals whose handlers post to the JVM's Signal Dispatcher (os::init_signal and jdk.internal.misc.Signal): a
 * child that inherited the handler has not that thread. */
static uint64_t signals_of_jvm(const struct look *look, const struct fw_proc_status *status)
{
    static const int posted[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    uint64_t signals = 0;
    for (unsigned i = 0; i < sizeof posted / sizeof posted[0]; i++) {
        struct kernel_action action = {.handler = NULL};
        if (syscall(SYS_rt_sigaction, posted[i], NULL, &action, sizeof action.mask) == 0 &&
            look->watch->is_jvms(action.handler)) {
            signals |= bit(posted[i]);
        }
    }
    return signals & status->caught;
}

static void look_at_life(const struct look *look)
{
    struct fw_proc_status status;
    uint64_t least = look->watch->hang_after_ns < LIVES_NS ? look->watch->hang_after_ns : LIVES_NS;
    uint64_t since = atomic_load_explicit(&look->slot->since_ns, memory_order_relaxed);
    if (look->memory->lives || look->now < since + least || !fw_proc_status(look->pid, look->pid, &status)) {
        return;
    }
    look->memory->lives = true;
    uint64_t signals = signals_of_jvm(look, &status);
    if (signals) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        begin(look, &frame, buffer, sizeof buffer, FW_RECORD_LIVES);
        fw_frame_uint(&frame, FW_KEY_SIGNALS, signals);
        fw_frame_send(&frame);
    }
}

static void look_at_signal(const struct look *look)
{
    struct memory *memory = look->memory;
    struct fw_proc_status status;
    uint32_t signal = atomic_load_explicit(&look->slot->signal, memory_order_relaxed);
    if (signal != memory->signal) {
        memory->signal = signal;
        memory->signal_told = false;
        memory->signal_since = look->now;
    }
    if (!signal || signal > 64 || memory->signal_told ||
        look->now - memory->signal_since < look->watch->hang_after_ns ||
        !fw_proc_status(look->pid, look->pid, &status) ||
        !(signals_of_jvm(look, &status) & ~status.pending & ~status.blocked & bit((int)signal))) {
        return;
    }
    memory->signal_told = true;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    begin(look, &frame, buffer, sizeof buffer, FW_RECORD_SIGNAL_LOST);
    fw_frame_uint(&frame, FW_KEY_SIGNAL, signal);
    fw_frame_send(&frame);
}

uint32_t fw_watch_children(const struct fw_child_watch *watch, uint64_t now_ns)
{
    int saved = errno;
    uint32_t living = 0;
    uint32_t position = 0;
    struct fw_child_slot *slot;
    while ((slot = fw_children_next(&position)) != NULL) {
        struct look look = {.watch = watch,
                            .slot = slot,
                            .memory = &memories[position - 1],
                            .now = now_ns,
                            .fork = atomic_load_explicit(&slot->fork, memory_order_relaxed),
                            .pid = atomic_load_explicit(&slot->pid, memory_order_relaxed)};
        bool young = now_ns < atomic_load_explicit(&slot->since_ns, memory_order_relaxed) + YOUNG_NS;
        if (!fw_children_is(slot, look.fork)) {
            continue;
        }
        if (look.memory->fork != look.fork) {
            *look.memory = (struct memory){.fork = look.fork};
        }
        living++;
        if (!young && !look.memory->blind && is_its_image(&look)) {
            look_at_life(&look);
            look_at_signal(&look);
            look_at_sleep(&look);
        }
    }
    errno = saved;
    return living;
}

uint64_t fw_watch_children_pause(const struct fw_child_watch *watch)
{
    uint64_t pause = watch->hang_after_ns / LOOKS;
    return pause > LEAST_PAUSE_NS ? pause : LEAST_PAUSE_NS;
}
