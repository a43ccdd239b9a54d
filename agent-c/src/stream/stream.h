/* The one way out of the process: frames of at most PIPE_BUF bytes to a pipe, a named pipe or a spool file.
 *
 * Everything here but the setters is async-signal-safe, keeps errno, and may be called from any thread, from a fork's
 * child and from a vfork's child. A full pipe costs a bounded wait, then the frame is counted as lost (DESIGN.md). */
#ifndef FW_STREAM_STREAM_H
#define FW_STREAM_STREAM_H

#include "cbor.h"

#define FW_RECORD(name, number) FW_RECORD_##name = (number),
enum fw_record {
#include "records.def"
};
#undef FW_RECORD
#define FW_KEY(name, number, kind) FW_KEY_##name = (number),
enum fw_key {
#include "records.def"
};
#undef FW_KEY
#define FW_CALL(name, number, text) FW_CALL_##name = (number),
enum fw_call {
#include "records.def"
};
#undef FW_CALL
#define FW_THREAD_KIND(name, number, text) FW_THREAD_KIND_##name = (number),
enum fw_thread_kind {
#include "records.def"
};
#undef FW_THREAD_KIND
#define FW_LEVEL(name, number, text) FW_LEVEL_##name = (number),
enum fw_level {
#include "records.def"
};
#undef FW_LEVEL
#define FW_CATEGORY(name, number, text) FW_CATEGORY_##name = (number),
enum fw_category {
#include "records.def"
};
#undef FW_CATEGORY
#define FW_LOCK_KIND(name, number, text) FW_LOCK_KIND_##name = (number),
enum fw_lock_kind {
#include "records.def"
};
#undef FW_LOCK_KIND
#define FW_CHILD_STATE(name, number, text) FW_CHILD_STATE_##name = (number),
enum fw_child_state {
#include "records.def"
};
#undef FW_CHILD_STATE
#define FW_GUARD(name, number, text) FW_GUARD_##name = (number),
enum fw_guard {
#include "records.def"
};
#undef FW_GUARD

/* pipe(7): writes of up to PIPE_BUF bytes are atomic. */
#define FW_FRAME_MAX 4096u
/* Enough for every frame but those of stacks and long texts. */
#define FW_FRAME_SMALL 512u

struct fw_frame {
    struct fw_cbor cbor;
    unsigned pairs;
};

/* Begins a frame of this type in buffer (size bytes): the mark, the map and the time. PROC and SEQ are set when it is
 * sent, so that a frame that is given up leaves no gap. */
FW_HIDDEN void fw_frame_begin(struct fw_frame *frame, uint8_t *buffer, size_t size, enum fw_record type);
FW_HIDDEN void fw_frame_begin_at(struct fw_frame *frame, uint8_t *buffer, size_t size, enum fw_record type,
                                 uint64_t time_ns);
FW_HIDDEN void fw_frame_uint(struct fw_frame *frame, enum fw_key key, uint64_t value);
/* Leaves the pair out where value is 0. */
FW_HIDDEN void fw_frame_some(struct fw_frame *frame, enum fw_key key, uint64_t value);
FW_HIDDEN void fw_frame_int(struct fw_frame *frame, enum fw_key key, int64_t value);
FW_HIDDEN void fw_frame_bool(struct fw_frame *frame, enum fw_key key, bool value);
/* text may be NULL: the pair is left out. It is cut at limit bytes. */
FW_HIDDEN void fw_frame_text(struct fw_frame *frame, enum fw_key key, const char *text, size_t limit);
FW_HIDDEN void fw_frame_bytes(struct fw_frame *frame, enum fw_key key, const void *bytes, size_t length);
/* Announces an array; the caller appends the items to frame->cbor. */
FW_HIDDEN void fw_frame_array(struct fw_frame *frame, enum fw_key key, size_t items);
/* Sends it. A frame that did not fit its buffer counts as lost. */
FW_HIDDEN void fw_frame_send(struct fw_frame *frame);
/* The same with a last pair, whose bytes are taken from where they are. */
FW_HIDDEN void fw_frame_send_bytes(struct fw_frame *frame, enum fw_key key, const void *bytes, size_t length);

/* Who writes: 0 in the JVM's process; a forked child becomes the fork's id and counts from 0 again. */
FW_HIDDEN void fw_stream_become(uint32_t proc);
FW_HIDDEN uint32_t fw_stream_proc(void);

/* From here on, frames are kept back and go together, by one write where that is no more than FW_FRAME_MAX; those that
 * begin meanwhile bear the time of this moment. In a child with one thread, and not vfork's: a write costs a child that
 * begins several us, for it finds the reader at the pipe or has to wake it. */
FW_HIDDEN void fw_stream_cork(void);
/* Sends what was kept back. By the code that corked the stream, or by a handler that may have interrupted that: there
 * nothing, where it was just putting something in. */
FW_HIDDEN void fw_stream_uncork(void);
FW_HIDDEN void fw_stream_uncork_in_handler(void);

/* Longest wait on a full pipe, ms. */
FW_HIDDEN void fw_stream_set_patience(unsigned milliseconds);
/* A spool ends to grow at this size; 0 is no limit. Frames of any process after that are lost and counted. */
FW_HIDDEN void fw_stream_limit_spool(uint64_t bytes);
/* Frames that the process of PROC 0 numbered so far. */
FW_HIDDEN uint64_t fw_stream_sent(void);

/* True where the reader keeps up, so that what can be done without may be sent, too: the pipe is no fuller than a
 * quarter, or the stream is a file. Two system calls. */
FW_HIDDEN bool fw_stream_is_at_ease(void);

/* STATE or BYE with the two counters. */
FW_HIDDEN void fw_stream_counters(enum fw_record type);
/* One LOG record. */
FW_HIDDEN void fw_stream_note(enum fw_level level, const char *text);

#endif
