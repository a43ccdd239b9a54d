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
            Pair pair = round();
            jvms.awaitCollectors();
            ratios[i] = pair.with.wallNs() / pair.without.wallNs();
            cpuRatios[i] = pair.with.cpuNs() / pair.without.cpuNs();
            addedUs[i] = (pair.with.wallNs() - pair.without.wallNs()) / threads / 1e3;
        }
        return List.of(
                Figure.of(name, "x", threads == RATIO_GOAL_THREADS ? RATIO_GOAL : null, ratios),
                Figure.of(name + "-cpu", "x", null, cpuRatios),
                Figure.of(name + "-added", "us/thread", threads < ADDED_GOAL_THREADS ? null : ADDED_US_GOAL, addedUs));
    }

    /** The medians of one JVM's forks: time to the child's first code, and processor time. */
    private static final class Forks {
        private final Worker worker;
        private final double[] wall;
        private final double[] cpu;

        Forks(Worker worker, int count) {
            this.worker = worker;
            this.wall = new double[count];
            this.cpu = new double[count];
        }

        void fork(int index, long pauseMs) throws IOException {
            double[] taken = worker.ask("fork", 1, pauseMs);
            wall[index] = taken[0];
            cpu[index] = taken[1];
        }

        double wallNs() {
            return Figure.median(wall);
        }

        double cpuNs() {
            return Figure.median(cpu);
        }
    }

    private record Pair(Forks without, Forks with) {}

    /** Two new JVMs, side by side, so that both meet the same moments of the machine; each fork in turns. */
    private Pair round() throws Exception {
        try (Worker plain = start(List.of());
                Worker watched = start(List.of(jvms.agentOption()))) {
            plain.awaitRest(false);
            watched.awaitRest(true);
            for (Worker worker : List.of(plain, watched)) {
                fork(worker, Math.max(1, forks / 10));
            }
            Pair pair = new Pair(new Forks(plain, forks), new Forks(watched, forks));
            for (int i = 0; i < forks; i++) {
                boolean plainFirst = i % 2 == 0;
                (plainFirst ? pair.without : pair.with).fork(i, pauseMs);
                (plainFirst ? pair.with : pair.without).fork(i, pauseMs);
            }
            return pair;
        }
    }

    private void fork(Worker worker, int count) throws IOException {
        worker.ask("fork", count, pauseMs);
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
