package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Report;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.scenarios.AttachMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The agent comes to a JVM that runs. */
@EveryJdk
class AttachTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    /** Attaches, lets it fork in two ways, and ends it. */
    private FinishedScenario attachAndFork() {
        Scenario scenario = Scenario.of(jdk, AttachMain.class, directory).withoutAgent();
        RunningScenario running = scenario.start();
        running.awaitOut("ready true", 1);
        FinishedCommand attached = running.attach(scenario.optionString()).assertExit(0);
        assertTrue(attached.text().contains("return code: 0"), attached::text);
        running.ask("prefetched");
        running.ask("fork");
        running.endInput();
        return running.finish().assertExit(0);
    }

    private static ThreadInfo thread(Report report, String name) {
        List<ThreadInfo> threads =
                report.threads().stream().filter(t -> t.name().equals(name)).toList();
        assertEquals(1, threads.size(), () -> name + " among " + report.threads());
        return threads.get(0);
    }

    @Test
    void seesWhatHappensFromThenOn() {
        FinishedScenario run = attachAndFork();
        Report report = run.report();
        Expect.complete(report, 2);
        Expect.child(report, run.number("prefetched"))
                .call(Call.FORK)
                .blames("prefetched-fork")
                .calledFrom("java-prefetched")
                .child(Outcome.UNDERSCORE_EXIT);
        Expect.child(report, run.number("fork")).call(Call.FORK).blames("fork-_exit");
        assertTrue(report.notes().stream().anyMatch(note -> note.contains("attached")), report.notes()::toString);
    }

    @Test
    void threadsFromBeforeSaySo() {
        ThreadInfo idle = thread(attachAndFork().report(), "idle-worker");
        assertEquals(ThreadKind.NATIVE, idle.kind());
        assertNull(idle.createdBy());
        assertNull(idle.startedAt());
        assertEquals("unknown", idle.createdFrom());
    }

    @Test
    void threadsOfTheJvmFromBeforeAreItsOwn() {
        ThreadInfo virtualMachine = thread(attachAndFork().report(), "VM Thread");
        assertEquals(ThreadKind.JVM, virtualMachine.kind());
        assertNull(virtualMachine.createdBy());
    }

    @Test
    void secondAttachIsRefused() {
        Scenario scenario = Scenario.of(jdk, AttachMain.class, directory);
        RunningScenario running = scenario.start();
        running.awaitOut("ready true", 1);
        FinishedCommand second = running.attach(scenario.optionString());
        assertFalse(second.text().contains("return code: 0"), second::text);
        running.ask("fork");
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        assertTrue(run.agentLines().get(0).contains("already at work"), run.agentLines()::toString);
        Expect.complete(run.report(), 3);
    }

    @Test
    void badOptionsAreRefusedAndGoodOnesTakenAfterwards() {
        Scenario scenario = Scenario.of(jdk, AttachMain.class, directory).withoutAgent();
        RunningScenario running = scenario.start();
        running.awaitOut("ready true", 1);
        FinishedCommand refused = running.attach("reprots=here");
        assertFalse(refused.text().contains("return code: 0"), refused::text);
        running.awaitErr("unknown option 'reprots'");
        running.attach(scenario.optionString()).assertExit(0);
        running.ask("fork");
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        Expect.onlyFork(run.report()).pid(run.number("fork"));
    }
}
