import java.util.List;
import java.util.Locale;

/** One measured figure: its name, what it means, its goal, and how it is measured. */
record Bench(String name, String unit, String what, Double goal, boolean atLeast, Measure measure) {
    /** Takes the samples; one number a pair or run. */
    interface Measure {
        double[] samples() throws Exception;
    }

    /** The figure as it was measured: median, least and greatest sample. */
    record Figure(Bench bench, double median, double min, double max) {
        static Figure of(Bench bench, double[] samples) {
            double[] sorted = samples.clone();
            java.util.Arrays.sort(sorted);
            int middle = sorted.length / 2;
            double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Figure(bench, median, sorted[0], sorted[sorted.length - 1]);
        }

        boolean reached() {
            return bench.goal == null || (bench.atLeast ? median >= bench.goal : median <= bench.goal);
        }

        String line() {
            String goal = bench.goal == null
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            "  to reach: %s %s%s",
                            bench.atLeast ? ">=" : "<=",
                            number(bench.goal),
                            reached() ? "" : "  MISSED");
            return String.format(
                    Locale.ROOT, "%-28s %10s  %s..%s %s%s", bench.name, number(median), number(min), number(max),
                    bench.unit, goal);
        }

        String json() {
            return String.format(
                    Locale.ROOT,
                    "{\"name\": \"%s\", \"unit\": \"%s\", \"median\": %s, \"min\": %s, \"max\": %s, \"goal\": %s%s}",
                    bench.name, bench.unit, number(median), number(min), number(max),
                    bench.goal == null ? "null" : number(bench.goal), bench.atLeast ? ", \"atLeast\": true" : "");
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%.0f" : "%.3f", value);
        }
    }

    /** All benches by name, in the order in which they are printed. */
    static Bench find(List<Bench> all, String name) {
        return all.stream()
                .filter(bench -> bench.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no bench is called '" + name + "'; --list names them"));
    }
}
