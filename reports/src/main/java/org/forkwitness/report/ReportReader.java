package org.forkwitness.report;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.forkwitness.report.ReportException.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;

/** Reads report files. Stateless. */
public final class ReportReader {
    private ReportReader() {}

    /**
     * Reads a report.
     *
     * @param path a report file, or a directory as for {@link #find}
     * @throws ReportException where there is no usable report
     */
    public static Report read(Path path) throws ReportException {
        Path file = find(path);
        checkSchema(file, schema(file));
        return parse(file, in -> ReadFrames.sharedBy(ReportJson.mapper()).readValue(in, Report.class));
    }

    /**
     * The report file that a user means by a path: the file itself or, for a directory, where its
     * {@value ReportFiles#LATEST} points to or else the report of the process that started last.
     *
     * @throws ReportException where there is none
     */
    public static Path find(Path path) throws ReportException {
        if (!Files.exists(path)) {
            throw new ReportException(Problem.NOT_FOUND, path, "no such file or directory", null);
        }
        if (!Files.isDirectory(path)) {
            return path;
        }
        Path latest = path.resolve(ReportFiles.LATEST);
        if (Files.exists(latest)) {
            return latest;
        }
        try {
            return ReportFiles.newest(path)
                    .orElseThrow(() -> new ReportException(
                            Problem.NOT_FOUND, path, "no report in this directory (forkwitness-*.json)", null));
        } catch (IOException e) {
            throw new ReportException(Problem.UNREADABLE, path, "cannot be read: " + e.getMessage(), e);
        }
    }

    @FunctionalInterface
    private interface Parsing<T> {
        T parse(InputStream in);
    }

    /** A report of some hundred MB is read as it comes, never held as a text or a tree. */
    private static <T> T parse(Path file, Parsing<T> parsing) throws ReportException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return parsing.parse(in);
        } catch (IOException e) {
            throw new ReportException(Problem.UNREADABLE, file, "cannot be read: " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw problem(file, e);
        }
    }

    /** Databind wraps what it meets on its way down, so that the innermost of Jackson's own tells what it was. */
    private static ReportException problem(Path file, JacksonException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof JacksonIOException io) {
                return new ReportException(Problem.UNREADABLE, file, "cannot be read: " + io.getOriginalMessage(), e);
            }
            if (cause instanceof StreamReadException read) {
                String line = read.getLocation() == null
                        ? ""
                        : " (line " + read.getLocation().getLineNr() + ")";
                return new ReportException(Problem.NOT_JSON, file, "not JSON, or cut off" + line, e);
            }
        }
        return e instanceof DatabindException damage
                ? new ReportException(
                        Problem.INVALID, file, "damaged report: " + where(damage) + e.getOriginalMessage(), e)
                : new ReportException(Problem.NOT_JSON, file, "not JSON: " + e.getOriginalMessage(), e);
    }

    /** The text "schema"; null where there is none. Reports that this software wrote begin with it. */
    private static String schema(Path file) throws ReportException {
        return parse(file, in -> {
            try (JsonParser parser = ReportJson.mapper().createParser(in)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    parser.skipChildren();
                    return null;
                }
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    boolean schema = parser.currentName().equals("schema");
                    if (parser.nextToken() == JsonToken.VALUE_STRING && schema) {
                        return parser.getString();
                    }
                    parser.skipChildren();
                }
                return null;
            }
        });
    }

    private static void checkSchema(Path file, String schema) throws ReportException {
        if (schema == null) {
            throw new ReportException(
                    Problem.WRONG_SCHEMA, file, "not a Forkwitness report: it has no text \"schema\"", null);
        }
        if (!schema.equals(Report.SCHEMA)) {
            throw new ReportException(
                    Problem.WRONG_SCHEMA,
                    file,
                    "report file of another schema: it is \"" + schema + "\", this version understands \""
                            + Report.SCHEMA + "\"",
                    null);
        }
    }

    private static String where(DatabindException e) {
        String path = e.getPath().stream()
                .map(r -> r.getPropertyName() == null ? "[" + r.getIndex() + "]" : "." + r.getPropertyName())
                .collect(Collectors.joining());
        return path.isEmpty() ? "" : path.substring(1) + ": ";
    }
}
