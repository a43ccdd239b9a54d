import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ReportJson;

/**
 * Runs {@link LineBench} and reads its report's ndjson file as it grows. The first fork of each site is a figure of its
 * own: its line waits for the collector to start and to read the symbols of the stack.
 */
final class ExecToLine {
    private static final int SITES = 2;
    private static final long LOOK_MS = 1;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(120);

    private final Jvms jvms;
    private final int threads;
    private final int forks;
    private final long periodMs;
    private final long limit = System.nanoTime() + LIMIT_NS;
    private final Map<Long, Long> reachedNs = new ConcurrentHashMap<>();
    private final List<Line> lines = new ArrayList<>();

    /** A child's first line: when it stood in the file. */
    private record Line(long pid, long atNs) {}

    /** So many forks, one a period, in a JVM with so many more threads that hold two locks each. */
    ExecToLine(Jvms jvms, int threads, int forks, long periodMs) {
        this.jvms = jvms;
        this.threads = threads;
        this.forks = forks;
        this.periodMs = periodMs;
    }

    /** The first forks, the median and the 99th percentile of the others. */
    List<Figure> figures() throws Exception {
        measure();
        double[] ms = sortedMs(lines.subList(SITES, lines.size()));
        return List.of(
                Figure.of("exec-to-line-first", "ms", null, sortedMs(lines.subList(0, SITES))),
                percentile(ms, 50, null),
                percentile(ms, 99, 100.0));
    }

    /** All but the first forks under this name. */
    Figure median(String name) throws Exception {
        measure();
        return Figure.of(name, "ms", null, sortedMs(lines.subList(SITES, lines.size())));
    }

    private void measure() throws Exception {
        Path reports = Files.createTempDirectory("forkwitness-line");
        try {
            measure(reports);
        } finally {
            Jvms.awaitCollectors(reports);
            Jvms.delete(reports);
        }
    }

    private void measure(Path reports) throws Exception {
        Process process = new ProcessBuilder(jvms.command(
                        reports, List.of(), "LineBench", Long.toString(periodMs), Integer.toString(threads)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread output = new Thread(() -> readOutput(process));
        output.start();
        try (PrintStream input = new PrintStream(process.getOutputStream(), true)) {
            input.println(SITES);
            try (BufferedReader ndjson = Files.newBufferedReader(awaitNdjson(reports))) {
                tail(ndjson, SITES);
                input.println(forks);
                tail(ndjson, SITES + forks);
            }
        } finally {
            process.waitFor();
            output.join();
        }
        if (process.exitValue() != 0) {
            throw new IOException("the JVM of exec-to-line ended with status " + process.exitValue());
        }
    }

    private void readOutput(Process process) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] words = line.split(" ");
                reachedNs.put(Long.valueOf(words[0]), Long.valueOf(words[1]));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look() throws CannotMeasure, InterruptedException {
        if (System.nanoTime() - limit > 0) {
            throw new CannotMeasure("after " + lines.size() + " lines no more came from the collector");
        }
        Thread.sleep(LOOK_MS);
    }

    /** The collector makes it with its first line. */
    private Path awaitNdjson(Path reports) throws Exception {
        Optional<Path> ndjson = Jvms.ndjson(reports);
        while (ndjson.isEmpty()) {
            look();
            ndjson = Jvms.ndjson(reports);
        }
        return ndjson.get();
    }

    /** Notes when each child's first line stands in the file as a whole, until there are so many. */
    private void tail(BufferedReader ndjson, int count) throws Exception {
        while (lines.size() < count) {
            String text = nextLine(ndjson);
            long now = LineBench.now();
            long pid = ReportJson.mapper().readValue(text, Fork.class).child().pid();
            if (lines.stream().noneMatch(line -> line.pid == pid)) {
                lines.add(new Line(pid, now));
            }
        }
    }

    /** BufferedReader.readLine would give half a line at the end of a file that grows. */
    private String nextLine(BufferedReader ndjson) throws Exception {
        StringBuilder line = new StringBuilder();
        for (int character = ndjson.read(); character != '\n'; character = ndjson.read()) {
            if (character < 0) {
                look();
            } else {
                line.append((char) character);
            }
        }
        return line.toString();
    }

    private double[] sortedMs(List<Line> some) {
        return some.stream()
                .mapToDouble(line -> (line.atNs - reachedNs.get(line.pid)) / 1e6)
                .sorted()
                .toArray();
    }

    /** The nearest rank, with the whole range beside it. */
    private static Figure percentile(double[] sorted, int percent, Double goal) {
        int rank = (sorted.length * percent + 99) / 100;
        return new Figure(
                "exec-to-line-p" + percent, "ms", goal, false, sorted[rank - 1], sorted[0], sorted[sorted.length - 1]);
    }
}
