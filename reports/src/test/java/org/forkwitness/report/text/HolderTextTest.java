package org.forkwitness.report.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Guard;
import org.forkwitness.report.GuardAction;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.LockHolder;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.ProcessInfo;
import org.forkwitness.report.Region;
import org.forkwitness.report.Report;
import org.forkwitness.report.Samples;
import org.forkwitness.report.WaitedFor;
import org.junit.jupiter.api.Test;

/** What is said of the threads that stood in the way of a fork. */
class HolderTextTest {
    private static final Report REPORT = Samples.everyField();
    private static final Frame PLACE = Frame.resolved("libfoo.so", "f", "f.c", 7, "0x1", null, false);

    private static Fork with(List<Holder> holders, List<HeldLock> locks) {
        Fork f = REPORT.fork(3).orElseThrow();
        return new Fork(
                f.id(),
                f.site(),
                f.at(),
                f.call(),
                f.parent(),
                f.parentFork(),
                f.inSignalHandler(),
                f.verdict(),
                f.reasons(),
                f.suppressedBy(),
                f.alive(),
                holders,
                locks,
                f.allocator(),
                f.child(),
                f.errno(),
                f.guard());
    }

    private static List<String> lines(Fork fork, boolean whole) {
        TextPage page = new TextPage(new Layout(200, false));
        HolderText.write(page, 0, REPORT, fork, whole);
        return page.toString().lines().toList();
    }

    private static Holder holder(int number, Long lock) {
        return new Holder(
                100 + number,
                "t" + number,
                List.of(new Region("environment", "setenv", null, 1.0)),
                lock == null ? List.of() : List.of(lock),
                null,
                0);
    }

    private static HeldLock lock(long id, String kind) {
        return new HeldLock(id, kind, "0x" + id, null, null, null, null, null, null, null);
    }

    @Test
    void theHolderOfTheLockThatTheChildWaitsForIsFirstAndOfManyAFewAreShown() {
        List<Holder> holders = new ArrayList<>();
        List<HeldLock> locks = new ArrayList<>();
        for (int i = 9; i >= 1; i--) {
            holders.add(holder(i, (long) i));
            locks.add(lock(i, "mutex"));
        }
        List<String> few = lines(with(holders, locks), false);
        assertEquals(12, few.size(), few::toString);
        assertEquals("holder    't1' was inside setenv for 1 ms and held the mutex at 0x1", few.get(0));
        assertEquals("          and 4 more holders (--fork 3 shows all)", few.get(5));
        assertEquals("lock      mutex at 0x1, holder not known", few.get(6));
        assertEquals("          and 4 more locks (--fork 3 shows all)", few.get(11));
        assertEquals(18, lines(with(holders, locks), true).size());
    }

    @Test
    void aHolderWithItsStackAndItsMark() {
        Frame libc = Frame.resolved("libc.so.6", "setenv", null, null, "0x1", null, false);
        Holder holder = new Holder(5, "w", List.of(), List.of(), List.of(libc, PLACE), 1);
        assertEquals(
                List.of(
                        "holder    'w' held 1 more lock that its record had no room for; known: the vendor says that it holds no"
                                + " lock while it waits",
                        "    setenv (libc.so.6+0x1)",
                        "  > f (libfoo.so, f.c:7)"),
                lines(with(List.of(holder), List.of()), false));
    }

    @Test
    void locks() {
        LockHolder holder = new LockHolder(3, 9, "w");
        assertEquals(
                "monitor com.x.Y with identity hash 0x1f, held by 'w' (tid 9) for 2 h 5 min",
                LockText.of(
                        new HeldLock(1, "monitor", "0x1f", "com.x.Y", holder, null, 7_500_000.0, false, null, null)));
        assertEquals(
                "file at 0x1, holder not known, initialised at f (libfoo.so, f.c:7); known: only read",
                LockText.of(new HeldLock(1, "file", "0x1", null, null, null, null, null, List.of(PLACE), "only read")));
    }

    @Test
    void theGuard() {
        assertEquals(
                "held the fork back for 3.2 ms: 'w' held the lock at 0x1, taken at f (libfoo.so, f.c:7)",
                GuardText.of(new Guard(GuardAction.WAITED, 3.2, new WaitedFor(3L, "w", "0x1", null, PLACE))));
        assertEquals(
                "held the fork back for 1 s, in vain, and let it go: 'w' was inside setenv",
                GuardText.of(new Guard(GuardAction.TIMED_OUT, 1000.0, new WaitedFor(3L, "w", null, "setenv", null))));
        assertEquals(
                "denied the fork: 'w' was inside setenv, called at f (libfoo.so, f.c:7)",
                GuardText.of(new Guard(GuardAction.DENIED, 0.0, new WaitedFor(3L, "w", null, "setenv", PLACE))));
        assertEquals("ended the process after 500 us", GuardText.of(new Guard(GuardAction.ABORTED, 0.5, null)));
    }

    @Test
    void whatWasSeenLastIsOfInterestUnlessTheProcessEndedAsItShould() {
        assertTrue(
                TextReport.render(REPORT, Layout.PLAIN).contains("Last seen: 2026-01-01 02:04:58.100, 2.15 s before"));
        assertFalse(TextReport.render(ended(ProcessEnd.EXITED), Layout.PLAIN).contains("Last seen"));
        assertTrue(TextReport.render(ended(ProcessEnd.RUNNING), Layout.PLAIN).contains("Last seen"));
    }

    private static Report ended(ProcessEnd end) {
        ProcessInfo p = REPORT.process();
        return new Report(
                REPORT.schema(),
                new ProcessInfo(
                        p.pid(),
                        p.ppid(),
                        p.host(),
                        p.command(),
                        p.jvm(),
                        p.startedAt(),
                        end == ProcessEnd.RUNNING ? null : p.endedAt(),
                        end,
                        p.options()),
                REPORT.environment(),
                REPORT.summary(),
                null,
                null,
                null,
                null,
                null,
                REPORT.lastState());
    }

    @Test
    void timesAndSizesInTheirUnits() {
        assertEquals(
                List.of("0 ms", "0.4 us", "41 us", "12.5 ms", "999.9 ms", "4.21 s", "59.99 s", "1 min 0 s", "2 d 3 h"),
                List.of(0.0, 0.0004, 0.041, 12.5, 999.9, 4210.0, 59_990.0, 60_000.0, 183_600_000.0).stream()
                        .map(Words::elapsed)
                        .toList());
        assertEquals(
                List.of("0 bytes", "1 byte", "1023 bytes", "1 KiB", "1.5 MiB", "3 GiB", "8 EiB"),
                List.of(0L, 1L, 1023L, 1024L, 3L << 19, 3L << 30, Long.MAX_VALUE).stream()
                        .map(Words::bytes)
                        .toList());
    }
}
