/* Defines what the other libraries import and the tests hook. */
#include <stdlib.h>

int answer(void);
int question(void);

int answer(void)
{
    return 42;
}

/* The C library's, which this one stands before, gives 1 for "/". */
long a64l(const char *text)
{
    return *text == '/' ? 77 : 0;
}

int question(void)
{
    return 6 * 9;
}
