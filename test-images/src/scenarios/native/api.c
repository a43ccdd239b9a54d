/* Roles: what a library says of its locks and threads by forkwitness.h. Without the agent they say nothing. */
#include <forkwitness.h>
#include <pthread.h>
#include <stdlib.h>

#include "play.h"

static pthread_mutex_t *named;

static void make_named(void)
{
    named = malloc(sizeof *named);
    if (!named || pthread_mutex_init(named, NULL) != 0) {
        abort();
    }
    forkwitness_name_lock(named, "the treasure");
}

static void mark_named(void)
{
    forkwitness_lock_is_fork_aware(named, "the child makes it anew");
}

static void hold_named(void)
{
    pthread_mutex_lock(named); /* HERE: hold-named */
    play_hold();
    pthread_mutex_unlock(named);
}

static void want_named(void)
{
    pthread_mutex_lock(named); /* HERE: want-named */
    pthread_mutex_unlock(named);
}

static void hold_marked(void)
{
    forkwitness_this_thread_is_fork_aware("children leave it alone");
    hold_named();
}

const struct play_role play_api_roles[] = {
    {"make-named", make_named}, {"mark-named", mark_named},   {"hold-named", hold_named},
    {"want-named", want_named}, {"hold-marked", hold_marked}, {NULL, NULL},
};
