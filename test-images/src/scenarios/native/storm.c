/* Functions that differ in nothing but their names and lines. */
#include "child.h"

static pid_t end_child(pid_t pid)
{
    if (pid == 0) {
        _exit(0);
    }
    return scenario_reap(pid, NULL);
}

#define STORM(number)                                                                                                  \
    static pid_t __attribute__((noinline)) storm##number(void)                                                         \
    {                                                                                                                  \
        return end_child(fork());                                                                                      \
    }

STORM(0) /* HERE: storm0 */
STORM(1) /* HERE: storm1 */
STORM(2) /* HERE: storm2 */
STORM(3) /* HERE: storm3 */
STORM(4) /* HERE: storm4 */
STORM(5) /* HERE: storm5 */
STORM(6) /* HERE: storm6 */
STORM(7) /* HERE: storm7 */

NATIVE(jint, Storm, fork)(JNIEnv *env, jclass type, jint number)
{
    (void)env, (void)type;
    static pid_t (*const storms[])(void) = {storm0, storm1, storm2, storm3, storm4, storm5, storm6, storm7};
    pid_t pid = storms[number]();
    return pid;
}
