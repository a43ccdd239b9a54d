import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Starts the JVMs that are measured, with and without the agent. */
final class Jvms {
    private final String java =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private final Path classes = Path.of(System.getProperty("bench.classes"));
    private final Path agent = Path.of(System.getProperty("bench.agent"));
    private final Path profiler = Path.of(System.getProperty("bench.profiler"));
    private final Path library = Path.of(System.getProperty("bench.library"));
    private final Path rocksdb = Path.of(System.getProperty("bench.rocksdb"));
    private final Path reports;

    Jvms() throws IOException {
        reports = Files.createTempDirectory("forkwitness-bench");
    }

    /** A command line for the main class. */
    List<String> command(boolean withAgent, String main, String... arguments) {
        return command(withAgent ? List.of(agentOption()) : List.of(), main, arguments);
    }

    /** A command line with the agent, which reports into a directory of its own, and with more options of the JVM. */
    List<String> command(Path ownReports, List<String> jvmOptions, String main, String... arguments) {
        List<String> options = new ArrayList<>(jvmOptions);
        options.add(agentOption(ownReports));
        return command(options, main, arguments);
    }

    /** The option of a JVM that loads the agent. */
    String agentOption() {
        return agentOption(reports);
    }

    /** The same with a report directory of its own; more options of the agent may follow, after a comma. */
    String agentOption(Path directory) {
        return "-agentpath:" + agent + "=reports=" + directory;
    }

    /** Loads the agent into a JVM that runs. */
    void attachAgent(long pid) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
        try {
            machine.loadAgentPath(agent.toString(), "reports=" + reports);
        } finally {
            machine.detach();
        }
    }

    /** The option of a JVM that loads async-profiler, which profiles in this mode from the start. */
    String profilerOption(String mode) {
        return "-agentpath:" + profiler + "=start," + mode + ",file=" + reports.resolve("profile-%p.jfr");
    }

    /** A command line for the main class, with these options of the JVM. */
    List<String> command(List<String> jvmOptions, String main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(jvmOptions);
        command.addAll(List.of("-Dforkbench.library=" + library, "-cp", classes + ":" + rocksdb, main));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A JVM of {@link ForkBench} that has printed its figure and waits; closing it ends it. */
    static final class Waiting implements AutoCloseable {
        final Process process;
        final double figure;

        private Waiting(Process process, double figure) {
            this.process = process;
            this.figure = figure;
        }

        @Override
        public void close() throws Exception {
            process.getOutputStream().close();
            if (process.waitFor() != 0) {
                throw new IOException("a measured JVM ended with status " + process.exitValue());
            }
        }
    }

    Waiting startForkBench(boolean withAgent, int threads, int forks) throws IOException {
        Process process = new ProcessBuilder(
                        command(withAgent, "ForkBench", Integer.toString(threads), Integer.toString(forks)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream()));
        String line = output.readLine();
        if (line == null) {
            throw new IOException("a measured JVM printed nothing");
        }
        return new Waiting(process, Double.parseDouble(line));
    }

    /** Wall time of a whole JVM that does nothing, ms. */
    double startAndEnd(boolean withAgent) throws Exception {
        long begun = System.nanoTime();
        Process process =
                new ProcessBuilder(command(withAgent, "Empty")).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("an empty JVM ended with status " + process.exitValue());
        }
        return (System.nanoTime() - begun) / 1e6;
    }

    /** The collector of a JVM: the process that was told its pid. */
    static Optional<ProcessHandle> collectorOf(long pid) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(path -> isCollector(path, pid))
                    .findFirst()
                    .flatMap(path ->
                            ProcessHandle.of(Long.parseLong(path.getFileName().toString())));
        }
    }

    private static boolean isCollector(Path process, long pid) {
        try {
            return Files.readString(process.resolve("cmdline")).contains("\0--jvm-pid\0" + pid + "\0");
        } catch (IOException gone) {
            return false;
        }
    }

    /** Waits until the collectors of all measured JVMs have ended, so that none runs into the next measurement. */
    void awaitCollectors() throws Exception {
        awaitCollectors(reports);
    }

    /** Waits until all collectors that write into this directory have ended. */
    static void awaitCollectors(Path directory) throws Exception {
        List<ProcessHandle> running = ProcessHandle.allProcesses()
                .filter(process -> {
                    try {
                        String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
                        return line.contains("\0--reports\0" + directory);
                    } catch (IOException gone) {
                        return false;
                    }
                })
                .toList();
        for (ProcessHandle process : running) {
            process.onExit().get();
        }
    }

    /** The file with a line a fork, where there is one. */
    static Optional<Path> ndjson(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".ndjson")).findFirst();
        }
    }

    void deleteReports() throws IOException {
        delete(reports);
    }

    /** Deletes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
