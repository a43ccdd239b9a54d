import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code bench/run}: measures the named benches, all of them, or all but the long ones. */
final class Main {
    private static final String HOLDING =
            "the same, each holds two locks: ratio, time added, bytes written, time to the line in the report";

    private final Jvms jvms = new Jvms();
    private final int pairs = Integer.getInteger("bench.pairs", 11);
    private final Basics basics = new Basics(jvms, pairs);
    private final Hot hot = new Hot(jvms, pairs);
    private final Servers servers = new Servers(jvms, Math.max(2, pairs * 2));
    private final OneServer oneServer = new OneServer(jvms, Math.max(2, pairs));
    private boolean incomplete;

    private Main() throws Exception {}

    private static Bench usual(String name, String what, Bench.Measure measure) {
        return new Bench(name, what, true, measure);
    }

    /** Only where named, for its length. */
    private static Bench named(String name, String what, Bench.Measure measure) {
        return new Bench(name, what, false, measure);
    }

    private List<Bench> benches() {
        List<Bench> benches = new ArrayList<>();
        benches.addAll(hotBenches());
        benches.addAll(forkBenches());
        benches.addAll(processBenches());
        benches.addAll(longBenches());
        return benches;
    }

    private List<Bench> hotBenches() {
        List<String> locks = List.of("nativelock");
        return List.of(
                usual(
                        "lock-unlock",
                        "a mutex taken and given back, with the agent, and with async-profiler, by without",
                        () -> hot.figures(locks, new Hot.Shape("lock-unlock", 1.05))),
                usual(
                        "malloc-free",
                        "a block of 64 bytes taken and given back, and a mix of 1,024 live ones; likewise",
                        () -> hot.figures(
                                List.of("nativelock", "nativemem"),
                                new Hot.Shape("malloc-free", 1.15),
                                new Hot.Shape("malloc-mix", null))),
                usual(
                        "rwlock",
                        "a rwlock taken and given back, for reading and for writing; likewise",
                        () -> hot.figures(
                                locks, new Hot.Shape("rwlock-read", 1.05), new Hot.Shape("rwlock-write", 1.05))),
                usual(
                        "semaphore",
                        "sem_wait and sem_post; likewise",
                        () -> hot.figures(locks, new Hot.Shape("semaphore", 1.05))),
                usual(
                        "one-process",
                        "the same pairs with hooks by without, in turns of microseconds in a plain process",
                        () -> new OneProcess(Math.max(3, pairs)).figures()),
                usual(
                        "instructions",
                        "instructions of each of these pairs, counted by valgrind: the same on every run",
                        () -> new Instructions().figures()));
    }

    private Bench.Measure forkThreads(int threads, int forks, long pauseMs, long linePeriodMs) {
        return () -> new ForkThreads(jvms, pairs, threads, forks, pauseMs, linePeriodMs).figures();
    }

    private List<Bench> forkBenches() {
        List<Bench> benches = new ArrayList<>();
        benches.add(usual(
                "fork-50-threads",
                "fork to the child's first code, 50 threads, with / without the agent",
                basics::forkRatio));
        benches.add(usual("fork-threads-10", HOLDING, forkThreads(10, 30, 100, 25)));
        benches.add(usual("fork-threads-50", HOLDING, forkThreads(50, 30, 100, 25)));
        benches.add(usual("fork-threads-100", HOLDING, forkThreads(100, 30, 100, 50)));
        benches.add(usual("fork-threads-1000", HOLDING, forkThreads(1_000, 20, 200, 500)));
        benches.add(usual(
                "exec-to-line",
                "a child's exec or end to its line in the ndjson file, 300 forks, 50 a second",
                () -> new ExecToLine(jvms, 0, 300, 20).figures()));
        return benches;
    }

    private List<Bench> processBenches() {
        return List.of(
                usual("jvm-start", "a JVM that does nothing, start to end, with - without the agent", basics::jvmStart),
                usual(
                        "agent-memory",
                        "resident memory of a JVM of 50 + 20 threads after 440 forks, with - without",
                        basics::agentMemory),
                usual(
                        "collector-memory",
                        "resident memory of the collector after 4,400 forks",
                        basics::collectorMemory),
                usual(
                        "collector-memory-peak",
                        "the most that it was, which debug files on the machine decide",
                        basics::collectorMemoryPeak));
    }

    private List<Bench> longBenches() {
        return List.of(
                named(
                        "fork-threads-10000",
                        "fork-threads with 10,000 threads, where the system allows as many",
                        () -> new ForkThreads(jvms, 3, 10_000, 6, 3_000, 5_000).figures()),
                named(
                        "server-http",
                        "an HTTP server with a pool of threads: wall and processor time of 10,000 requests",
                        servers::http),
                named(
                        "server-rocksdb",
                        "RocksDB in a JVM: wall and processor time of 60,000 operations and what they bring about",
                        servers::rocksdb),
                named(
                        "one-server-http",
                        "the same HTTP server, whose hooks are taken out and put back from turn to turn",
                        () -> oneServer.figures("one-server-http", servers.http(1_000))),
                named(
                        "one-server-rocksdb",
                        "the same RocksDB, likewise",
                        () -> oneServer.figures("one-server-rocksdb", servers.rocksdb(10_000))),
                named(
                        "soak",
                        "BENCH_SOAK_FORKS forks beside threads that lock: every verdict right, nothing lost, no growth",
                        () -> new Soak(jvms, Integer.getInteger("bench.soakForks", 100_000)).figures()));
    }

    private List<Bench> chosen(List<String> names) {
        if (names.isEmpty()) {
            return benches().stream().filter(Bench::byDefault).toList();
        }
        return names.contains("all")
                ? benches()
                : names.stream().map(name -> Bench.find(benches(), name)).toList();
    }

    /** What one bench lacks or breaks does not take the figures of the others. */
    private List<Figure> measure(Bench bench) throws Exception {
        System.err.println("bench: " + bench.name() + ": " + bench.what());
        try {
            return bench.measure().figures();
        } catch (CannotMeasure e) {
            return notMeasured(bench, e, e.before());
        } catch (IOException e) {
            return notMeasured(bench, e, List.of());
        }
    }

    private List<Figure> notMeasured(Bench bench, Exception why, List<Figure> before) {
        incomplete = true;
        System.err.println("bench: " + bench.name() + ": NOT MEASURED: " + why.getMessage());
        return before;
    }

    private void run(List<Bench> chosen, boolean json) throws Exception {
        List<String> objects = new ArrayList<>();
        for (Bench bench : chosen) {
            for (Figure figure : measure(bench)) {
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
    }

    private void list() {
        benches()
                .forEach(bench -> System.out.printf(
                        "%-24s %s%s%n", bench.name(), bench.what(), bench.byDefault() ? "" : " (only where named)"));
    }

    private int run(List<String> names, boolean json, boolean list) throws Exception {
        if (list) {
            list();
            return 0;
        }
        List<Bench> chosen;
        try {
            chosen = chosen(names);
        } catch (IllegalArgumentException wrong) {
            System.err.println("bench: " + wrong.getMessage());
            return 2;
        }
        run(chosen, json);
        return incomplete ? 1 : 0;
    }

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("bench.library"));
        List<String> names = new ArrayList<>(List.of(arguments));
        boolean json = names.remove("--json");
        boolean list = names.remove("--list");
        Main main = new Main();
        int status;
        try {
            status = main.run(names, json, list);
        } finally {
            main.jvms.deleteReports();
        }
        System.exit(status);
    }
}
