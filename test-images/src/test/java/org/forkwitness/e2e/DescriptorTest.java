package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Children that close all descriptors, as daemons and launchers do: what they do afterwards is seen all the same. */
@EveryJdk
class DescriptorTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "close-each-then-exec",
                "close-range-then-exec",
                "closefrom-then-exec",
                "dup2-over-each-then-exec"
            })
    void nothingIsLost(String role) {
        PlayScript.of(jdk, directory).fork(role).ends().blames("by-fork").safe().exec("/bin/true");
    }
}
