package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.forkwitness.report.Frame;

/**
 * A line of a scenario or a host that bears the comment {@code HERE: name}.
 *
 * @param file name of the source file, without its directory
 * @param line from 1
 */
public record SourceLine(String file, int line) {
    /** Finds the only line with this mark. */
    public static SourceLine marked(String name) {
        Pattern mark = Pattern.compile("(?://|/\\*|#) HERE: " + Pattern.quote(name) + "(?: \\*/)?$");
        List<SourceLine> found = new ArrayList<>();
        try (Stream<Path> scenarios = Files.walk(Installation.scenarioSources());
                Stream<Path> hosts = Files.walk(Installation.hosts())) {
            for (Path file :
                    Stream.concat(scenarios, hosts).filter(Files::isRegularFile).toList()) {
                List<String> lines = Files.readAllLines(file);
                for (int i = 0; i < lines.size(); i++) {
                    if (mark.matcher(lines.get(i)).find()) {
                        found.add(new SourceLine(file.getFileName().toString(), i + 1));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertEquals(1, found.size(), "lines marked " + name + ": " + found);
        return found.get(0);
    }

    /** True where a frame is on this line. */
    public boolean is(Frame frame) {
        return frame.file() != null
                && frame.line() != null
                && frame.line() == line
                && Path.of(frame.file()).getFileName().toString().equals(file);
    }

    /** Fails where a frame is not on this line. */
    public void assertIs(Frame frame) {
        assertNotNull(frame, "no frame, expected " + this);
        assertEquals(
                file + ":" + line,
                (frame.file() == null ? null : Path.of(frame.file()).getFileName()) + ":" + frame.line(),
                frame.toString());
    }

    /** The first frame of a stack that is on this line; fails where none is. */
    public Frame in(List<Frame> stack) {
        assertNotNull(stack, "no stack, expected " + this);
        return stack.stream()
                .filter(this::is)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no frame at " + this + " in " + stack));
    }
}
