#include "jni.h"

#include <stdbool.h>

#include "observe.h"
#include "state/self.h"
#include "stubs.h"

const char *const fw_jni_names[] = {
#define FW_JNI(name) #name,
#include "jni.def"
#undef FW_JNI
};
const unsigned fw_jni_count = FW_JNI_COUNT;

/* A newer JVM's table is longer than the one known here: what lies behind is passed on as it is. */
enum { ENTRIES = FW_JNI_COUNT + 32 };

static JavaVM *the_vm;
/* The JVM tells of each thread that comes and goes. */
static bool is_told;
/* The JVM's own table, and what it holds, for the stubs. */
static void *const *original;
void *fw_jni_originals[FW_JNI_COUNT];
static void *exchanged[ENTRIES];

static void fill(void *const *table)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        exchanged[i] = table[i];
    }
    for (unsigned i = FW_JNI_GetVersion; i < FW_JNI_COUNT; i++) {
        fw_jni_originals[i] = table[i];
        exchanged[i] = (void *)(fw_jni_stubs + (size_t)FW_STUB_BYTES * i);
    }
    original = table;
}

void fw_jni_init(JavaVM *vm, JNIEnv *env)
{
    fill((void *const *)(const void *)*env);
    the_vm = vm;
    is_told = true;
}

void fw_jni_stop(void)
{
    is_told = false;
}

static JNIEnv *own_env(void)
{
    JNIEnv *env = is_told ? fw_self.jni : NULL;
    return env || (*the_vm)->GetEnv(the_vm, (void **)&env, JNI_VERSION_1_6) == JNI_OK ? env : NULL;
}

void fw_jni_exchange(void)
{
    JNIEnv *env = the_vm ? own_env() : NULL;
    if (!env) {
        return;
    }
    void *const *table = (void *const *)(const void *)*env;
    if (table != exchanged) {
        /* Another agent may have set a table of its own since (JVMTI, SetJNIFunctionTable). */
        if (table != original) {
            fill(table);
        }
        *env = (const struct JNINativeInterface_ *)(const void *)exchanged;
    }
}
