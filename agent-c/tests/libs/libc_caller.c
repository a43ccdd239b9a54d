/* Calls a function of the C library that libs/answer.c has another one of, by a slot that is bound lazily and one that
 * is not. */
#include <stdlib.h>

long call_at_first_use(void);
long call_by_table(void);

static long (*const table[])(const char *) = {a64l};
static long (*const *volatile table_at)(const char *) = table;

long call_at_first_use(void)
{
    return a64l("/") + 0;
}

long call_by_table(void)
{
    return table_at[0]("/") + 0;
}
