package org.forkwitness.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportException;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.text.Layout;
import org.forkwitness.report.text.TextReport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code forkwitness report}: shows a report, or one site or fork of it, as text. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Show a report as text: the whole of it, one site, or one fork.",
        footer = {
            "",
            "Example: forkwitness report --site 1 forkwitness-reports",
            "",
            "Exit status: 0 shown, 2 no usable report, or no such site or fork in it"
        })
final class ReportCommand implements Callable<Integer> {
    /** At most one of the two. */
    static final class Part {
        @Option(names = "--site", paramLabel = "N", description = "show this site alone, with its whole stack")
        private Long site;

        @Option(names = "--fork", paramLabel = "N", description = "show this fork alone, with all that is known of it")
        private Long fork;
    }

    @ArgGroup
    private Part part;

    @Parameters(
            paramLabel = "REPORT|DIR",
            arity = "0..1",
            defaultValue = ReportFiles.DEFAULT_DIRECTORY,
            description = "report file, or directory with reports: the newest (default: ${DEFAULT-VALUE})")
    private Path path;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        try {
            Optional<String> text = render(ReportReader.read(path));
            if (text.isEmpty()) {
                boolean site = part.site != null;
                String what = site ? "site " + part.site : "fork " + part.fork;
                err.println("forkwitness report: " + path + " has no " + what);
                err.flush();
                return ExitStatus.UNUSABLE;
            }
            PrintWriter out = spec.commandLine().getOut();
            out.print(text.get());
            out.flush();
            return ExitStatus.OK;
        } catch (ReportException e) {
            err.println("forkwitness report: " + e.getMessage());
            err.flush();
            return ExitStatus.UNUSABLE;
        }
    }

    private Optional<String> render(Report report) {
        Layout layout = Layout.ofStandardOutput(System.getenv());
        if (part == null) {
            return Optional.of(TextReport.render(report, layout));
        }
        return part.site != null
                ? TextReport.site(report, part.site, layout)
                : TextReport.fork(report, part.fork, layout);
    }
}
