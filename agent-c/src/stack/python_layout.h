/* The Python frames of a thread where CPython has no walker of its own to export (3.9, 3.10, 3.13): read from its
 * structures, and written down in the form that python_text.h describes.
 *
 * 3.13 tells where its members are (_PyRuntime.debug_offsets, Include/internal/pycore_runtime.h), for debuggers that
 * read it from outside. In 3.9 and 3.10 the places are those of the headers Include/cpython/{pystate,frameobject,code,
 * unicodeobject}.h, on 64-bit machines. Other versions are not read. Line numbers come from CPython's exported
 * functions, which look into the code object alone. */
#ifndef FW_STACK_PYTHON_LAYOUT_H
#define FW_STACK_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sys.h"

/* What a version's exported names mean; NULL where it has none. */
struct fw_python_exports {
    const char *(*version)(void);   /* Py_GetVersion: "3.10.12 (main, ...", from a buffer that it fills each time */
    const void *runtime;            /* _PyRuntime */
    const void *code_type;          /* PyCode_Type */
    int (*frame_line)(void *frame); /* PyFrame_GetLineNumber, of a PyFrameObject */
    int (*interpreter_frame_line)(void *frame); /* PyUnstable_InterpreterFrame_GetLine */
};

/* Once; not async-signal-safe. False where this version is none of those above. */
FW_HIDDEN bool fw_python_layout_find(const struct fw_python_exports *exports);

/* Writes the frames of a thread state, which stands still, innermost first; returns how many bytes. What does not fit
 * is left out. Async-signal-safe: takes no lock, allocates nothing, changes nothing. */
FW_HIDDEN size_t fw_python_layout_dump(const void *tstate, char *text, size_t size);

#endif
