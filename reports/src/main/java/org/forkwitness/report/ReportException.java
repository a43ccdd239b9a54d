package org.forkwitness.report;

import java.nio.file.Path;

/** No usable report: the message is one sentence for the user and names the file. */
public final class ReportException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Problem {
        /** There is no such file, or no report in the directory. */
        NOT_FOUND,
        /** It is there, but cannot be read. */
        UNREADABLE,
        /** It is no JSON, or cut off. */
        NOT_JSON,
        /** JSON, but no report, or one of another schema. */
        WRONG_SCHEMA,
        /** It says that it is a report of this schema, but a field is missing or has the wrong type. */
        INVALID
    }

    private final Problem problem;

    ReportException(Problem problem, Path file, String what, Throwable cause) {
        super(file + ": " + what, cause);
        this.problem = problem;
    }

    /** What is wrong. */
    public Problem problem() {
        return problem;
    }
}
