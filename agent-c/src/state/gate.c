#include "gate.h"

#include <stdatomic.h>

/* Dekker's pattern: each side first says what it does, then looks at the other; sequentially consistent operations make
 * it impossible that both see nothing. */
static _Atomic uint32_t working FW_CHILD_PAGE;
static _Atomic uint32_t forking FW_CHILD_PAGE;
/* How much of `working` is this thread's own: a signal handler of it may fork meanwhile. Never more than that, also
 * between the two counts' changes. */
static __thread uint32_t own_work __attribute__((tls_model("initial-exec")));

/* A name takes microseconds to resolve. A worker that is not done after this long waits itself, for a safepoint or a
 * constructor of a library, and holds neither malloc's lock nor dl_iterate_phdr's then. */
static const uint64_t FORK_PATIENCE_NS = 20000000;
static const uint64_t WORK_PATIENCE_NS = 50000000;

/* Waits until *word is not more than this or the time is up. */
static bool wait_for(_Atomic uint32_t *word, uint32_t most, uint64_t patience_ns)
{
    uint64_t deadline = 0;
    uint32_t value;
    while ((value = atomic_load(word)) > most) {
        uint64_t now = fw_now_ns();
        if (!deadline) {
            deadline = now + patience_ns;
        }
        if (now >= deadline) {
            return false;
        }
        fw_futex_wait((const uint32_t *)word, value, deadline - now);
    }
    return true;
}

/* Not below 0: a reset may come between a thread's two counts. */
static void decrement(_Atomic uint32_t *word)
{
    uint32_t value = atomic_load(word);
    while (value && !atomic_compare_exchange_weak(word, &value, value - 1)) {
    }
}

static void wake(_Atomic uint32_t *word)
{
    fw_futex_wake((const uint32_t *)word, INT32_MAX);
}

static void work_done(void)
{
    decrement(&working);
    if (atomic_load(&forking)) {
        wake(&working);
    }
}

bool fw_gate_try(void)
{
    atomic_fetch_add(&working, 1);
    if (!atomic_load(&forking)) {
        own_work++;
        return true;
    }
    work_done();
    return false;
}

bool fw_gate_enter(void)
{
    uint64_t deadline = fw_now_ns() + WORK_PATIENCE_NS;
    for (;;) {
        if (fw_gate_try()) {
            return true;
        }
        uint64_t now = fw_now_ns();
        if (now >= deadline || !wait_for(&forking, 0, deadline - now)) {
            return false;
        }
    }
}

void fw_gate_leave(void)
{
    own_work--;
    work_done();
}

bool fw_gate_close(void)
{
    atomic_fetch_add(&forking, 1);
    return wait_for(&working, own_work, FORK_PATIENCE_NS);
}

void fw_gate_open(void)
{
    decrement(&forking);
    if (!atomic_load(&forking)) {
        wake(&forking);
    }
}

void fw_gate_reset(void)
{
    atomic_store(&working, own_work);
    atomic_store(&forking, 0);
}
