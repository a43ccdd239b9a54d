/* What runs in a forked child, from the fork until exec or the end: async-signal-safe calls alone, no allocation, no
 * lock, little stack. A test holds the built objects' undefined symbols against the list of what may be called. */
#ifndef FW_CHILD_CHILD_H
#define FW_CHILD_CHILD_H

#include "base/sys.h"

/* The fork handler for the child: from here on the process writes as the fork's child. Does nothing where that has been
 * done: a hook in an earlier fork handler may be the first code of a child that the agent sees. */
FW_HIDDEN void fw_child_begin(void);
/* The same for a child that shares its parent's descriptors (clone(2), CLONE_FILES): closes none of them. */
FW_HIDDEN void fw_child_begin_sharing_files(void);
/* The same for a child of a fork that nobody saw, at its first hooked call: takes a fork id for it. */
FW_HIDDEN void fw_child_begin_unobserved(void);
/* The same for vfork's child, which runs on the parent's memory and thread. */
FW_HIDDEN void fw_child_begin_vfork(void);

#endif
