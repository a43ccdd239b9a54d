#include "tick.h"

#include <stdbool.h>

#include "state/clock.h"

static const uint64_t LEAST_NS = 10000000;
static const uint64_t LONGEST_NS = 1000000000;
/* A process is idle that uses less than this part of a processor. */
enum { IDLE_SHARE = 100 };
/* The agent thread itself uses no more than this part of a processor for it, where a wake-up is dear, or where the
 * kernel has the processor time of thousands of threads to sum up (kernel/sched/cputime.c, thread_group_cputime). */
enum { COST_SHARE = 500 };

uint64_t fw_tick_next(const struct fw_tick_times *times)
{
    static struct fw_tick_times last;
    static uint64_t pause = LEAST_NS;
    uint64_t elapsed = times->now - last.now;
    /* Woken early: too little time to judge by. */
    if (last.now && elapsed < LEAST_NS / 2) {
        return pause;
    }
    uint64_t own = last.now ? times->own - last.own : 0;
    uint64_t process = times->process - last.process;
    uint64_t used = process > own ? process - own : 0;
    bool is_idle = last.now && used * IDLE_SHARE < elapsed;
    uint64_t longer = pause * 2 < LONGEST_NS ? pause * 2 : LONGEST_NS;
    pause = is_idle ? longer : LEAST_NS;
    uint64_t affordable = own < LONGEST_NS / COST_SHARE ? own * COST_SHARE : LONGEST_NS;
    last = *times;
    return pause > affordable ? pause : affordable;
}

uint64_t fw_tick(void)
{
    fw_clock_set();
    struct fw_tick_times times = {.now = fw_now_ns(), .own = fw_used_ns(CLOCK_THREAD_CPUTIME_ID)};
    times.process = fw_used_ns(CLOCK_PROCESS_CPUTIME_ID);
    return fw_tick_next(&times);
}
