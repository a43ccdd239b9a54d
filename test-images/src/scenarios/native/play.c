/* The stage: threads of the play, the pipes that tell and release them, and what Java calls. No step depends on time.
 */
#include "play.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ACTORS = 8, NAME = 64, PATH = 512 };

struct actor {
    char name[NAME];
    char role[NAME];
    int said[2];
    int leave[2];
    bool said_it;
    bool held;
    bool native;
    pthread_t thread;
};

static struct actor actors[ACTORS];
static int actor_count;
static int ready[2];
static int go[2];
char play_directory[PATH];
JNIEnv *play_env;

/* Initial-exec, so that a signal handler or an allocator may read it: no access allocates. */
static __thread struct actor *self __attribute__((tls_model("initial-exec")));

static void give_up(const char *what)
{
    fprintf(stderr, "play: %s: %s\n", what, strerror(errno));
    abort();
}

static void put(int descriptor)
{
    char byte = 0;
    while (write(descriptor, &byte, 1) < 0 && errno == EINTR) {
    }
}

static void get(int descriptor)
{
    char byte;
    while (read(descriptor, &byte, 1) < 0 && errno == EINTR) {
    }
}

void play_say(void)
{
    if (self && !self->said_it) {
        self->said_it = true;
        put(self->said[1]);
    }
}

void play_hold(void)
{
    if (self && !self->held) {
        self->held = true;
        play_say();
        get(self->leave[0]);
    }
}

void play_ready(void)
{
    put(ready[1]);
}

void play_wait_for_go(void)
{
    get(go[0]);
}

static void act(const char *name)
{
    static const struct play_role *const all[] = {play_lock_roles,    play_more_lock_roles, play_holder_roles,
                                                  play_guarded_roles, play_api_roles,       play_region_roles,
                                                  play_stream_roles,  play_life_roles,      play_lost_roles,
                                                  play_jvm_roles,     play_whole_roles};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (const struct play_role *role = all[i]; role->name; role++) {
            if (strcmp(role->name, name) == 0) {
                role->act();
                return;
            }
        }
    }
    errno = ENOENT;
    give_up(name);
}

static struct actor *actor_named(const char *name)
{
    for (int i = 0; i < actor_count; i++) {
        if (strcmp(actors[i].name, name) == 0) {
            return &actors[i];
        }
    }
    return NULL;
}

_Bool play_thread(const char *name, pthread_t *thread)
{
    struct actor *actor = actor_named(name);
    if (actor) {
        *thread = actor->thread;
    }
    return actor != NULL;
}

/* The rest of the thread's life: a role that holds nowhere has said nothing yet. */
static void perform(struct actor *actor)
{
    self = actor;
    act(actor->role);
    play_say();
    self = NULL;
}

static void *native_thread(void *argument)
{
    struct actor *actor = argument;
    pthread_setname_np(pthread_self(), actor->name);
    perform(actor);
    return NULL;
}

/* Java strings without an allocation: some roles hold the allocator. */
static void copy_text(JNIEnv *env, jstring text, char to[NAME])
{
    if ((*env)->GetStringUTFLength(env, text) >= NAME) {
        errno = ENAMETOOLONG;
        give_up("text");
    }
    memset(to, 0, NAME);
    (*env)->GetStringUTFRegion(env, text, 0, (*env)->GetStringLength(env, text), to);
}

static struct actor *known(JNIEnv *env, jstring name)
{
    char text[NAME];
    copy_text(env, name, text);
    struct actor *actor = actor_named(text);
    if (!actor) {
        errno = ESRCH;
        give_up(text);
    }
    return actor;
}

static void JNICALL cast(JNIEnv *env, jclass type, jstring name, jstring role, jboolean native)
{
    (void)type;
    if (actor_count == ACTORS) {
        errno = ENOSPC;
        give_up("cast");
    }
    struct actor *actor = &actors[actor_count++];
    copy_text(env, name, actor->name);
    copy_text(env, role, actor->role);
    if (pipe2(actor->said, O_CLOEXEC) != 0 || pipe2(actor->leave, O_CLOEXEC) != 0) {
        give_up("pipe");
    }
    actor->native = native;
    if (native && pthread_create(&actor->thread, NULL, native_thread, actor) != 0) { /* HERE: play-thread */
        give_up("pthread_create");
    }
}

static void JNICALL perform_in_java(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    struct actor *actor = known(env, name);
    actor->thread = pthread_self();
    perform(actor);
}

static void JNICALL await(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    get(known(env, name)->said[0]);
}

static void JNICALL release(JNIEnv *env, jclass type, jstring name)
{
    (void)type;
    struct actor *actor = known(env, name);
    put(actor->leave[1]);
    if (actor->native) {
        pthread_join(actor->thread, NULL);
    }
}

static void JNICALL act_here(JNIEnv *env, jclass type, jstring role)
{
    (void)type;
    char text[NAME];
    copy_text(env, role, text);
    play_env = env;
    act(text);
}

static char child_role[NAME];

static void act_in_child(void)
{
    act(child_role);
}

static jint JNICALL fork_in_a_way(JNIEnv *env, jclass type, jstring way, jstring role)
{
    (void)type;
    char text[NAME];
    copy_text(env, way, text);
    copy_text(env, role, child_role);
    play_env = env;
    play_way *fork_so = play_way_named(text);
    if (!fork_so) {
        errno = ENOENT;
        give_up(text);
    }
    return fork_so(act_in_child);
}

/* Java goes on in the child as well. */
static jint JNICALL fork_and_return(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: play-fork-and-return */
    if (pid == 0) {
        play_die_with_parent();
    }
    return pid;
}

/* A negative status leaves nothing: called once in the parent, so that a child finds it ready to be called. */
static void JNICALL leave(JNIEnv *env, jclass type, jint status)
{
    (void)env, (void)type;
    if (status >= 0) {
        _exit(status);
    }
}

static void JNICALL await_ready(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    get(ready[0]);
}

static void JNICALL let_go(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    put(go[1]);
}

static jint JNICALL send_signal(JNIEnv *env, jclass type, jint pid, jint number)
{
    (void)env, (void)type;
    int result = kill(pid, number);
    STAY();
    return result;
}

static jint JNICALL reap(JNIEnv *env, jclass type, jint pid)
{
    (void)env, (void)type;
    int status = -1;
    return scenario_reap(pid, &status) == pid ? status : -1;
}

#define METHOD(name, signature, function)                                                                              \
    {                                                                                                                  \
        (char *)(name), (char *)(signature), (void *)(function)                                                        \
    }

/* Registered at once, as a method that is looked up at its first call takes the loader's lock, which some roles hold.
 */
NATIVE(void, Play, register)(JNIEnv *env, jclass type)
{
    static const JNINativeMethod methods[] = {
        METHOD("cast", "(Ljava/lang/String;Ljava/lang/String;Z)V", cast),
        METHOD("perform", "(Ljava/lang/String;)V", perform_in_java),
        METHOD("await", "(Ljava/lang/String;)V", await),
        METHOD("release", "(Ljava/lang/String;)V", release),
        METHOD("act", "(Ljava/lang/String;)V", act_here),
        METHOD("fork", "(Ljava/lang/String;Ljava/lang/String;)I", fork_in_a_way),
        METHOD("forkAndReturn", "()I", fork_and_return),
        METHOD("leave", "(I)V", leave),
        METHOD("awaitReady", "()V", await_ready),
        METHOD("go", "()V", let_go),
        METHOD("signal", "(II)I", send_signal),
        METHOD("reap", "(I)I", reap),
    };
    Dl_info info;
    if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(go, O_CLOEXEC) != 0 || !dladdr(actors, &info) ||
        strlen(info.dli_fname) >= PATH) {
        give_up("register");
    }
    strcpy(play_directory, info.dli_fname);
    *strrchr(play_directory, '/') = '\0';
    (*env)->RegisterNatives(env, type, methods, sizeof methods / sizeof methods[0]);
}
