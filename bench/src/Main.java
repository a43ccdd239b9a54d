import java.util.ArrayList;
import java.util.List;

/** {@code bench/run}: measures the named benches, or all but the long ones. */
final class Main {
    private static final int THREADS = 50;
    private static final int FORKS = 400;

    private final Jvms jvms = new Jvms();
    private final int pairs = Integer.getInteger("bench.pairs", 11);

    private Main() throws Exception {}

    private interface Samples {
        double[] take() throws Exception;
    }

    /** Each pair is taken in turns within one run, so that the machine's mood of the moment is in both. */
    private interface Pair {
        double ratio() throws Exception;
    }

    private double[] take(int count, Pair pair) throws Exception {
        double[] samples = new double[count];
        for (int i = 0; i < count; i++) {
            samples[i] = pair.ratio();
            jvms.awaitCollectors();
        }
        return samples;
    }

    private double forkMedian(boolean withAgent) throws Exception {
        try (Jvms.Waiting jvm = jvms.startForkBench(withAgent, THREADS, FORKS)) {
            return jvm.figure;
        }
    }

    private double[] forkRatio() throws Exception {
        return take(pairs, () -> {
            double without = forkMedian(false);
            return forkMedian(true) / without;
        });
    }

    private double[] jvmStart() throws Exception {
        jvms.startAndEnd(false);
        jvms.startAndEnd(true);
        jvms.awaitCollectors();
        return take(pairs * 3, () -> {
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
    private double[] agentMemory() throws Exception {
        return take(pairs, () -> {
            double without = resident(false);
            return resident(true) - without;
        });
    }

    private double[] collectorMemory(String field) throws Exception {
        return take(3, () -> {
            ProcessHandle collector;
            try (Jvms.Waiting jvm = jvms.startForkBench(true, THREADS, FORKS * 10)) {
                collector = Jvms.collectorOf(jvm.process.pid())
                        .orElseThrow(() -> new IllegalStateException("the JVM has no collector"));
                return Memory.statusMib(collector.pid(), field);
            }
        });
    }

    private static Bench.Measure one(String name, String unit, Double goal, Samples samples) {
        return () -> List.of(Figure.of(name, unit, goal, samples.take()));
    }

    private List<Bench> benches() {
        return List.of(
                new Bench(
                        "fork-50-threads",
                        "fork to the child's first code, 50 threads, with / without the agent",
                        true,
                        one("fork-50-threads", "x", 1.10, this::forkRatio)),
                new Bench(
                        "jvm-start",
                        "a JVM that does nothing, start to end, with - without the agent",
                        true,
                        one("jvm-start", "ms", 10.0, this::jvmStart)),
                new Bench(
                        "agent-memory",
                        "resident memory of a JVM of 50 + 20 threads after 440 forks, with - without",
                        true,
                        one("agent-memory", "MiB", 4.07, this::agentMemory)),
                new Bench(
                        "collector-memory",
                        "resident memory of the collector after 4,400 forks",
                        true,
                        one("collector-memory", "MiB", 64.0, () -> collectorMemory("VmRSS"))),
                new Bench(
                        "collector-memory-peak",
                        "the most that it was, which debug files on the machine decide",
                        true,
                        one("collector-memory-peak", "MiB", null, () -> collectorMemory("VmHWM"))),
                new Bench(
                        "exec-to-line",
                        "a child's exec or end to its line in the ndjson file, 300 forks, 50 a second",
                        true,
                        () -> new ExecToLine(jvms).figures()),
                new Bench(
                        "soak",
                        "BENCH_SOAK_FORKS forks beside threads that lock: every verdict right, nothing lost, no growth",
                        false,
                        () -> new Soak(jvms, Integer.getInteger("bench.soakForks", 100_000)).figures()));
    }

    private void run(List<String> names, boolean json) throws Exception {
        List<Bench> chosen = names.isEmpty()
                ? benches().stream().filter(Bench::byDefault).toList()
                : names.stream().map(name -> Bench.find(benches(), name)).toList();
        List<String> objects = new ArrayList<>();
        for (Bench bench : chosen) {
            System.err.println("bench: " + bench.name() + ": " + bench.what());
            for (Figure figure : bench.measure().figures()) {
                if (json) {
                    objects.add("  " + figure.json());
                } else {
                    System.out.println(figure.line());
                }
            }
        }
        if (json) {
            System.out.println("[\n" + String.join(",\n", objects) + "\n]");
        }
        jvms.awaitCollectors();
        jvms.deleteReports();
    }

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("bench.library"));
        List<String> names = new ArrayList<>(List.of(arguments));
        boolean json = names.remove("--json");
        boolean list = names.remove("--list");
        Main main = new Main();
        if (list) {
            main.benches()
                    .forEach(bench -> System.out.printf(
                            "%-28s %s%s%n",
                            bench.name(), bench.what(), bench.byDefault() ? "" : " (only where named)"));
            main.jvms.deleteReports();
            return;
        }
        try {
            main.run(names, json);
        } catch (IllegalArgumentException wrong) {
            System.err.println("bench: " + wrong.getMessage());
            System.exit(2);
        }
    }
}
