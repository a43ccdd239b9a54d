/* Loads, uses and unloads plug-ins. */
#include <dlfcn.h>
#include <stdint.h>

#include "child.h"

NATIVE(jint, Late, fork)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: late-fork */
    if (pid == 0) {
        _exit(0);
    }
    return scenario_reap(pid, NULL);
}

/* Opens a plug-in; 0 where it cannot be loaded. */
NATIVE(jlong, Late, open)(JNIEnv *env, jclass type, jstring path)
{
    (void)type;
    const char *file = (*env)->GetStringUTFChars(env, path, NULL);
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    (*env)->ReleaseStringUTFChars(env, path, file);
    return (jlong)(intptr_t)handle;
}

/* Calls the plug-in's function: the child's pid. */
NATIVE(jint, Late, call)(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    pid_t (*plugin)(void);
    *(void **)&plugin = dlsym((void *)(intptr_t)handle, "plugin_run");
    return plugin ? plugin() : -1;
}

/* Closes it. True if it is really gone, so that dladdr finds nothing any more where its function was. */
NATIVE(jboolean, Late, close)(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    void *function = dlsym((void *)(intptr_t)handle, "plugin_run");
    Dl_info info;
    dlclose((void *)(intptr_t)handle);
    return dladdr(function, &info) == 0;
}
