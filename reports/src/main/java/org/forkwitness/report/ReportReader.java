package org.forkwitness.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.forkwitness.report.ReportException.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.JsonNode;

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
        JsonNode tree = parse(file);
        checkSchema(file, tree);
        try {
            return ReportJson.mapper().treeToValue(tree, Report.class);
        } catch (DatabindException e) {
            throw new ReportException(Problem.INVALID, file, "damaged report: " + where(e) + e.getOriginalMessage(), e);
        }
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

    private static JsonNode parse(Path file) throws ReportException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ReportException(Problem.UNREADABLE, file, "cannot be read: " + e.getMessage(), e);
        }
        try {
            return ReportJson.mapper().readTree(bytes);
        } catch (StreamReadException e) {
            String line =
                    e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
            throw new ReportException(Problem.NOT_JSON, file, "not JSON, or cut off" + line, e);
        } catch (JacksonException e) {
            throw new ReportException(Problem.NOT_JSON, file, "not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static void checkSchema(Path file, JsonNode tree) throws ReportException {
        JsonNode schema = tree.path("schema");
        if (!schema.isString()) {
            throw new ReportException(
                    Problem.WRONG_SCHEMA, file, "not a Forkwitness report: it has no text \"schema\"", null);
        }
        if (!schema.stringValue().equals(Report.SCHEMA)) {
            throw new ReportException(
                    Problem.WRONG_SCHEMA,
                    file,
                    "report file of another schema: it is \"" + schema.stringValue() + "\", this version understands \""
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
