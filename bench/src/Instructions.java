import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Instructions a pair of calls, without the hooks and through them, counted by valgrind's callgrind in a plain process
 * with the agent linked in. The difference of a long and a short run leaves out what a run costs once.
 */
final class Instructions {
    private static final int SHORT = 1_000;
    private static final int LONG = 11_000;
    private static final Pattern COLLECTED = Pattern.compile("Collected : (\\d+)");

    private final String program = System.getProperty("bench.count");

    List<Figure> figures() throws Exception {
        List<Figure> figures = new ArrayList<>();
        for (String shape : HotBench.SHAPES) {
            for (String mode : List.of("plain", "hooked")) {
                double pair = (count(mode, shape, LONG) - count(mode, shape, SHORT)) / (LONG - SHORT);
                figures.add(Figure.of("instructions-" + shape + "-" + mode, "instr", null, pair));
            }
        }
        return figures;
    }

    /** Valgrind prints, as its first word, a line's own process: the line of the count is found by its text. */
    private double count(String mode, String shape, int pairs) throws IOException, InterruptedException, CannotMeasure {
        String number = Integer.toString(HotBench.SHAPES.indexOf(shape));
        ProcessBuilder builder = new ProcessBuilder(
                        "valgrind",
                        "--tool=callgrind",
                        "--callgrind-out-file=/dev/null",
                        "--collect-atstart=no",
                        "--toggle-collect=hot_pairs",
                        program,
                        mode,
                        number,
                        Integer.toString(pairs))
                .redirectErrorStream(true);
        Process process;
        try {
            process = builder.start();
        } catch (IOException missing) {
            throw new CannotMeasure("there is no valgrind (Debian, Ubuntu: apt-get install valgrind)");
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher collected = COLLECTED.matcher(output);
        if (process.waitFor() != 0 || !collected.find()) {
            throw new IOException(
                    String.format(Locale.ROOT, "callgrind did not count %s %s:%n%s", mode, shape, output));
        }
        return Double.parseDouble(collected.group(1));
    }
}
