package org.forkwitness.report;

import java.util.Collection;

/**
 * How many forks have each verdict.
 *
 * @param deadlocked forks with {@link Verdict#DEADLOCKED}
 * @param unsafe forks with {@link Verdict#UNSAFE}
 * @param latent forks with {@link Verdict#LATENT}
 * @param safe forks with {@link Verdict#SAFE}
 * @param unknown forks with {@link Verdict#UNKNOWN}
 */
public record VerdictCounts(long deadlocked, long unsafe, long latent, long safe, long unknown) {
    /** No fork. */
    public static final VerdictCounts NONE = new VerdictCounts(0, 0, 0, 0, 0);

    /** Counts these verdicts. */
    public static VerdictCounts count(Collection<Verdict> verdicts) {
        VerdictCounts counts = NONE;
        for (Verdict verdict : verdicts) {
            counts = counts.plus(verdict, 1);
        }
        return counts;
    }

    /** How many forks have this verdict. */
    public long of(Verdict verdict) {
        return switch (verdict) {
            case DEADLOCKED -> deadlocked;
            case UNSAFE -> unsafe;
            case LATENT -> latent;
            case SAFE -> safe;
            case UNKNOWN -> unknown;
        };
    }

    /** The counts with {@code n} more (or, where negative, fewer) of one verdict. */
    public VerdictCounts plus(Verdict verdict, long n) {
        return new VerdictCounts(
                deadlocked + (verdict == Verdict.DEADLOCKED ? n : 0),
                unsafe + (verdict == Verdict.UNSAFE ? n : 0),
                latent + (verdict == Verdict.LATENT ? n : 0),
                safe + (verdict == Verdict.SAFE ? n : 0),
                unknown + (verdict == Verdict.UNKNOWN ? n : 0));
    }
}
