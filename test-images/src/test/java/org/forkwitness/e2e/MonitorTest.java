package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.HeldLock;
import org.forkwitness.scenarios.PlayMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Java monitors at a fork, for those who ask for them. */
@EveryJdk
class MonitorTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    private static List<HeldLock> treasures(Expect fork) {
        return fork.fork().locks().stream()
                .filter(l -> l.kind().equals("monitor"))
                .filter(l -> l.name().startsWith(PlayMain.class.getName() + "$Treasure@"))
                .toList();
    }

    @Test
    void isNamedWithItsOwner() {
        Expect fork = script().options("java-locks=on")
                .monitor("owner")
                .fork("exec")
                .ends()
                .safe();
        assertEquals(1, treasures(fork).size(), fork.fork()::toString);
        HeldLock monitor = treasures(fork).get(0);
        assertEquals("owner", monitor.holder().name());
        assertEquals(PlayMain.class.getName(), monitor.acquiredAt().className());
        assertEquals("holdMonitor", monitor.acquiredAt().method());
        assertTrue(
                fork.fork().holders().stream()
                        .anyMatch(h -> h.name().equals("owner") && h.holds().contains(monitor.id())),
                fork.fork()::toString);
    }

    @Test
    void ofNobody() {
        Expect fork = script().options("java-locks=on")
                .monitor("owner")
                .release("owner")
                .fork("exec")
                .ends()
                .safe();
        assertEquals(List.of(), treasures(fork));
    }

    @Test
    void isNotAskedForByDefault() {
        Expect fork = script().monitor("owner").fork("exec").ends().safe();
        assertTrue(fork.fork().locks().stream().noneMatch(l -> l.kind().equals("monitor")), fork.fork()::toString);
    }
}
