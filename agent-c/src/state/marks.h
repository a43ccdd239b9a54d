/* What libraries say of their locks and threads (forkwitness.h): names, and reasons why forks need not fear them. A
 * bounded table and a bounded store of texts; lock-free and async-signal-safe. Plain memory: a forked child has a copy.
 */
#ifndef FW_STATE_MARKS_H
#define FW_STATE_MARKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

enum fw_mark_kind { FW_MARK_NAME, FW_MARK_AWARE, FW_MARK_KINDS };
enum { FW_MARKS_MAX = 4096, FW_MARK_TEXT = 200 };

/* False until the first mark, in most processes for ever: then nothing is to be looked for. */
FW_HIDDEN extern _Atomic bool fw_marks_any;

/* What a mark is about. The two never meet: locks are at even addresses. */
static inline uint64_t fw_mark_of_lock(uintptr_t address)
{
    return address;
}

static inline uint64_t fw_mark_of_thread(uint32_t id)
{
    return (uint64_t)id << 1 | 1;
}

/* Sets the text (cut at FW_MARK_TEXT bytes, at a character's end); NULL or "" takes it away. False where the table is
 * full. */
FW_HIDDEN bool fw_mark_set(uint64_t about, enum fw_mark_kind kind, const char *text);
/* The text, NULL where there is none. It stays where it is for the life of the process. */
FW_HIDDEN const char *fw_mark_get(uint64_t about, enum fw_mark_kind kind);
/* Takes both away; true if there was one. */
FW_HIDDEN bool fw_mark_forget(uint64_t about);

/* Iteration over all marks: start with *position 0, until false comes back. */
struct fw_mark {
    uint64_t about;
    const char *text[FW_MARK_KINDS]; /* NULL: none */
};
FW_HIDDEN bool fw_marks_next(uint32_t *position, struct fw_mark *mark);

#endif
