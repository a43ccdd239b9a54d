import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Servers that do a fixed amount of work a turn, with the agent by without: wall time, and processor time of the server's
 * process. Each figure has its noise beside it, a second server without agent by the first, and the resolution that
 * follows from it. Servers differ from one another by what the compiler made of them more than from turn to turn: many
 * short rounds tell more than few long ones.
 */
final class Servers {
    private static final int WARM_UPS = 8;
    private static final int TURNS = 6;
    private static final int REQUESTS = 10_000;
    private static final int OPERATIONS = 60_000;
    private static final double GOAL = 1.005;
    private static final int PLAIN = 0;
    private static final int PLAIN_AGAIN = 1;
    private static final int AGENT = 2;
    private static final int WALL = 0;
    private static final int CPU = 1;
    private static final int CPU_OF_BOTH = 2;

    private final Jvms jvms;
    private final int rounds;

    /** Does the work of a turn once. */
    interface Work {
        void run() throws Exception;
    }

    interface End {
        void run() throws Exception;
    }

    /** Quantities: wall time, the server's processor time, and that with its collector's. */
    record Server(Worker worker, Work work, End end) implements Turns.Subject {
        @Override
        public double[] turn() throws Exception {
            double collector = worker.collectorCpuNs();
            double cpu = worker.cpuNs();
            long begun = System.nanoTime();
            work.run();
            double wall = System.nanoTime() - begun;
            cpu = worker.cpuNs() - cpu;
            return new double[] {wall, cpu, cpu + worker.collectorCpuNs() - collector};
        }

        @Override
        public void close() throws Exception {
            end.run();
        }
    }

    interface Kind {
        Server start(List<String> jvmOptions, Map<String, String> variables) throws Exception;
    }

    /** At least two rounds. */
    Servers(Jvms jvms, int rounds) {
        this.jvms = jvms;
        this.rounds = rounds;
    }

    private static List<String> withHeap(List<String> jvmOptions, String... more) {
        List<String> options = new ArrayList<>(jvmOptions);
        options.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+UseG1GC"));
        options.addAll(Arrays.asList(more));
        return options;
    }

    /** The load comes from this process, over the loopback interface. */
    Kind http(int requests) {
        return (jvmOptions, variables) -> {
            // Else each answer waits for the client's delayed acknowledgement.
            List<String> options = withHeap(jvmOptions, "-Dsun.net.httpserver.nodelay=true");
            Worker worker = new Worker(jvms.command(options, "HttpBench"), variables);
            HttpLoad load = new HttpLoad((int) worker.ask("port")[0]);
            return new Server(worker, () -> load.run(requests), () -> {
                load.close();
                worker.close();
            });
        };
    }

    Kind rocksdb(int operations) {
        return (jvmOptions, variables) -> {
            Path directory = Files.createTempDirectory("forkwitness-rocksdb");
            // The jar's native library is unpacked there.
            List<String> options = withHeap(jvmOptions, "-Djava.io.tmpdir=" + directory);
            Worker worker = new Worker(jvms.command(options, "RocksBench", directory.toString()), variables);
            return new Server(worker, () -> worker.ask("run", operations), () -> {
                worker.close();
                Jvms.delete(directory);
            });
        };
    }

    List<Figure> http() throws Exception {
        return figures("server-http", http(REQUESTS));
    }

    List<Figure> rocksdb() throws Exception {
        return figures("server-rocksdb", rocksdb(OPERATIONS));
    }

    private List<Figure> figures(String name, Kind kind) throws Exception {
        Turns turns = new Turns(
                WARM_UPS,
                TURNS,
                List.of(
                        () -> kind.start(List.of(), Map.of()),
                        () -> kind.start(List.of(), Map.of()),
                        () -> kind.start(List.of(jvms.agentOption()), Map.of())));
        for (int i = 0; i < rounds; i++) {
            turns.round();
            jvms.awaitCollectors();
        }
        List<Figure> figures = new ArrayList<>();
        figures.addAll(withNoise(name + "-wall", turns, WALL));
        figures.addAll(withNoise(name + "-cpu", turns, CPU));
        figures.add(Figure.of(name + "-cpu-with-collector", "x", null, turns.ratios(AGENT, PLAIN, CPU_OF_BOTH)));
        return figures;
    }

    private static List<Figure> withNoise(String name, Turns turns, int quantity) {
        double[] noise = turns.ratios(PLAIN_AGAIN, PLAIN, quantity);
        return List.of(
                Figure.of(name, "x", GOAL, turns.ratios(AGENT, PLAIN, quantity)),
                Figure.of(name + "-noise", "x", null, noise),
                Figure.of(name + "-resolution", "x", null, resolution(noise)));
    }

    /** Two standard errors of the mean of these ratios: a mean nearer to 1 than that cannot be told from 1. */
    static double resolution(double[] ratios) {
        double mean = Arrays.stream(ratios).average().orElseThrow();
        double squares = Arrays.stream(ratios)
                .map(ratio -> (ratio - mean) * (ratio - mean))
                .sum();
        return 2 * Math.sqrt(squares / (ratios.length - 1) / ratios.length);
    }
}
