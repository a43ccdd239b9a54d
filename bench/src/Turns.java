import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Subjects that live side by side and are measured in turns, so that the machine's mood of the moment is in all of them.
 * A round starts each of them anew; each turn takes them in another order, since what ran just before leaves its traces in
 * the processor. A round's value of a quantity is the median of its turns.
 */
final class Turns {
    /** What is measured: a turn gives a number for each quantity. */
    interface Subject extends AutoCloseable {
        double[] turn() throws Exception;
    }

    interface Starter {
        Subject start() throws Exception;
    }

    private final Random random = new Random(1);
    private final int warmUps;
    private final int turns;
    private final List<Starter> starters;
    private final List<double[][]> rounds = new ArrayList<>();

    /** Warm-ups are turns that do not count. */
    Turns(int warmUps, int turns, List<Starter> starters) {
        this.warmUps = warmUps;
        this.turns = turns;
        this.starters = starters;
    }

    /** Takes a round. */
    void round() throws Exception {
        List<Subject> subjects = new ArrayList<>();
        try {
            for (Starter starter : starters) {
                subjects.add(starter.start());
            }
            rounds.add(measure(subjects));
        } finally {
            for (Subject subject : subjects) {
                subject.close();
            }
        }
    }

    private double[][] measure(List<Subject> subjects) throws Exception {
        List<List<double[]>> taken = subjects.stream()
                .<List<double[]>>map(subject -> new ArrayList<>())
                .toList();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, subjects.size()).boxed().toList());
        for (int turn = 0; turn < warmUps + turns; turn++) {
            Collections.shuffle(order, random);
            for (int next : order) {
                double[] values = subjects.get(next).turn();
                if (turn >= warmUps) {
                    taken.get(next).add(values);
                }
            }
        }
        return taken.stream().map(Turns::medians).toArray(double[][]::new);
    }

    private static double[] medians(List<double[]> turns) {
        return IntStream.range(0, turns.get(0).length)
                .mapToDouble(quantity -> Figure.median(
                        turns.stream().mapToDouble(turn -> turn[quantity]).toArray()))
                .toArray();
    }

    /** For each round, this quantity of one subject divided by that of another. */
    double[] ratios(int subject, int by, int quantity) {
        return rounds.stream()
                .mapToDouble(round -> round[subject][quantity] / round[by][quantity])
                .toArray();
    }
}
