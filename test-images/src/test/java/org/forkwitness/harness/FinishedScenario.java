package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.forkwitness.report.Report;

/**
 * A scenario's JVM that has ended.
 *
 * @param pid of the JVM
 * @param exitCode 128 + the signal where one ended it
 * @param out lines of its standard output
 * @param err lines of its standard error
 * @param reports where its report is, or will be
 */
public record FinishedScenario(long pid, int exitCode, List<String> out, List<String> err, Reports reports) {
    /** Fails where it ended otherwise. */
    public FinishedScenario assertExit(int expected) {
        assertEquals(expected, exitCode, () -> String.join("\n", out) + "\n" + String.join("\n", err));
        return this;
    }

    /** The final report. */
    public Report report() {
        return reports.awaitFinal();
    }

    /** What follows this word in each line that starts with it. */
    public List<String> values(String word) {
        return out.stream()
                .filter(line -> line.startsWith(word + " "))
                .map(line -> line.substring(word.length() + 1))
                .toList();
    }

    /** The number in the only line that starts with this word. */
    public long number(String word) {
        List<String> values = values(word);
        assertEquals(1, values.size(), "lines '" + word + " ...' in " + out + err);
        return Long.parseLong(values.get(0));
    }

    /** The numbers in the lines that start with this word. */
    public List<Long> numbers(String word) {
        return values(word).stream().map(Long::valueOf).toList();
    }

    /** Lines of the agent's own on the standard error. */
    public List<String> agentLines() {
        return err.stream().filter(line -> line.startsWith("forkwitness: ")).toList();
    }
}
