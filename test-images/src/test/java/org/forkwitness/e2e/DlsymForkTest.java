package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.scenarios.FfmMain;
import org.forkwitness.scenarios.JnaMain;
import org.forkwitness.scenarios.JnrMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/**
 * fork that Java reaches by dlsym, through three bridges. The child comes back into Java, where it hangs if a safepoint
 * was under way: interpreted code needs none for compilation.
 */
@EveryJdk
class DlsymForkTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private void blamesTheJavaLine(Class<?> main, String mark, String... jvm) {
        FinishedScenario run =
                Scenario.of(jdk, main, directory).jvm("-Xint").jvm(jvm).runWell();
        DlsymForkReport.blamesTheJavaLine(run, main, mark);
    }

    @Test
    void jnr() {
        blamesTheJavaLine(JnrMain.class, "jnr-fork");
    }

    @Test
    void jna() {
        blamesTheJavaLine(JnaMain.class, "jna-fork");
    }

    @Test
    void foreignFunctionApi() {
        assumeTrue(jdk.major() >= 22, "java.lang.foreign is final since 22");
        blamesTheJavaLine(FfmMain.class, "ffm-fork", "--enable-native-access=ALL-UNNAMED");
    }
}
