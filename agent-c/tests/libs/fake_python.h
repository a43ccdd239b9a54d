/* As much of a CPython as the agent asks: thread states that carry the text of their traceback. */
#ifndef FW_TESTS_FAKE_PYTHON_H
#define FW_TESTS_FAKE_PYTHON_H

struct fake_state {
    struct fake_state *next;
    void *padding[4];
    unsigned long thread_id;
    unsigned long native_thread_id;
    const char *text;
    void *rest[64];
};

/* Of the calling thread; NULL where Python does not know it. */
extern struct fake_state *fake_python_this;
/* First of all states. */
extern struct fake_state *fake_python_head;
/* Whose thread may run Python code. */
extern struct fake_state *fake_python_current;
/* Called where a traceback is written, if not NULL. */
extern void (*fake_python_on_dump)(void);
/* Sets the version, 0x030B00F0 (3.11.0) before. */
void fake_python_be(unsigned long version);

#endif
