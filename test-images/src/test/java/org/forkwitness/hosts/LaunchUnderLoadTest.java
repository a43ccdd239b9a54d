package org.forkwitness.hosts;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.scenarios.LaunchUnderLoadMain;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** ProcessBuilder in the mode FORK under each preloaded allocator, beside threads that are inside it. */
@EveryJdk
class LaunchUnderLoadTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void forkMode(LoadedAllocator allocator) {
        Scenario scenario = Scenario.of(jdk, LaunchUnderLoadMain.class, directory)
                .jvm(LoadedAllocator.FORK_MODE)
                .options("hang-after=300ms")
                .environment("LD_PRELOAD", allocator.library())
                .arguments(Integer.toString(LoadedAllocator.FORKS));
        allocator.check(scenario.runWell());
    }
}
