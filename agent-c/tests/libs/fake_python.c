#include "fake_python.h"

#include <string.h>
#include <unistd.h>

struct fake_state *fake_python_this;
struct fake_state *fake_python_head;
struct fake_state *fake_python_current;
void (*fake_python_on_dump)(void);

extern unsigned long Py_Version;
unsigned long Py_Version = 0x030B00F0;

/* Names reserved for the implementation, thus labels only. */
void dump_traceback(int fd, void *state) __asm__("_Py_DumpTraceback");
void *PyGILState_GetThisThreadState(void);
void *PyInterpreterState_Main(void);
void *PyInterpreterState_ThreadHead(void *interpreter);
void *PyThreadState_Next(void *state);
void *unchecked_get(void) __asm__("_PyThreadState_UncheckedGet");
int PyGILState_Check(void);

void fake_python_be(unsigned long version)
{
    Py_Version = version;
}

/* In pieces, as CPython does; a reader must not count on whole lines. */
void dump_traceback(int fd, void *state)
{
    const char *text = ((struct fake_state *)state)->text;
    size_t length = strlen(text);
    if (fake_python_on_dump) {
        fake_python_on_dump();
    }
    for (size_t from = 0; from < length; from += 5) {
        ssize_t ignored = write(fd, text + from, length - from < 5 ? length - from : 5);
        (void)ignored;
    }
}

void *PyGILState_GetThisThreadState(void)
{
    return fake_python_this;
}

/* Any address. */
void *PyInterpreterState_Main(void)
{
    return &fake_python_head;
}

void *PyInterpreterState_ThreadHead(void *interpreter)
{
    return *(struct fake_state **)interpreter;
}

void *PyThreadState_Next(void *state)
{
    return ((struct fake_state *)state)->next;
}

void *unchecked_get(void)
{
    return fake_python_current;
}

int PyGILState_Check(void)
{
    return fake_python_this && fake_python_this == fake_python_current;
}
