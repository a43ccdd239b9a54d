import java.util.List;

/**
 * What can be measured: its name, what it means, and how it is measured.
 *
 * @param byDefault true where it belongs to a run that names no benches
 */
record Bench(String name, String what, boolean byDefault, Measure measure) {
    /** Takes the samples, and makes one figure of them or more. */
    interface Measure {
        List<Figure> figures() throws Exception;
    }

    /** The bench with this name. */
    static Bench find(List<Bench> all, String name) {
        return all.stream()
                .filter(bench -> bench.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("no bench is called '" + name + "'; --list names them"));
    }
}
