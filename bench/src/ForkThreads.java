import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Forks of a JVM with so many threads, each of which holds two locks: the time until the child's first code, the bytes
 * that a fork writes, and how long the collector takes to the verdict.
 */
final class ForkThreads {
    private static final double RATIO_GOAL = 1.10;
    private static final int RATIO_GOAL_THREADS = 50;
    private static final double ADDED_US_GOAL = 1.0;
    private static final int ADDED_GOAL_THREADS = 100; // with less, what a fork costs once is most of it

    private final Jvms jvms;
    private final int rounds;
    private final int threads;
    private final int forks;
    private final long pauseMs;
    private final long linePeriodMs;

    /**
     * So many pairs of JVMs, which fork so many times each, with this pause before each fork; and one JVM more, whose
     * forks begin at this period, for the time to the line. Both leave the collector the time to keep up.
     */
    ForkThreads(Jvms jvms, int rounds, int threads, int forks, long pauseMs, long linePeriodMs) {
        this.jvms = jvms;
        this.rounds = rounds;
        this.threads = threads;
        this.forks = forks;
        this.pauseMs = pauseMs;
        this.linePeriodMs = linePeriodMs;
    }

    List<Figure> figures() throws Exception {
        String name = "fork-threads-" + threads;
        List<Figure> figures = new ArrayList<>(times(name));
        figures.add(Figure.of(name + "-bytes", "B/thread", null, bytes()));
        try {
            figures.add(new ExecToLine(jvms, threads, forks, linePeriodMs).median(name + "-line"));
        } catch (CannotMeasure e) {
            throw new CannotMeasure(e.getMessage(), figures);
        }
        return figures;
    }

    private List<Figure> times(String name) throws Exception {
        double[] ratios = new double[rounds];
        double[] cpuRatios = new double[rounds];
        double[] addedUs = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            double[] without = forkNs(List.of());
            double[] with = forkNs(List.of(jvms.agentOption()));
            jvms.awaitCollectors();
            ratios[i] = with[0] / without[0];
            cpuRatios[i] = with[1] / without[1];
            addedUs[i] = (with[0] - without[0]) / threads / 1e3;
        }
        return List.of(
                Figure.of(name, "x", threads == RATIO_GOAL_THREADS ? RATIO_GOAL : null, ratios),
                Figure.of(name + "-cpu", "x", null, cpuRatios),
                Figure.of(name + "-added", "us/thread", threads < ADDED_GOAL_THREADS ? null : ADDED_US_GOAL, addedUs));
    }

    /** Medians: time to the child's first code, and processor time. */
    private double[] forkNs(List<String> jvmOptions) throws Exception {
        try (Worker worker = start(jvmOptions)) {
            worker.awaitRest(!jvmOptions.isEmpty());
            fork(worker, Math.max(1, forks / 10));
            return fork(worker, forks);
        }
    }

    private double[] fork(Worker worker, int count) throws IOException {
        return worker.ask("fork", count, pauseMs);
    }

    /** With a spool, everything that is written can be counted; not in it: what is written once. */
    private double bytes() throws Exception {
        Path reports = Files.createTempDirectory("forkwitness-spool");
        try (Worker worker = start(List.of(jvms.agentOption(reports) + ",collector=none,snapshot=0"))) {
            worker.awaitRest(false);
            fork(worker, forks);
            long before = spooled(reports);
            fork(worker, forks);
            return (double) (spooled(reports) - before) / forks / threads;
        } finally {
            Jvms.delete(reports);
        }
    }

    private static long spooled(Path reports) throws IOException {
        try (Stream<Path> files = Files.list(reports)) {
            Path spool = files.filter(file -> file.toString().endsWith(".spool"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the agent made no spool"));
            return Files.size(spool);
        }
    }

    private Worker start(List<String> jvmOptions) throws Exception {
        Worker worker = new Worker(jvms.command(jvmOptions, "HoldersBench"));
        int started = (int) worker.ask("start", threads)[0];
        if (started < threads) {
            worker.close();
            throw new CannotMeasure(started + " of " + threads + " threads could be started: see ulimit -u,"
                    + " /proc/sys/kernel/pid_max, /proc/sys/kernel/threads-max, /proc/sys/vm/max_map_count"
                    + " and the control group's pids.max");
        }
        return worker;
    }
}
