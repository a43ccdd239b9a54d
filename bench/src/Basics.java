import java.util.List;

/** Start, memory and fork of a small JVM, with and without the agent. */
final class Basics {
    private static final int THREADS = 50;
    private static final int FORKS = 400;

    private final Jvms jvms;
    private final int pairs;

    Basics(Jvms jvms, int pairs) {
        this.jvms = jvms;
        this.pairs = pairs;
    }

    /** A pair is taken one right after the other, so that the machine's mood of the moment is in both. */
    private interface Pair {
        double sample() throws Exception;
    }

    private List<Figure> take(String name, String unit, Double goal, int count, Pair pair) throws Exception {
        double[] samples = new double[count];
        for (int i = 0; i < count; i++) {
            samples[i] = pair.sample();
            jvms.awaitCollectors();
        }
        return List.of(Figure.of(name, unit, goal, samples));
    }

    private double forkMedian(boolean withAgent) throws Exception {
        try (Jvms.Waiting jvm = jvms.startForkBench(withAgent, THREADS, FORKS)) {
            return jvm.figure;
        }
    }

    List<Figure> forkRatio() throws Exception {
        return take("fork-50-threads", "x", 1.10, pairs, () -> {
            double without = forkMedian(false);
            return forkMedian(true) / without;
        });
    }

    List<Figure> jvmStart() throws Exception {
        jvms.startAndEnd(false);
        jvms.startAndEnd(true);
        jvms.awaitCollectors();
        return take("jvm-start", "ms", 10.0, pairs * 3, () -> {
            double without = jvms.startAndEnd(false);
            return jvms.startAndEnd(true) - without;
        });
    }

    private double resident(boolean withAgent) throws Exception {
        try (Jvms.Waiting jvm = jvms.startForkBench(withAgent, THREADS, FORKS)) {
            return Memory.statusMib(jvm.process.pid(), "VmRSS");
        }
    }

    /** All that the agent brings about is in the difference: its tables, method ids, its thread, hooked libraries. */
    List<Figure> agentMemory() throws Exception {
        return take("agent-memory", "MiB", 4.07, pairs, () -> {
            double without = resident(false);
            return resident(true) - without;
        });
    }

    private double collectorMib(String field) throws Exception {
        try (Jvms.Waiting jvm = jvms.startForkBench(true, THREADS, FORKS * 10)) {
            ProcessHandle collector = Jvms.collectorOf(jvm.process.pid())
                    .orElseThrow(() -> new IllegalStateException("the JVM has no collector"));
            return Memory.statusMib(collector.pid(), field);
        }
    }

    List<Figure> collectorMemory() throws Exception {
        return take("collector-memory", "MiB", 64.0, 3, () -> collectorMib("VmRSS"));
    }

    List<Figure> collectorMemoryPeak() throws Exception {
        return take("collector-memory-peak", "MiB", null, 3, () -> collectorMib("VmHWM"));
    }
}
