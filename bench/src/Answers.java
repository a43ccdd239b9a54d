import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The measured JVM's side of {@link Worker}: a line of words in, a line of numbers out, until the input ends. */
final class Answers {
    /** Begins an answer: what stands next to the answers was printed by others, such as a profiler. */
    static final String MARK = "answer: ";

    private Answers() {}

    interface Commands {
        double[] run(String[] words) throws Exception;
    }

    static void serve(Commands commands) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(Arrays.stream(commands.run(line.split(" ")))
                    .mapToObj(Double::toString)
                    .collect(Collectors.joining(" ", MARK, "")));
        }
    }
}
