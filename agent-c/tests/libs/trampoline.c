/* Frames that are not the agent's. */
int call_through(void (*function)(void *), void *argument, int depth);

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
