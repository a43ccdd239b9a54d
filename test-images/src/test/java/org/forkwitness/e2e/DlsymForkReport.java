package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;

/** What the report of a program that reaches fork by dlsym must say, wherever it ran. */
public final class DlsymForkReport {
    private DlsymForkReport() {}

    /** Fails where it says something else. */
    public static void blamesTheJavaLine(FinishedScenario run, Class<?> main, String mark) {
        assertEquals(3, run.number("status"), "status of the child");
        // JNA itself starts a program (ldconfig), which is a fork of its own.
        Expect.child(run.report(), run.number("forked"))
                .call(Call.FORK)
                .blames(mark)
                .inMethod(main, "main")
                .verdict(Verdict.UNSAFE, Reason.JVM_REENTRY)
                .child(Outcome.UNDERSCORE_EXIT)
                .status(3);
    }
}
