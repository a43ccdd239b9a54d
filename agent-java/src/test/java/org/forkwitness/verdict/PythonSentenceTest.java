package org.forkwitness.verdict;

import static org.forkwitness.stream.ChildStory.lock;
import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;

/** Sentences name the lines of a Python program, not the interpreter's functions that carry it out. */
class PythonSentenceTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long IN_PYTHON = 0x7300_0511L;
    private static final long STACK_OF_CALL = 50;
    private static final long STACK_OF_LOCK = 51;
    private static final long BY_LIBRARY = 52;

    private static Fork fork(Consumer<ChildStory> story) {
        StreamBuilder stream = Scenario.start("");
        Scenario.module(stream, 4, "/usr/bin/python3.11", 0x7300_0000L, 0x7310_0000L);
        ChildStory.pythonFrame(stream, 1, "/usr/lib/python3.11/threading.py", 320, "wait");
        ChildStory.pythonFrame(stream, 2, "/srv/app.py", 12, "work");
        ChildStory.pythonFrame(stream, 3, "/srv/app.py", 7, "make");
        pythonStack(stream, STACK_OF_CALL, 1, 2);
        pythonStack(stream, STACK_OF_LOCK, 3);
        stream.add(
                RecordType.STACK,
                Key.STACK,
                BY_LIBRARY,
                Key.EPOCH,
                1,
                Key.PCS,
                new long[] {0x7200_0411L, IN_PYTHON},
                Key.PYTHON,
                new long[] {2},
                Key.MORE,
                false);
        return Judged.fork(stream, Call.FORK, story);
    }

    private static void pythonStack(StreamBuilder stream, long id, long... lines) {
        stream.add(
                RecordType.STACK,
                Key.STACK,
                id,
                Key.EPOCH,
                1,
                Key.PCS,
                new long[] {IN_PYTHON},
                Key.PYTHON,
                lines,
                Key.MORE,
                false);
    }

    @Test
    void aLockOfAnotherThread() {
        Fork fork = fork(child -> child.heldRows(lock(WORKER, LOCK, LockKind.SEMAPHORE, IN_PYTHON, 0, STACK_OF_LOCK))
                .holder(WORKER, IN_PYTHON, 0x9000_0000L, new byte[8])
                .calls("sem_wait", STACK_OF_CALL)
                .blocks("sem_wait", LOCK, LockKind.SEMAPHORE, WORKER, IN_PYTHON));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        // The holder of ChildStory stands at line 1, which is one of Python's library, and has no other.
        assertTrue(sentence(fork).contains("(initialised by make (app.py:7))"), sentence(fork));
        assertTrue(
                sentence(fork).contains("which thread 'worker' took on its way to wait (threading.py:320) and"),
                sentence(fork));
    }

    @Test
    void aTakerWhoseProgramIsNotKnown() {
        Fork fork = fork(child -> child.held(WORKER, LOCK, LockKind.SEMAPHORE, IN_PYTHON)
                .blocks("sem_wait", LOCK, LockKind.SEMAPHORE, WORKER, IN_PYTHON));
        assertTrue(sentence(fork).contains("which thread 'worker' took at python3.11+0x510 and"), sentence(fork));
    }

    @Test
    void callsStandWithTheLineThatMadeThem() {
        Fork fork = fork(child -> child.calls("sem_wait", STACK_OF_CALL)
                .calls("pthread_join", STACK_OF_CALL)
                .execs("/bin/true"));
        assertEquals(
                "child 4711 called sem_wait and pthread_join in Python (app.py:12, work) before exec of /bin/true;"
                        + " nothing that they use was held this time",
                sentence(fork));
    }

    /** As the first of those after a fork, which CPython makes before it has a thread state. */
    @Test
    void callsOfTheInterpreterWithoutALineStandAmongThem() {
        Fork fork = fork(child -> child.stack(60, new long[] {IN_PYTHON}, new long[0])
                .calls("sem_wait", 60L)
                .calls("pthread_join", STACK_OF_CALL)
                .execs("/bin/true"));
        assertTrue(sentence(fork).contains("called sem_wait and pthread_join in Python (app.py:12"), sentence(fork));
    }

    @Test
    void aLibraryBetweenThemIsNamed() {
        Fork fork = fork(child -> child.calls("setenv", BY_LIBRARY).execs("/bin/true"));
        assertTrue(sentence(fork).contains("called setenv (libown.so) before"), sentence(fork));
    }

    /** As subprocess's preexec_fn: the interpreter's own calls come first, and many. */
    @Test
    void whatCanDoHarmStandsFirst() {
        Fork fork = fork(child -> child.calls("sem_wait", null)
                .calls("malloc", null)
                .calls("pthread_join", null)
                .calls("pthread_cond_wait", null)
                .calls("pthread_mutex_lock", null)
                .calls("pthread_mutex_unlock", null)
                .calls("setenv", null)
                .execs("/bin/true"));
        assertTrue(
                sentence(fork)
                        .startsWith("child 4711 called setenv, malloc, sem_wait, pthread_join, pthread_cond_wait and 2"
                                + " more before exec"),
                sentence(fork));
    }
}
