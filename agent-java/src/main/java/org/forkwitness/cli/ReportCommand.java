package org.forkwitness.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportException;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.Site;
import org.forkwitness.report.html.HtmlReport;
import org.forkwitness.report.text.Layout;
import org.forkwitness.report.text.TextReport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code forkwitness report}: shows a report, or one site or fork of it, as text or as an HTML page. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Show a report as text, or write it as an HTML page: the whole of it, one site, or one fork.",
        footer = {
            "",
            "Example: forkwitness report --site 1 forkwitness-reports",
            "         forkwitness report --html report.html forkwitness-reports",
            "",
            "Exit status: 0 shown, 2 no usable report, no such site or fork in it, or FILE cannot be written"
        })
final class ReportCommand implements Callable<Integer> {
    /** At most one of the two. */
    static final class Part {
        @Option(names = "--site", paramLabel = "N", description = "show this site alone, with its whole stack")
        private Long site;

        @Option(names = "--fork", paramLabel = "N", description = "show this fork alone, with all that is known of it")
        private Long fork;
    }

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "write one HTML file that needs nothing else, - for standard output, instead of text")
    private Path html;

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
        try {
            boolean file = html != null && !html.toString().equals("-");
            if (file) {
                HtmlFile.check(html);
            }
            Report report = ReportReader.read(path);
            Chosen.tell("report", path, spec.commandLine().getErr());
            if (html != null) {
                page(report);
                return ExitStatus.OK;
            }
            PrintWriter out = spec.commandLine().getOut();
            out.print(text(report));
            if (out.checkError()) {
                throw new IOException("standard output cannot be written");
            }
            return ExitStatus.OK;
        } catch (ReportException | IOException e) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("forkwitness report: " + e.getMessage());
            err.flush();
            return ExitStatus.UNUSABLE;
        }
    }

    private String text(Report report) throws IOException {
        Layout layout = Layout.ofStandardOutput(System.getenv());
        if (part == null) {
            return TextReport.render(report, layout);
        }
        return part.site != null
                ? TextReport.site(report, site(report).id(), layout).orElseThrow()
                : TextReport.fork(report, fork(report).id(), layout).orElseThrow();
    }

    private void page(Report report) throws IOException {
        HtmlFile.Content content = content(report);
        if (html.toString().equals("-")) {
            // Bytes: the page says that it is UTF-8, whatever the terminal's locale.
            content.write(System.out);
            if (System.out.checkError()) {
                throw new IOException("standard output cannot be written");
            }
        } else {
            HtmlFile.write(html, content);
            PrintWriter out = spec.commandLine().getOut();
            out.println("wrote " + html);
            out.flush();
        }
    }

    private HtmlFile.Content content(Report report) throws IOException {
        if (part == null) {
            return out -> HtmlReport.write(report, out);
        }
        if (part.site != null) {
            Site site = site(report);
            return out -> HtmlReport.write(report, site, out);
        }
        Fork fork = fork(report);
        return out -> HtmlReport.write(report, fork, out);
    }

    private Site site(Report report) throws IOException {
        return report.site(part.site).orElseThrow(() -> new IOException(path + " has no site " + part.site));
    }

    private Fork fork(Report report) throws IOException {
        return report.fork(part.fork)
                .orElseThrow(() -> new IOException(path + " has no fork " + part.fork + ": it keeps "
                        + report.forks().size() + " of " + report.summary().forks()));
    }
}
