/* A program without the agent: the library is there, and everything it tells goes nowhere. */
#include <pthread.h>

int marker_name(pthread_mutex_t *lock, const char *name);
int marker_this_thread(const char *reason);

int main(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    return marker_name(&lock, "a name") == 0 && marker_this_thread("a reason") == 0 ? 0 : 1;
}
