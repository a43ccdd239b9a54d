import java.util.ArrayList;
import java.util.List;

/**
 * Pairs of calls that programs make all day, in a native loop: with the agent, and with async-profiler, by without. Each
 * figure has its noise beside it: a second JVM without anything by the first.
 */
final class Hot {
    private static final int WARM_UPS = 2;
    private static final int TURNS = 15;
    private static final long PAIRS_A_TURN = 500_000;
    private static final String RECORDS_EACH_CALL = "nativemem"; // so slow that fewer calls are enough
    private static final int PLAIN = 0;
    private static final int PLAIN_AGAIN = 1;
    private static final int AGENT = 2;
    private static final int PEERS = 3;

    private final Jvms jvms;
    private final int rounds;

    /** One loop after the other in one JVM. */
    private record Loops(Worker worker, List<String> shapes, long pairsATurn) implements Turns.Subject {
        @Override
        public double[] turn() throws Exception {
            double[] ns = new double[shapes.size()];
            for (int i = 0; i < ns.length; i++) {
                ns[i] = worker.ask(shapes.get(i), pairsATurn)[0];
            }
            return ns;
        }

        @Override
        public void close() throws Exception {
            worker.close();
        }
    }

    /** A shape, and what its ratio is to reach; null for nothing. */
    record Shape(String name, Double goal) {}

    Hot(Jvms jvms, int rounds) {
        this.jvms = jvms;
        this.rounds = rounds;
    }

    private Turns.Starter starter(List<String> jvmOptions, boolean collected, long pairsATurn, List<Shape> shapes) {
        return () -> {
            Worker worker = new Worker(jvms.command(jvmOptions, "HotBench"));
            worker.awaitRest(collected);
            return new Loops(worker, shapes.stream().map(Shape::name).toList(), pairsATurn);
        };
    }

    /** Measures these shapes in the same JVMs. Peers are modes of async-profiler, such as "nativelock". */
    List<Figure> figures(List<String> peers, Shape... some) throws Exception {
        List<Shape> shapes = List.of(some);
        List<Turns.Starter> starters = new ArrayList<>();
        starters.add(starter(List.of(), false, PAIRS_A_TURN, shapes));
        starters.add(starter(List.of(), false, PAIRS_A_TURN, shapes));
        starters.add(starter(List.of(jvms.agentOption()), true, PAIRS_A_TURN, shapes));
        for (String peer : peers) {
            long pairs = peer.equals(RECORDS_EACH_CALL) ? PAIRS_A_TURN / 20 : PAIRS_A_TURN;
            starters.add(starter(List.of(jvms.profilerOption(peer)), false, pairs, shapes));
        }
        Turns turns = new Turns(WARM_UPS, TURNS, starters);
        for (int i = 0; i < rounds; i++) {
            turns.round();
            jvms.awaitCollectors();
        }
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            figures.add(Figure.of(shape.name, "x", shape.goal, turns.ratios(AGENT, PLAIN, i)));
            for (int peer = 0; peer < peers.size(); peer++) {
                String name = shape.name + "-async-profiler-" + peers.get(peer);
                figures.add(Figure.of(name, "x", null, turns.ratios(PEERS + peer, PLAIN, i)));
            }
            figures.add(Figure.of(shape.name + "-noise", "x", null, turns.ratios(PLAIN_AGAIN, PLAIN, i)));
        }
        return figures;
    }
}
