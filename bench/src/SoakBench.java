import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * The JVM of the soak: {@code SoakBench FORKS SEED} forks from {@value #FORKERS} Java threads, and prints its children
 * with the verdicts that they must get, and what it has seen of itself, a line each.
 */
final class SoakBench {
    /** The functions that fork, and the verdicts that their children may get, in the order of soak.c. */
    static final List<String> KINDS = List.of("soak_ends", "soak_allocates", "soak_takes_lock", "soak_execs");

    static final List<String> VERDICTS = List.of("deadlocked", "latent", "safe");

    private static final int FORKERS = 8;
    private static final int ROUNDS = 20;
    private static final int DESCRIPTOR_LOOKS = 10;

    private SoakBench() {}

    static native void start(long seed, int forks);

    static native void fork(int forker, int forks);

    static native int[] children();

    static native long hung();

    static native long crashed();

    /** The process between two rounds, when no child lives: its descriptors, and MiB of itself and of its collector. */
    private record State(long descriptors, double memory, double collectorMemory) {
        static State now() throws IOException {
            long pid = ProcessHandle.current().pid();
            Optional<ProcessHandle> collector = Jvms.collectorOf(pid);
            return new State(
                    leastDescriptors(),
                    Memory.statusMib(pid, "VmRSS"),
                    collector.isPresent() ? Memory.statusMib(collector.get().pid(), "VmRSS") : Double.NaN);
        }

        /** Some thread may have a file open just now: what is open for good is so at every look. */
        private static long leastDescriptors() throws IOException {
            long least = Long.MAX_VALUE;
            for (int i = 0; i < DESCRIPTOR_LOOKS; i++) {
                try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                    least = Math.min(least, open.count());
                }
            }
            return least;
        }
    }

    private static void round(ExecutorService threads, int forksEach) throws Exception {
        List<Callable<Void>> forkers = new ArrayList<>();
        for (int i = 0; i < FORKERS; i++) {
            int forker = i;
            forkers.add(() -> {
                fork(forker, forksEach);
                return null;
            });
        }
        for (Future<Void> done : threads.invokeAll(forkers)) {
            done.get();
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.load(System.getProperty("forkbench.library"));
        int parts = ROUNDS * FORKERS;
        int forksEach = Math.max(1, (Integer.parseInt(arguments[0]) + parts - 1) / parts);
        start(Long.parseLong(arguments[1]), parts * forksEach);
        ExecutorService threads = Executors.newFixedThreadPool(FORKERS);
        State[] states = new State[ROUNDS + 1];
        long forking = 0;
        for (int i = 1; i <= ROUNDS; i++) {
            long begun = System.nanoTime();
            round(threads, forksEach);
            forking += System.nanoTime() - begun;
            states[i] = State.now();
            if (i % (ROUNDS / 10) == 0) {
                System.err.printf(
                        "bench: soak: %d %%, %d forks, %d descriptors, %.1f MiB, collector %.1f MiB%n",
                        100 * i / ROUNDS,
                        (long) i * forksEach * FORKERS,
                        states[i].descriptors,
                        states[i].memory,
                        states[i].collectorMemory);
            }
        }
        threads.shutdown();
        print(states, (double) parts * forksEach / (forking / 1e9));
    }

    private static void print(State[] states, double rate) {
        int[] children = children();
        for (int i = 0; i < children.length; i += 3) {
            System.out.println(
                    "child " + children[i] + " " + KINDS.get(children[i + 1]) + " " + VERDICTS.get(children[i + 2]));
        }
        State end = states[ROUNDS];
        State first = states[ROUNDS / 20];
        State warm = states[ROUNDS / 10];
        System.out.println("hung " + hung());
        System.out.println("crashed " + crashed());
        System.out.println("descriptors " + (end.descriptors - first.descriptors));
        System.out.println("memory " + (end.memory - warm.memory));
        System.out.println("collector-memory " + (end.collectorMemory - warm.collectorMemory));
        System.out.println("rate " + rate);
    }
}
