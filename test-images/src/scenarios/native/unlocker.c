/* Gives back what another library has taken. */
#include <pthread.h>

__attribute__((visibility("default"))) void unlocker_unlock(pthread_mutex_t *mutex);

void unlocker_unlock(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
    __asm__ volatile("");
}
