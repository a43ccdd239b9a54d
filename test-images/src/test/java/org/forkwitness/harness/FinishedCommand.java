package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/**
 * A program that has ended.
 *
 * @param exitCode its status
 * @param out lines of its standard output
 * @param err lines of its standard error
 */
public record FinishedCommand(int exitCode, List<String> out, List<String> err) {
    /** Fails where it ended otherwise. */
    public FinishedCommand assertExit(int expected) {
        assertEquals(expected, exitCode, () -> String.join("\n", out) + "\n" + String.join("\n", err));
        return this;
    }

    /** Both streams as one text. */
    public String text() {
        return String.join("\n", out) + "\n" + String.join("\n", err);
    }
}
