/* Two versions of one function; libs/versioned.map names them. */
int former_version(void);
int present_version(void);
int alike(void);

__asm__(".symver former_version,version@VERSION_1");
__asm__(".symver present_version,version@@VERSION_2");

int former_version(void)
{
    return 1;
}

int present_version(void)
{
    return 2;
}

/* Two versions that are the same, as dlsym has them since glibc 2.34 (dlfcn/dlsym.c). */
int alike(void)
{
    return 3;
}

int former_alike(void) __attribute__((alias("alike")));
int present_alike(void) __attribute__((alias("alike")));
__asm__(".symver former_alike,unchanged@VERSION_1");
__asm__(".symver present_alike,unchanged@@VERSION_2");
