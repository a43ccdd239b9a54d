#include "tick.h"

#include <stdbool.h>

#include "state/clock.h"

static const uint64_t LEAST_NS = 10000000;
static const uint64_t LONGEST_NS = 1000000000;
/* A process is idle that uses less than this part of a processor. */
enum { IDLE_SHARE = 100 };
/* The agent thread itself uses no more than this part of a processor for it, where a wake-up is dear, or where the
 * kernel has the processor time of thousands of threads to sum up (kernel/sched/cputime.c, thread_group_cputime). */
enum { COST_SHARE = 1000 };
/* For the same reason not every tick looks at what was used. */
static const uint64_t LOOK_NS = 100000000;

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
    uint64_t each = own / times->ticks;
    uint64_t affordable = each < LONGEST_NS / COST_SHARE ? each * COST_SHARE : LONGEST_NS;
    last = *times;
    return pause > affordable ? pause : affordable;
}

uint64_t fw_tick(void)
{
    static uint64_t pause;
    static uint64_t looked;
    static uint64_t ticks;
    fw_clock_set();
    ticks++;
    uint64_t now = fw_now_ns();
    if (pause && now - looked < LOOK_NS) {
        return pause;
    }
    struct fw_tick_times times = {.now = now, .ticks = ticks, .own = fw_used_ns(CLOCK_THREAD_CPUTIME_ID)};
    times.process = fw_used_ns(CLOCK_PROCESS_CPUTIME_ID);
    pause = fw_tick_next(&times);
    looked = now;
    ticks = 0;
    return pause;
}
