import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportReader;

/** Runs {@link SoakBench} and compares the report with what it foretold. */
final class Soak {
    /** Growth of a process that only reuses what it has: its allocator's and its JIT's last pages. MiB. */
    private static final double MEMORY_GOAL = 2;

    private static final double COLLECTOR_GOAL = 16;

    private final Jvms jvms;
    private final int forks;

    Soak(Jvms jvms, int forks) {
        this.jvms = jvms;
        this.forks = forks;
    }

    List<Figure> figures() throws Exception {
        long seed = Long.getLong("bench.soakSeed", System.nanoTime());
        System.err.println("bench: soak: " + forks + " forks, seed " + seed);
        Path reports = Files.createTempDirectory("forkwitness-soak");
        Foretold foretold = new Foretold();
        Map<String, Double> said = run(reports, seed, foretold);
        foretold.show();
        Jvms.awaitCollectors(reports);
        Report report = ReportReader.read(reports);
        long wrong = Math.max(foretold.wrongForks(Jvms.ndjson(reports).orElseThrow()), foretold.wrongCounts(report));
        List<Figure> figures = List.of(
                Figure.of("soak-wrong-verdicts", "forks", 0.0, wrong),
                Figure.of(
                        "soak-lost-records",
                        "records",
                        0.0,
                        report.summary().lost().records()),
                Figure.of("soak-hung", "children", 0.0, said.get("hung")),
                Figure.of("soak-crashed", "children", 0.0, said.get("crashed")),
                Figure.of("soak-descriptors", "more", 0.0, said.get("descriptors")),
                Figure.of("soak-memory", "MiB more", MEMORY_GOAL, said.get("memory")),
                Figure.of("soak-collector-memory", "MiB more", COLLECTOR_GOAL, said.get("collector-memory")),
                Figure.of("soak-rate", "forks/s", null, said.get("rate")));
        boolean keep = wrong > 0 || said.get("hung") + said.get("crashed") > 0;
        if (keep || !report.summary().complete()) {
            System.err.println("bench: soak: the reports stay in " + reports);
        } else {
            Jvms.delete(reports);
        }
        return figures;
    }

    /** A heap of fixed size that is resident from the start: what grows then is not Java's. */
    private Map<String, Double> run(Path reports, long seed, Foretold foretold) throws Exception {
        List<String> command = jvms.command(
                reports,
                List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx16m", "-XX:+AlwaysPreTouch"),
                "SoakBench",
                Integer.toString(forks),
                Long.toString(seed));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<String, Double> said = new HashMap<>();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                String[] words = line.split(" ");
                if (words[0].equals("child")) {
                    foretold.add(Long.parseLong(words[1]), words[2], words[3]);
                } else {
                    said.put(words[0], Double.valueOf(words[1]));
                }
            }
        }
        if (process.waitFor() != 0) {
            throw new IOException("the soak's JVM ended with status " + process.exitValue());
        }
        return said;
    }
}
