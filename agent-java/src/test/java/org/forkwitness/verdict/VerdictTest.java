package org.forkwitness.verdict;

import static org.forkwitness.verdict.Judged.MAIN;
import static org.forkwitness.verdict.Judged.PID;
import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.codes;
import static org.forkwitness.verdict.Judged.fork;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildState;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;

/** All verdicts but those of locks, each rule with a case beside it in which it is silent. */
class VerdictTest {
    private static final long SITE = 0x7200_0511L;
    private static final long LIBC_LOCK = 0x7000_9000L;
    private static final long HEAP = 0x5000_0000L;
    private static final long[] SAME_JAVA = {1, -3, 2, 17};
    private static final long[] OTHER_JAVA = {2, 30};
    private static final int SIGTERM = 15;

    @Test
    void execByAsyncSignalSafeCallsAloneIsSafe() {
        Fork fork = fork(child -> child.execs("/bin/true").reaped(PID, 3 << 8));
        assertEquals(Verdict.SAFE, fork.verdict());
        assertEquals(List.of("async-signal-safe"), codes(fork));
        assertEquals(
                "child 4711 reached exec of /bin/true 2.0 ms after fork() in com.x.Launcher.start (Launcher.java:42) by"
                        + " async-signal-safe calls alone",
                sentence(fork));
        assertEquals(Outcome.EXEC, fork.child().outcome());
        assertEquals(3, fork.child().status());
        assertEquals(0, fork.child().createdThreads());
        assertEquals(0, fork.allocator().threadsInside());
        assertEquals(Verdict.SAFE, fork(child -> child.ends("_exit", 0)).verdict());
        assertEquals(
                Verdict.SAFE,
                fork(child -> child.execs("/a").execFails().execs("/b")).verdict());
    }

    @Test
    void whatWasNotObservedIsUnknown() {
        StreamBuilder old = Scenario.start("");
        Scenario.forkAndExec(old, 1, 1L, 10);
        Fork withoutDictionary = new Judged(old).report(1);
        assertEquals(Verdict.UNKNOWN, withoutDictionary.verdict());
        assertEquals(List.of("unobserved"), codes(withoutDictionary));
        assertNull(withoutDictionary.allocator().threadsInside());

        StreamBuilder gap = ChildStory.dictionary(Scenario.start(""));
        Scenario.fork(gap, 1, Call.FORK, 1L, 10, null);
        ChildStory child = new ChildStory(gap, 1).begins(PID);
        gap.lose(1);
        child.execs("/bin/true");
        Fork withGap = new Judged(gap).report(1);
        assertEquals(Verdict.UNKNOWN, withGap.verdict());
        assertEquals(List.of("unobserved", "records-lost"), codes(withGap));
        assertEquals(
                "1 record of child 4711 did not arrive: it may have done more than is shown here",
                withGap.reasons().get(1).message());

        StreamBuilder unobserved = ChildStory.dictionary(Scenario.start(""));
        new ChildStory(unobserved, 1).begins(PID).calls("malloc", 2L).execs("/bin/true");
        Fork without = new Judged(unobserved).report(1);
        assertEquals(Verdict.UNKNOWN, without.verdict());
        StreamBuilder unsafe = ChildStory.dictionary(Scenario.start(""));
        new ChildStory(unsafe, 1).begins(PID).inside(WORKER, "setenv", SITE).calls("setenv", 2L);
        assertEquals(Verdict.UNSAFE, new Judged(unsafe).report(1).verdict());
    }

    @Test
    void callsThatMeetNobodyAreLatent() {
        Fork fork = fork(child -> child.calls("malloc", 2L)
                .calls("puts", null)
                .counts("malloc", 12)
                .counts("malloc", 7)
                .execs("/bin/true"));
        assertEquals(Verdict.LATENT, fork.verdict());
        assertEquals(List.of("not-async-signal-safe"), codes(fork));
        assertEquals(
                "child 4711 called malloc (libc.so.6) and puts before exec of /bin/true; nothing that they use was held"
                        + " this time",
                sentence(fork));
        assertEquals("malloc", fork.child().calls().get(0).function());
        assertEquals("allocator", fork.child().calls().get(0).category());
        assertEquals(12, fork.child().calls().get(0).count());
        assertEquals(2.0, fork.child().calls().get(0).firstAtMs());
        assertEquals(2, fork.child().calls().get(0).stack().size());
        assertEquals(1, fork.child().calls().get(1).count());
    }

    @Test
    void whatTheCLibraryMendsIsLatent() {
        Fork fork = fork(child ->
                child.inside(WORKER, "malloc", SITE).calls("malloc", 2L).ends("_exit", 0));
        assertEquals(Verdict.LATENT, fork.verdict());
        assertEquals(
                "child 4711 called malloc (libc.so.6) before _exit(); thread 'worker' was inside malloc"
                        + " (libown.so+0x510), but glibc 2.36 protects the allocator across fork",
                sentence(fork));
        assertEquals(1, fork.allocator().threadsInside());
        Fork without = fork(
                Call.UNDERSCORE_FORK,
                child ->
                        child.inside(WORKER, "malloc", SITE).calls("malloc", 2L).ends("_exit", 0));
        assertEquals(Verdict.UNSAFE, without.verdict());
        assertTrue(sentence(without).endsWith("glibc 2.36 does not protect the allocator across _Fork"));
    }

    @Test
    void aStateThatAnotherThreadWasInsideOfIsUnsafe() {
        Fork fork = fork(child ->
                child.inside(WORKER, "setenv", SITE).calls("setenv", 2L).execs("/bin/true"));
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals(List.of("in-region", "not-async-signal-safe"), codes(fork));
        assertEquals(
                "child 4711 called setenv (libc.so.6+0x210) while thread 'worker' was inside setenv (libown.so+0x510):"
                        + " glibc 2.36 does not protect the environment across fork",
                sentence(fork));
        assertEquals("worker", fork.holders().get(0).name());
        assertEquals("setenv", fork.holders().get(0).inside().get(0).function());
        assertEquals("environment", fork.holders().get(0).inside().get(0).category());
        assertEquals("0x510", fork.holders().get(0).inside().get(0).at().offset());
        assertEquals(
                "child 4711 called setenv (libc.so.6) before exec of /bin/true",
                fork.reasons().get(1).message());
    }

    @Test
    void otherStatesDoNotMeet() {
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.inside(WORKER, "tzset", SITE).calls("setenv", 2L).execs("/x"))
                        .verdict());
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.inside(WORKER, "setenv", SITE).calls("getenv", 2L).execs("/x"))
                        .verdict());
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.inside(MAIN, "setenv", SITE).calls("setenv", 2L).execs("/x"))
                        .verdict(),
                "the thread that forked is there");
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.inside(WORKER, "dlsym", SITE).calls("dlopen", 2L).execs("/x"))
                        .verdict(),
                "glibc resets the loader's own lock");
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.inside(WORKER, "dlopen", SITE).calls("dlopen", 2L).execs("/x"))
                        .verdict(),
                "who is inside dlopen has the list's lock for moments only");
        assertEquals(
                Verdict.UNSAFE,
                fork(c -> c.inside(WORKER, "dl_iterate_phdr", SITE)
                                .calls("dlopen", 2L)
                                .execs("/x"))
                        .verdict());
    }

    @Test
    void hangsInAStateOfTheCLibrary() {
        Fork fork =
                fork(c -> c.inside(WORKER, "tzset", SITE).calls("localtime", 2L).hangs(LIBC_LOCK, false));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(List.of("in-region", "not-async-signal-safe"), codes(fork));
        assertTrue(sentence(fork).startsWith("child 4711 hangs in localtime"), sentence(fork));
        assertEquals("worker", fork.child().blockedOn().holder().name());
        assertNull(fork.child().blockedOn().lock());
        assertEquals(Outcome.DEADLOCKED, fork.child().outcome());
        Fork elsewhere =
                fork(c -> c.inside(WORKER, "tzset", SITE).calls("localtime", 2L).hangs(SITE, false));
        assertEquals(List.of("lost-thread", "in-region", "not-async-signal-safe"), codes(elsewhere));
    }

    @Test
    void waitsForAThreadThatWasNotCopied() {
        Fork fork = fork(child -> child.calls("pthread_cond_wait", 2L)
                .waits("pthread_cond_wait", HEAP, 2L)
                .hangs(HEAP + 8, false, Key.CALLED, ChildStory.number("pthread_cond_wait"), Key.OBJECT, HEAP));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals("lost-thread", codes(fork).get(0));
        assertEquals(
                "child 4711 waits in pthread_cond_wait for thread 'VM Thread', which was not copied: nobody in the child"
                        + " can wake it",
                sentence(fork));
        assertEquals("VM Thread", fork.child().blockedOn().lostThread());
        Fork nameless = fork(child -> child.hangs(HEAP, false, Key.CALLED, ChildStory.number("sem_wait")));
        assertTrue(sentence(nameless).contains("for a thread that was not copied"), sentence(nameless));
        assertNull(nameless.child().blockedOn().lostThread());
        Fork jvm = fork(child -> child.hangs(HEAP, false, Key.LOST_THREAD, 2, Key.SYMBOL, "VMOperation_lock"));
        assertTrue(
                sentence(jvm).contains("waits at VMOperation_lock of the JVM for thread 'VM Thread'"), sentence(jvm));
    }

    @Test
    void aWaitAloneIsNoFinding() {
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.calls("pthread_cond_wait", 2L).waits("pthread_cond_wait", HEAP, 2L))
                        .verdict());
        assertEquals(
                Verdict.LATENT,
                fork(c -> c.calls("pthread_create", 2L)
                                .hangs(HEAP, false, Key.CALLED, ChildStory.number("pthread_cond_wait")))
                        .verdict(),
                "a thread of the child's own may signal it");
    }

    /** A child that ends the JVM: its main thread joins those of the shutdown hooks, one of which wants the VM Thread. */
    @Test
    void aThreadOfTheChildsOwnWaitsForOneThatWasNotCopied() {
        Fork lost = fork(c -> c.calls("pthread_create", 2L)
                .waits("pthread_cond_wait", HEAP, 2L)
                .waits("pthread_cond_wait", HEAP + 4096, null)
                .hangs(HEAP + 40, false, Key.SYMBOL, "VMOperation_lock"));
        assertEquals(Verdict.DEADLOCKED, lost.verdict());
        assertTrue(
                sentence(lost).contains("at VMOperation_lock of the JVM for thread 'VM Thread', which was not copied"),
                sentence(lost));
        Fork idle = fork(c -> c.calls("pthread_create", 2L)
                .waits("pthread_cond_wait", HEAP, 2L)
                .waits("pthread_cond_wait", HEAP + 4096, null)
                .hangs(HEAP + 4096, false));
        assertEquals(Verdict.LATENT, idle.verdict());
    }

    @Test
    void joinsAThreadThatWasNotCopied() {
        Fork lost = fork(c -> c.waits("pthread_join", HEAP, WORKER).hangs(HEAP + 0x2d0, true));
        assertEquals(Verdict.DEADLOCKED, lost.verdict());
        assertEquals("worker", lost.child().blockedOn().lostThread());
        Fork own = fork(c ->
                c.calls("pthread_create", 2L).waits("pthread_join", HEAP, null).hangs(HEAP + 0x2d0, true));
        assertEquals(Verdict.LATENT, own.verdict());
    }

    @Test
    void aChildThatSleepsAloneWithoutALimitSleepsForEver() {
        Fork fork = fork(child -> child.hangs(HEAP, false));
        assertEquals(List.of("lost-thread"), codes(fork));
        assertTrue(sentence(fork).startsWith("child 4711 sleeps at 0x50000000, and nobody in it can wake it"));
        assertEquals(Verdict.UNKNOWN, fork(child -> child.hangs(HEAP, true)).verdict());
        assertEquals(
                Verdict.LATENT,
                fork(child -> child.calls("pthread_create", 2L).hangs(HEAP, false))
                        .verdict());
    }

    @Test
    void goesBackIntoJava() {
        Fork fork = fork(
                child -> child.stack(9, new long[] {0x7200_0411L}, OTHER_JAVA).calls("malloc", 9L));
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals("jvm-reentry", codes(fork).get(0));
        assertTrue(sentence(fork).startsWith("child 4711 went back into Java (com.x.Launcher.start"), sentence(fork));
        assertEquals(
                Verdict.LATENT,
                fork(child -> child.stack(9, new long[] {0x7200_0411L}, SAME_JAVA)
                                .calls("malloc", 9L))
                        .verdict(),
                "native code that the same Java frames called");
        assertEquals(
                Verdict.LATENT,
                fork(child -> child.stack(9, new long[] {0x7200_0411L}, new long[0])
                                .calls("malloc", 9L))
                        .verdict(),
                "no Java frames are no statement");
    }

    @Test
    void javaFramesThatDiffer() {
        long[] forking = {1, -3, 2, 17, 3, 5};
        assertFalse(Reentry.differ(forking, forking.clone()));
        assertFalse(Reentry.differ(forking, new long[] {1, -3, 2, 17}), "cut off at its outer end");
        assertFalse(Reentry.differ(forking, new long[] {1, -1, 2, -1, 3, 5}), "bytecode indexes that are not known");
        assertFalse(Reentry.differ(forking, new long[0]));
        assertFalse(Reentry.differ(new long[0], forking));
        assertTrue(Reentry.differ(forking, new long[] {2, 20, 3, 5}), "returned");
        assertTrue(Reentry.differ(forking, new long[] {1, -3, 2, 20, 3, 5}), "further on in the same method");
        assertTrue(Reentry.differ(forking, new long[] {4, 0, 1, -3, 2, 17, 3, 5}), "called");
    }

    @Test
    void callsTheJvm() {
        Fork fork = fork(child -> child.calls("FindClass", 2L).ends("_exit", 0));
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertTrue(
                sentence(fork).startsWith("child 4711 called FindClass (libc.so.6+0x210) of the JVM: it has none of"));
        assertEquals("jvm", fork.child().calls().get(0).category());
        Fork ran = fork(child -> child.jvmCalls("malloc").ends("_exit", 0));
        assertTrue(sentence(ran).startsWith("code of the JVM ran in child 4711 and called malloc"), sentence(ran));
        Fork exit = fork(child -> child.ends("exit", 1).jvmCalls("malloc"));
        assertEquals("jvm-reentry", codes(exit).get(0));
        assertTrue(sentence(exit).startsWith("child 4711 called exit(), which ran the exit handlers of the JVM"));
        assertEquals(Outcome.EXIT, exit.child().outcome());
    }

    @Test
    void signalsThatWouldBeLostAreSaidAndDecideNothing() {
        Fork fork = fork(child -> child.lives(1L << SIGTERM - 1 | 1));
        assertEquals(Verdict.UNKNOWN, fork.verdict());
        assertEquals(List.of("running", "lost-signal"), codes(fork));
        assertTrue(fork.reasons().get(1).message().startsWith("SIGHUP and SIGTERM to child 4711 would be lost"));
        assertEquals(
                List.of("not-async-signal-safe", "lost-signal"),
                codes(fork(child -> child.calls("malloc", 2L).lives(1L << SIGTERM - 1))));
        assertEquals(List.of("running"), codes(fork(child -> child.lives(0))));
    }

    @Test
    void aSignalThatWasLost() {
        Fork fork = fork(child -> child.lives(1L << SIGTERM - 1).losesSignal(SIGTERM));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(List.of("lost-signal"), codes(fork));
        assertTrue(sentence(fork).startsWith("child 4711 was sent SIGTERM and lives on"), sentence(fork));
        assertEquals(Outcome.RUNNING, fork.child().outcome());
        assertEquals(
                Verdict.DEADLOCKED,
                fork(child -> child.losesSignal(SIGTERM).reaped(PID, 9)).verdict());
        assertEquals(
                Verdict.UNSAFE,
                fork(child -> child.losesSignal(SIGTERM).ends("_exit", 0)).verdict());
    }

    @Test
    void endsThatWereSeenFromOutside() {
        Fork killed = fork(child -> child.reaped(PID, 11));
        assertEquals(Verdict.UNKNOWN, killed.verdict());
        assertEquals(List.of("killed"), codes(killed));
        assertTrue(sentence(killed).contains("was ended by SIGSEGV"), sentence(killed));
        assertEquals(Outcome.SIGNAL, killed.child().outcome());
        assertEquals(11, killed.child().status());
        Fork execed = fork(child -> child.seen(ChildState.EXECED, "/bin/true", null));
        assertEquals(Outcome.EXEC, execed.child().outcome());
        assertEquals("/bin/true", execed.child().exec());
        assertEquals(Verdict.UNKNOWN, execed.verdict());
        Fork ended = fork(child -> child.seen(ChildState.ENDED, null, null));
        assertEquals(Outcome.UNKNOWN, ended.child().outcome());
        Fork aborted = fork(child -> child.ends("abort", 6));
        assertEquals(Outcome.SIGNAL, aborted.child().outcome());
        assertEquals(6, aborted.child().status());
    }

    @Test
    void vforkSharesMemorySoThatNothingIsLost() {
        Fork fork = fork(Call.VFORK, child -> child.calls("malloc", 2L).execs("/bin/true"));
        assertEquals(Verdict.LATENT, fork.verdict());
        assertTrue(sentence(fork).contains("the threads of its parent ran on"), sentence(fork));
        assertEquals(
                Verdict.SAFE,
                fork(Call.VFORK, child -> child.execs("/bin/true")).verdict());
    }

    @Test
    void aForkInASignalHandlerSaysSo() {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        stream.add(
                RecordType.STACK,
                Key.STACK,
                5,
                Key.EPOCH,
                1,
                Key.PCS,
                new long[] {0x7200_0411L},
                Key.MORE,
                false,
                Key.IN_SIGNAL,
                true);
        Scenario.forkAndExec(stream, 1, 5L, 10);
        Scenario.forkAndExec(stream, 2, 1L, 10);
        Judged judged = new Judged(stream);
        assertTrue(judged.report(1).inSignalHandler());
        assertFalse(judged.report(2).inSignalHandler());
    }

    @Test
    void aDeadlockIsSettledAtOnceAndALivingChildOnceItIsSaidToLiveOn() {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        for (long id = 1; id <= 3; id++) {
            Scenario.fork(stream, id, Call.FORK, 1L, 10, null);
            new ChildStory(stream, id).begins(4700 + id);
        }
        new ChildStory(stream, 2).hangs(HEAP, false);
        new ChildStory(stream, 3).lives(0);
        Judged judged = new Judged(stream);
        assertFalse(judged.settled(1));
        assertTrue(judged.settled(2));
        assertTrue(judged.settled(3));
    }
}
