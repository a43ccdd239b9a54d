package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** What glibc's fork makes whole again in the child, and forks and allocators that do not. */
@EveryJdk
class MendedByForkTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    private PlayScript streamIsRead() {
        return script().act("open-stream").nativeThread("holder", "hold-stream");
    }

    @Test
    void streamAfterFork() {
        streamIsRead()
                .fork("read-stream")
                .ends()
                .latent("fread")
                .calling("fread", "read-stream")
                .inside("holder", "stdio", "fread", "hold-stream")
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void streamAfterUnderscoreFork() {
        streamIsRead()
                .fork("_Fork", "read-stream")
                .hangs()
                .call(Call.UNDERSCORE_FORK)
                .blames("by-_Fork")
                .deadlocked(Reason.IN_REGION, "fread", SeenBy.OUTSIDE)
                .waitsAt("read-stream")
                .waitsForHolder("holder")
                .inside("holder", "stdio", "fread", "hold-stream");
    }

    @Test
    void streamOfNobodyAfterUnderscoreFork() {
        streamIsRead().release("holder").fork("_Fork", "read-stream").ends().latentUnlessAllocatorWasInUse("fread");
    }

    private PlayScript librariesAreLoaded() {
        return script().nativeThread("holder", "hold-loader");
    }

    @Test
    void loaderAfterFork() {
        librariesAreLoaded().fork("load-library").ends().latent("dlopen").status(0);
    }

    /** The collector's start needs that lock itself: the holder leaves, the child hangs on. */
    @Test
    void loaderAfterUnderscoreFork() {
        Expect fork = librariesAreLoaded()
                .fork("_Fork", "load-library")
                .release("holder")
                .hangs();
        fork.call(Call.UNDERSCORE_FORK).blames("by-_Fork").calling("dlopen", "load-library");
        assertEquals(SeenBy.OUTSIDE, fork.fork().child().blockedOn().seenBy(), fork.fork()::toString);
        fork.inside("holder", "loader", "dlopen", "hold-loader");
    }

    @Test
    void loaderOfNobodyAfterUnderscoreFork() {
        librariesAreLoaded()
                .release("holder")
                .fork("_Fork", "load-library")
                .ends()
                .latentUnlessAllocatorWasInUse("dlopen");
    }

    /** Each thread has an arena of its own, so that nobody but the first thread of the process needs the main one. */
    private PlayScript arenaIsHeld() {
        // The compilers' threads allocate at any time, and would be inside at a _Fork as well.
        return script().jvm("-Xint")
                .environment("MALLOC_ARENA_MAX", "1000")
                .act("open-slow-error")
                .nativeThread("holder", "hold-arena");
    }

    /** fork would wait for the holder, so that nobody can be inside then. */
    @Test
    void arenaAfterUnderscoreFork() {
        arenaIsHeld()
                .fork("_Fork", "trim-arenas")
                .hangs()
                .call(Call.UNDERSCORE_FORK)
                .blames("by-_Fork")
                .deadlocked(Reason.IN_REGION, "malloc_trim", SeenBy.OUTSIDE)
                .waitsAt("trim-arenas")
                .waitsForHolder("holder")
                .inside("holder", "allocator", "malloc_stats", "hold-arena");
    }

    @Test
    void arenaOfNobody() {
        arenaIsHeld().release("holder").fork("trim-arenas").ends().latent("malloc_trim");
    }

    @Test
    void allocatorWithoutForkHandlers() {
        Expect fork = script().preload("own-malloc")
                .nativeThread("holder", "hold-own-malloc")
                .fork("allocate")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .waitsAt("own-malloc-lock")
                .waitsAt("allocate")
                .waitsFor("mutex", "own_lock in libown-malloc.so", "holder", "own-malloc-lock")
                .inside("holder", "allocator", "malloc", "hold-own-malloc")
                .calling("malloc", "allocate");
        Allocator allocator = fork.report().environment().allocator();
        assertEquals(AllocatorName.UNKNOWN, allocator.name());
        assertEquals(ForkProtection.NONE, allocator.forkProtection(), "it cannot register any handler");
        assertEquals(
                "libown-malloc.so", Path.of(allocator.library()).getFileName().toString());
    }

    @Test
    void allocatorOfNobody() {
        script().preload("own-malloc").fork("allocate").ends().latentUnlessAllocatorWasInUse("malloc");
    }

    @Test
    void allocatorWithForkHandlers() {
        Expect fork = script().preload("own-malloc-guarded")
                .nativeThread("holder", "hold-own-malloc")
                .release("holder")
                .fork("allocate")
                .ends()
                .latent("malloc")
                .status(0);
        Allocator allocator = fork.report().environment().allocator();
        assertEquals(AllocatorName.UNKNOWN, allocator.name());
        assertEquals(ForkProtection.HANDLERS, allocator.forkProtection(), "it imports pthread_atfork");
    }

    @Test
    void glibcsAllocatorIsProtectedByFork() {
        Expect fork =
                script().act("warm-allocator").fork("allocate-small").ends().latent("malloc", "free");
        Allocator allocator = fork.report().environment().allocator();
        assertEquals(AllocatorName.GLIBC, allocator.name());
        assertEquals(ForkProtection.LIBC, allocator.forkProtection());
        assertEquals(Verdict.LATENT, fork.site().verdict());
    }
}
