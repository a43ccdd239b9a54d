package org.forkwitness.containers;

import java.nio.file.Path;
import org.forkwitness.e2e.DlsymForkReport;
import org.forkwitness.hosts.PtyReport;
import org.forkwitness.scenarios.JnaMain;
import org.forkwitness.scenarios.PtyMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java libraries that bring native ones, which they unpack where they may write. */
@InContainers
class NativeLibrariesTest {
    @TempDir
    Path volume;

    private App app(String... jvm) {
        return App.of(Image.any(), volume)
                .options("exit-wait=60s")
                .jvm("-Djava.io.tmpdir=" + App.VOLUME)
                .jvm(jvm);
    }

    @Test
    void pty4j() {
        PtyReport.check(app().scenario(PtyMain.class).run());
    }

    /** Interpreted code needs no safepoint for compilation, at which the child would hang. */
    @Test
    void jna() {
        DlsymForkReport.blamesTheJavaLine(app("-Xint").scenario(JnaMain.class).run(), JnaMain.class, "jna-fork");
    }
}
