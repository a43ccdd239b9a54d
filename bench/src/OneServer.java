import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One server whose hooks are taken out and put back from turn to turn ({@link HookSlots}): what differs between two
 * servers, of which the compiler made different code in different places, is not in it. The agent comes by attach, into a
 * server that is warm. Turns are short and come in pairs, so that both of a pair meet the same mood of the machine. A round
 * is a new server, and its value the median of its pairs.
 *
 * <p>The agent's own thread wakes up whether there are hooks or not: its time is taken off all turns, and its share of the
 * server's added to the ratio.
 */
final class OneServer {
    private static final long WARM_UP_NS = 8_000_000_000L;
    private static final int WARM_UP_PAIRS = 10;
    private static final int PAIRS = 150;
    private static final double GOAL = 1.005;

    private final Jvms jvms;
    private final int rounds;

    /** At least two rounds. */
    OneServer(Jvms jvms, int rounds) {
        this.jvms = jvms;
        this.rounds = rounds;
    }

    /** A warm server that the agent has come to. */
    private static final class Measured {
        private final Servers.Server server;
        private final Path agentThread;
        private double agentThreadShare;
        private double collectorShare;

        Measured(Servers.Server server, Jvms jvms) throws Exception {
            this.server = server;
            Worker worker = server.worker();
            long warm = System.nanoTime() + WARM_UP_NS;
            while (System.nanoTime() - warm < 0) {
                server.work().run();
            }
            worker.ask(HookSlots.COMMAND, "remember");
            jvms.attachAgent(worker.pid());
            worker.awaitRest(true);
            if (worker.ask(HookSlots.COMMAND, "compare")[0] == 0) {
                throw new IOException("the agent hooked nothing in the measured JVM");
            }
            agentThread = threadOf(worker.pid(), "forkwitness");
        }

        /**
         * Processor time of a turn without that of the agent's thread, ns. Before it there is one that does not count, in
         * which all threads come to what holds for it.
         */
        private double turn(boolean hooked) throws Exception {
            server.worker().ask(HookSlots.COMMAND, hooked ? "on" : "give");
            server.work().run();
            server.worker().ask(HookSlots.COMMAND, hooked ? "on" : "off");
            double thread = ranNs(agentThread);
            double cpu = server.worker().cpuNs();
            server.work().run();
            cpu = server.worker().cpuNs() - cpu;
            thread = ranNs(agentThread) - thread;
            return cpu - thread;
        }

        /** Turns with hooks by the turns without that are next to them; which of the two comes first changes. */
        double[] pairs(int count) throws Exception {
            double[] ratios = new double[count];
            double all = server.worker().cpuNs();
            double thread = ranNs(agentThread);
            double collector = server.worker().collectorCpuNs();
            for (int i = 0; i < count; i++) {
                boolean hookedFirst = i % 2 == 0;
                double first = turn(hookedFirst);
                double second = turn(!hookedFirst);
                ratios[i] = hookedFirst ? first / second : second / first;
            }
            all = server.worker().cpuNs() - all;
            agentThreadShare = (ranNs(agentThread) - thread) / all;
            collectorShare = (server.worker().collectorCpuNs() - collector) / all;
            return ratios;
        }
    }

    /** How long a thread has run so far, ns: the first number of its schedstat. */
    private static double ranNs(Path thread) throws IOException {
        return Double.parseDouble(
                Files.readString(thread.resolve("schedstat")).split(" ")[0]);
    }

    private static Path threadOf(long pid, String name) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.filter(thread -> isCalled(thread, name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the measured JVM has no thread '" + name + "'"));
        }
    }

    private static boolean isCalled(Path thread, String name) {
        try {
            return Files.readString(thread.resolve("comm")).trim().equals(name);
        } catch (IOException gone) {
            return false;
        }
    }

    /** Processor time with the agent by without, and less than what cannot be told from nothing. */
    List<Figure> figures(String name, Servers.Kind kind) throws Exception {
        double[] cpu = new double[rounds];
        double[] withCollector = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            // All slots bound at the start: else one bound in a turn without hooks would be compared with one that is not.
            try (Servers.Server server = kind.start(List.of(), Map.of("LD_BIND_NOW", "1"))) {
                Measured measured = new Measured(server, jvms);
                measured.pairs(WARM_UP_PAIRS);
                double hooks = Figure.median(measured.pairs(PAIRS));
                cpu[i] = hooks + measured.agentThreadShare;
                withCollector[i] = cpu[i] + measured.collectorShare;
            }
            jvms.awaitCollectors();
        }
        return List.of(
                Figure.of(name + "-cpu", "x", GOAL, cpu),
                Figure.of(name + "-cpu-with-collector", "x", null, withCollector),
                Figure.of(name + "-resolution", "x", null, Servers.resolution(cpu)));
    }
}
