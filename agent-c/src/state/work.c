#include "work.h"

#include <stdatomic.h>

/* 0: the agent thread sleeps, or will; 1: it has something to do. */
static _Atomic uint32_t work;
/* Of the forks since the agent thread last took notice of one. */
enum { NO_FORK, ANNOUNCED, TOLD };
static _Atomic uint32_t forks;
static _Atomic bool any_fork;
static _Atomic uint32_t has_reader;

void fw_work_wake(void)
{
    if (atomic_exchange_explicit(&work, 1, memory_order_acq_rel) == 0) {
        fw_futex_wake((const uint32_t *)&work, 1);
    }
}

bool fw_work_wait(uint64_t timeout_ns)
{
    fw_futex_wait((const uint32_t *)&work, 0, timeout_ns);
    return atomic_exchange(&work, 0) != 0;
}

/* Loads first, so that a storm of forks does not fight for the line. */
static bool pass(uint32_t from, uint32_t to)
{
    return atomic_load_explicit(&forks, memory_order_relaxed) == from &&
           atomic_compare_exchange_strong(&forks, &from, to);
}

void fw_work_fork_announced(void)
{
    if (!atomic_load_explicit(&any_fork, memory_order_relaxed)) {
        atomic_store(&any_fork, true);
    }
    pass(NO_FORK, ANNOUNCED);
}

void fw_work_fork_over(void)
{
    if (pass(ANNOUNCED, TOLD)) {
        fw_work_wake();
    }
}

bool fw_work_take_fork(void)
{
    return atomic_exchange(&forks, NO_FORK) != NO_FORK;
}

bool fw_work_any_fork(void)
{
    return atomic_load_explicit(&any_fork, memory_order_relaxed);
}

void fw_work_has_reader(void)
{
    atomic_store(&has_reader, 1);
    fw_futex_wake((const uint32_t *)&has_reader, INT32_MAX);
}

bool fw_work_await_reader(uint64_t timeout_ns)
{
    uint64_t deadline = fw_now_ns() + timeout_ns;
    for (uint64_t now = fw_now_ns(); !atomic_load(&has_reader) && now < deadline; now = fw_now_ns()) {
        fw_futex_wait((const uint32_t *)&has_reader, 0, deadline - now);
    }
    return atomic_load(&has_reader);
}
