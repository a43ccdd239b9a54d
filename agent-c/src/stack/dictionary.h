/* Each distinct stack once: an id for it, its content in the agent's own memory for the agent thread (which resolves
 * its methods), and one STACK record on the stream.
 *
 * Lock-free, allocates nothing, async-signal-safe. Two stacks are taken for one when their 64-bit hashes agree. */
#ifndef FW_STACK_DICTIONARY_H
#define FW_STACK_DICTIONARY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "python.h"

enum { FW_NATIVE_DEPTH = 128, FW_JAVA_DEPTH = 256 };

/* As AsyncGetCallTrace writes it (HotSpot, src/hotspot/share/prims/forte.cpp). */
struct fw_java_frame {
    int32_t bci;
    void *method; /* jmethodID */
};

/* A stack as it is captured, innermost frame first. */
struct fw_capture {
    uint32_t native;
    uint32_t java;
    uint32_t python;
    bool in_signal; /* some frame is a signal handler's */
    bool vanished;  /* of a thread of the JVM's process, as its child found it */
    uintptr_t pcs[FW_NATIVE_DEPTH];
    struct fw_java_frame frames[FW_JAVA_DEPTH];
    uint32_t lines[FW_PYTHON_DEPTH]; /* numbers of PYTHON_FRAMEs */
};

/* An entry of the dictionary; constant once published. */
struct fw_stack {
    uint32_t id;
    uint32_t epoch;
    bool foreign; /* entered by a forked child: its method ids may mean nothing in the JVM's process */
    bool in_signal;
    uint32_t native;
    uint32_t java;
    uint32_t python;
    const uintptr_t *pcs;
    const struct fw_java_frame *frames;
    const uint32_t *lines;
};

FW_HIDDEN bool fw_dictionary_init(void);
/* The id of this stack, from 1; 0 where it is empty or the dictionary is full. *is_new is set for the caller that
 * entered it and so must send it. */
FW_HIDDEN uint32_t fw_dictionary_enter(const struct fw_capture *capture, uint32_t epoch, bool *is_new);
/* Stacks entered so far: ids 1..count, of which the last ones may not be published yet. */
FW_HIDDEN uint32_t fw_dictionary_count(void);
/* The entry; NULL if it is not published yet. */
FW_HIDDEN const struct fw_stack *fw_dictionary_get(uint32_t id);
/* Stacks that found no room. */
FW_HIDDEN uint32_t fw_dictionary_refused(void);

#endif
