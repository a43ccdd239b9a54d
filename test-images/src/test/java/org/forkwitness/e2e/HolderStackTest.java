package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The stacks of threads that hold something, from the memory that the child inherited. */
@EveryJdk
class HolderStackTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    @Test
    void nativeThread() {
        script().nativeThread("holder", "hold-deep")
                .fork("want-deep")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .holderStack("holder", "take-deep", "call-deep", "hold-deep");
    }

    @Test
    void javaThread() {
        script().javaThread("holder", "hold-deep")
                .fork("want-deep")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .holderStack("holder", "take-deep", "call-deep", "hold-deep", "play-java-thread");
    }

    /** A child that wants nothing of it. */
    @Test
    void ofSafeFork() {
        script().nativeThread("holder", "hold-deep")
                .fork("exec")
                .ends()
                .safe()
                .holderStack("holder", "take-deep", "call-deep", "hold-deep");
    }

    @Test
    void insideOfFunction() {
        script().nativeThread("holder", "hold-objects")
                .fork("exec")
                .ends()
                .safe()
                .inside("holder", "loader", "dl_iterate_phdr", "hold-objects")
                .holderStack("holder", "hold-objects");
    }

    /** What is not on the stack any more is not invented. */
    @Test
    void takerThatHasReturned() {
        Expect fork = script().nativeThread("holder", "hold-wrapped")
                .fork("want-deep")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE);
        List<Frame> stack = fork.fork().holders().stream()
                .filter(h -> h.name().equals("holder"))
                .findFirst()
                .orElseThrow()
                .stack();
        assertNotNull(stack, fork.fork()::toString);
        SourceLine.marked("take-for-caller").assertIs(stack.get(0));
        if (stack.size() > 1) {
            SourceLine.marked("hold-wrapped").assertIs(stack.get(1));
        }
    }

    @Test
    void nobody() {
        Expect fork = script().nativeThread("holder", "hold-deep")
                .release("holder")
                .fork("want-deep")
                .ends()
                .latent("pthread_mutex_lock");
        assertEquals(
                List.of(),
                fork.fork().holders().stream()
                        .filter(h -> h.name().equals("holder"))
                        .toList());
    }
}
