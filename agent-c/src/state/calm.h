/* One word that tells every hook in one comparison that nothing is to be observed: no child, no vfork under way. */
#ifndef FW_STATE_CALM_H
#define FW_STATE_CALM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* FW_CALM in the JVM's process, more while some thread's vfork child runs. The kernel wipes the page at each fork, also
 * at one that nobody saw (madvise(2), MADV_WIPEONFORK, Linux 4.14): 0 in a forked child, until the agent marks it with
 * FW_CALM_CHILD. */
struct fw_calm_page {
    _Atomic uint32_t word;
    uint8_t rest[FW_PAGE - sizeof(uint32_t)];
};
FW_HIDDEN extern struct fw_calm_page fw_calm_page;
/* True once fw_calm_init has run, in children as well. */
FW_HIDDEN extern bool fw_calm_begun;
/* True where the kernel wipes the page. */
FW_HIDDEN extern bool fw_calm_wipes;
#define FW_CALM 1u
#define FW_CALM_VFORK 2u
#define FW_CALM_CHILD 0x80000000u

/* Before the first hook is in place. Where the kernel cannot wipe the page (or its size is not 4 KiB), forks that
 * nobody saw are not recognised; the others are, by fw_calm_mark_child. */
FW_HIDDEN void fw_calm_init(void);
/* Around a vfork, in the calling thread. */
FW_HIDDEN void fw_calm_vfork_begin(void);
FW_HIDDEN void fw_calm_vfork_end(void);
/* In a forked child; in line, as calm.c lies on a page of code that a child has not mapped. */
static inline void fw_calm_mark_child(void)
{
    atomic_store(&fw_calm_page.word, FW_CALM_CHILD);
}

static inline bool fw_is_calm(void)
{
    return __builtin_expect(atomic_load_explicit(&fw_calm_page.word, memory_order_relaxed) == FW_CALM, 1);
}

/* A forked child that the agent has marked; one that it has not (yet). */
static inline bool fw_calm_is_marked(void)
{
    return atomic_load_explicit(&fw_calm_page.word, memory_order_relaxed) & FW_CALM_CHILD;
}

static inline bool fw_calm_is_wiped(void)
{
    return fw_calm_begun && atomic_load_explicit(&fw_calm_page.word, memory_order_relaxed) == 0;
}

#endif
