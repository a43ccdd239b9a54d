package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Call;
import org.forkwitness.report.ThreadInfo;

/** What the report of {@code PtyMain} must say, wherever it ran. */
public final class PtyReport {
    private PtyReport() {}

    /** Fails where it says something else. */
    public static void check(FinishedScenario run) {
        assertEquals(List.of("ran"), run.values("said"));
        assertEquals(0, run.number("status"));
        Expect fork = Expect.child(run.report(), run.number("child")).call(Call.FORK);
        fork.inFunction("exec_pty", "libpty.so").latent("opendir", "malloc").exec("/bin/echo");
        assertTrue(fork.site().advice().contains("pty4j"), fork.site().advice());
        // It forks on a thread of its own, which stays to wait for the child: who asked for it made that thread.
        ThreadInfo reaper = fork.report().threads().stream()
                .filter(t -> t.tid() == fork.fork().parent().tid())
                .findFirst()
                .orElseThrow();
        SourceLine.marked("pty4j").in(reaper.createdBy());
    }
}
