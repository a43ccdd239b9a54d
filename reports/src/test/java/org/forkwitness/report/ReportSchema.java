package org.forkwitness.report;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Validates reports against the published schema: for the tests of every module. */
public final class ReportSchema {
    private static final JsonNode DOCUMENT = load();
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(DOCUMENT);

    private ReportSchema() {}

    /** The schema itself. */
    public static JsonNode document() {
        return DOCUMENT;
    }

    /**
     * Validates a report file.
     *
     * @throws AssertionError with all errors where it does not follow the schema
     */
    public static void validate(Path file) {
        try {
            validate(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Validates the text of a report.
     *
     * @throws AssertionError with all errors where it does not follow the schema
     */
    public static void validate(String json) {
        List<String> errors = errors(ReportJson.mapper().readTree(json));
        if (!errors.isEmpty()) {
            throw new AssertionError("not as the schema says:\n  " + String.join("\n  ", errors));
        }
    }

    /** What is wrong with a report; empty for nothing. */
    public static List<String> errors(JsonNode report) {
        return SCHEMA.validate(report).stream().map(ReportSchema::text).toList();
    }

    private static String text(Error error) {
        return error.getInstanceLocation() + ": " + error.getMessage();
    }

    private static JsonNode load() {
        try (InputStream in = Report.class.getResourceAsStream("forkwitness-1.schema.json")) {
            return ReportJson.mapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
