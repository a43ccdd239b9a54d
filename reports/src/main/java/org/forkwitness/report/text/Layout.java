package org.forkwitness.report.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * How text is laid out.
 *
 * @param width columns, at which sentences are wrapped; at least {@value #NARROWEST}
 * @param colors true where ANSI escape sequences may be used (ECMA-48 SGR)
 */
public record Layout(int width, boolean colors) {
    private static final int NARROWEST = 40;
    private static final int USUAL = 100;

    /** For files and tests: {@value #USUAL} columns, no colors. */
    public static final Layout PLAIN = new Layout(USUAL, false);

    public Layout {
        width = Math.max(NARROWEST, width);
    }

    /**
     * For standard output: colors only where that is a terminal and neither NO_COLOR (no-color.org: set and not empty)
     * nor TERM=dumb forbids them; the width is that of COLUMNS.
     *
     * @param environment the process's environment variables
     */
    public static Layout ofStandardOutput(Map<String, String> environment) {
        return of(environment, standardOutputIsTerminal());
    }

    static Layout of(Map<String, String> environment, boolean terminal) {
        boolean colors = terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        String columns = environment.getOrDefault("COLUMNS", "");
        boolean number = columns.matches("[0-9]{1,4}");
        return new Layout(number ? Integer.parseInt(columns) : USUAL, colors);
    }

    /** System.console() does not tell: before Java 22 it asks for standard input too, since then it is never null. */
    private static boolean standardOutputIsTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
            // No procfs: not Linux. Then nothing is known, and plain text is right everywhere.
            return false;
        }
    }
}
