#include "entered.h"

#if defined(FW_HAS_ENTRIES)
#include <string.h>

#include "afar.h"
#include "state/functions.h"
#include "state/held.h"

/* The function whose hook this is; FW_FN_NONE where it is another address. */
static uint32_t entry_at(uintptr_t address)
{
#define ENTRY(name)                                                                                                    \
    if (address == (uintptr_t)fw_entry_##name) {                                                                       \
        return FW_FN_##name;                                                                                           \
    }
    FW_ENTRIES(ENTRY)
#undef ENTRY
    return FW_FN_NONE;
}

static uintptr_t relative_to(uintptr_t next, const uint8_t *displacement)
{
    int32_t distance;
    memcpy(&distance, displacement, sizeof distance);
    return next + (uintptr_t)(intptr_t)distance;
}

/* Where a slot of the GOT leads to; 0 where it cannot be read. */
static uintptr_t in_slot(uintptr_t slot)
{
    uintptr_t address;
    return fw_afar_read(slot, &address, sizeof address) ? address : 0;
}

/* Instructions of x86-64, of a call and of what stands between it and a hook: `endbr64`, a `bnd` prefix, a jump near or
 * across the GOT (the PLT; a function that ends in calling another one). */
enum {
    CALL = 0xe8,
    JUMP = 0xe9,
    JUMP_SHORT = 0xeb,
    BY_POINTER = 0xff,
    CALL_POINTER = 0x15, /* behind BY_POINTER: at a distance from the next instruction */
    JUMP_POINTER = 0x25,
    BND = 0xf2,
    CALL_BYTES = 5,
    JUMP_SHORT_BYTES = 2,
    CALL_POINTER_BYTES = 6
};

/* Where the code at this address jumps to at once; 0 where it does something else. */
static uintptr_t jump_at(uintptr_t address)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    uint8_t code[sizeof endbr64 + 1 + CALL_POINTER_BYTES];
    if (!address || !fw_afar_read(address, code, sizeof code)) {
        return 0;
    }
    size_t at = memcmp(code, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
    at += code[at] == BND;
    if (code[at] == JUMP) {
        return relative_to(address + at + CALL_BYTES, code + at + 1);
    }
    if (code[at] == JUMP_SHORT) {
        return address + at + JUMP_SHORT_BYTES + (uintptr_t)(intptr_t)(int8_t)code[at + 1];
    }
    if (code[at] == BY_POINTER && code[at + 1] == JUMP_POINTER) {
        return in_slot(relative_to(address + at + CALL_POINTER_BYTES, code + at + 2));
    }
    return 0;
}

/* The function whose hook a call of this address leads to. */
static uint32_t entry_behind(uintptr_t address)
{
    enum { JUMPS_MAX = 4 };
    uint32_t function = entry_at(address);
    for (int jumps = 0; !function && jumps < JUMPS_MAX; jumps++) {
        address = jump_at(address);
        function = entry_at(address);
    }
    return function;
}

/* The function whose hook the call that returns here leads to. */
static uint32_t called_before(uintptr_t site)
{
    uint8_t code[CALL_POINTER_BYTES];
    if (!fw_afar_read(site - sizeof code, code, sizeof code)) {
        return FW_FN_NONE;
    }
    uint32_t function = FW_FN_NONE;
    if (code[CALL_POINTER_BYTES - CALL_BYTES] == CALL) {
        function = entry_behind(relative_to(site, code + CALL_POINTER_BYTES - CALL_BYTES + 1));
    }
    if (!function && code[0] == BY_POINTER && code[1] == CALL_POINTER) {
        function = entry_behind(in_slot(relative_to(site, code + 2)));
    }
    return function;
}

/* It waits, or is inside of something that it called from below that place: then it has returned. */
static bool went_on(const struct fw_thread *thread, uintptr_t stack)
{
    uint32_t depth = thread->region_depth < FW_REGIONS_MAX ? thread->region_depth : FW_REGIONS_MAX;
    return thread->waits_on || (depth && thread->regions[depth - 1].frame < stack);
}

uint32_t fw_entered_function(const struct fw_thread *thread)
{
    uintptr_t stack;
    uintptr_t site;
    if (!thread->entered || !fw_afar_read((uintptr_t)thread->entered, &stack, sizeof stack) ||
        stack <= FW_ENTERED_NOTHING || went_on(thread, stack) || !fw_afar_read(stack, &site, sizeof site)) {
        return FW_FN_NONE;
    }
    return called_before(site);
}
#else
uint32_t fw_entered_function(const struct fw_thread *thread)
{
    (void)thread;
    return 0;
}
#endif
