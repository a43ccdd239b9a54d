package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Another thread is inside a function that keeps state under a lock of the C library's own, which fork leaves held. */
@EveryJdk
class RegionTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    /** The lock is the C library's own: that the child waits for it can only be seen from outside. */
    private static void waits(
            Expect fork, String category, String held, String heldMark, String called, String calledMark) {
        fork.blames("by-fork")
                .calledFrom("play-java-fork")
                .deadlocked(Reason.IN_REGION, called, SeenBy.OUTSIDE)
                .waitsAt(calledMark)
                .waitsForHolder("holder")
                .calling(called, calledMark)
                .inside("holder", category, held, heldMark);
    }

    /** The agent needs that lock itself before it can look at the child: the holder leaves, the child hangs on. */
    @Test
    void loadedObjects() {
        Expect fork = script().nativeThread("holder", "hold-objects")
                .fork("list-objects")
                .release("holder")
                .hangs();
        waits(fork, "loader", "dl_iterate_phdr", "hold-objects", "dl_iterate_phdr", "list-objects");
    }

    @Test
    void loadedObjectsOfNobody() {
        script().nativeThread("holder", "hold-objects")
                .release("holder")
                .fork("list-objects")
                .ends()
                .latent("dl_iterate_phdr");
    }

    @Test
    void timeZone() {
        Expect fork = script().act("make-time-zone")
                .nativeThread("holder", "hold-time-zone")
                .act("open-other-end")
                .fork("set-time-zone")
                .hangs("close-other-end");
        waits(fork, "timezone", "tzset", "hold-time-zone", "tzset", "set-time-zone");
    }

    @Test
    void timeZoneOfNobody() {
        script().fork("set-time-zone").ends().latent("tzset").calling("tzset", "set-time-zone");
    }

    @Test
    void environment() {
        Expect fork = script().nativeThread("holder", "hold-environment")
                .fork("set-variable")
                .hangs();
        waits(fork, "environment", "setenv", "hold-environment", "setenv", "set-variable");
    }

    @Test
    void environmentOfNobody() {
        script().nativeThread("holder", "hold-environment")
                .release("holder")
                .fork("set-variable")
                .ends()
                .latent("setenv");
    }

    @Test
    void randomNumbers() {
        Expect fork = script().nativeThread("holder", "hold-random")
                .fork("draw-random")
                .hangs();
        waits(fork, "random", "initstate", "hold-random", "random", "draw-random");
    }

    @Test
    void randomNumbersOfNobody() {
        script().nativeThread("holder", "hold-random")
                .release("holder")
                .fork("draw-random")
                .ends()
                .latent("random");
    }

    @Test
    void exitFunctions() {
        Expect fork = script().preload("slow-calloc")
                .nativeThread("holder", "hold-exit-functions")
                .fork("add-exit-function")
                .hangs();
        waits(fork, "atexit", "__cxa_atexit", "hold-exit-functions", "__cxa_atexit", "add-exit-function");
    }

    @Test
    void exitFunctionsOfNobody() {
        script().preload("slow-calloc")
                .nativeThread("holder", "hold-exit-functions")
                .release("holder")
                .fork("add-exit-function")
                .ends()
                .latent("__cxa_atexit");
    }

    @Test
    void regionThatTheChildDoesNotTouch() {
        script().nativeThread("holder", "hold-objects")
                .fork("exec")
                .ends()
                .safe()
                .exec("/bin/true")
                .inside("holder", "loader", "dl_iterate_phdr", "hold-objects");
    }

    /** A function that was called inside of another one: both are told. */
    @Test
    void nested() {
        script().nativeThread("holder", "hold-nested")
                .fork("exec")
                .ends()
                .safe()
                .inside("holder", "loader", "dl_iterate_phdr", "hold-nested")
                .inside("holder", "environment", "setenv", "hold-environment")
                .holderStack("holder", "hold-environment", "hold-nested");
    }

    @Test
    void nestedAndLeft() {
        script().nativeThread("holder", "hold-nested")
                .release("holder")
                .fork("exec")
                .ends()
                .safe()
                .isNoHolder("holder");
    }

    @Test
    void loading() {
        script().nativeThread("holder", "hold-loader")
                .fork("exec")
                .ends()
                .safe()
                .inside("holder", "loader", "dlopen", "hold-loader")
                .holderStack("holder", "hold-loader");
    }

    @Test
    void loaded() {
        script().nativeThread("holder", "hold-loader")
                .release("holder")
                .fork("exec")
                .ends()
                .safe()
                .isNoHolder("holder");
    }
}
