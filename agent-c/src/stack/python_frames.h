/* Each line of a Python program that stands on some stack, once: an id for it and one PYTHON_FRAME record.
 *
 * Shared with forked children, as the dictionary of stacks is. Lock-free, allocates nothing, async-signal-safe. Two
 * lines are taken for one when their 64-bit hashes agree. */
#ifndef FW_STACK_PYTHON_FRAMES_H
#define FW_STACK_PYTHON_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "python_text.h"

FW_HIDDEN bool fw_python_frames_init(void);

/* The line's id, from 1; 0 where the table is full. A new one is sent: buffer has FW_FRAME_MAX bytes. */
FW_HIDDEN uint32_t fw_python_frames_enter(const struct fw_python_line *line, uint8_t *buffer);

/* Sends the PYTHON_FRAME record of an id again; nothing where it is not published yet. */
FW_HIDDEN void fw_python_frames_send(uint32_t id, uint8_t *buffer);

#endif
