package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Forks in a JNI library: each way out of the child. */
@EveryJdk
class NativeForkTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private FinishedScenario run(String what) {
        return Scenario.of(jdk, ForkMain.class, directory).arguments(what).runWell();
    }

    private static Expect onlyFork(FinishedScenario run, String what, String mark) {
        return Expect.onlyFork(run.report())
                .call(Call.FORK)
                .pid(run.number(what))
                .inProcess(run.pid())
                .blames(mark);
    }

    @Test
    void exec() {
        onlyFork(run("exec"), "exec", "fork-exec")
                .safe()
                .exec("/bin/true")
                .inFunction("Java_org_forkwitness_scenarios_Forks_thenExec", "libscenario.so")
                .calledFrom("java-exec")
                .thread("main");
    }

    @Test
    void failedExec() {
        onlyFork(run("failed-exec"), "failed-exec", "fork-failed-exec")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(127);
    }

    @Test
    void underscoreExit() {
        onlyFork(run("_exit"), "_exit", "fork-_exit")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(3);
    }

    @Test
    void exit() {
        onlyFork(run("exit"), "exit", "fork-exit")
                .latent("__cxa_atexit", "exit")
                .child(Outcome.EXIT)
                .status(4);
    }

    @Test
    void pseudoTerminal() {
        FinishedScenario run = run("forkpty");
        Expect.onlyFork(run.report())
                .call(Call.FORKPTY)
                .pid(run.number("forkpty"))
                .blames("forkpty")
                .silent()
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void childThatForks() {
        FinishedScenario run = run("nested");
        String[] pids = run.values("nested").get(0).split(" ");
        Report report = run.report();
        Expect.complete(report, 2);
        Expect outer = Expect.child(report, Long.parseLong(pids[0]));
        outer.blames("nested-outer").safe().child(Outcome.UNDERSCORE_EXIT).status(4);
        assertNull(outer.fork().parentFork());
        Expect inner = Expect.child(report, Long.parseLong(pids[1]));
        inner.blames("nested-inner")
                .inFunction("nested_child", "libscenario.so")
                .inProcess(Long.parseLong(pids[0]))
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(5);
        assertEquals(outer.fork().id(), inner.fork().parentFork());
    }

    @Test
    void daemonInChild() {
        FinishedScenario run = run("daemon");
        Report report = run.report();
        Expect.complete(report, 2);
        Expect outer = Expect.child(report, run.number("daemon"))
                .call(Call.FORK)
                .blames("daemon-outer")
                .silent();
        Expect inner = Expect.blaming(report, "daemon-inner").call(Call.DAEMON);
        inner.silent().child(Outcome.UNDERSCORE_EXIT).status(6);
        assertEquals(outer.fork().id(), inner.fork().parentFork());
    }

    @Test
    void inThreadThatTheJvmDoesNotKnow() {
        FinishedScenario run = run("native-thread");
        Report report = run.report();
        Expect fork = Expect.onlyFork(report)
                .pid(run.number("native-thread"))
                .blames("native-thread-fork")
                .safe()
                .inFunction("fork_under_own_name", "libscenario.so")
                .thread("renamed-worker");
        ThreadInfo thread = report.threads().stream()
                .filter(t -> t.tid() == fork.fork().parent().tid())
                .findFirst()
                .orElseThrow();
        assertEquals("renamed-worker", thread.name());
        assertEquals(ThreadKind.NATIVE, thread.kind());
        assertEquals("libscenario.so", thread.createdFrom());
        SourceLine.marked("native-thread-create").in(thread.createdBy());
        SourceLine.marked("java-native-thread").in(thread.createdBy());
    }

    @Test
    void refused() {
        FinishedScenario run = run("refused");
        assertEquals(11, run.number("refused"), "EAGAIN");
        Expect fork = Expect.onlyFork(run.report()).call(Call.FORK).blames("fork-refused");
        fork.verdict(Verdict.SAFE, Reason.FORK_FAILED);
        assertNull(fork.fork().child());
        assertEquals("EAGAIN", fork.fork().errno());
    }

    @Test
    void errnoOfParentAndChildIsKept() {
        FinishedScenario run = run("errno");
        assertEquals(77, run.number("errno"));
        Expect.onlyFork(run.report()).status(77);
    }
}
