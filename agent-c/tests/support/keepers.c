#include "keepers.h"

#include <sched.h>
#include <unistd.h>

#include "forks.h"
#include "hooks/threads.h"
#include "records.h"
#include "state/held.h"
#include "unit.h"

static struct keeper keepers[KEEPERS_MAX];
static unsigned keeper_count;
static _Atomic bool stop;

static void *keep(void *argument)
{
    struct keeper *keeper = argument;
    keeper->slot = fw_self.thread;
    if (keeper->begin) {
        keeper->begin(keeper);
    }
    atomic_store(&keeper->ready, true);
    while (!atomic_load(&stop)) {
        sched_yield();
    }
    if (keeper->end) {
        keeper->end(keeper);
    }
    records_clear(fw_self.thread);
    fw_self.thread->region_depth = 0;
    fw_self.thread->entered = NULL;
    return NULL;
}

struct keeper *keeper_start(void (*begin)(struct keeper *), void (*end)(struct keeper *), char *locks)
{
    assert_in_range(keeper_count, 0, KEEPERS_MAX - 1);
    struct keeper *keeper = &keepers[keeper_count++];
    *keeper = (struct keeper){.begin = begin, .end = end, .locks = locks};
    assert_int_equal(fw_hook_pthread_create(&keeper->thread, NULL, keep, keeper), 0);
    while (!atomic_load(&keeper->ready)) {
        sched_yield();
    }
    return keeper;
}

int keepers_set_up(void **state)
{
    keeper_count = 0;
    atomic_store(&stop, false);
    return forks_set_up(state);
}

int keepers_tear_down(void **state)
{
    atomic_store(&stop, true);
    for (unsigned i = 0; i < keeper_count; i++) {
        pthread_join(keepers[i].thread, NULL);
    }
    return forks_tear_down(state);
}

void keeper_record(void *lock, uint8_t kind)
{
    assert_true(fw_held_take(fw_self.thread, lock, kind, FW_CALLER()));
}

static struct lists lists;

static void read_held(const struct decoded *frame)
{
    lists.held_frames++;
    rows_read(decoded_item(frame, FW_KEY_LOCKS), LOCK_COLUMNS, &lists.locks);
    assert_non_null(decoded_item(frame, FW_KEY_EPOCH));
    const struct item *pairs = decoded_item(frame, FW_KEY_UNRECORDED);
    const uint8_t *at = pairs ? pairs->bytes : NULL;
    for (uint64_t i = 0; pairs && i < pairs->number; i++) {
        struct item number;
        at = decode_item(at, at + 16, &number);
        assert_non_null(at);
        lists.unrecorded.at[lists.unrecorded.count][i % 2] = number.number;
        lists.unrecorded.count += i % 2;
    }
}

static void read_inside(const struct decoded *frame)
{
    rows_read(decoded_item(frame, FW_KEY_REGIONS), REGION_COLUMNS, &lists.regions);
    assert_non_null(decoded_item(frame, FW_KEY_EPOCH));
    if (decoded_item(frame, FW_KEY_ALLOCATING)) {
        lists.has_allocating = true;
        lists.allocating = decoded_number(frame, FW_KEY_ALLOCATING);
    }
}

const struct lists *lists_of_child(pid_t (*fork_hook)(void))
{
    struct decoded frame;
    memset(&lists, 0, sizeof lists);
    pid_t pid = fork_hook();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        if (type == FW_RECORD_HELD) {
            read_held(&frame);
        } else if (type == FW_RECORD_INSIDE) {
            read_inside(&frame);
        }
    }
    return &lists;
}

const uint64_t *lists_lock(const struct lists *from, const void *address)
{
    return rows_find(&from->locks, ADDRESS, (uintptr_t)address);
}
