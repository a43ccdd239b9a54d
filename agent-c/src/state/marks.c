#include "marks.h"

#include <string.h>

/* Open addressing with a bounded chain. A place is nobody's (0), somebody's, or given back (GONE: the chain goes on
 * behind it). */
enum { CHAIN = 64, GONE = 2 };
struct place {
    _Atomic uint64_t about;
    _Atomic uint32_t texts[FW_MARK_KINDS]; /* offsets in store; 0: none */
};
static struct place places[FW_MARKS_MAX];

/* Texts are written once and stay, each one but once: programs have few distinct ones, and whoever reads one needs no
 * lock. Offset 0 is nobody's. */
enum { STORE_BYTES = 1 << 18, TEXTS = 2048 };
static char store[STORE_BYTES];
static _Atomic uint32_t stored = 1;
static _Atomic uint32_t texts[TEXTS];

_Atomic bool fw_marks_any;

/* The finalizer of MurmurHash3: addresses differ in few bits. */
static uint32_t mixed(uint64_t value)
{
    value = (value ^ value >> 33) * 0xff51afd7ed558ccdu;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(value ^ value >> 33);
}

/* The length of what is kept of a text: UTF-8 goes on with bytes of the form 10xxxxxx. */
static uint32_t kept_length(const char *text)
{
    uint32_t length = (uint32_t)strnlen(text, FW_MARK_TEXT + 1);
    if (length > FW_MARK_TEXT) {
        length = FW_MARK_TEXT;
        while (length && ((uint8_t)text[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    return length;
}

/* Its offset in the store; 0 where that is full. Two threads that bring one text at once may both leave a copy. */
static uint32_t keep(const char *text)
{
    uint32_t length = kept_length(text);
    uint32_t hash = 5381;
    for (uint32_t i = 0; i < length; i++) {
        hash = hash * 33 + (uint8_t)text[i];
    }
    uint32_t own = 0;
    for (uint32_t step = 0; step < CHAIN; step++) {
        _Atomic uint32_t *at = &texts[(hash + step) % TEXTS];
        uint32_t found = atomic_load_explicit(at, memory_order_acquire);
        if (!found && !own) {
            own = atomic_fetch_add_explicit(&stored, length + 1, memory_order_relaxed);
            if (own > STORE_BYTES - length - 1) {
                atomic_fetch_sub_explicit(&stored, length + 1, memory_order_relaxed);
                return 0;
            }
            memcpy(&store[own], text, length);
        }
        if (!found && atomic_compare_exchange_strong(at, &found, own)) {
            return own;
        }
        if (strncmp(&store[found], text, length) == 0 && !store[found + length]) {
            return found;
        }
    }
    return own;
}

static struct place *find(uint64_t about)
{
    uint32_t from = mixed(about);
    for (uint32_t step = 0; step < CHAIN; step++) {
        struct place *place = &places[(from + step) % FW_MARKS_MAX];
        uint64_t here = atomic_load_explicit(&place->about, memory_order_acquire);
        if (here == about) {
            return place;
        }
        if (!here) {
            return NULL;
        }
    }
    return NULL;
}

static struct place *claim(uint64_t about)
{
    uint32_t from = mixed(about);
    for (uint32_t step = 0; step < CHAIN; step++) {
        struct place *place = &places[(from + step) % FW_MARKS_MAX];
        uint64_t here = atomic_load_explicit(&place->about, memory_order_relaxed);
        if ((here == 0 || here == GONE) && atomic_compare_exchange_strong(&place->about, &here, about)) {
            return place;
        }
        if (here == about) {
            return place;
        }
    }
    return NULL;
}

static void release(struct place *place)
{
    for (int kind = 0; kind < FW_MARK_KINDS; kind++) {
        atomic_store_explicit(&place->texts[kind], 0, memory_order_relaxed);
    }
    atomic_store_explicit(&place->about, GONE, memory_order_release);
}

static bool is_empty(struct place *place)
{
    for (int kind = 0; kind < FW_MARK_KINDS; kind++) {
        if (atomic_load_explicit(&place->texts[kind], memory_order_relaxed)) {
            return false;
        }
    }
    return true;
}

bool fw_mark_set(uint64_t about, enum fw_mark_kind kind, const char *text)
{
    struct place *place = find(about);
    if (!text || !*text) {
        if (place) {
            atomic_store_explicit(&place->texts[kind], 0, memory_order_relaxed);
            if (is_empty(place)) {
                release(place);
            }
        }
        return true;
    }
    uint32_t kept = keep(text);
    if (!kept || (!place && !(place = claim(about)))) {
        return false;
    }
    atomic_store_explicit(&place->texts[kind], kept, memory_order_release);
    atomic_store_explicit(&fw_marks_any, true, memory_order_relaxed);
    return true;
}

static const char *text_of(struct place *place, enum fw_mark_kind kind)
{
    uint32_t offset = atomic_load_explicit(&place->texts[kind], memory_order_acquire);
    return offset ? &store[offset] : NULL;
}

const char *fw_mark_get(uint64_t about, enum fw_mark_kind kind)
{
    struct place *place = atomic_load_explicit(&fw_marks_any, memory_order_relaxed) ? find(about) : NULL;
    return place ? text_of(place, kind) : NULL;
}

bool fw_mark_forget(uint64_t about)
{
    struct place *place = atomic_load_explicit(&fw_marks_any, memory_order_relaxed) ? find(about) : NULL;
    if (place) {
        release(place);
    }
    return place;
}

bool fw_marks_next(uint32_t *position, struct fw_mark *mark)
{
    while (*position < FW_MARKS_MAX) {
        struct place *place = &places[(*position)++];
        mark->about = atomic_load_explicit(&place->about, memory_order_acquire);
        if (mark->about != 0 && mark->about != GONE) {
            mark->text[FW_MARK_NAME] = text_of(place, FW_MARK_NAME);
            mark->text[FW_MARK_AWARE] = text_of(place, FW_MARK_AWARE);
            return true;
        }
    }
    return false;
}
