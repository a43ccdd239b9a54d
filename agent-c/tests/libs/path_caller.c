/* Opens libraries under names whose meaning depends on this one's RUNPATH and directory. */
#include <dlfcn.h>

void *open_from_library(const char *name);
void *open_from_library(const char *name)
{
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}
