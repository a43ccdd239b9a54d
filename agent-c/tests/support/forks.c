#include "forks.h"

#include <sys/wait.h>

#include "state/self.h"
#include "state/shared.h"
#include "state/threads.h"
#include "support/unit.h"

int forks_set_up(void **state)
{
    (void)state;
    pipe_open();
    return 0;
}

int forks_tear_down(void **state)
{
    (void)state;
    assert_int_equal(fw_self.fork, 0);
    assert_false(fw_in_child());
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    pipe_close();
    return 0;
}

int status_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

uint64_t expect_fork(enum fw_call call)
{
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_FORK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), 0);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALL), call);
    assert_int_equal(decoded_number(&frame, FW_KEY_TID), fw_gettid());
    assert_int_not_equal(decoded_number(&frame, FW_KEY_STACK), 0);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), fw_threads_self(NULL)->id);
    return decoded_number(&frame, FW_KEY_FORK);
}

void read_story(uint64_t fork, struct story *story)
{
    struct decoded frame;
    memset(story, 0, sizeof *story);
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        if (type == FW_RECORD_FORK_RESULT && decoded_number(&frame, FW_KEY_FORK) == fork) {
            story->results++;
            story->result_pid = decoded_number(&frame, FW_KEY_PID);
            story->result_errno = decoded_number(&frame, FW_KEY_ERRNO);
        }
        if (decoded_number(&frame, FW_KEY_PROC) == fork) {
            assert_int_equal(decoded_number(&frame, FW_KEY_SEQ), story->next_seq);
            story->next_seq++;
            story->frames += type != FW_RECORD_STACK;
            story->last = frame;
            if (type == FW_RECORD_CHILD) {
                story->children++;
                story->child_pid = decoded_number(&frame, FW_KEY_PID);
            }
        }
    }
}
