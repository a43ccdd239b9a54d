#include "children.h"

struct fw_child_slot *fw_children_self FW_CHILD_PAGE;
volatile uint32_t fw_children_mark FW_CHILD_PAGE;

static struct table {
    _Atomic uint32_t used; /* one past the highest slot ever used */
    _Atomic uint32_t unwatched;
    struct fw_child_slot slots[FW_CHILDREN_MAX];
} * table;

bool fw_children_init(void)
{
    table = fw_map_shared(sizeof *table);
    return table != NULL;
}

static void note_used(uint32_t index)
{
    uint32_t used = atomic_load(&table->used);
    while (used <= index && !atomic_compare_exchange_weak(&table->used, &used, index + 1)) {
    }
}

static uint64_t alive(uint32_t fork)
{
    return (uint64_t)fork << 32 | FW_CHILD_ALIVE;
}

struct fw_child_slot *fw_children_enter(uint32_t fork, int pid)
{
    fw_children_mark = fork;
    /* A first look would map the pages around, too (mm/memory.c, do_fault_around); a first write does not. */
    atomic_fetch_add(&table->used, 0);
    for (uint32_t i = 0; i < FW_CHILDREN_MAX; i++) {
        struct fw_child_slot *slot = &table->slots[i];
        uint64_t expected = FW_CHILD_FREE;
        if (atomic_load_explicit(&slot->state, memory_order_relaxed) == FW_CHILD_FREE &&
            atomic_compare_exchange_strong(&slot->state, &expected, FW_CHILD_CLAIMED)) {
            note_used(i);
            atomic_store_explicit(&slot->fork, fork, memory_order_relaxed);
            atomic_store_explicit(&slot->pid, pid, memory_order_relaxed);
            atomic_store_explicit(&slot->since_ns, fw_now_ns(), memory_order_relaxed);
            atomic_store_explicit(&slot->called, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->object, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->stack, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->lost_thread, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->waits, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->signal, 0, memory_order_relaxed);
            atomic_store_explicit(&slot->state, alive(fork), memory_order_release);
            return slot;
        }
    }
    atomic_fetch_add_explicit(&table->unwatched, 1, memory_order_relaxed);
    return NULL;
}

bool fw_children_remove(struct fw_child_slot *slot, uint32_t fork)
{
    uint64_t expected = alive(fork);
    return atomic_compare_exchange_strong(&slot->state, &expected, FW_CHILD_FREE);
}

bool fw_children_is(const struct fw_child_slot *slot, uint32_t fork)
{
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&slot->state, memory_order_relaxed) == alive(fork);
}

void fw_children_leave(struct fw_child_slot *slot)
{
    if (slot) {
        fw_children_remove(slot, fw_children_mark);
    }
}

struct fw_child_slot *fw_children_next(uint32_t *position)
{
    uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
    while (*position < used) {
        struct fw_child_slot *slot = &table->slots[(*position)++];
        if ((uint32_t)atomic_load_explicit(&slot->state, memory_order_acquire) == FW_CHILD_ALIVE) {
            return slot;
        }
    }
    return NULL;
}

struct fw_child_slot *fw_children_find(int pid)
{
    uint32_t position = 0;
    struct fw_child_slot *slot;
    while ((slot = fw_children_next(&position)) != NULL) {
        if (atomic_load_explicit(&slot->pid, memory_order_relaxed) == pid) {
            return slot;
        }
    }
    return NULL;
}

uint32_t fw_children_unwatched(void)
{
    return atomic_load_explicit(&table->unwatched, memory_order_relaxed);
}
