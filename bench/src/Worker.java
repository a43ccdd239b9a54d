import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A measured JVM that answers commands ({@link Answers}) and rests in between. Closing it ends it. */
final class Worker implements AutoCloseable {
    private static final long LOOK_MS = 100;
    private static final long RESTING_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long REST_LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private final Process process;
    private final PrintStream input;
    private final BufferedReader output;

    Worker(List<String> command) throws IOException {
        this(command, Map.of());
    }

    /** With these variables besides. */
    Worker(List<String> command, Map<String, String> variables) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(variables);
        process = builder.start();
        input = new PrintStream(process.getOutputStream(), true);
        output = new BufferedReader(new InputStreamReader(process.getInputStream()));
    }

    /** The numbers that the JVM answers. */
    double[] ask(Object... words) throws IOException {
        input.println(
                String.join(" ", Arrays.stream(words).map(Object::toString).toList()));
        String line = output.readLine();
        while (line != null && !line.startsWith(Answers.MARK)) {
            line = output.readLine();
        }
        if (line == null) {
            throw new IOException("a measured JVM ended");
        }
        String numbers = line.substring(Answers.MARK.length());
        return Arrays.stream(numbers.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    long pid() {
        return process.pid();
    }

    /** Processor time of the JVM so far, ns. */
    double cpuNs() {
        return Cpu.ns(process.pid());
    }

    /** Processor time of its collector so far, ns; 0 where it has none. */
    double collectorCpuNs() throws IOException {
        Optional<ProcessHandle> collector = Jvms.collectorOf(process.pid());
        return collector.isPresent() ? Math.max(0, Cpu.ns(collector.get().pid())) : 0;
    }

    /** Waits until neither the JVM nor its collector has anything to do: both have started, all is compiled. */
    void awaitRest(boolean collected) throws IOException, InterruptedException {
        long limit = System.nanoTime() + REST_LIMIT_NS;
        double before = -RESTING_NS;
        double used = 0;
        while (used - before >= RESTING_NS
                || (collected && Jvms.collectorOf(process.pid()).isEmpty())) {
            if (System.nanoTime() - limit > 0) {
                throw new IOException("a measured JVM or its collector does not come to rest");
            }
            Thread.sleep(LOOK_MS);
            before = used;
            used = cpuNs() + collectorCpuNs();
        }
    }

    @Override
    public void close() throws Exception {
        input.close();
        if (process.waitFor() != 0) {
            throw new IOException("a measured JVM ended with status " + process.exitValue());
        }
    }
}
