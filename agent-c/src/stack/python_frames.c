#include "python_frames.h"

#include <stdatomic.h>

#include "stream/stream.h"

/* Virtual sizes: only pages that are used take memory. */
enum { BUCKETS = 1 << 15, LINES_MAX = 1 << 14, PROBES = 64 };
static const size_t ARENA_BYTES = (size_t)4 << 20;

struct bucket {
    _Atomic uint64_t hash;
    _Atomic uint32_t id;
};

struct entry {
    _Atomic bool published;
    uint32_t line;
    const char *file;
    const char *name;
};

static struct bucket *buckets;
static struct entry *entries;
static char *arena;
static struct counters {
    _Atomic size_t arena_used;
    _Atomic uint32_t count;
    _Atomic bool said_full;
} * counters;

bool fw_python_frames_init(void)
{
    buckets = fw_map_shared(BUCKETS * sizeof *buckets);
    entries = fw_map_shared((LINES_MAX + 1) * sizeof *entries);
    arena = fw_map_shared(ARENA_BYTES);
    counters = fw_map_shared(sizeof *counters);
    return buckets && entries && arena && counters;
}

/* FNV-1a. */
static uint64_t add(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)bytes[i]) * 0x100000001b3u;
    }
    return hash;
}

static uint64_t hash_of(const struct fw_python_line *line)
{
    uint64_t hash = add(0xcbf29ce484222325u, line->file, line->file_length);
    hash = add(hash, (const char *)&line->line, sizeof line->line);
    hash = add(hash, line->name, line->name_length);
    /* FNV's low bits depend on low bits only. */
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash ^= hash >> 27;
    return hash ? hash : 1;
}

/* Decoding never makes a text longer. */
static const char *keep(char **at, const char *text, size_t length)
{
    char *kept = *at;
    size_t decoded = fw_python_text_decode(text, length, kept);
    kept[decoded] = '\0';
    *at += decoded + 1;
    return kept;
}

static uint32_t publish(const struct fw_python_line *line)
{
    size_t bytes = line->file_length + line->name_length + 2;
    size_t from = atomic_fetch_add(&counters->arena_used, bytes);
    if (from + bytes > ARENA_BYTES) {
        atomic_fetch_sub(&counters->arena_used, bytes);
        return 0;
    }
    uint32_t id = atomic_fetch_add(&counters->count, 1) + 1;
    if (id > LINES_MAX) {
        atomic_fetch_sub(&counters->count, 1);
        return 0;
    }
    char *at = arena + from;
    struct entry *entry = &entries[id];
    entry->line = line->line;
    entry->file = keep(&at, line->file, line->file_length);
    entry->name = keep(&at, line->name, line->name_length);
    atomic_store_explicit(&entry->published, true, memory_order_release);
    return id;
}

static uint32_t enter_new(const struct fw_python_line *line, uint8_t *buffer)
{
    uint32_t id = publish(line);
    if (id) {
        fw_python_frames_send(id, buffer);
    } else if (!atomic_exchange(&counters->said_full, true)) {
        fw_stream_note(FW_LEVEL_WARN, "the table of Python lines is full: stacks lack those that are new");
    }
    return id;
}

/* Of a line that another thread entered, which may have been stopped or killed just before it could set the id: then
 * the line is entered a second time. */
static uint32_t id_of(const struct bucket *bucket, const struct fw_python_line *line, uint8_t *buffer)
{
    for (int spins = 0; spins < 1000; spins++) {
        uint32_t id = atomic_load_explicit(&bucket->id, memory_order_acquire);
        if (id) {
            return id == UINT32_MAX ? 0 : id;
        }
    }
    return enter_new(line, buffer);
}

uint32_t fw_python_frames_enter(const struct fw_python_line *line, uint8_t *buffer)
{
    uint64_t hash = hash_of(line);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        struct bucket *bucket = &buckets[(hash + probe) % BUCKETS];
        uint64_t seen = atomic_load_explicit(&bucket->hash, memory_order_acquire);
        if (!seen && atomic_compare_exchange_strong(&bucket->hash, &seen, hash)) {
            uint32_t id = enter_new(line, buffer);
            atomic_store_explicit(&bucket->id, id ? id : UINT32_MAX, memory_order_release);
            return id;
        }
        if (seen == hash) {
            return id_of(bucket, line, buffer);
        }
    }
    return 0;
}

void fw_python_frames_send(uint32_t id, uint8_t *buffer)
{
    /* Two of them fit into a frame. */
    enum { TEXT_MAX = 1950 };
    if (!id || id > LINES_MAX || !atomic_load_explicit(&entries[id].published, memory_order_acquire)) {
        return;
    }
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, FW_FRAME_MAX, FW_RECORD_PYTHON_FRAME);
    fw_frame_uint(&frame, FW_KEY_PYTHON_FRAME, id);
    fw_frame_text(&frame, FW_KEY_FILE, entries[id].file, TEXT_MAX);
    fw_frame_uint(&frame, FW_KEY_LINE, entries[id].line);
    fw_frame_text(&frame, FW_KEY_NAME, entries[id].name, TEXT_MAX);
    fw_frame_send(&frame);
}
