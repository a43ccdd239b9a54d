/* Counts the unloadings of objects, from 1: a code address means what was loaded there in its epoch. */
#ifndef FW_STATE_EPOCH_H
#define FW_STATE_EPOCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/sys.h"

FW_HIDDEN extern _Atomic uint32_t fw_epoch_now;

static inline uint32_t fw_epoch(void)
{
    return atomic_load_explicit(&fw_epoch_now, memory_order_acquire);
}

#endif
