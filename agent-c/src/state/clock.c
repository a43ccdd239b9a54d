#include "clock.h"

struct fw_clock fw_clock;

void fw_clock_set(void)
{
    const uint64_t us_ns = 1000;
    atomic_store_explicit(&fw_clock.now, fw_now_ns() / us_ns << 8, memory_order_relaxed);
}
