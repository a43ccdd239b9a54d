package org.forkwitness.containers;

import java.nio.file.Path;
import org.forkwitness.hosts.LoadedAllocator;
import org.forkwitness.scenarios.LaunchUnderLoadMain;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Allocators that the environment of the whole container preloads. */
@InContainers
class AllocatorImageTest {
    @TempDir
    Path volume;

    @ParameterizedTest
    @EnumSource
    void processBuilderByFork(LoadedAllocator allocator) {
        App app = App.of(new Image("allocators"), volume)
                .options("hang-after=300ms", "exit-wait=60s")
                .environment("LD_PRELOAD", allocator.library())
                .jvm(LoadedAllocator.FORK_MODE)
                .scenario(LaunchUnderLoadMain.class, Integer.toString(LoadedAllocator.FORKS));
        allocator.check(app.run());
    }
}
