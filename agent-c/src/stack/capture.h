/* Takes the running thread's stack, enters it in the dictionary and sends it if it is new. */
#ifndef FW_STACK_CAPTURE_H
#define FW_STACK_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "dictionary.h"

FW_HIDDEN bool fw_capture_init(void);

/* The stack's id, 0 where there is none to be had. Keeps errno; allocates nothing and takes no lock unless may_block
 * (see fw_java_stack), which only a hook may say that holds nothing: never a fork handler. */
FW_HIDDEN uint32_t fw_capture_stack(bool may_block);

/* Sends a stack of the dictionary, in as many STACK records as it needs. */
FW_HIDDEN void fw_capture_send(const struct fw_stack *stack);

/* Numbers of PYTHON_FRAMEs for the frames of a vanished thread, innermost first, at most FW_PYTHON_DEPTH; see
 * fw_python_stack_of. Keeps errno. */
FW_HIDDEN uint32_t fw_capture_python_of(const struct fw_thread *thread, uint32_t *lines);

/* In the child: the vanished threads' scratch memory is free again; the surviving one's is not, which a handler's fork
 * may have interrupted. */
FW_HIDDEN void fw_capture_reset(void);
/* Around a vfork, in its parent: what the child had when it was killed is free again. */
FW_HIDDEN void fw_capture_before_vfork(void);
FW_HIDDEN void fw_capture_after_vfork(void);

#endif
