package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Call;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ways to fork that run no fork handlers: each is seen, and its child is observed. */
@EveryJdk
class OtherForksTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory).act("warm-allocator");
    }

    @ParameterizedTest
    @CsvSource({
        "vfork, VFORK",
        "_Fork, UNDERSCORE_FORK",
        "clone, CLONE",
        "SYS_clone, SYSCALL",
        "SYS_clone3, SYSCALL",
        "SYS_fork, SYSCALL"
    })
    void thenExec(String way, Call call) {
        // Newer architectures have no system call of that name.
        assumeTrue(!way.equals("SYS_fork") || System.getProperty("os.arch").equals("amd64"));
        script().fork(way, "exec")
                .ends()
                .call(call)
                .blames("by-" + way)
                .calledFrom("play-java-fork")
                .thread("main")
                .safe()
                .exec("/bin/true");
    }

    @ParameterizedTest
    @CsvSource({"_Fork, UNDERSCORE_FORK", "clone, CLONE", "SYS_clone, SYSCALL"})
    void thenAllocationAndExec(String way, Call call) {
        script().fork(way, "allocate-then-exec")
                .ends()
                .call(call)
                .blames("by-" + way)
                .latentUnlessAllocatorWasInUse("malloc", "free")
                .calling("malloc", "allocate-small")
                .exec("/bin/true");
    }

    /** The other threads run on and give back what they hold. */
    @Test
    void vforkThenAllocationAndExec() {
        script().fork("vfork", "allocate-then-exec")
                .ends()
                .call(Call.VFORK)
                .blames("by-vfork")
                .latent("malloc", "free")
                .calling("malloc", "allocate-small")
                .exec("/bin/true");
    }

    @Test
    void vforkThenEnd() {
        script().fork("vfork", "nothing").ends().call(Call.VFORK).safe().status(0);
    }

    /** The child makes itself known at its first call of a function that is not async-signal-safe. */
    @Test
    void forkThatNoFunctionMade() {
        FinishedScenario run =
                script().fork("instruction", "allocate-then-exec").run();
        Report report = run.report();
        Expect.complete(report, 1);
        Expect fork = Expect.child(report, run.number("child")).call(Call.UNOBSERVED);
        assertEquals(run.pid(), fork.fork().parent().pid());
        assertFalse(Verdict.UNKNOWN.worseThan(fork.fork().verdict()), fork.fork()::toString);
    }
}
