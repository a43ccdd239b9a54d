/* Defines what the other libraries import and the tests hook. */
int answer(void);
int question(void);

int answer(void)
{
    return 42;
}

int question(void)
{
    return 6 * 9;
}
