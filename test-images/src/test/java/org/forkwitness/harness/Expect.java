package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;

/** What one fork of a report must say; each method fails where it says something else. */
public final class Expect {
    private final Report report;
    private final Fork fork;

    private Expect(Report report, Fork fork) {
        this.report = report;
        this.fork = fork;
    }

    /** The only fork of a report that is complete. */
    public static Expect onlyFork(Report report) {
        complete(report, 1);
        return new Expect(report, report.forks().get(0));
    }

    /** The only fork with this child. */
    public static Expect child(Report report, long pid) {
        List<Fork> forks = report.forks().stream()
                .filter(f -> f.child() != null
                        && f.child().pid() != null
                        && f.child().pid() == pid)
                .toList();
        assertEquals(1, forks.size(), () -> "forks with child " + pid + " in " + report.forks());
        return new Expect(report, forks.get(0));
    }

    /** The only fork whose blame frame is on this line. */
    public static Expect blaming(Report report, String mark) {
        SourceLine line = SourceLine.marked(mark);
        List<Fork> forks = report.forks().stream()
                .filter(f -> site(report, f).blame() != null
                        && line.is(site(report, f).blame()))
                .toList();
        assertEquals(1, forks.size(), () -> "forks at " + line + " in " + report.sites());
        return new Expect(report, forks.get(0));
    }

    /** A report with this many forks, of which nothing is missing. */
    public static void complete(Report report, int forks) {
        assertEquals(forks, report.summary().forks(), () -> "summary.forks of " + report);
        assertEquals(forks, report.forks().size(), () -> "forks of " + report);
        assertEquals(0, report.summary().lost().records(), "summary.lost.records");
        assertTrue(report.summary().complete(), () -> "summary.complete of " + report.notes());
        long counted = report.sites().stream().mapToLong(Site::count).sum();
        assertEquals(forks, counted, "sum of sites[].count");
    }

    private static Site site(Report report, Fork fork) {
        return report.site(fork.site()).orElseThrow(() -> new AssertionError("no site " + fork.site()));
    }

    public Fork fork() {
        return fork;
    }

    public Site site() {
        return site(report, fork);
    }

    public Expect call(Call call) {
        assertEquals(call, fork.call());
        assertEquals(call, site().call());
        return this;
    }

    /** The verdict, with this code among its reasons, each of which is a sentence. */
    public Expect verdict(Verdict verdict, String code) {
        assertEquals(verdict, fork.verdict(), fork::toString);
        assertTrue(fork.reasons().stream().anyMatch(r -> r.code().equals(code)), fork::toString);
        for (Reason reason : fork.reasons()) {
            assertTrue(reason.message().length() > 10 && reason.message().contains(" "), reason::toString);
        }
        return this;
    }

    /** The line that is blamed, by its mark. */
    public Expect blames(String mark) {
        SourceLine.marked(mark).assertIs(site().blame());
        SourceLine.marked(mark).in(site().stack());
        return this;
    }

    /** The blamed native function and its library. */
    public Expect inFunction(String function, String library) {
        Frame blame = site().blame();
        assertEquals(FrameKind.NATIVE, blame.kind(), blame::toString);
        assertEquals(function, blame.function(), blame::toString);
        assertEquals(library, blame.module(), blame::toString);
        return this;
    }

    /** The blamed Java method. */
    public Expect inMethod(Class<?> type, String method) {
        Frame blame = site().blame();
        assertEquals(FrameKind.JAVA, blame.kind(), blame::toString);
        assertEquals(type.getName(), blame.className(), blame::toString);
        assertEquals(method, blame.method(), blame::toString);
        return this;
    }

    /** A Java line further out on the stack, by its mark. */
    public Expect calledFrom(String mark) {
        SourceLine.marked(mark).in(site().stack());
        return this;
    }

    public Expect thread(String name) {
        assertEquals(name, fork.parent().thread(), fork::toString);
        return this;
    }

    /** No fork inside a child. */
    public Expect inProcess(long pid) {
        assertEquals(pid, fork.parent().pid(), fork::toString);
        return this;
    }

    public Expect child(Outcome outcome) {
        assertNotNull(fork.child(), fork::toString);
        assertEquals(outcome, fork.child().outcome(), fork::toString);
        return this;
    }

    public Expect exec(String path) {
        child(Outcome.EXEC);
        assertEquals(path, fork.child().exec());
        return this;
    }

    public Expect status(int status) {
        assertEquals(status, fork.child().status(), fork::toString);
        return this;
    }

    public Expect pid(long pid) {
        assertNotNull(fork.child(), fork::toString);
        assertEquals(pid, fork.child().pid(), fork::toString);
        return this;
    }
}
