#include "api_java.h"

#include "api.h"
#include "state/calm.h"
#include "state/self.h"

JNIEXPORT jboolean JNICALL Java_org_forkwitness_api_ForkAware_works(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    return fw_calm_begun && !fw_in_child();
}

JNIEXPORT jboolean JNICALL Java_org_forkwitness_api_ForkAware_mark(JNIEnv *env, jclass type, jstring reason)
{
    (void)type;
    /* In modified UTF-8 a char takes up to three bytes, and the function adds a NUL (the JNI specification,
     * GetStringUTFRegion). What is too much is cut by fw_mark_set. */
    enum { CHARS = FW_MARK_TEXT, BYTES = 3 * CHARS + 1 };
    char text[BYTES] = "";
    if (reason) {
        jsize length = (*env)->GetStringLength(env, reason);
        (*env)->GetStringUTFRegion(env, reason, 0, length < CHARS ? length : CHARS, text);
    }
    return fw_api_thread_aware(0, text);
}
