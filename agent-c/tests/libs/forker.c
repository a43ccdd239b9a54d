/* Calls fork and dlsym as an application's library does: through its own slots. */
#include <dlfcn.h>
#include <unistd.h>

int forker_fork(void);
void *forker_look_up(void *handle, const char *name);

int forker_fork(void)
{
    return fork();
}

void *forker_look_up(void *handle, const char *name)
{
    return dlsym(handle, name);
}
