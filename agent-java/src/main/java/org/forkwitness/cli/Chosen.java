package org.forkwitness.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.forkwitness.report.ReportFiles;

/** Which report of a directory was taken: a job whose JVMs start others must not take one of them for all. */
final class Chosen {
    private Chosen() {}

    /** One line where the directory has several. */
    static void tell(String command, Path path, PrintWriter err) {
        long reports = ReportFiles.count(path);
        if (reports > 1) {
            err.println("forkwitness " + command + ": of the " + reports + " reports in " + path
                    + " this is the newest; name a file for another one");
            err.flush();
        }
    }
}
