/* The text in which CPython writes a traceback down a descriptor (Python/traceback.c, _Py_DumpTraceback, 3.3 to 3.12):
 * most recent call first, a line
 *
 *   File "NAME", line NUMBER in FUNCTION
 *
 * a frame; ??? stands for what is not known. Names are ASCII: other characters are written as \xHH, \uHHHH or
 * \UHHHHHHHH, a name of more than 500 characters is cut and ends in "...", quotes and backslashes are as they are. */
#ifndef FW_STACK_PYTHON_TEXT_H
#define FW_STACK_PYTHON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

/* One frame, pointing into the text. */
struct fw_python_line {
    const char *file;
    size_t file_length;
    const char *name; /* of the function */
    size_t name_length;
    uint32_t line; /* 0 where it is not known */
};

/* Reads the next frame at *at, before end, and moves *at behind it; false where there is none. Whatever is no frame is
 * passed over, and so is a last line without its end. Async-signal-safe. */
FW_HIDDEN bool fw_python_text_next(const char **at, const char *end, struct fw_python_line *line);

/* Writes a name as UTF-8 with its escapes undone, no more than length bytes; returns how many. An escape that CPython
 * would not have written is part of the name. What is no character (a byte of a file name that is no UTF-8) becomes
 * '?'. Async-signal-safe. */
FW_HIDDEN size_t fw_python_text_decode(const char *text, size_t length, char *decoded);

#endif
