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
            String[] words = line.split(" ");
            double[] answer = words[0].equals(HookSlots.COMMAND) ? HookSlots.run(words[1]) : commands.run(words);
            System.out.println(Arrays.stream(answer)
                    .mapToObj(Double::toString)
                    .collect(Collectors.joining(" ", MARK, "")));
        }
    }
}
