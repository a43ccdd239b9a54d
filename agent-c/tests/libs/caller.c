/* Reaches imported functions through each kind of slot: PLT, GOT, constant and variable pointers. */
int answer(void);
int question(void);
int call_answer(void);
int call_by_address(void);
int call_by_table(void);
int call_by_variable(void);

static int (*const table[])(void) = {answer};
static int (*variable)(void) = answer;

/* Keep the compiler from turning the pointers into plain calls. */
static int (*const *volatile table_at)(void) = table;
static int (**volatile variable_at)(void) = &variable;

int call_answer(void)
{
    return answer() + 0;
}

int call_by_address(void)
{
    int (*volatile address)(void) = question;
    return address() + 0;
}

int call_by_table(void)
{
    return table_at[0]() + 0;
}

int call_by_variable(void)
{
    return (*variable_at)() + 0;
}
