/* A plug-in whose constructor waits: the loader's lock is held all the while. */
__attribute__((visibility("default"))) void scenario_constructor_waits(void);

__attribute__((constructor)) static void wait_in_constructor(void)
{
    scenario_constructor_waits();
}
