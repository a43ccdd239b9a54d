/* Which descriptors are the agent's, and their ways out of an application's way. Async-signal-safe, but for what says
 * that it is the agent thread's. */
#ifndef FW_STREAM_DESCRIPTORS_H
#define FW_STREAM_DESCRIPTORS_H

#include <stdbool.h>

#include "base/sys.h"

/* Where the frames go. Set-up and switching: the agent thread only. fd -1 drops and counts. The number may change at
 * any time (fw_stream_make_way): nobody keeps a copy of it. */
FW_HIDDEN void fw_stream_set_fd(int fd);
FW_HIDDEN int fw_stream_fd(void);
/* The agent's other descriptors, by role; -1 is none. The hooks of close and its kin pass them over, as they do the
 * stream's own. */
enum fw_descriptor { FW_PIPE_READER, FW_COLLECTOR_WATCH, FW_COLLECTOR_SIGN, FW_PYTHON_TEXT, FW_DESCRIPTORS };
FW_HIDDEN void fw_stream_keep(enum fw_descriptor role, int fd);
FW_HIDDEN int fw_stream_kept(enum fw_descriptor role);
/* The descriptor of that role, for something to be written to it: until it is given back, fw_stream_make_way gives the
 * writer a moment. Not in vfork's child. */
FW_HIDDEN int fw_stream_borrow(enum fw_descriptor role);
/* The same for the stream's own, and in vfork's child, too, which nobody waits for. */
FW_HIDDEN int fw_stream_borrow_own(void);
FW_HIDDEN void fw_stream_give_back(void);
/* True where another process shares this one's descriptors (fw_stream_before_sharing). */
FW_HIDDEN bool fw_stream_shares_files(void);
/* True if fd is the stream's or one of these. */
FW_HIDDEN bool fw_stream_owns(int fd);

/* The application is about to put something else in the place of fd (dup2(2)): where that is one of the agent's, it
 * moves to another number first, and frames that are being written to the old one get a moment to get there. */
FW_HIDDEN void fw_stream_make_way(int fd);
/* Before a child that shares its parent's descriptors (clone(2), CLONE_FILES without CLONE_VM), in the parent: where
 * the agent's are is from now on the same for both. Not where a vfork's child makes one: nobody knows of it then. */
FW_HIDDEN void fw_stream_before_sharing(void);
/* ... and in that child, after fw_stream_become. */
FW_HIDDEN void fw_stream_share_files(void);
/* Before and after a vfork, in its parent: the descriptors of the child are the same, what it did to them is the past.
 */
FW_HIDDEN void fw_stream_forget_vfork(void);

/* Closes the stream: its reader finds the end once no child holds it either. Frames after that are lost. Not in a
 * child. */
FW_HIDDEN void fw_stream_end(void);

/* In a forked child: it has its own from now on, which are where its parent's were; of fw_stream_become. */
FW_HIDDEN void fw_stream_inherit_files(void);

#endif
