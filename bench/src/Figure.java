import java.util.Arrays;
import java.util.Locale;

/**
 * A measured figure.
 *
 * @param goal what it is to reach at most, or at least where {@code atLeast}; null for none
 */
record Figure(String name, String unit, Double goal, boolean atLeast, double median, double min, double max) {
    /** Of samples of the same thing; to be at most the goal, which may be null. */
    static Figure of(String name, String unit, Double goal, double... samples) {
        double[] sorted = sorted(samples);
        return new Figure(name, unit, goal, false, median(sorted), sorted[0], sorted[sorted.length - 1]);
    }

    /** The one in the middle, or the mean of the two that are. */
    static double median(double... samples) {
        double[] sorted = sorted(samples);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double[] sorted(double... samples) {
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private boolean reached() {
        return goal == null || (atLeast ? median >= goal : median <= goal);
    }

    String line() {
        String wanted = goal == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        "  to reach: %s %s%s",
                        atLeast ? ">=" : "<=",
                        number(goal),
                        reached() ? "" : "  MISSED");
        return String.format(
                Locale.ROOT, "%-38s %10s  %s..%s %s%s", name, number(median), number(min), number(max), unit, wanted);
    }

    String json() {
        return String.format(
                Locale.ROOT,
                "{\"name\": \"%s\", \"unit\": \"%s\", \"median\": %s, \"min\": %s, \"max\": %s, \"goal\": %s%s}",
                name,
                unit,
                number(median),
                number(min),
                number(max),
                goal == null ? "null" : number(goal),
                atLeast ? ", \"atLeast\": true" : "");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%.0f" : "%.3f", value);
    }
}
