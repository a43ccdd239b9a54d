package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Reports;
import org.forkwitness.report.Call;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.ChildJvmMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The agent in the environment of a whole container: each JVM loads it, the collectors' own never. */
@EveryImage
class JavaToolOptionsTest {
    @Parameter
    Image image;

    @TempDir
    Path volume;

    @Test
    void eachJvmHasItsOwnReport() {
        String agent = "-agentpath:" + App.AGENT + "=exit-wait=60s,reports=" + App.VOLUME + "/reports";
        App app = App.of(image, volume)
                .environment("JAVA_TOOL_OPTIONS", agent)
                .command(Stream.of(
                                List.of("java"),
                                App.classPath(),
                                List.of(ChildJvmMain.class.getName(), "exec", "_exit"))
                        .flatMap(List::stream)
                        .toArray(String[]::new));
        try (RunningApp running = app.start()) {
            running.awaitExit(0);
            assertEquals(0, running.number("status"));
            assertEquals(List.of(), running.agentLines());
            // A collector with the agent would have made a third one.
            assertEquals(List.of(), running.reports().files("spool"));
            Map<Long, Report> reports = new HashMap<>();
            running.reports().files("json").stream()
                    .map(Reports::read)
                    .forEach(r -> reports.put(r.process().pid(), r));
            long child = running.number("child");
            assertEquals(Set.of(1L, child), reports.keySet());
            Expect.complete(reports.get(1L), 1);
            Expect.child(reports.get(1L), child).call(Call.POSIX_SPAWN).inProcess(1);
            Expect.complete(reports.get(child), 2);
            Expect.child(reports.get(child), running.number("exec"))
                    .blames("fork-exec")
                    .inProcess(child);
            assertEquals(1, reports.get(child).process().ppid());
        }
    }
}
