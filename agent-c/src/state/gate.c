#include "gate.h"

#include <stdatomic.h>

/* Dekker's pattern: each side first says what it does, then looks at the other; sequentially consistent operations make
 * it impossible that both see nothing. */
static _Atomic uint32_t working;
static _Atomic uint32_t forking;

/* A name takes microseconds to resolve. A worker that is not done after this long waits itself, for a safepoint or a
 * constructor of a library, and holds neither malloc's lock nor dl_iterate_phdr's then. */
static const uint64_t FORK_PATIENCE_NS = 20000000;
static const uint64_t WORK_PATIENCE_NS = 50000000;

/* Waits until *word is 0 or the time is up. */
static bool wait_for_zero(_Atomic uint32_t *word, uint64_t patience_ns)
{
    uint64_t deadline = 0;
    uint32_t value;
    while ((value = atomic_load(word)) != 0) {
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

static void decrement(_Atomic uint32_t *word)
{
    if (atomic_fetch_sub(word, 1) == 1) {
        fw_futex_wake((const uint32_t *)word, INT32_MAX);
    }
}

bool fw_gate_try(void)
{
    atomic_fetch_add(&working, 1);
    if (!atomic_load(&forking)) {
        return true;
    }
    decrement(&working);
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
        if (now >= deadline || !wait_for_zero(&forking, deadline - now)) {
            return false;
        }
    }
}

void fw_gate_leave(void)
{
    decrement(&working);
}

bool fw_gate_close(void)
{
    atomic_fetch_add(&forking, 1);
    return wait_for_zero(&working, FORK_PATIENCE_NS);
}

void fw_gate_open(void)
{
    decrement(&forking);
}

void fw_gate_reset(void)
{
    atomic_store(&working, 0);
    atomic_store(&forking, 0);
}
