package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** CPython with JPype: the child goes back into the JVM. */
@EveryJdk
class JpypeReentryTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private Jpype jpype() {
        return new Jpype(jdk, directory);
    }

    @Test
    void callIntoJava() {
        Expect fork = jpype().ended("java", "jpype-fork-java").verdict(Verdict.UNSAFE, Reason.JVM_REENTRY);
        JpypeReport.says(fork, "of the JVM", JpypeReport.place("jpype-java"));
        assertTrue(fork.site().advice().contains("os._exit"), fork.site().advice());
    }

    /** For a thread that it has not, or for a lock that such a thread held just then. */
    private static void waitsInTheJvm(Expect fork) {
        fork.verdict(Verdict.DEADLOCKED, fork.fork().reasons().get(0).code());
        String reason = fork.fork().reasons().get(0).code();
        assertTrue(List.of(Reason.LOST_THREAD, Reason.HELD_LOCK).contains(reason), reason);
        String sentence = fork.fork().reasons().get(0).message();
        boolean lost = sentence.contains("VMOperation_lock of the JVM for thread 'VM Thread', which was not copied");
        boolean held = sentence.matches(".* waits in .*libjvm\\.so.* which thread '.* can release");
        assertTrue(lost || held, sentence);
        assertNotNull(fork.fork().child().blockedOn());
        assertTrue(
                fork.site().advice().contains(lost ? "os._exit" : "'spawn'"),
                fork.site().advice());
    }

    @Test
    void garbageCollection() {
        Expect fork = jpype().hung("gc", "jpype-fork-gc");
        waitsInTheJvm(fork);
        fork.waitsAt("jpype-gc");
    }

    /** Its hooks run on threads that the child creates, and one of them needs the VM Thread. */
    @Test
    void shutdownOfTheJvm() {
        waitsInTheJvm(jpype().hung("shutdown", "jpype-fork-shutdown"));
    }

    /** sys.exit runs what JPype has registered with atexit. */
    @Test
    void endOfTheProgram() {
        waitsInTheJvm(jpype().hung("exit", "jpype-fork-exit"));
    }
}
