/* What runs in a forked child, from the fork until exec or the end: async-signal-safe calls alone, no allocation, no
 * lock, little stack. A test holds the built objects' undefined symbols against the list of what may be called. */
#ifndef FW_CHILD_CHILD_H
#define FW_CHILD_CHILD_H

#include "base/sys.h"

/* The fork handler for the child: from here on the process writes as the fork's child. */
FW_HIDDEN void fw_child_begin(void);
/* The same for vfork's child, which runs on the parent's memory and thread. */
FW_HIDDEN void fw_child_begin_vfork(void);

#endif
