/* What an allocator says of itself: its version, and how much it has. */
#ifndef FW_WATCH_FIGURES_H
#define FW_WATCH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include "patch/allocator.h"

enum { FW_FIGURES_VERSION = 64 };

/* 0: not known. */
struct fw_figures {
    uint64_t arenas;
    uint64_t allocated; /* bytes that the program has from the allocator */
    uint64_t mapped;    /* bytes that the allocator has from the kernel */
};

/* Its version into text, "" where it tells none: "2.36", "5.3.0-0-g54eaed1d...", "gperftools 2.10", "2.0.9". Agent
 * thread, inside the gate: the allocator's own code runs. */
FW_HIDDEN void fw_figures_version(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION]);

/* Its figures now. The allocator takes its own locks for that, the C library's one arena after another; that one walks
 * all free chunks (malloc/malloc.c of glibc, int_mallinfo), which can take long. Agent thread, inside the gate. */
FW_HIDDEN void fw_figures_read(const struct fw_allocator *allocator, struct fw_figures *figures);

#endif
