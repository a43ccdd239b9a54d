package org.forkwitness.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The hand-made reports in {@code samples}, and what they are rendered to. */
public final class Samples {
    private Samples() {}

    /** The report that uses every field. */
    public static Report everyField() {
        return ReportJson.mapper().readValue(text("every-field.json"), Report.class);
    }

    /** A sample's text. */
    public static String text(String name) {
        try (InputStream in = Samples.class.getResourceAsStream("/samples/" + name)) {
            if (in == null) {
                throw new AssertionError("no sample " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Compares a text with a sample, line by line; with {@code -Dforkwitness.updateSamples=true} it becomes the sample.
     *
     * @throws AssertionError with the first line that differs
     */
    public static void expect(String name, String actual) {
        if (Boolean.getBoolean("forkwitness.updateSamples")) {
            try {
                Files.writeString(Path.of(System.getProperty("forkwitness.samples"), name), actual);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return;
        }
        List<String> expected = text(name).lines().toList();
        List<String> lines = actual.lines().toList();
        for (int i = 0; i < Math.max(expected.size(), lines.size()); i++) {
            String want = i < expected.size() ? expected.get(i) : "(end)";
            String got = i < lines.size() ? lines.get(i) : "(end)";
            if (!want.equals(got)) {
                throw new AssertionError(name + ", line " + (i + 1) + "\n  expected: " + want + "\n  actual:   " + got);
            }
        }
    }
}
