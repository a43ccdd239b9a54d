/* Frames that are not the agent's. */
int call_through(void (*function)(void *), void *argument, int depth);
void trap(void);

int __attribute__((noinline)) call_through(void (*function)(void *), void *argument, int depth)
{
    volatile int kept = depth;
    if (depth > 1) {
        kept += call_through(function, argument, depth - 1);
    } else {
        function(argument);
    }
    return kept;
}

/* Raises a signal (SIGILL or SIGTRAP) at the address that its si_addr tells. */
void __attribute__((noinline)) trap(void)
{
    __builtin_trap();
}
