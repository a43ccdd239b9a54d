/* Built against both versions of libs/versioned.c. */
int former_version(void);
int version(void);
int call_former(void);
int call_present(void);

__asm__(".symver former_version,version@VERSION_1");

int call_former(void)
{
    return former_version() + 0;
}

int call_present(void)
{
    return version() + 0;
}
