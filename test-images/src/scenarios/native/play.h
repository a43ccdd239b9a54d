/* A play: threads that each take or enter something and stay there, and a child that is forked while they do. What a
 * thread or a child does is a role with a name; PlayMain puts the roles together. */
#ifndef SCENARIO_PLAY_H
#define SCENARIO_PLAY_H

#include <pthread.h>

#include "child.h"

struct play_role {
    const char *name;
    void (*act)(void);
};

/* The roles of each file; a name of NULL ends them. */
extern const struct play_role play_lock_roles[];
extern const struct play_role play_more_lock_roles[];
extern const struct play_role play_holder_roles[];
extern const struct play_role play_guarded_roles[];
extern const struct play_role play_api_roles[];
extern const struct play_role play_region_roles[];
extern const struct play_role play_stream_roles[];
extern const struct play_role play_life_roles[];
extern const struct play_role play_lost_roles[];
extern const struct play_role play_jvm_roles[];
extern const struct play_role play_whole_roles[];

/* Keeps the call before it from becoming a jump, which would leave no frame of its caller. */
#define STAY() __asm__ volatile("")

/* In a thread of the play, once: says that it is where it wants to be, and waits there until it is released. Does
 * nothing in other threads and in children. Async-signal-safe. */
void play_hold(void);
/* The first half of play_hold: only says it. */
void play_say(void);

/* In a child: tells the parent that it has come so far; waits for a byte from the parent. Async-signal-safe. */
void play_ready(void);
void play_wait_for_go(void);

/* Directory of the scenarios' libraries. */
extern char play_directory[];
/* JNI environment of the thread that forks. */
extern JNIEnv *play_env;
/* The thread of the play with this name; false where there is none. */
_Bool play_thread(const char *name, pthread_t *thread);

/* Makes a child that acts and then calls _exit(0); -1 where it cannot. NULL for a name that is no way to fork. */
typedef pid_t play_way(void (*act)(void));
play_way *play_way_named(const char *name);

/* In a child: a test that fails leaves none behind that hangs. It dies with the thread that forked it. */
void play_die_with_parent(void);

/* A page that can be made to fault. The thread of the play that touches it then holds there (play_hold) before it goes
 * on; any other thread, and a child, goes on at once. */
char *play_slow_page(void);
void play_make_slow(void);

#endif
