import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The pairs of calls through the hooks and without them, in turns of some tens of microseconds in one plain process with the
 * agent linked in. Both meet the same moments of the machine, so that a few percent can be told, which they cannot between
 * two JVMs on a machine that others use too. A value is that of one process.
 */
final class OneProcess {
    private static final long PAIRS = 2_000_000;

    private final int processes;

    OneProcess(int processes) {
        this.processes = processes;
    }

    List<Figure> figures() throws Exception {
        List<Figure> figures = new ArrayList<>();
        for (String shape : HotBench.SHAPES) {
            double[] ratios = new double[processes];
            for (int i = 0; i < processes; i++) {
                ratios[i] = ratio(shape);
            }
            figures.add(Figure.of("one-process-" + shape, "x", goal(shape), ratios));
        }
        return figures;
    }

    private static Double goal(String shape) {
        return switch (shape) {
            case "malloc-free" -> 1.15;
            case "malloc-mix" -> null;
            default -> 1.05;
        };
    }

    private static double ratio(String shape) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        System.getProperty("bench.count"),
                        "both",
                        Integer.toString(HotBench.SHAPES.indexOf(shape)),
                        Long.toString(PAIRS),
                        System.getProperty("bench.copy"))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        String[] ns = output.split(" ");
        if (process.waitFor() != 0 || ns.length != 2) {
            throw new IOException("forkbench-count did not measure " + shape + ": " + output);
        }
        return Double.parseDouble(ns[1]) / Double.parseDouble(ns[0]);
    }
}
