package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Children that go back into the JVM, which has lost all its threads. */
@EveryJdk
class ReentryTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    /** Interpreted, without safepoints of its own accord: what a child does here must not depend on lost threads. */
    private PlayScript script() {
        return PlayScript.of(jdk, directory)
                .jvm(
                        "-Xint",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-XX:+UnlockDiagnosticVMOptions",
                        "-XX:GuaranteedSafepointInterval=0");
    }

    @Test
    void returnIntoJava() {
        script().forkAndReturn()
                .ends()
                .blames("play-fork-and-return")
                .calledFrom("play-java-return")
                .verdict(Verdict.UNSAFE, Reason.JVM_REENTRY)
                .child(Outcome.UNDERSCORE_EXIT)
                .status(7);
    }

    @Test
    void noReturnIntoJava() {
        script().fork("nothing").ends().blames("by-fork").safe();
    }

    @Test
    void callOfJni() {
        script().act("prepare-jvm")
                .fork("call-jni")
                .ends()
                .blames("by-fork")
                .verdict(Verdict.UNSAFE, Reason.JVM_REENTRY)
                .calling("GetVersion", "call-jni")
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void garbageCollectionThatIsAskedFor() {
        script().act("prepare-jvm")
                .fork("collect-garbage")
                .hangs()
                .blames("by-fork")
                .verdict(Verdict.DEADLOCKED, Reason.JVM_REENTRY)
                .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                .waitsForThread("VM Thread")
                .waitsIn("java.lang.System", "gc")
                .calling("CallStaticVoidMethod", "collect-garbage");
    }

    @Test
    void garbageCollectionThatIsNeeded() {
        script().fork("fill-heap")
                .hangs()
                .blames("by-fork")
                .verdict(Verdict.DEADLOCKED, Reason.JVM_REENTRY)
                .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                .waitsForThread("VM Thread")
                .waitsAt("fill-heap")
                .calling("NewByteArray", "fill-heap");
    }
}
