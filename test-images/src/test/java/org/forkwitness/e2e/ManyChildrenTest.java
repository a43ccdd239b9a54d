package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Many children that live at the same time. */
@EveryJdk
class ManyChildrenTest {
    private static final int CHILDREN = 200;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    /** The last child does hang, and tells by that that the others were looked at long enough. */
    @Test
    void allWaitForAPipe() {
        PlayScript script = PlayScript.of(jdk, directory)
                .forks(CHILDREN, "wait-for-go")
                .ready(CHILDREN)
                .fork("wait-for-semaphore")
                .pause()
                .signal(9)
                .go(CHILDREN);
        try (RunningScenario running = script.start()) {
            long hung = Long.parseLong(running.awaitOut("child ", CHILDREN + 1).substring("child ".length()));
            Report live = running.reports().awaitDeadlock(hung);
            assertEquals(1, live.summary().verdicts().deadlocked());
            running.send("seen");
            FinishedScenario run = running.finish().assertExit(0);
            Report report = run.report();
            Expect.complete(report, CHILDREN + 1);
            assertEquals(1, report.summary().verdicts().deadlocked());
            assertEquals(CHILDREN, report.summary().verdicts().safe());
            List<Long> children = run.numbers("child");
            for (long pid : children.subList(0, CHILDREN)) {
                Expect.child(report, pid).safe().child(Outcome.UNDERSCORE_EXIT).status(0);
            }
            Expect.child(report, hung).verdict(Verdict.DEADLOCKED, Reason.LOST_THREAD);
        }
    }
}
