/* Two versions of one function; libs/versioned.map names them. */
int former_version(void);
int present_version(void);

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
