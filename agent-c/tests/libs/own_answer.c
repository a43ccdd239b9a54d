/* A second definition of what libs/answer.c defines: a plugin's own. */
int answer(void);

int answer(void)
{
    return 7;
}
