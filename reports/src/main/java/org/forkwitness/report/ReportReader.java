package org.forkwitness.report;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        Opening opening = opening(file);
        checkSchema(file, schema(file, opening));
        return parse(
                file, opening, in -> ReadFrames.sharedBy(ReportJson.mapper()).readValue(in, Report.class));
    }

    /**
     * The report file that a user means by a path: the file itself or, for a directory, where its
     * {@value ReportFiles#LATEST} points to or else the report of the process that started last.
     *
     * @throws ReportException where there is none
     */
    public static Path find(Path path) throws ReportException {
        if (Files.notExists(path)) {
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
                            Problem.NOT_FOUND,
                            path,
                            "no report in this directory (forkwitness-*.json)" + spool(path),
                            null));
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static String spool(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(ReportFiles.SPOOL))
                    .findFirst()
                    .map(file -> ", but a spool: forkwitness collect --reports " + directory + " " + file)
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    @FunctionalInterface
    private interface Opening {
        InputStream open() throws IOException;
    }

    /** A pipe can be read once only. */
    private static Opening opening(Path file) throws ReportException {
        if (Files.isRegularFile(file)) {
            return () -> new BufferedInputStream(Files.newInputStream(file));
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            return () -> new ByteArrayInputStream(bytes);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    @FunctionalInterface
    private interface Parsing<T> {
        T parse(InputStream in);
    }

    /** A report of some hundred MB is read as it comes, never held as a text or a tree. */
    private static <T> T parse(Path file, Opening opening, Parsing<T> parsing) throws ReportException {
        try (InputStream in = opening.open()) {
            return parsing.parse(in);
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (JacksonException e) {
            throw problem(file, e);
        }
    }

    /** What the system says of a file it says by an exception's class, and the message is the path alone. */
    private static ReportException unreadable(Path file, IOException e) {
        String why = e instanceof AccessDeniedException
                ? "permission denied"
                : e instanceof NoSuchFileException ? "no such file" : e.getMessage();
        return new ReportException(Problem.UNREADABLE, file, "cannot be read: " + why, e);
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
                String spool = file.toString().endsWith(ReportFiles.SPOOL)
                        ? ": a spool, of which forkwitness collect " + file + " makes a report"
                        : line;
                return new ReportException(Problem.NOT_JSON, file, "not JSON, or cut off" + spool, e);
            }
        }
        return e instanceof DatabindException damage
                ? new ReportException(
                        Problem.INVALID, file, "damaged report: " + where(damage) + e.getOriginalMessage(), e)
                : new ReportException(Problem.NOT_JSON, file, "not JSON: " + e.getOriginalMessage(), e);
    }

    /** The text "schema"; null where there is none. Reports that this software wrote begin with it. */
    private static String schema(Path file, Opening opening) throws ReportException {
        return parse(file, opening, in -> {
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
