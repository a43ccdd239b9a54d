package org.forkwitness.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportException;
import org.forkwitness.report.ReportFiles;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCheck;
import org.forkwitness.report.text.Layout;
import org.forkwitness.report.text.Narration;
import org.forkwitness.report.text.TextReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code forkwitness check}: fails a CI job whose program forks unsafely. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Say by the exit status whether a report has a fork with this verdict or a worse one.",
            "A fork that was not seen well enough (unknown) or that a rule suppresses never counts."
        },
        footer = {
            "",
            "Example: forkwitness check --fail-on latent forkwitness-reports",
            "",
            "Exit status: 0 nothing that bad, 1 found, 2 no usable report"
        })
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = "--fail-on",
            paramLabel = "VERDICT",
            defaultValue = "unsafe",
            description = "deadlocked, unsafe or latent: the mildest verdict that fails (default: ${DEFAULT-VALUE})")
    private String failOn;

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
        Optional<Verdict> limit = Verdict.of(failOn).filter(VerdictCheck.FINDINGS::contains);
        if (limit.isEmpty()) {
            String known = VerdictCheck.FINDINGS.stream().map(Verdict::text).collect(Collectors.joining(", "));
            throw new ParameterException(spec.commandLine(), "--fail-on takes one of " + known + ", not " + failOn);
        }
        try {
            Report report = ReportReader.read(path);
            VerdictCheck check = VerdictCheck.of(report, limit.get());
            PrintWriter out = spec.commandLine().getOut();
            out.print(TextReport.check(check, Layout.ofStandardOutput(System.getenv())));
            out.flush();
            PrintWriter err = spec.commandLine().getErr();
            Chosen.tell("check", path, err);
            Narration.incomplete(report).ifPresent(sentence -> err.println("forkwitness check: " + sentence));
            err.flush();
            return check.failed() ? ExitStatus.FOUND : ExitStatus.OK;
        } catch (ReportException e) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("forkwitness check: " + e.getMessage());
            err.flush();
            return ExitStatus.UNUSABLE;
        }
    }
}
