/* The JVM: JVMTI's environment and events, and what is asked of it. */
#ifndef FW_JVM_JVM_H
#define FW_JVM_JVM_H

#include <jvmti.h>
#include <stdbool.h>

#include "base/sys.h"

/* Takes a JVMTI environment, its capabilities and events. live: the agent came by attach. Returns false (with a log
 * line) where the JVM refuses: forks are then reported without Java frames. */
FW_HIDDEN bool fw_jvm_init(JavaVM *vm, bool live);

/* The JVM's home, "" where it does not tell. */
FW_HIDDEN const char *fw_jvm_home(void);
/* Sends the JVM record. */
FW_HIDDEN void fw_jvm_send(void);

/* For the agent thread, at each turn: attaches it to the JVM as a daemon thread once the JVM has started, detaches it
 * when the JVM dies. */
FW_HIDDEN void fw_jvm_attach_thread(void);
/* Tells, once, that the process comes to its end, and waits for the agent thread to see to that, for a bounded time. */
FW_HIDDEN void fw_jvm_end(void);

/* True while JVMTI may be called: from VMInit to VMDeath. */
FW_HIDDEN bool fw_jvm_is_live(void);

/* True once the JVM has said that it ends. */
FW_HIDDEN bool fw_jvm_is_ending(void);

/* For the agent thread, at the end of each turn, when the collector is started: lets the JVM end, which waits for this.
 * seen_ending: whether it was ending when the turn began, so that a whole turn has followed. */
FW_HIDDEN void fw_jvm_release(bool seen_ending);
/* There is no agent thread that the JVM's end could wait for. */
FW_HIDDEN void fw_jvm_never_wait(void);

/* Resolves the methods of all stacks that have come since the last call, and sends them; with names, asks for the
 * present names of all Java threads too. On a thread that the JVM knows, in native state. Returns at once where
 * the calling thread is not known to the JVM, or another one is at it. */
FW_HIDDEN void fw_jvm_resolve(bool names);
/* For a thread of the application in native state: JVMTI, for as long as no other thread asks it the like and the JVM
 * does not end; asked gives it back. NULL where the JVM is not live, or another thread is at it for more than 20 ms. */
FW_HIDDEN jvmtiEnv *fw_jvm_ask(void);
FW_HIDDEN void fw_jvm_asked(void);
/* Forgets what was sent, so that the next call sends all methods again. */
FW_HIDDEN void fw_jvm_forget(void);

#endif
