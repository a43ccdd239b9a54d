/* Calls of each form that an unwinder meets: direct, a jump in place of a call, through the linkage table, computed. */
void look(int place);
void other(int place);

int computed(int x);
int exported(int x);
void after(int place);

__attribute__((noipa)) static int direct(int x)
{
    look(1);
    return x + 1;
}

__attribute__((noipa)) static int jumping(int x)
{
    return direct(x * 2);
}

int exported(int x)
{
    int y = jumping(x);
    other(1);
    look(2);
    return y + 2;
}

void after(int place)
{
    other(place);
}

int computed(int x)
{
    int y = exported(x);
    after(2);
    return y + 3;
}

int steps(int x);
int steps(int x)
{
    int (*volatile pointer)(int) = computed;
    return pointer(x) + 4;
}
