package org.forkwitness.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What {@code forkwitness check} decides: is there a fork that bad which no rule marks as known?
 *
 * <p>{@link Verdict#UNKNOWN} never counts, whatever the limit: what was not seen is no finding. Suppressed forks do not
 * count either; a proven deadlock is never suppressed.
 *
 * @param failOn the limit: this verdict and the worse ones fail
 * @param worst the worst finding in the report, also where it is below the limit; empty where there is none
 * @param sites the sites that fail, worst first, then by number of such forks
 */
public record VerdictCheck(Verdict failOn, Optional<Verdict> worst, List<Match> sites) {
    /** The verdicts that can be a limit, worst first. */
    public static final List<Verdict> FINDINGS = List.of(Verdict.DEADLOCKED, Verdict.UNSAFE, Verdict.LATENT);

    /**
     * A site with forks that fail.
     *
     * @param site the site
     * @param verdict its worst verdict that is not suppressed
     * @param count how many of its forks fail and are not suppressed
     */
    public record Match(Site site, Verdict verdict, long count) {}

    public VerdictCheck {
        if (!FINDINGS.contains(failOn)) {
            throw new IllegalArgumentException(failOn.text() + " is no limit");
        }
        sites = List.copyOf(sites);
    }

    /** Checks a report. {@code failOn} is one of {@link #FINDINGS}. */
    public static VerdictCheck of(Report report, Verdict failOn) {
        Optional<Verdict> worst = FINDINGS.stream()
                .filter(v -> report.sites().stream().anyMatch(s -> open(s, v) > 0))
                .findFirst();
        List<Match> matches = report.sites().stream()
                .flatMap(s -> match(s, failOn).stream())
                .sorted(Comparator.comparing(Match::verdict)
                        .thenComparing(Match::count, Comparator.reverseOrder())
                        .thenComparing(m -> m.site().id()))
                .toList();
        return new VerdictCheck(failOn, worst, matches);
    }

    /** True where something that bad was found. */
    public boolean failed() {
        return !sites.isEmpty();
    }

    private static Optional<Match> match(Site site, Verdict failOn) {
        Verdict[] failing = FINDINGS.stream()
                .filter(v -> !failOn.worseThan(v) && open(site, v) > 0)
                .toArray(Verdict[]::new);
        if (failing.length == 0) {
            return Optional.empty();
        }
        long count = Arrays.stream(failing).mapToLong(v -> open(site, v)).sum();
        return Optional.of(new Match(site, failing[0], count));
    }

    private static long open(Site site, Verdict verdict) {
        long suppressed = verdict == Verdict.DEADLOCKED ? 0 : site.suppressed().of(verdict);
        return Math.max(0, site.verdicts().of(verdict) - suppressed);
    }
}
