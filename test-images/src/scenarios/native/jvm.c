/* Roles of children that call into the JVM, whose threads they have not. */
#include "play.h"

static jclass the_system;
static jmethodID collect_method;

/* What the child calls has been looked up before. */
static void prepare_jvm(void)
{
    JNIEnv *env = play_env;
    the_system = (*env)->NewGlobalRef(env, (*env)->FindClass(env, "java/lang/System"));
    collect_method = (*env)->GetStaticMethodID(env, the_system, "gc", "()V");
}

static void call_jni(void)
{
    JNIEnv *env = play_env;
    (*env)->GetVersion(env); /* HERE: call-jni */
    STAY();
}

static void collect_garbage(void)
{
    JNIEnv *env = play_env;
    (*env)->CallStaticVoidMethod(env, the_system, collect_method); /* HERE: collect-garbage */
    STAY();
}

/* More than the heap holds, though nothing of it lives: a collection is needed. */
static void fill_heap(void)
{
    enum { MIB = 1 << 20, ENOUGH = 4096 };
    JNIEnv *env = play_env;
    for (int i = 0; i < ENOUGH; i++) {
        (*env)->DeleteLocalRef(env, (*env)->NewByteArray(env, MIB)); /* HERE: fill-heap */
    }
}

const struct play_role play_jvm_roles[] = {
    {"prepare-jvm", prepare_jvm}, {"call-jni", call_jni}, {"collect-garbage", collect_garbage},
    {"fill-heap", fill_heap},     {NULL, NULL},
};
